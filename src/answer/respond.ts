// SPDX-License-Identifier: Apache-2.0
/**
 * Writes what lookup and pick found into the sections of the answer.
 *
 * Answers are as small as the rules allow (RFC 9715, BCP 145): no authority section on positive
 * answers, additional addresses only where they fit, glue always or TC (RFC 9471).
 *
 * Invariants
 *   A1  A function that gives false wrote nothing, or nothing that is counted.
 *   A2  Records of a negative answer come from `negativeSoa`, whose TTL is already the lesser of
 *       the SOA's TTL and MINIMUM (RFC 2308 §3); for steered names it is capped by the policy.
 *
 * Twin: native/src/respond.cc.
 */
import {
  RRSET_FLAG_ADDITIONAL,
  RRSET_FLAG_HINTS,
  RRSET_FLAG_SIGNED,
  RRSET_FLAG_STEERED,
  ZONE_FLAG_SIGNED,
} from "../layout/gen/enums.ts";
import {
  DIRECTORY_STEERING,
  ENDPOINT_TARGET,
  ENDPOINT_TARGET_SIZE,
  ENDPOINT_V4,
  ENDPOINT_V6,
  POLICY_NEGATIVE_TTL_SECS,
  POLICY_SIZE,
  RRSET_LENGTH,
  RRSET_REF_DATA,
  RRSET_REF_FLAGS,
  RRSET_TARGET_AT,
  SEGMENT_SIZE,
  STEERING_POLICIES,
  ZONE_APEX,
  ZONE_FLAGS,
  ZONE_NEGATIVE_SOA,
} from "../layout/gen/table.ts";
import { ADDITIONAL_NAMES_MAX, NAME_SIZE_MAX } from "../layout/limits.ts";
import { signaturesAt } from "../table/reader.ts";
import {
  TYPE_A,
  TYPE_AAAA,
  TYPE_CNAME,
  TYPE_DS,
  TYPE_HINFO,
  TYPE_NS,
  TYPE_RRSIG,
  TYPE_SVCB,
} from "./codes.ts";
import { proveInsecure } from "./denial.ts";
import { findNode, findRRset } from "./lookup.ts";
import type { Kernel } from "./scratch.ts";
import {
  apexPosOf,
  beginRR,
  copyRRset,
  loadName,
  pointable,
  RR_HEAD_SIZE,
  ttlAt,
  writePointer,
} from "./writer.ts";

/** RFC 8482 §4.2: CPU "RFC8482", OS empty. */
const HINFO_RFC8482 = new Uint8Array([7, 0x52, 0x46, 0x43, 0x38, 0x34, 0x38, 0x32, 0]);
/** 3600 seconds in wire order, read as a little-endian word. */
const HINFO_TTL = 0x100e0000;

/** True if the RRsetRef at `ref` stands for a policy. */
export function isSteered(k: Kernel, ref: number): boolean {
  return (k.table.u16[(ref + RRSET_REF_FLAGS) >> 1]! & RRSET_FLAG_STEERED) !== 0;
}

/** True if what the RRsetRef at `ref` gives to an answer may depend on the client: steered, or hints. */
export function isTailored(k: Kernel, ref: number): boolean {
  return (
    (k.table.u16[(ref + RRSET_REF_FLAGS) >> 1]! & (RRSET_FLAG_STEERED | RRSET_FLAG_HINTS)) !== 0
  );
}

/** `data` of the RRsetRef at `ref`: an RRset's ref in its shard, or a policy number. */
export function dataOf(k: Kernel, ref: number): number {
  return k.table.u32[(ref + RRSET_REF_DATA) >> 2]!;
}

/** Copies the static RRset found into the answer section; false if it does not fit. */
export function answerStatic(k: Kernel): boolean {
  const { out, found, name } = k;
  const owner = name.labelPos[0]!;
  const apex = apexPosOf(name, found);
  let count = 0;
  if (k.question.type !== TYPE_RRSIG) count = copySigned(k, found.rrset, found.shard, owner, apex);
  else {
    const rrset = signaturesAt(k.table, found.shard + dataOf(k, found.rrset));
    count = copyRRset(out, k.table, rrset, owner, apex);
  }
  out.answers += count;
  return count !== 0;
}

