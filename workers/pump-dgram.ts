// SPDX-License-Identifier: Apache-2.0
/**
 * Receives and sends datagrams with node:dgram: the pump that needs no compiler.
 *
 * One socket per address with SO_REUSEPORT, so that the kernel spreads clients over the threads,
 * and so that an answer leaves from the address that was asked (RFC 2181 §4.1).
 *
 * Invariants
 *   G1  A turn is what libuv delivers before it looks for other work; the root is observed at its
 *       first datagram, and the reader goes offline at its end, since nothing says when it will
 *       be woken again.
 *   G2  A slot is not used again while its datagram may still be queued: the ring is turned at
 *       most half between two looks at the send queues; beyond it answers are dropped and counted.
 */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { UDP_SLOT_STRIDE } from "../src/answer/kernel.ts";
import { writeAddress } from "../src/io/address.ts";
import { monotonicMs } from "../src/io/clock.ts";
import { questionOf, replyWith, type SlowLink } from "../src/io/slow-link.ts";
import type { BoundAddress, ListenAddress } from "../src/io/threads.ts";
import { COUNTER_DROPPED_PORT, COUNTER_DROPPED_SEND } from "../src/layout/gen/counters.ts";
import { TRANSPORT_UDP, VERDICT_SLOW } from "../src/layout/gen/enums.ts";
import * as slot from "../src/layout/gen/slab.ts";
import { UDP_SIZE_MAX } from "../src/layout/limits.ts";
import { goOffline, observeRoot } from "../src/table/publish.ts";
import { tableViews } from "../src/table/reader.ts";
import { countTurn, type Reader } from "./boot.ts";

/** Slots of the ring: 4 MiB, thirty times what libuv delivers in one go. */
const RING = 1024;
/** Weyl step of the chance that goes with each packet; seeded by time and thread at the start. */
const GOLDEN = 0x9e3779b9 | 0;

export interface Pump {
  /** Stops receiving; what was received is answered. */
  close(): Promise<void>;
  readonly addresses: readonly BoundAddress[];
}

/** Binds every address and serves until closed. Rejects if an address cannot be bound. */
export async function startPump(reader: Reader, seed: number, slow: SlowLink): Promise<Pump> {
  const sockets: Socket[] = [];
  const turn = createTurn(reader, sockets, seed, slow);
  try {
    for (const address of reader.data.listen) {
      sockets.push(await bind(address, reader.data.udp.bufferOctets, turn));
    }
  } catch (error) {
    for (const socket of sockets) socket.close();
    throw error;
  }
  return {
    addresses: sockets.map((socket) => ({
      host: socket.address().address,
      port: socket.address().port,
    })),
    close: async () => {
      for (const socket of sockets) {
        await new Promise<void>((resolve) => socket.close(() => resolve()));
      }
    },
  };
}

type OnDatagram = (socket: Socket, message: Uint8Array, from: RemoteInfo) => void;

/** One of several sockets of an address; 0 `bufferOctets` leaves what the kernel gives. */
export function bind(
  address: ListenAddress,
  bufferOctets: number,
  turn: OnDatagram,
): Promise<Socket> {
  const family = address.family;
  const socket = createSocket({
    type: family === 6 ? "udp6" : "udp4",
    ipv6Only: family === 6,
    reusePort: true,
    recvBufferSize: bufferOctets,
    sendBufferSize: bufferOctets,
    // Answers go to addresses, never to names: without this each one would wait for a tick.
    lookup: (host, _options, done) => done(null, host, family),
  });
  socket.on("message", (message, from) => turn(socket, message, from));
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind({ address: address.host, port: address.port }, () => {
      socket.removeListener("error", reject);
      // ICMP errors of earlier answers surface here; they are not ours to mend.
      socket.on("error", () => {});
      resolve(socket);
    });
  });
}

/** The loop of one thread: each datagram to a slot, through the kernel, and back. */
function createTurn(
  reader: Reader,
  sockets: readonly Socket[],
  seed: number,
  slow: SlowLink,
): OnDatagram {
  const { answerer, counters, memory, data } = reader;
  const slab = tableViews(new ArrayBuffer(RING * UDP_SLOT_STRIDE));
  let awake = false;
  let next = 0;
  let budget = RING / 2;
  let chance = seed | 0;
  let unixSecs = 0;
  let nowMs = 0;

  const sleep = (): void => {
    awake = false;
    goOffline(memory.control, data.reader);
    countTurn(reader);
    let queued = 0;
    for (const socket of sockets) queued += socket.getSendQueueCount();
    budget = Math.max(RING / 2 - queued, 0);
  };

  return (socket, message, from) => {
    if (!awake) {
      awake = true;
      answerer.root = observeRoot(memory.control, data.reader);
      unixSecs = Math.floor(Date.now() / 1000);
      nowMs = monotonicMs();
      setImmediate(sleep);
    }
    // Port 0 cannot be answered, and is only ever forged.
    if (from.port === 0) {
      counters[COUNTER_DROPPED_PORT] = counters[COUNTER_DROPPED_PORT]! + 1;
      return;
    }
    if (budget === 0) {
      counters[COUNTER_DROPPED_SEND] = counters[COUNTER_DROPPED_SEND]! + 1;
      return;
    }
    budget -= 1;
    chance = (chance + GOLDEN) | 0;
    const at = next * UDP_SLOT_STRIDE;
    next = (next + 1) & (RING - 1);
    const size = Math.min(message.length, UDP_SIZE_MAX);
    const start = at + slot.PACKET_SLOT_SIZE;
    // A request beyond any slot is cut; the parser then finds its end missing.
    slab.u8.set(size === message.length ? message : message.subarray(0, size), start);
    slab.u8[at + slot.PACKET_SLOT_FAMILY] = writeAddress(
      from.address,
      slab.u8,
      at + slot.PACKET_SLOT_CLIENT,
    );
    slab.u8[at + slot.PACKET_SLOT_TRANSPORT] = TRANSPORT_UDP;
    slab.u16[(at + slot.PACKET_SLOT_PORT) >> 1] = from.port;
    slab.i32[(at + slot.PACKET_SLOT_RANDOM) >> 2] = Math.imul(chance ^ (chance >>> 15), 0x85ebca6b);
    slab.u32[(at + slot.PACKET_SLOT_SIZE_IN) >> 2] = size;
    slab.u32[(at + slot.PACKET_SLOT_ROOM) >> 2] = UDP_SIZE_MAX;
    slab.u32[(at + slot.PACKET_SLOT_UNIX_SECS) >> 2] = unixSecs;
    slab.u32[(at + slot.PACKET_SLOT_NOW_MS) >> 2] = nowMs;
    let sizeOut = answerer.answer(slab, at);
    if (slab.u8[at + slot.PACKET_SLOT_VERDICT] === VERDICT_SLOW) {
      const send = (octets: Uint8Array): void => {
        socket.send(octets, from.port, from.address, () => {});
      };
      if (slow.ask(questionOf(slab, at), replyWith(send)) !== 0) return;
      sizeOut = answerer.refuseSlow(slab, at);
    }
    if (sizeOut !== 0) socket.send(slab.u8, start, sizeOut, from.port, from.address);
  };
}
