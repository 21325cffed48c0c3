// SPDX-License-Identifier: Apache-2.0
/**
 * What is said to a request that nobody behind the kernel takes: whoever cannot hand over a slot with
 * verdict SLOW answers it with this, since silence would be taken for a lost packet (RFC 8906 §3).
 *
 * NOTIMP to NOTIFY and UPDATE, without the question: what it would look like is theirs to say.
 * REFUSED to a transfer, and to whatever is signed with TSIG. OPT is as in any answer: cookie, NSID
 * (RFC 6891 §6.1.1, RFC 7873 §5.2); who does answer slow requests takes it from here.
 *
 * Twin: native/src/slow.cc.
 */
import { COUNTER_NOTIMP, COUNTER_OCTETS_OUT, COUNTER_REFUSED } from "../layout/gen/counters.ts";
import { VERDICT_SLOW } from "../layout/gen/enums.ts";
import {
  PACKET_SLOT_ROOM,
  PACKET_SLOT_SIZE,
  PACKET_SLOT_SIZE_IN,
  PACKET_SLOT_SIZE_OUT,
} from "../layout/gen/slab.ts";
import type { TableViews } from "../table/reader.ts";
import { RCODE_NOTIMP, RCODE_REFUSED } from "./codes.ts";
import { appendOptions } from "./edns.ts";
import { beginOpt } from "./judge.ts";
import { parse, parseForeign } from "./parse.ts";
import type { Kernel } from "./scratch.ts";
import { begin, finish, writeOpt } from "./writer.ts";

const MASK_OPCODE = 0x78;

/** Answers the request at `slot`, whose verdict is SLOW, in its place; gives the octets. */
export function refuseSlow(k: Kernel, slab: TableViews, slot: number): number {
  const sizeOut = writeRefusal(k, slab, slot);
  const { out, counters: c } = k;
  const counter = out.rcode === RCODE_NOTIMP ? COUNTER_NOTIMP : COUNTER_REFUSED;
  c[counter] = c[counter]! + 1;
  c[COUNTER_OCTETS_OUT] = c[COUNTER_OCTETS_OUT]! + sizeOut;
  slab.u32[(slot + PACKET_SLOT_SIZE_OUT) >> 2] = sizeOut;
  return sizeOut;
}

/** The same without counting it as an answer; gives the octets that stand in place of the request. */
export function writeRefusal(k: Kernel, slab: TableViews, slot: number): number {
  const { name, question: q, out } = k;
  const packet = slab.u8;
  const start = slot + PACKET_SLOT_SIZE;
  const size = slab.u32[(slot + PACKET_SLOT_SIZE_IN) >> 2]!;
  parse(packet, start, size, name, q);
  const foreign = (packet[start + 2]! & MASK_OPCODE) !== 0;
  if (foreign) parseForeign(packet, start, start + size, q);
  begin(out, packet, start, q.end);
  out.rcode = foreign ? RCODE_NOTIMP : RCODE_REFUSED;
  if (q.edns !== 0) {
    out.limit = slab.u32[(slot + PACKET_SLOT_ROOM) >> 2]!;
    k.picked.scope = 0;
    beginOpt(k, slab, slot, VERDICT_SLOW);
    writeOpt(out, q, 0, k.udpSizeMax, 0);
    appendOptions(k);
  }
  return finish(out, q);
}
