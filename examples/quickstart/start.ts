// SPDX-License-Identifier: Apache-2.0
/**
 * `npm start`: three small web servers that stand for POPs, and Azimuth in front of them.
 *
 * Everything runs in this one process, on loopback, with nothing but npm. An endpoint that is
 * stopped closes its socket for real, so that what the probes see is what they would see of a dead
 * machine. README.md beside this file tells what to try.
 */
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { start } from "../../src/daemon/main.ts";

const CONFIG = join(import.meta.dirname, "azimuth.yaml");
const HOST = "127.0.0.1";
/** The `probePort`s of azimuth.yaml, by POP. */
const PORTS: Readonly<Record<string, number>> = { fra: 8081, iad: 8082, sin: 8083 };

const running = new Map<string, Server>();

/** Starts the web server of a POP; rejects if its port is taken. */
function startEndpoint(pop: string): Promise<void> {
  const server = createServer((request, response) => {
    const order = /^\/(stop|start)\/(\w+)$/.exec(request.url ?? "");
    if (order === null) {
      response.end(`this is ${pop}\n`);
      return;
    }
    if (request.method !== "POST") {
      response.writeHead(405, { allow: "POST" }).end("use curl -X POST\n");
      return;
    }
    const done = obey(order[1]!, order[2]!);
    // The reply goes out before the server that sends it is closed.
    void done.then((text) => response.writeHead(200, { connection: "close" }).end(`${text}\n`));
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(PORTS[pop], HOST, () => {
      running.set(pop, server);
      resolve();
    });
  });
}

function stopEndpoint(pop: string): void {
  const server = running.get(pop);
  running.delete(pop);
  server?.close();
  server?.closeIdleConnections();
}

/** Carries out `stop fra` or `start fra`; gives words on what came of it. */
async function obey(verb: string, pop: string): Promise<string> {
  if (PORTS[pop] === undefined) return `there is no ${pop}; try ${Object.keys(PORTS).join(", ")}`;
  if (verb === "stop") {
    stopEndpoint(pop);
    return `${pop} is stopped; its address leaves the answers within seconds`;
  }
  if (running.has(pop)) return `${pop} is running`;
  try {
    await startEndpoint(pop);
    return `${pop} is started; clients come back to it little by little`;
  } catch (error) {
    return reasonOf(error);
  }
}

function reasonOf(error: unknown): string {
  const { code, port, message } = error as NodeJS.ErrnoException & { port?: number };
  if (code !== "EADDRINUSE" || port === undefined) return message;
  return `another program listens on ${HOST}:${port}; stop it, or change the port in examples/quickstart`;
}

function fail(error: unknown): never {
  process.stderr.write(`azimuth quickstart: ${reasonOf(error)}\n`);
  process.exit(1);
}

const WELCOME = `
Azimuth answers on 127.0.0.1:5300 and [::1]:5300, UDP and TCP. Three POPs stand behind www.example.org:
fra in Frankfurt, iad in Washington, sin in Singapore. Try:

  dig @127.0.0.1 -p 5300 www.example.org A +subnet=8.8.8.0/24     a client in America: iad, 198.51.100.1
  dig @127.0.0.1 -p 5300 www.example.org AAAA +tcp                no location: Europe, fra, 2001:db8:1::1
  dig @::1 -p 5300 x.wild.example.org A                           a record of the zone file: 192.0.2.81

Stop one and ask again: type "stop iad" here, or

  curl -X POST http://127.0.0.1:8081/stop/iad         and later     curl -X POST http://127.0.0.1:8081/start/iad

Why that answer?  node bin/azimuth.mjs explain www.example.org A --subnet 8.8.8.0/24 -c examples/quickstart/azimuth.yaml
What is going on? http://127.0.0.1:8053/api/v1/status  /api/v1/endpoints  /api/v1/transitions  /metrics
Ctrl-C ends all.

`;

for (const pop of Object.keys(PORTS)) await startEndpoint(pop).catch(fail);
const daemon = await start(CONFIG).catch(fail);
await daemon.serving;
process.stdout.write(WELCOME);

let ending = false;
async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  input.close();
  for (const pop of [...running.keys()]) stopEndpoint(pop);
  await daemon.stop();
  process.exit(0);
}

const input = createInterface({ input: process.stdin });
input.on("line", (line) => {
  const [verb = "", pop = ""] = line.trim().split(/\s+/);
  if (verb === "") return;
  if (verb === "quit" || verb === "exit") void end();
  else if (verb === "stop" || verb === "start") {
    void obey(verb, pop).then((text) => process.stdout.write(`${text}\n`));
  } else process.stdout.write(`type "stop fra", "start fra" or "quit"\n`);
});
process.on("SIGINT", () => void end());
process.on("SIGTERM", () => void end());
process.on("SIGHUP", () => daemon.reload());