/**
 * Copies the static RRset of an RRsetRef and, if the asker wants them, its signatures. Gives the
 * number of RRs; 0 if they do not all fit, and then nothing is written (RFC 4035 §3.1.1).
 */
function copySigned(
  k: Kernel,
  ref: number,
  shard: number,
  ownerPos: number,
  apexPos: number,
): number {
  const { out, table } = k;
  const rrset = shard + dataOf(k, ref);
  const before = out.at;
  const count = copyRRset(out, table, rrset, ownerPos, apexPos);
  if (k.question.dnssecOk === 0 || count === 0) return count;
  if ((table.u16[(ref + RRSET_REF_FLAGS) >> 1]! & RRSET_FLAG_SIGNED) === 0) return count;
  const signatures = copyRRset(out, table, signaturesAt(table, rrset), ownerPos, apexPos);
  if (signatures !== 0) return count + signatures;
  out.at = before;
  return 0;
}

/** Writes the picked endpoints into the answer section; false if they do not fit. */
export function answerSteered(k: Kernel, type: number): boolean {
  const { out, picked, table } = k;
  const owner = k.name.labelPos[0]!;
  const before = out.at;
  for (let i = 0; i < picked.count; i += 1) {
    const endpoint = picked.endpoints[i]!;
    let from = endpoint + (type === TYPE_A ? ENDPOINT_V4 : ENDPOINT_V6);
    let size = type === TYPE_A ? 4 : 16;
    if (type === TYPE_CNAME) {
      const steering = table.u32[(k.root + SEGMENT_SIZE + DIRECTORY_STEERING) >> 2]!;
      from = steering + table.u32[(endpoint + ENDPOINT_TARGET) >> 2]!;
      size = table.u16[(endpoint + ENDPOINT_TARGET_SIZE) >> 1]!;
    }
    const data = beginRR(out, owner, type, picked.ttl, size);
    if (data < 0) {
      out.at = before;
      return false;
    }
    for (let j = 0; j < size; j += 1) out.packet[data + j] = table.u8[from + j]!;
    // A name has one CNAME (RFC 2181 §10.1), however many a policy would pick.
    if (type === TYPE_CNAME) {
      out.answers += 1;
      return true;
    }
  }
  out.answers += picked.count;
  return true;
}

/** HINFO in place of ANY (RFC 8482 §4.2). */
export function answerAny(k: Kernel): boolean {
  const { out } = k;
  const size = HINFO_RFC8482.length;
  const data = beginRR(out, k.name.labelPos[0]!, TYPE_HINFO, HINFO_TTL, size);
  if (data < 0) return false;
  for (let i = 0; i < size; i += 1) out.packet[data + i] = HINFO_RFC8482[i]!;
  out.answers += 1;
  return true;
}

/**
 * SOA of a negative answer. `policy` ≥ 0 caps its TTL by that policy's negativeTtlSecs, so that a
 * bad table cannot poison caches for an hour (A03).
 */
export function authoritySoa(k: Kernel, policy: number): boolean {
  const { out, found, table } = k;
  const zone = found.zone;
  const soa = zone + table.u32[(zone + SEGMENT_SIZE + ZONE_NEGATIVE_SOA) >> 2]!;
  const apex = apexPosOf(k.name, found);
  const at = out.start + out.at;
  const count = copyRRset(out, table, soa, apex, apex);
  if (count === 0) return false;
  out.authorities += count;
  if (policy >= 0) capTtl(k, at, policy);
  if (k.question.dnssecOk === 0) return true;
  if ((table.u16[(zone + SEGMENT_SIZE + ZONE_FLAGS) >> 1]! & ZONE_FLAG_SIGNED) === 0) return true;
  const signatures = copyRRset(out, table, signaturesAt(table, soa), apex, apex);
  out.authorities += signatures;
  return signatures !== 0;
}

function capTtl(k: Kernel, at: number, policy: number): void {
  const { table } = k;
  const p = k.out.packet;
  const steering = table.u32[(k.root + SEGMENT_SIZE + DIRECTORY_STEERING) >> 2]!;
  const row =
    steering +
    table.u32[(steering + SEGMENT_SIZE + STEERING_POLICIES) >> 2]! +
    policy * POLICY_SIZE;
  const cap = table.u16[(row + POLICY_NEGATIVE_TTL_SECS) >> 1]!;
  if (p[at + 6] === 0 && p[at + 7] === 0 && ((p[at + 8]! << 8) | p[at + 9]!) <= cap) return;
  p[at + 6] = 0;
  p[at + 7] = 0;
  p[at + 8] = cap >> 8;
  p[at + 9] = cap & 0xff;
}

