// SPDX-License-Identifier: Apache-2.0
/**
 * What is said to a request that nobody behind the kernel takes: whoever cannot hand over a slot with
 * verdict SLOW answers it with this, since silence would be taken for a lost packet (RFC 8906 §3).
 *
 * NOTIMP to NOTIFY and UPDATE, without the question: what it would look like is theirs to say.
 * REFUSED to a transfer, and to whatever is signed with TSIG.
 *
 * Twin: native/src/slow.cc.
 */
import { COUNTER_NOTIMP, COUNTER_OCTETS_OUT, COUNTER_REFUSED } from "../layout/gen/counters.ts";
import { PACKET_SLOT_SIZE, PACKET_SLOT_SIZE_IN, PACKET_SLOT_SIZE_OUT } from "../layout/gen/slab.ts";
import type { TableViews } from "../table/reader.ts";
import { RCODE_NOTIMP, RCODE_REFUSED } from "./codes.ts";
import { parse } from "./parse.ts";
import type { Kernel } from "./scratch.ts";
import { begin, finish, writeOpt } from "./writer.ts";

/** The scratch that refuseSlow works with, and where it counts. */
export type Refuser = Pick<Kernel, "name" | "question" | "out" | "counters" | "udpSizeMax">;

const MASK_OPCODE = 0x78;

/** Answers the request at `slot`, whose verdict is SLOW, in its place; gives the octets. */
export function refuseSlow(by: Refuser, slab: TableViews, slot: number): number {
  const { name, question: q, out, counters: c } = by;
  const packet = slab.u8;
  const start = slot + PACKET_SLOT_SIZE;
  parse(packet, start, slab.u32[(slot + PACKET_SLOT_SIZE_IN) >> 2]!, name, q);
  begin(out, packet, start, q.end);
  const foreign = (packet[start + 2]! & MASK_OPCODE) !== 0;
  out.rcode = foreign ? RCODE_NOTIMP : RCODE_REFUSED;
  if (q.edns !== 0) writeOpt(out, q, 0, by.udpSizeMax, 0);
  const sizeOut = finish(out, q);
  const counter = foreign ? COUNTER_NOTIMP : COUNTER_REFUSED;
  c[counter] = c[counter]! + 1;
  c[COUNTER_OCTETS_OUT] = c[COUNTER_OCTETS_OUT]! + sizeOut;
  slab.u32[(slot + PACKET_SLOT_SIZE_OUT) >> 2] = sizeOut;
  return sizeOut;
}
