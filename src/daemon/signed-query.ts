// SPDX-License-Identifier: Apache-2.0
/**
 * Ordinary queries that were signed, or that ask how long a secondary is good for: the kernel answers
 * them as it answers all, the time left is put in, and the desk signs.
 *
 * Secondaries ask so for the SOA before they transfer. The answer must leave room for the signature;
 * one that then does not fit is sent empty with TC, as the kernel would have done.
 */
import { EdnsOption, Type } from "../dns/iana.ts";
import {
  HEADER_SIZE,
  isMessage,
  OPTION_HEAD_SIZE,
  optionsSize,
  readMessage,
} from "../dns/message.ts";
import { lowerName, nameToText } from "../dns/names.ts";
import { createAnswerer } from "../io/answerer.ts";
import { monotonicMs } from "../io/clock.ts";
import type { Memory } from "../io/memory.ts";
import { createSettingsMirror } from "../io/settings-mirror.ts";
import { putQuestion } from "../io/slow-link.ts";
import * as slot from "../layout/gen/slab.ts";
import { PLAN_ROWS_MAX, TCP_SIZE_MAX } from "../layout/limits.ts";
import { settingsFlags } from "../layout/settings.ts";
import { tableViews } from "../table/reader.ts";
import type { TableWatch } from "./table-watch.ts";
import { type Handler, replyTo } from "./transfer-desk.ts";

export function createQueryHandler(
  memory: Memory,
  counters: Float64Array,
  udpSizeMax: number,
  watch: Pick<TableWatch, "read">,
  expireOf: (apex: string) => number | null,
): Handler {
  const { table, plans } = memory;
  const mirror = createSettingsMirror(memory.settings);
  const kernel = { table, plans, settings: mirror.words, counters, planRows: PLAN_ROWS_MAX };
  const answerer = createAnswerer("ts", kernel, { udpSizeMax });
  const room = Math.ceil((slot.PACKET_SLOT_SIZE + TCP_SIZE_MAX) / 4) * 4;
  const slab = tableViews(new ArrayBuffer(room));
  let chance = Date.now() | 0;
  return async ({ job, octets, room: limit, reply }) => {
    mirror.followWithout(settingsFlags.SLOW_EXPIRE);
    chance = putQuestion(slab, { ...job.request, octets }, TCP_SIZE_MAX, chance);
    slab.u32[slot.PACKET_SLOT_UNIX_SECS >> 2] = Math.floor(Date.now() / 1000);
    slab.u32[slot.PACKET_SLOT_NOW_MS >> 2] = monotonicMs();
    const size = watch.read((root) => {
      answerer.root = root;
      return answerer.answer(slab, 0);
    });
    const answer = slab.u8.slice(slot.PACKET_SLOT_SIZE, slot.PACKET_SLOT_SIZE + size);
    putExpire(answer, expireOf);
    if (size === 0) await job.send(new Uint8Array(0), true);
    else await reply(size <= limit ? answer : truncated(answer));
  };
}

/**
 * RFC 7314 §3.2: the kernel told what the SOA says, which is right for a primary; of a secondary it is
 * the time that is left. OPT is the last record.
 */
function putExpire(answer: Uint8Array, expireOf: (apex: string) => number | null): void {
  const message = readMessage(answer);
  if (!isMessage(message) || message.edns === null) return;
  const soa = message.answers.find(({ type }) => type === Type.SOA);
  const left = soa === undefined ? null : expireOf(nameToText(lowerName(soa.owner)));
  if (left === null) return;
  const { options } = message.edns;
  const view = new DataView(answer.buffer, answer.byteOffset);
  let at = answer.length - optionsSize(options);
  for (const { code, data } of options) {
    if (code === EdnsOption.EXPIRE && data.length === 4)
      view.setUint32(at + OPTION_HEAD_SIZE, left);
    at += OPTION_HEAD_SIZE + data.length;
  }
}

function truncated(answer: Uint8Array): Uint8Array {
  const out = replyTo(answer, answer[3]! & 15);
  out.set(answer.subarray(0, HEADER_SIZE - 8));
  out[2]! |= 0x02;
  return out;
}
