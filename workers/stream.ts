// SPDX-License-Identifier: Apache-2.0
/**
 * Thread stream-M: DNS over TCP (RFC 7766): accept, frame, answer, write.
 *
 * Every frame goes through the same kernel as a datagram; only the size limit differs. Connections
 * are bounded in number, per client, in idle time, in total time, and in octets that a slow reader
 * leaves unread (RFC 9210 §4): none of them can take the thread from the others. Idle is who sends
 * no whole query: one octet now and then would keep a connection open for nothing.
 */
import { createServer, type Server, type Socket } from "node:net";
import { parentPort } from "node:worker_threads";
import { createFramer, pushChunk } from "../src/answer/stream.ts";
import { writeAddress } from "../src/io/address.ts";
import { monotonicMs } from "../src/io/clock.ts";
import { createSlowLink, questionOf, SLOW_WAITING_MAX } from "../src/io/slow-link.ts";
import type { ListenAddress, ReaderOrder } from "../src/io/threads.ts";
import {
  COUNTER_TCP_ACCEPTED,
  COUNTER_TCP_MALFORMED,
  COUNTER_TCP_REFUSED,
  COUNTER_TCP_TIMED_OUT,
} from "../src/layout/gen/counters.ts";
import {
  READER_STATE_SERVING,
  READER_STATE_STOPPED,
  TRANSPORT_TCP,
  VERDICT_SLOW,
} from "../src/layout/gen/enums.ts";
import * as slot from "../src/layout/gen/slab.ts";
import { TCP_SIZE_MAX } from "../src/layout/limits.ts";
import { goOffline, observeRoot } from "../src/table/publish.ts";
import { tableViews } from "../src/table/reader.ts";
import { bootReader, countTurn, setReaderState } from "./boot.ts";

const reader = await bootReader();
const { answerer, counters, memory, data } = reader;
const limits = data.tcp;
/** One slot is enough: a frame is answered before the next one is looked at. */
const slab = tableViews(new ArrayBuffer(slot.PACKET_SLOT_SIZE + TCP_SIZE_MAX + 1));
const slow = createSlowLink(SLOW_WAITING_MAX);
const perClient = new Map<string, number>();
const open = new Set<Socket>();
let chance = Date.now() | 0;

function count(counter: number): void {
  counters[counter] = counters[counter]! + 1;
}

/** Answers one frame; null if nothing is to be sent now. */
function answerFrame(
  socket: Socket,
  client: Uint8Array,
  family: number,
  octets: Uint8Array,
  at: number,
  size: number,
): Buffer | null {
  slab.u8.set(octets.subarray(at, at + size), slot.PACKET_SLOT_SIZE);
  slab.u8.set(client, slot.PACKET_SLOT_CLIENT);
  slab.u8[slot.PACKET_SLOT_FAMILY] = family;
  slab.u8[slot.PACKET_SLOT_TRANSPORT] = TRANSPORT_TCP;
  chance = (chance + 0x9e3779b9) | 0;
  slab.i32[slot.PACKET_SLOT_RANDOM >> 2] = Math.imul(chance ^ (chance >>> 15), 0x85ebca6b);
  slab.u32[slot.PACKET_SLOT_SIZE_IN >> 2] = size;
  slab.u32[slot.PACKET_SLOT_ROOM >> 2] = TCP_SIZE_MAX;
  slab.u32[slot.PACKET_SLOT_UNIX_SECS >> 2] = Math.floor(Date.now() / 1000);
  slab.u32[slot.PACKET_SLOT_NOW_MS >> 2] = monotonicMs();
  let sizeOut = answerer.answer(slab, 0);
  if (slab.u8[slot.PACKET_SLOT_VERDICT] === VERDICT_SLOW) {
    slab.u16[slot.PACKET_SLOT_PORT >> 1] = socket.remotePort ?? 0;
    if (handOver(socket)) return null;
    sizeOut = answerer.refuseSlow(slab, 0);
  }
  if (sizeOut === 0) return null;
  return frameOf(slab.u8.subarray(slot.PACKET_SLOT_SIZE, slot.PACKET_SLOT_SIZE + sizeOut));
}

/** Length and message in one segment (RFC 7766 §8). */
function frameOf(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(2 + message.length);
  frame.writeUInt16BE(message.length, 0);
  frame.set(message, 2);
  return frame;
}