/** NS of a cut with its glue; false if the NS or glue that the asker cannot do without is lost. */
export function authorityReferral(k: Kernel): boolean {
  const { out, found, name, table } = k;
  const ns = findRRset(table, found.node, TYPE_NS);
  if (ns === 0) return true;
  const owner = name.labelPos[found.label]!;
  const rrset = found.shard + dataOf(k, ns);
  const from = out.at;
  const count = copyRRset(out, table, rrset, owner, apexPosOf(name, found));
  if (count === 0) return false;
  out.authorities += count;
  const to = out.at;
  if (k.question.dnssecOk !== 0 && !authoritySecurity(k, owner)) return false;
  // What the asker cannot do without goes first, so that no sibling takes its room.
  if (!addAddresses(k, from, to, 0, found.label, GLUE)) return false;
  addAddresses(k, from, to, 0, found.label, SIBLINGS);
  return true;
}

/** The signed DS of a cut, or the proof that it has none (RFC 4035 §3.1.4); false if it is lost. */
function authoritySecurity(k: Kernel, owner: number): boolean {
  const { found, table, out } = k;
  const ds = findRRset(table, found.node, TYPE_DS);
  if (ds === 0) return proveInsecure(k);
  if ((table.u16[(ds + RRSET_REF_FLAGS) >> 1]! & RRSET_FLAG_SIGNED) === 0) return true;
  const count = copySigned(k, ds, found.shard, owner, apexPosOf(k.name, found));
  out.authorities += count;
  return count !== 0;
}

/** Addresses of the names in the RRset copied to `from`, if it is of a type that has some. */
export function additionalOf(k: Kernel, from: number): void {
  const { found, table } = k;
  if ((table.u16[(found.rrset + RRSET_REF_FLAGS) >> 1]! & RRSET_FLAG_ADDITIONAL) === 0) return;
  if (k.question.type === TYPE_RRSIG) return;
  const rrset = found.shard + dataOf(k, found.rrset);
  // Signatures stand behind it.
  const to = from + table.u16[(rrset + RRSET_LENGTH) >> 1]!;
  addAddresses(k, from, to, table.u16[(rrset + RRSET_TARGET_AT) >> 1]!, 0, EVERYBODY);
}

/** The same for RRs in message [from, to) whose targets begin at `targetAt` of their RDATA. */
export function additionalIn(k: Kernel, from: number, to: number, targetAt: number): void {
  addAddresses(k, from, to, targetAt, 0, EVERYBODY);
}

/** Which targets addAddresses cares for: all; those at or below the cut; those that are not. */
const EVERYBODY = 0;
const GLUE = 1;
const SIBLINGS = 2;

/**
 * Looks up the targets of the RRs in message [from, to) inside the zone and adds A and AAAA.
 * `cut` is the label where a cut's owner begins in the name: targets at or below it are glue that
 * must not be lost (RFC 9471 §3.1), so false is given if some GLUE does not fit.
 */
function addAddresses(
  k: Kernel,
  from: number,
  to: number,
  targetAt: number,
  cut: number,
  which: number,
): boolean {
  const { out, found, target, table } = k;
  const home = found.shard;
  let seen = 0;
  let at = from;
  while (at < to && seen < ADDITIONAL_NAMES_MAX) {
    const rr = out.start + at;
    const pos = at + RR_HEAD_SIZE + targetAt;
    at += RR_HEAD_SIZE + ((out.packet[rr + 10]! << 8) | out.packet[rr + 11]!);
    if (!pointable(pos)) break;
    loadName(out, pos, target);
    const own = target.labelCount === 0 && namesOwner(out.packet, rr);
    if (!own && !endsInApex(k)) continue;
    if (which !== EVERYBODY && belowCut(k, cut) !== (which === GLUE)) continue;
    const node = own ? found.node : findNode(table, found, target, 0);
    if (node === 0 || seenBefore(k, node, seen)) continue;
    if (own) found.shard = home;
    const owner = own ? k.name.labelPos[0]! : pos;
    // The targets of an NS RRset all differ, so glue need not be counted and none is left out.
    if (which !== GLUE) {
      k.additional[seen] = node;
      seen += 1;
    }
    const fitted = addFamily(k, node, TYPE_A, owner) && addFamily(k, node, TYPE_AAAA, owner);
    if (!fitted && which === GLUE) return false;
  }
  return true;
}

