// SPDX-License-Identifier: Apache-2.0
/**
 * Ports of 127.0.0.1 for servers of tests and benches. They are drawn below the range that the
 * system gives to clients: there, a number that is free for UDP may become the end of somebody's
 * connection before TCP of the same number is bound.
 */
import { createSocket } from "node:dgram";
import { createServer } from "node:net";

const PORT_MIN = 10_000;
const PORT_COUNT = 22_000;

/** A port that is no client's; whether a server has it is not known. */
export function drawPort(): number {
  return PORT_MIN + Math.floor(Math.random() * PORT_COUNT);
}

/** A port that was free a moment ago, for UDP and for TCP. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = drawPort();
    if ((await udpIsFree(port)) && (await tcpIsFree(port))) return port;
  }
}

function udpIsFree(port: number): Promise<boolean> {
  const socket = createSocket("udp4");
  return new Promise((resolve) => {
    socket.once("error", () => socket.close(() => resolve(false)));
    socket.bind({ port, address: "127.0.0.1", exclusive: true }, () =>
      socket.close(() => resolve(true)),
    );
  });
}

function tcpIsFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () =>
      server.close(() => resolve(true)),
    );
  });
}
