// SPDX-License-Identifier: Apache-2.0
/**
 * OPT of what the transfer thread answers: the same as the kernel says to the same client, so that a
 * cookie or NSID is there whoever answers (RFC 6891 §6.1.1, RFC 7873 §5.2, RFC 5001 §2.2).
 *
 * The kernel writes its refusal to the request, and of that OPT is taken. Padding is left out of it,
 * since its length is that of one message; the first reply gets its own (RFC 7830 §4, RFC 8467 §4.1).
 */

import { createKernel } from "../answer/scratch.ts";
import { observeSettings } from "../answer/settings.ts";
import { writeRefusal } from "../answer/slow.ts";
import { EdnsOption } from "../dns/iana.ts";
import {
  type Edns,
  isMessage,
  type Message,
  OPTION_HEAD_SIZE,
  optionsSize,
  readMessage,
} from "../dns/message.ts";
import { get16 } from "../dns/sink.ts";
import type { Memory } from "../io/memory.ts";
import type { SlowRequest } from "../io/slow.ts";
import { putQuestion } from "../io/slow-link.ts";
import { TRANSPORT_HTTPS, TRANSPORT_TLS } from "../layout/gen/enums.ts";
import * as slot from "../layout/gen/slab.ts";
import { PADDING_BLOCK_SIZE, TCP_SIZE_MAX } from "../layout/limits.ts";
import { tableViews } from "../table/reader.ts";

/** EDNS of the reply to a request without its signature; null if it has none. */
export type ReplyEdns = (request: SlowRequest, octets: Uint8Array) => Edns | null;

export function createReplyEdns(
  memory: Memory,
  counters: Float64Array,
  udpSizeMax: number,
): ReplyEdns {
  const { table, plans, settings } = memory;
  const kernel = createKernel({ table, plans, settings, counters, planRows: 0 }, { udpSizeMax });
  const slab = tableViews(new ArrayBuffer(slot.PACKET_SLOT_SIZE + TCP_SIZE_MAX + 1));
  return (request, octets) => {
    observeSettings(kernel.settings);
    putQuestion(slab, { ...request, octets }, TCP_SIZE_MAX, 0);
    slab.u32[slot.PACKET_SLOT_UNIX_SECS >> 2] = Math.floor(Date.now() / 1000);
    const size = writeRefusal(kernel, slab, 0);
    const from = slot.PACKET_SLOT_SIZE;
    const refusal = readMessage(slab.u8.slice(from, from + size));
    if (!isMessage(refusal) || refusal.edns === null) return null;
    const options = refusal.edns.options.filter(({ code }) => code !== EdnsOption.PADDING);
    return { ...refusal.edns, options };
  };
}

/** RFC 7830 §6: only where nobody else can read it, and only if the client pads. */
export function wantsPadding({ edns }: Message, transport: number): boolean {
  if (transport !== TRANSPORT_TLS && transport !== TRANSPORT_HTTPS) return false;
  return edns?.options.some(({ code }) => code === EdnsOption.PADDING) ?? false;
}

/** Octets of OPT before its options, and where among them the length of these stands. */
const OPT_HEAD_SIZE = 11;
const OPT_LENGTH_AT = 9;

/** A message whose last record is OPT, filled up to whole blocks, or to `room`; as it is without OPT. */
export function padded(octets: Uint8Array, room: number): Uint8Array {
  const message = readMessage(octets);
  if (!isMessage(message) || message.edns === null) return octets;
  const { options } = message.edns;
  // The kernel has padded what it answers.
  if (options.some(({ code }) => code === EdnsOption.PADDING)) return octets;
  const least = octets.length + OPTION_HEAD_SIZE;
  const whole = Math.min(Math.ceil(least / PADDING_BLOCK_SIZE) * PADDING_BLOCK_SIZE, room);
  if (whole < least) return octets;
  const out = new Uint8Array(whole);
  out.set(octets);
  const view = new DataView(out.buffer);
  view.setUint16(octets.length, EdnsOption.PADDING);
  view.setUint16(octets.length + 2, whole - least);
  const lengthAt = octets.length - optionsSize(options) - OPT_HEAD_SIZE + OPT_LENGTH_AT;
  view.setUint16(lengthAt, get16(octets, lengthAt) + whole - octets.length);
  return out;
}
