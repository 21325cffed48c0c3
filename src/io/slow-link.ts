// SPDX-License-Identifier: Apache-2.0
/**
 * The reader's end of the slow path (slow.ts): hands requests over, and brings replies to whoever
 * asked.
 *
 * The port comes from the main thread, anew whenever the transfer thread was started again. Without
 * one, or with too many requests under way, nothing is taken: the caller refuses the request, which
 * a client understands sooner than silence.
 *
 * Invariants
 *   K1  An asker hears replies until the last one, or `lost` once, or nothing more after `gone`.
 *   K2  No more than `waitingMax` requests are under way.
 */
import type { MessagePort } from "node:worker_threads";
import {
  PACKET_SLOT_CLIENT,
  PACKET_SLOT_FAMILY,
  PACKET_SLOT_FLAGS,
  PACKET_SLOT_PORT,
  PACKET_SLOT_RANDOM,
  PACKET_SLOT_ROOM,
  PACKET_SLOT_SIZE,
  PACKET_SLOT_SIZE_IN,
  PACKET_SLOT_SIZE_OUT,
  PACKET_SLOT_TRANSPORT,
  PACKET_SLOT_VERDICT,
} from "../layout/gen/slab.ts";
import type { TableViews } from "../table/reader.ts";
import type { SlowAsk, SlowReply, SlowRequest } from "./slow.ts";

/** Requests that one UDP thread may have under way: NOTIFY and UPDATE come rarely. */
export const SLOW_WAITING_MAX = 256;

export type SlowQuestion = Omit<SlowRequest, "kind" | "id">;

export interface SlowAsker {
  /** `written` is to be called when the octets have left for the socket (L2). */
  readonly reply: (octets: Uint8Array, last: boolean, written: () => void) => void;
  /** The thread at the other end has ended: nothing more comes. */
  readonly lost: () => void;
}

export interface SlowLink {
  /** Requests under way. */
  readonly waiting: number;
  /** A new line to the transfer thread; what went over the old one is lost. */
  connect(port: MessagePort): void;
  /** Hands a request over; gives its id, or 0 if it cannot be taken. */
  ask(question: SlowQuestion, asker: SlowAsker): number;
  /** The client of a request is gone. */
  gone(id: number): void;
  /** Ends the line; nobody hears anything more. */
  close(): void;
}

export function createSlowLink(waitingMax: number): SlowLink {
  const askers = new Map<number, SlowAsker>();
  let line: MessagePort | null = null;
  let lastId = 0;

  const post = (ask: SlowAsk): void => line?.postMessage(ask);
  const heard = (message: SlowReply): void => {
    const asker = askers.get(message.id);
    if (asker === undefined) return;
    if (message.last) askers.delete(message.id);
    asker.reply(message.octets, message.last, () => {
      if (askers.has(message.id)) post({ kind: "written", id: message.id });
    });
  };
  const lose = (): void => {
    const lost = [...askers.values()];
    askers.clear();
    for (const asker of lost) asker.lost();
  };

  return {
    get waiting() {
      return askers.size;
    },
    connect(port) {
      line?.removeAllListeners();
      line?.close();
      line = port;
      lose();
      port.on("message", (message: SlowReply) => {
        if (line === port) heard(message);
      });
      port.on("close", () => {
        if (line !== port) return;
        line = null;
        lose();
      });
    },
    ask(question, asker) {
      if (line === null || askers.size >= waitingMax) return 0;
      lastId += 1;
      askers.set(lastId, asker);
      const request: SlowRequest = { kind: "request", id: lastId, ...question };
      line.postMessage(request, [question.octets.buffer as ArrayBuffer]);
      return lastId;
    },
    gone(id) {
      if (askers.delete(id)) post({ kind: "gone", id });
    },
    close() {
      line?.removeAllListeners();
      line?.close();
      line = null;
      askers.clear();
    },
  };
}

/** The request in the slot at octet `at`, copied out of it. */
export function questionOf(slab: TableViews, at: number): SlowQuestion {
  const start = at + PACKET_SLOT_SIZE;
  const clientAt = at + PACKET_SLOT_CLIENT;
  return {
    octets: slab.u8.slice(start, start + slab.u32[(at + PACKET_SLOT_SIZE_IN) >> 2]!),
    client: slab.u8.slice(clientAt, clientAt + 16),
    family: slab.u8[at + PACKET_SLOT_FAMILY]!,
    port: slab.u16[(at + PACKET_SLOT_PORT) >> 1]!,
    transport: slab.u8[at + PACKET_SLOT_TRANSPORT]!,
  };
}

/** Weyl step of the chance that goes with each request. */
const GOLDEN = 0x9e3779b9 | 0;

/**
 * The inverse of questionOf: a request for the slot at 0, which may hold `room` octets of an answer.
 * Gives the chance to come with the next one.
 */
export function putQuestion(
  slab: TableViews,
  { octets, client, family, port, transport }: SlowQuestion,
  room: number,
  chance: number,
): number {
  const next = (chance + GOLDEN) | 0;
  slab.u8.set(octets, PACKET_SLOT_SIZE);
  slab.u8.set(client, PACKET_SLOT_CLIENT);
  slab.u8[PACKET_SLOT_FAMILY] = family;
  slab.u16[PACKET_SLOT_PORT >> 1] = port;
  slab.u8[PACKET_SLOT_TRANSPORT] = transport;
  slab.u8[PACKET_SLOT_VERDICT] = 0;
  slab.u8[PACKET_SLOT_FLAGS] = 0;
  slab.i32[PACKET_SLOT_RANDOM >> 2] = Math.imul(next ^ (next >>> 15), 0x85ebca6b);
  slab.u32[PACKET_SLOT_SIZE_IN >> 2] = octets.length;
  slab.u32[PACKET_SLOT_SIZE_OUT >> 2] = 0;
  slab.u32[PACKET_SLOT_ROOM >> 2] = room;
  return next;
}

/** An asker whose replies leave at once, as datagrams do. */
export function replyWith(send: (octets: Uint8Array) => void): SlowAsker {
  return {
    reply: (octets, _last, written) => {
      if (octets.length > 0) send(octets);
      written();
    },
    lost: () => {},
  };
}
