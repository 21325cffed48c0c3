// SPDX-License-Identifier: Apache-2.0
/**
 * Load of our own, for a machine without dnsperf: a fixed number of queries outstanding over a few
 * sockets of node:dgram, and no more than a rate if one is given.
 *
 * It costs more processor time than the server that it asks, so it says little of how much a server
 * can bear; to see where a server spends its time it is enough.
 */
import { createSocket, type Socket } from "node:dgram";
import type { Run } from "../served.ts";
import type { Server } from "../server.ts";

const SOCKETS = 8;
const WINDOW = 16;
/** How often lost queries are looked for and a rate is kept. */
const TICK_MS = 5;
/** A socket that heard nothing for so long has lost what it sent. */
const LOST_MS = 200;

interface Asker {
  readonly socket: Socket;
  outstanding: number;
  heardAt: number;
}

/** Asks for `secs` seconds, `queries` over and over. Rejects if no socket can be had. */
export async function runLoad(
  server: Pick<Server, "port" | "cpuMs">,
  queries: readonly Uint8Array[],
  secs: number,
  rate = 0,
): Promise<Run> {
  let sent = 0;
  let answered = 0;
  let waitedMs = 0;
  const startedAt = performance.now();
  const endAt = startedAt + secs * 1000;
  const sentAt = new Float64Array(0x10000);
  const send = (asker: Asker): void => {
    const now = performance.now();
    const allowed = rate === 0 ? Number.POSITIVE_INFINITY : ((now - startedAt) / 1000) * rate;
    while (now < endAt && asker.outstanding < WINDOW && sent < allowed) {
      const query = Buffer.from(queries[sent % queries.length]!);
      const id = sent & 0xffff;
      query.writeUInt16BE(id);
      sentAt[id] = now;
      sent += 1;
      asker.outstanding += 1;
      asker.socket.send(query, () => {});
    }
  };
  const askers = await Promise.all(
    Array.from({ length: SOCKETS }, async (): Promise<Asker> => {
      const asker = { socket: await connected(server.port), outstanding: 0, heardAt: startedAt };
      asker.socket.on("message", (message) => {
        asker.heardAt = performance.now();
        asker.outstanding = Math.max(0, asker.outstanding - 1);
        answered += 1;
        waitedMs += asker.heardAt - sentAt[message.readUInt16BE()]!;
        send(asker);
      });
      return asker;
    }),
  );
  const cpuBefore = server.cpuMs();
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const now = performance.now();
      for (const asker of askers) {
        if (now - asker.heardAt > LOST_MS) asker.outstanding = 0;
        send(asker);
      }
      // The last answers may take as long as any.
      if (now < endAt + LOST_MS) return;
      clearInterval(timer);
      resolve();
    }, TICK_MS);
  });
  const cpuMs = server.cpuMs() - cpuBefore;
  for (const { socket } of askers) socket.close();
  return {
    perSec: answered / secs,
    cpuUs: (cpuMs * 1000) / answered,
    lostPart: (sent - answered) / Math.max(1, sent),
    latencyUs: (waitedMs * 1000) / answered,
  };
}

async function connected(port: number): Promise<Socket> {
  const socket = createSocket("udp4");
  // A server that is gone shows as loss.
  socket.on("error", () => {});
  await new Promise<void>((resolve) => socket.connect(port, "127.0.0.1", resolve));
  return socket;
}