/** SVCB or HTTPS in ServiceMode, whose target `.` is the owner (RFC 9460 §2.5.2). */
function namesOwner(packet: Uint8Array, rr: number): boolean {
  if (packet[rr + 2] !== 0 || (packet[rr + 3]! & 0xfe) !== TYPE_SVCB) return false;
  return (packet[rr + RR_HEAD_SIZE]! | packet[rr + RR_HEAD_SIZE + 1]!) !== 0;
}

function seenBefore(k: Kernel, node: number, seen: number): boolean {
  for (let i = 0; i < seen; i += 1) if (k.additional[i] === node) return true;
  return false;
}

/** Static addresses only: what a policy would choose has no place beside another answer. */
function addFamily(k: Kernel, node: number, type: number, pos: number): boolean {
  const ref = findRRset(k.table, node, type);
  if (ref === 0 || isSteered(k, ref)) return true;
  const count = copySigned(k, ref, k.found.shard, pos, 0);
  k.out.additionals += count;
  return count !== 0;
}

/** Does `k.target` lie in the zone that was found? */
export function endsInApex(k: Kernel): boolean {
  const { target, found, table } = k;
  const label = target.labelCount - found.apexLabels;
  if (label < 0) return false;
  const at = target.labelAt[label]!;
  if (target.size - at !== found.apexSize) return false;
  const apex = found.zone + table.u32[(found.zone + SEGMENT_SIZE + ZONE_APEX) >> 2]!;
  for (let i = 0; i < found.apexSize; i += 1) {
    if (table.u8[apex + i] !== target.octets[at + i]) return false;
  }
  return true;
}

/** Does `k.target` end in the suffix of `k.name` that begins with label `cut`? */
function belowCut(k: Kernel, cut: number): boolean {
  const { name, target } = k;
  const size = name.size - name.labelAt[cut]!;
  const at = target.size - size;
  if (at < 0) return false;
  for (let i = 0; i < size; i += 1) {
    if (target.octets[at + i] !== name.octets[name.labelAt[cut]! + i]) return false;
  }
  return true;
}

export const SYNTHESIS_OK = 0;
export const SYNTHESIS_FULL = 1;
/** The new name would exceed 255 octets: YXDOMAIN (RFC 6672 §2.2). */
export const SYNTHESIS_LONG = 2;

/**
 * DNAME and the CNAME that follows from it (RFC 6672 §3.1). The CNAME's target is the labels in
 * front of the DNAME's owner, then a pointer to the DNAME's own target, which stands in the message.
 */
export function answerSubtree(k: Kernel): number {
  const { out, found, name } = k;
  const dnamePos = out.at;
  const owner = name.labelPos[found.label]!;
  const count = copySigned(k, found.rrset, found.shard, owner, apexPosOf(name, found));
  if (count === 0) return SYNTHESIS_FULL;
  out.answers += count;
  const targetPos = dnamePos + RR_HEAD_SIZE;
  loadName(out, targetPos, k.target);
  const prefix = name.labelAt[found.label]!;
  if (prefix + k.target.size > NAME_SIZE_MAX) return SYNTHESIS_LONG;
  const ttl = ttlAt(out, dnamePos);
  const data = beginRR(out, name.labelPos[0]!, TYPE_CNAME, ttl, prefix + 2);
  if (data < 0) return SYNTHESIS_FULL;
  // Label by label from the message, so that the asker's own case is kept.
  for (let label = 0; label < found.label; label += 1) {
    const from = out.start + name.labelPos[label]!;
    const to = data + name.labelAt[label]!;
    const size = name.octets[name.labelAt[label]!]!;
    for (let i = 0; i <= size; i += 1) out.packet[to + i] = out.packet[from + i]!;
  }
  writePointer(out.packet, data + prefix, targetPos);
  out.answers += 1;
  return SYNTHESIS_OK;
}
