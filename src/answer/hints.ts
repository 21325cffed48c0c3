// SPDX-License-Identifier: Apache-2.0
/**
 * SVCB and HTTPS whose hints are filled in: `ipv4hint=auto`, `ipv6hint=auto`.
 *
 * A hint is what A or AAAA of the record's target would say to the same client in the same moment,
 * and comes from the same place: the target's RRset, or the pick of its policy. Where those say
 * nothing, the parameter is left out, since one without an address has no form (RFC 9460 §7.3).
 *
 * Invariants
 *   H1  What the record says beside its hints does not depend on steering: no rule for "all down"
 *       takes the record away, nor makes it SERVFAIL.
 *   H2  The TTL is the least of the record's and of those of all addresses that stand in it or were
 *       looked for by a pick; the scope is the longest of all picks.
 *   H3  `wrr` goes one step for each plan row and answer, so that the hints of both families, and of
 *       several records, name the same endpoint.
 *
 * RFC 9460 §2.2, §2.5.2, §7.3. Twin: native/src/hints.cc.
 */
import { get16 } from "../dns/sink.ts";
import { COUNTER_STEERED, COUNTER_STEERED_ALL_DOWN } from "../layout/gen/counters.ts";
import { NODE_FLAG_CUT, NODE_FLAG_OCCLUDED } from "../layout/gen/enums.ts";
import { PACKET_SLOT_CLIENT, PACKET_SLOT_FAMILY, PACKET_SLOT_RANDOM } from "../layout/gen/slab.ts";
import {
  ENDPOINT_V4,
  ENDPOINT_V6,
  NODE_FLAGS,
  RRSET_COUNT,
  RRSET_SIZE,
} from "../layout/gen/table.ts";
import { HINTS_MAX } from "../layout/limits.ts";
import type { TableViews } from "../table/reader.ts";
import { KEY_IPV4HINT, KEY_IPV6HINT, TYPE_A, TYPE_AAAA } from "./codes.ts";
import { findNode, findRRset } from "./lookup.ts";
import { PICK_OK, pick } from "./pick.ts";
import { dataOf, endsInApex, isSteered } from "./respond.ts";
import type { Kernel } from "./scratch.ts";
import { fits, loadName, put16, RR_HEAD_SIZE, writePointer } from "./writer.ts";

/** Octets of a parameter in front of its value. */
const PARAM_HEAD_SIZE = 4;
/** Octets of the priority in front of the target. */
export const SERVICE_TARGET_AT = 2;
/** `Hints.node` while nobody has asked for it. */
const NODE_UNKNOWN = -1;

/** Writes the RRset found with its hints into the answer section; false if it does not fit. */
export function answerHinted(k: Kernel, slab: TableViews, slot: number): boolean {
  const { out, found, table, hints, counters: c } = k;
  const rrset = found.shard + dataOf(k, found.rrset);
  const count = table.u16[(rrset + RRSET_COUNT) >> 1]!;
  const before = out.at;
  let rr = rrset + RRSET_SIZE;
  hints.active = 1;
  hints.home = found.shard;
  hints.looked = 0;
  hints.picks = 0;
  hints.rowCount = 0;
  hints.allDown = 0;
  hints.scope = 0;
  hints.ttl = get32(table.u8, rr + 6);
  let whole = true;
  for (let i = 0; i < count && whole; i += 1) {
    const end = rr + RR_HEAD_SIZE + get16(table.u8, rr + 10);
    whole = putRecord(k, slab, slot, rr, end);
    rr = end;
  }
  hints.active = 0;
  k.picked.scope = hints.scope;
  if (hints.picks !== 0) c[COUNTER_STEERED] = c[COUNTER_STEERED]! + 1;
  if (hints.allDown !== 0) c[COUNTER_STEERED_ALL_DOWN] = c[COUNTER_STEERED_ALL_DOWN]! + 1;
  if (!whole) {
    out.at = before;
    return false;
  }
  putTtls(k, before);
  out.answers += count;
  return true;
}

/** One RR of the template [rr, end), with its hints. */
function putRecord(k: Kernel, slab: TableViews, slot: number, rr: number, end: number): boolean {
  const { out, table, hints } = k;
  const octets = table.u8;
  const at = out.at;
  let from = rr + RR_HEAD_SIZE + SERVICE_TARGET_AT;
  while (octets[from] !== 0) from += 1 + octets[from]!;
  from += 1;
  if (!copy(k, rr, from)) return false;
  hints.node = NODE_UNKNOWN;
  while (from < end) {
    const key = get16(octets, from);
    const size = get16(octets, from + 2);
    if (size === 0 && (key === KEY_IPV4HINT || key === KEY_IPV6HINT)) {
      if (!putHint(k, slab, slot, at, key)) return false;
    } else if (!copy(k, from, from + PARAM_HEAD_SIZE + size)) return false;
    from += PARAM_HEAD_SIZE + size;
  }
  const written = out.start + at;
  writePointer(out.packet, written, k.name.labelPos[0]!);
  put16(out.packet, written + 10, out.at - at - RR_HEAD_SIZE);
  return true;
}

