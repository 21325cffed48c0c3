// SPDX-License-Identifier: Apache-2.0
/**
 * Ordinary queries that were signed: the kernel answers them as it answers all, and the desk signs.
 *
 * Secondaries ask so for the SOA before they transfer. The answer must leave room for the signature;
 * one that then does not fit is sent empty with TC, as the kernel would have done.
 */
import { HEADER_SIZE } from "../dns/message.ts";
import { createAnswerer } from "../io/answerer.ts";
import { monotonicMs } from "../io/clock.ts";
import type { Memory } from "../io/memory.ts";
import { putQuestion } from "../io/slow-link.ts";
import * as slot from "../layout/gen/slab.ts";
import { PLAN_ROWS_MAX, TCP_SIZE_MAX } from "../layout/limits.ts";
import { tableViews } from "../table/reader.ts";
import type { TableWatch } from "./table-watch.ts";
import { type Handler, replyTo } from "./transfer-desk.ts";

export function createQueryHandler(
  memory: Memory,
  counters: Float64Array,
  udpSizeMax: number,
  watch: Pick<TableWatch, "read">,
): Handler {
  const { table, plans, settings } = memory;
  const kernel = { table, plans, settings, counters, planRows: PLAN_ROWS_MAX };
  const answerer = createAnswerer("ts", kernel, { udpSizeMax });
  const room = Math.ceil((slot.PACKET_SLOT_SIZE + TCP_SIZE_MAX) / 4) * 4;
  const slab = tableViews(new ArrayBuffer(room));
  let chance = Date.now() | 0;
  return async ({ job, octets, room: limit, reply }) => {
    chance = putQuestion(slab, { ...job.request, octets }, TCP_SIZE_MAX, chance);
    slab.u32[slot.PACKET_SLOT_UNIX_SECS >> 2] = Math.floor(Date.now() / 1000);
    slab.u32[slot.PACKET_SLOT_NOW_MS >> 2] = monotonicMs();
    const size = watch.read((root) => {
      answerer.root = root;
      return answerer.answer(slab, 0);
    });
    const answer = slab.u8.slice(slot.PACKET_SLOT_SIZE, slot.PACKET_SLOT_SIZE + size);
    if (size === 0) await job.send(new Uint8Array(0), true);
    else await reply(size <= limit ? answer : truncated(answer));
  };
}

function truncated(answer: Uint8Array): Uint8Array {
  const out = replyTo(answer, answer[3]! & 15);
  out.set(answer.subarray(0, HEADER_SIZE - 8));
  out[2]! |= 0x02;
  return out;
}
