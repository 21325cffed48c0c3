// SPDX-License-Identifier: Apache-2.0
/**
 * What an idle TCP connection takes: resident memory of the server with many of them, each of which
 * has asked once and been answered, beside what it had before.
 *
 *   node bench/connections.ts [connections] [rounds]        kept in bench/results
 *
 * Each side holds a descriptor for every connection: `ulimit -n` must leave room.
 */

import { writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { composeQuery } from "../src/dns/compose.ts";
import { inFolder, median, round, say, storeResults } from "./kit.ts";
import { compileProgram, startAzimuth } from "./server.ts";

const CONNECTIONS = Number(process.argv[2] ?? 10_000);
const ROUNDS = Number(process.argv[3] ?? 3);
/** Opened at a time: more would meet the listener's backlog. */
const AT_ONCE = 200;
const NAME = "www.example.org.";

/** One connection that has been answered once. */
function open(port: number): Promise<Socket> {
  const query = composeQuery({ name: NAME, type: "A", id: 7 });
  const frame = Buffer.concat([Buffer.from([query.length >> 8, query.length & 255]), query]);
  return new Promise((resolve, reject) => {
    // From many addresses, as clients are.
    const localAddress = `127.0.${Math.floor(Math.random() * 250)}.${1 + Math.floor(Math.random() * 250)}`;
    const socket = connect({ port, host: "127.0.0.1", localAddress }, () => socket.write(frame));
    socket.once("data", () => resolve(socket));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("a connection was closed")));
  });
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2000));

await inFolder(async (folder) => {
  const program = compileProgram(join(folder, "program"));
  writeFileSync(
    join(folder, "zone"),
    "$TTL 300\n@ SOA ns1 h 1 7200 1800 1209600 300\n@ NS ns1\nns1 A 192.0.2.1\nwww A 192.0.2.2\n",
  );
  const most = 2 * CONNECTIONS;
  const limits = `limits: { tcpConnections: ${most}, tcpConnectionsPerClient: ${most}, tcpConnectionsPerPrefix: ${most}, tcpIdleSecs: 600 }`;
  const each: number[] = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    const server = await startAzimuth({
      ...{ folder, program, probe: NAME, nodeLines: [limits] },
      resources: "zones:\n  example.org: { file: zone }\n",
    });
    const sockets: Socket[] = [];
    try {
      // Datagrams are answered before the stream thread listens.
      await settle();
      for (let n = 0; n < AT_ONCE; n += 1) (await open(server.port)).destroy();
      await settle();
      const before = server.rssMiB();
      while (sockets.length < CONNECTIONS) {
        const more = Math.min(AT_ONCE, CONNECTIONS - sockets.length);
        sockets.push(...(await Promise.all(Array.from({ length: more }, () => open(server.port)))));
      }
      await settle();
      each.push(((server.rssMiB() - before) * 2 ** 20) / CONNECTIONS);
      say(`${sockets.length} connections: ${round(each.at(-1)!)} octets each`);
    } finally {
      for (const socket of sockets) socket.destroy();
      await server.stop();
    }
  }
  const figures = { connections: CONNECTIONS, octetsEach: round(median(each)), raw: each };
  process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
  const command = `node bench/connections.ts ${CONNECTIONS} ${ROUNDS}`;
  storeResults("connections", command, { connections: figures });
});
