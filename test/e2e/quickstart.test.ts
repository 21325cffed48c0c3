// SPDX-License-Identifier: Apache-2.0
/** `npm start` as a reader meets it: it runs, says what to try, and what it says is true. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { claimAddresses } from "../../src/daemon/claim.ts";
import { httpRequest, until } from "../support/daemon.ts";
import { ask } from "../support/daemon-client.ts";

const SERVER = { host: "127.0.0.1", port: 5300 };
const PORTS = [5300, 8053, 8081, 8082, 8083];

/** Its ports are fixed, so that README.md can name them: a machine that uses them cannot run it. */
async function portInUse(): Promise<string | false> {
  try {
    await claimAddresses(PORTS.map((port) => ({ host: "127.0.0.1", port, family: 4 })));
    return false;
  } catch (error) {
    return `the quickstart cannot run here: ${(error as Error).message}`;
  }
}

function run() {
  const child = spawn(process.execPath, [join("examples", "quickstart", "start.ts")], {
    cwd: join(import.meta.dirname, "../.."),
    stdio: ["pipe", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      text += chunk;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  return { child, said: () => text, ended };
}

test("the quickstart tells the truth", { skip: await portInUse() }, async (t) => {
  const { child, said, ended } = run();
  t.after(() => child.kill("SIGKILL"));
  await until("it says what to try", () => said().includes("Ctrl-C ends all."));
  assert.equal(said().match(/^ {2}dig @/gm)?.length, 3);
  const america = () => ask(SERVER, "www.example.org.", "A", "8.8.8.0/24");
  await until("America goes to iad", async () => (await america())[0] === "198.51.100.1");
  assert.deepEqual(await ask(SERVER, "www.example.org.", "AAAA"), ["2001:db8:1::1"]);
  assert.deepEqual(await ask(SERVER, "x.wild.example.org."), ["192.0.2.81"]);

  const second = run();
  assert.equal(await second.ended, 1);
  assert.match(second.said(), /another program listens on 127\.0\.0\.1:8081/);

  child.stdin.write("stop iad\n");
  await until("America goes to fra", async () => (await america())[0] === "192.0.2.1");
  await httpRequest("http://127.0.0.1:8081/start/iad", "POST");
  await until("iad runs", async () => (await httpRequest("http://127.0.0.1:8082/")).status === 200);
  child.kill("SIGINT");
  assert.equal(await ended, 0);
});
