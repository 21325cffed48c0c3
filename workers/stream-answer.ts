// SPDX-License-Identifier: Apache-2.0
/**
 * One message of a stream at a time through the kernel: the same as a datagram, but for the size.
 *
 * Between `begin` and `end` the reader holds the table; nothing may wait there. What `answer` gives
 * is lent until the next message.
 */
import { monotonicMs } from "../src/io/clock.ts";
import { putQuestion, questionOf, type SlowQuestion } from "../src/io/slow-link.ts";
import { TRANSPORT_UDP, VERDICT_SLOW } from "../src/layout/gen/enums.ts";
import * as slot from "../src/layout/gen/slab.ts";
import { TCP_SIZE_MAX, UDP_SIZE_MAX } from "../src/layout/limits.ts";
import { goOffline, observeRoot } from "../src/table/publish.ts";
import { tableViews } from "../src/table/reader.ts";
import { countTurn, type Reader } from "./boot.ts";

/** Who asks, and how. */
export interface Asker {
  /** As in a slot: 16 octets, the first 4 if IPv4. */
  readonly client: Uint8Array;
  readonly family: number;
  readonly port: number;
  readonly transport: number;
}

export interface StreamAnswerer {
  begin(): void;
  end(): void;
  /** The answer to a message; null for none. */
  answer(asker: Asker, octets: Uint8Array, at: number, size: number): Uint8Array | null;
  /** Whether the last message is one for the slow path: `question` or `refuse` come next. */
  isSlow(): boolean;
  question(): SlowQuestion;
  refuse(): Uint8Array;
}

/** `follow` is called with each `begin`, before the kernel looks at its settings. */
export function createStreamAnswerer(reader: Reader, follow: () => void): StreamAnswerer {
  const { answerer, memory, data } = reader;
  /** One slot is enough: a message is answered before the next one is looked at. */
  const slab = tableViews(new ArrayBuffer(slot.PACKET_SLOT_SIZE + TCP_SIZE_MAX + 1));
  let chance = (Date.now() ^ (data.reader << 24)) | 0;
  const answerOf = (size: number): Uint8Array =>
    slab.u8.subarray(slot.PACKET_SLOT_SIZE, slot.PACKET_SLOT_SIZE + size);
  return {
    begin() {
      follow();
      answerer.root = observeRoot(memory.control, data.reader);
      slab.u32[slot.PACKET_SLOT_UNIX_SECS >> 2] = Math.floor(Date.now() / 1000);
      slab.u32[slot.PACKET_SLOT_NOW_MS >> 2] = monotonicMs();
    },
    end() {
      goOffline(memory.control, data.reader);
      countTurn(reader);
    },
    answer(asker, octets, at, size) {
      const room = asker.transport === TRANSPORT_UDP ? UDP_SIZE_MAX : TCP_SIZE_MAX;
      const question = { ...asker, octets: octets.subarray(at, at + size) };
      chance = putQuestion(slab, question, room, chance);
      const sizeOut = answerer.answer(slab, 0);
      return sizeOut === 0 ? null : answerOf(sizeOut);
    },
    isSlow: () => slab.u8[slot.PACKET_SLOT_VERDICT] === VERDICT_SLOW,
    question: () => questionOf(slab, 0),
    refuse: () => answerOf(answerer.refuseSlow(slab, 0)),
  };
}