/** Whether the transfer thread takes the request in the slot; its replies may be overtaken. */
function handOver(socket: Socket): boolean {
  const leave = (): void => slow.gone(id);
  const id = slow.ask(questionOf(slab, 0), {
    reply: (octets, last, written) => {
      if (octets.length === 0) written();
      else socket.write(frameOf(octets), () => written());
      if (last) socket.removeListener("close", leave);
    },
    lost: () => socket.destroy(),
  });
  if (id !== 0) socket.once("close", leave);
  return id !== 0;
}

function accept(socket: Socket): void {
  const address = socket.remoteAddress ?? "";
  const mine = perClient.get(address) ?? 0;
  if (address === "" || mine >= limits.connectionsPerClientMax) {
    count(COUNTER_TCP_REFUSED);
    socket.resetAndDestroy();
    return;
  }
  if (open.size >= limits.connectionsMax) evictIdlest();
  count(COUNTER_TCP_ACCEPTED);
  perClient.set(address, mine + 1);
  open.add(socket);
  const client = new Uint8Array(16);
  const family = writeAddress(address, client, 0);
  const framer = createFramer();
  const total = setTimeout(() => expire(socket), limits.totalMs);
  const idle = setTimeout(() => expire(socket), limits.idleMs);
  socket.setNoDelay(true);
  socket.on("data", (chunk) => {
    let frames = 0;
    answerer.root = observeRoot(memory.control, data.reader);
    const replies: Buffer[] = [];
    const sound = pushChunk(framer, chunk, (octets, at, size) => {
      frames += 1;
      const reply = answerFrame(socket, client, family, octets, at, size);
      if (reply !== null) replies.push(reply);
    });
    goOffline(memory.control, data.reader);
    countTurn(reader);
    if (frames > 0) {
      idle.refresh();
      open.delete(socket);
      open.add(socket);
    }
    if (replies.length > 0)
      socket.write(replies.length === 1 ? replies[0]! : Buffer.concat(replies));
    if (!sound) {
      count(COUNTER_TCP_MALFORMED);
      socket.end();
    } else if (socket.writableLength > limits.queuedOctetsMax) {
      // Who asks and does not read is let go: its answers would fill the memory of all.
      count(COUNTER_TCP_TIMED_OUT);
      socket.resetAndDestroy();
    } else if (socket.writableNeedDrain) {
      socket.pause();
      socket.once("drain", () => socket.resume());
    }
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    clearTimeout(total);
    clearTimeout(idle);
    open.delete(socket);
    const left = (perClient.get(address) ?? 1) - 1;
    if (left === 0) perClient.delete(address);
    else perClient.set(address, left);
  });
}

/** The set keeps the order of last use: its first member has asked nothing for longest. */
function evictIdlest(): void {
  for (const socket of open) {
    count(COUNTER_TCP_TIMED_OUT);
    open.delete(socket);
    socket.resetAndDestroy();
    return;
  }
}

function expire(socket: Socket): void {
  count(COUNTER_TCP_TIMED_OUT);
  // Half-closing lets answers on their way arrive; the timer of the kernel does the rest.
  if (socket.writableLength === 0) socket.destroy();
  else socket.resetAndDestroy();
}

function listen(address: ListenAddress): Promise<Server> {
  const server = createServer({ allowHalfOpen: false, noDelay: true }, accept);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(
      {
        host: address.host,
        port: address.port,
        ipv6Only: address.family === 6,
        reusePort: true,
        backlog: 1024,
      },
      () => {
        server.removeListener("error", reject);
        server.on("error", () => {});
        resolve(server);
      },
    );
  });
}

const servers: Server[] = [];
for (const address of data.listen) servers.push(await listen(address));
setReaderState(reader, READER_STATE_SERVING);
parentPort?.postMessage({
  kind: "ready",
  addresses: servers.map((server) => {
    const bound = server.address() as { address: string; port: number };
    return { host: bound.address, port: bound.port };
  }),
});
parentPort?.on("message", (message: ReaderOrder) => {
  if (message.kind === "slow") slow.connect(message.port);
  if (message.kind !== "stop") return;
  for (const server of servers) server.close();
  for (const socket of open) socket.end();
  setReaderState(reader, READER_STATE_STOPPED);
  slow.close();
  parentPort?.close();
  setTimeout(() => {
    for (const socket of open) socket.destroy();
  }, 1000).unref();
});