/** The hint `key` of the record that was begun at message offset `at`, if there is one to give. */
function putHint(k: Kernel, slab: TableViews, slot: number, at: number, key: number): boolean {
  const { out, hints, table } = k;
  if (hints.looked === HINTS_MAX) return true;
  hints.looked += 1;
  if (hints.node === NODE_UNKNOWN) findTarget(k, at + RR_HEAD_SIZE + SERVICE_TARGET_AT);
  // AliasMode has no parameters (RFC 9460 §2.4.2).
  if (hints.node === 0 || get16(out.packet, out.start + at + RR_HEAD_SIZE) === 0) return true;
  const type = key === KEY_IPV4HINT ? TYPE_A : TYPE_AAAA;
  const ref = findRRset(table, hints.node, type);
  if (ref === 0) return true;
  return isSteered(k, ref) ? putPicked(k, slab, slot, ref, key) : putStatic(k, ref, key);
}

/** The node of the target whose name stands at message offset `pos`; `.` is the owner (§2.5.2). */
function findTarget(k: Kernel, pos: number): void {
  const { out, found, hints, table } = k;
  hints.node = found.node;
  hints.shard = hints.home;
  if (out.packet[out.start + pos] === 0) return;
  loadName(out, pos, k.target);
  hints.node = endsInApex(k) ? findNode(table, found, k.target, 0) : 0;
  hints.shard = found.shard;
  found.shard = hints.home;
  if (hints.node === 0) return;
  const flags = table.u16[(hints.node + NODE_FLAGS) >> 1]!;
  // What is there is glue, or nothing that anybody could ask for.
  if ((flags & (NODE_FLAG_CUT | NODE_FLAG_OCCLUDED)) !== 0) hints.node = 0;
}

function putStatic(k: Kernel, ref: number, key: number): boolean {
  const { hints, table } = k;
  const rrset = hints.shard + dataOf(k, ref);
  const count = table.u16[(rrset + RRSET_COUNT) >> 1]!;
  const width = widthOf(key);
  const first = rrset + RRSET_SIZE;
  lowerTtl(k, get32(table.u8, first + 6));
  if (!putHead(k, key, count * width)) return false;
  for (let i = 0; i < count; i += 1) {
    putAddress(k, first + i * (RR_HEAD_SIZE + width) + RR_HEAD_SIZE, width);
  }
  return true;
}

function putPicked(k: Kernel, slab: TableViews, slot: number, ref: number, key: number): boolean {
  const { hints, picked } = k;
  const type = key === KEY_IPV4HINT ? TYPE_A : TYPE_AAAA;
  const family = slab.u8[slot + PACKET_SLOT_FAMILY]!;
  const random = slab.i32[(slot + PACKET_SLOT_RANDOM) >> 2]!;
  const local = dataOf(k, ref);
  const outcome = pick(k, local, type, slab.u8, slot + PACKET_SLOT_CLIENT, family, random);
  hints.picks += 1;
  if (picked.scope > hints.scope) hints.scope = picked.scope;
  if (picked.allDown !== 0) hints.allDown = 1;
  const t = picked.ttl;
  lowerTtl(k, (t << 24) | ((t & 0xff00) << 8) | ((t >>> 8) & 0xff00) | (t >>> 24));
  if (k.trace !== null) k.trace(type, outcome);
  if (outcome !== PICK_OK) return true;
  const width = widthOf(key);
  const field = key === KEY_IPV4HINT ? ENDPOINT_V4 : ENDPOINT_V6;
  if (!putHead(k, key, picked.count * width)) return false;
  for (let i = 0; i < picked.count; i += 1) putAddress(k, picked.endpoints[i]! + field, width);
  return true;
}

/** Octets of an address in the hint `key`. */
function widthOf(key: number): number {
  return key === KEY_IPV4HINT ? 4 : 16;
}

/** Key and size of a parameter; false if it does not fit with `size` octets of value. */
function putHead(k: Kernel, key: number, size: number): boolean {
  const { out } = k;
  if (!fits(out, PARAM_HEAD_SIZE + size)) return false;
  put16(out.packet, out.start + out.at, key);
  put16(out.packet, out.start + out.at + 2, size);
  out.at += PARAM_HEAD_SIZE;
  return true;
}

/** The address at `from` of the table; there is room. */
function putAddress(k: Kernel, from: number, width: number): void {
  const { out, table } = k;
  const to = out.start + out.at;
  for (let i = 0; i < width; i += 1) out.packet[to + i] = table.u8[from + i]!;
  out.at += width;
}

/** Copies octets [from, to) of the table; false if they do not fit. */
function copy(k: Kernel, from: number, to: number): boolean {
  const { out } = k;
  if (!fits(out, to - from)) return false;
  putAddress(k, from, to - from);
  return true;
}

/** Takes the lesser TTL; both are words of 32 bits that count as unsigned. */
function lowerTtl(k: Kernel, ttl: number): void {
  if ((ttl ^ SIGN) < (k.hints.ttl ^ SIGN)) k.hints.ttl = ttl;
}
const SIGN = 1 << 31;

/** Gives all RRs from message offset `from` on the TTL that was found: those of an RRset are one. */
function putTtls(k: Kernel, from: number): void {
  const { out, hints } = k;
  for (let at = from; at < out.at; ) {
    const rr = out.start + at;
    put16(out.packet, rr + 6, hints.ttl >>> 16);
    put16(out.packet, rr + 8, hints.ttl & 0xffff);
    at += RR_HEAD_SIZE + get16(out.packet, rr + 10);
  }
}

/** Signed, so that no value is boxed. */
function get32(octets: Uint8Array, at: number): number {
  return (get16(octets, at) << 16) | get16(octets, at + 2);
}
