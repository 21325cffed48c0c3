// SPDX-License-Identifier: Apache-2.0
/**
 * OPT of what the transfer thread answers: the same as the kernel says to the same client, so that a
 * cookie or NSID is there whoever answers (RFC 6891 §6.1.1, RFC 7873 §5.2, RFC 5001 §2.2).
 *
 * The kernel writes its refusal to the request, and of that OPT is taken. Padding is left out: it is
 * made for the length of one message, and is nobody's duty in transfers.
 */

import { createKernel } from "../answer/scratch.ts";
import { observeSettings } from "../answer/settings.ts";
import { writeRefusal } from "../answer/slow.ts";
import { EdnsOption } from "../dns/iana.ts";
import { type Edns, isMessage, readMessage } from "../dns/message.ts";
import type { Memory } from "../io/memory.ts";
import type { SlowRequest } from "../io/slow.ts";
import { putQuestion } from "../io/slow-link.ts";
import * as slot from "../layout/gen/slab.ts";
import { TCP_SIZE_MAX } from "../layout/limits.ts";
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
