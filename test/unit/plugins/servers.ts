// SPDX-License-Identifier: Apache-2.0
/** Real servers on loopback for the tests of probes, and targets that point at them. */
import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import type { TestContext } from "node:test";
import { targetKey } from "../../../src/health/targets.ts";
import type { ProbeSettings, ProbeTarget } from "../../../src/health/types.ts";

const settings: ProbeSettings = {
  kind: "http",
  port: 80,
  method: "HEAD",
  path: "/",
  host: "",
  statuses: [[200, 299]],
  intervalMs: 3000,
  timeoutMs: 3000,
  retries: 0,
  rise: 1,
  fall: 1,
};

export function target(
  port: number,
  fields: Partial<ProbeSettings> = {},
  address = "127.0.0.1",
): ProbeTarget {
  const probe = { ...settings, ...fields };
  const family = address.includes(":") ? 6 : 4;
  return { key: targetKey(probe, address, port), probe, address, port, family };
}

/** An HTTP server that ends with the test; its port. */
export async function serveHttp(
  t: TestContext,
  answer: RequestListener,
  host = "127.0.0.1",
): Promise<number> {
  const server = createHttpServer(answer);
  const port = await listen(server, host);
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return port;
}

/** A TCP server that accepts and says nothing, and what has happened to its connections. */
export async function serveSilence(t: TestContext, host = "127.0.0.1") {
  const seen = { connections: 0, resets: 0, closed: 0 };
  const server = createServer((socket) => {
    seen.connections += 1;
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNRESET") seen.resets += 1;
    });
    socket.on("close", () => {
      seen.closed += 1;
      server.emit("gone");
    });
    socket.resume();
    t.after(() => socket.destroy());
  });
  const port = await listen(server, host);
  t.after(() => server.close());
  /** Settles when `count` connections are gone. */
  const gone = async (count: number) => {
    while (seen.closed < count) await once(server, "gone");
  };
  return { port, seen, gone };
}

/** A port that nobody listens on. */
export async function deadPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server, "127.0.0.1");
  server.close();
  await once(server, "close");
  return port;
}

async function listen(server: Server, host: string): Promise<number> {
  server.listen(0, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
