// SPDX-License-Identifier: Apache-2.0
/**
 * Verifies what a zone is made of: shards, nodes, RRset templates, the header.
 *
 * What a kernel relies on without looking is what is proved here: every ref leads to a whole thing,
 * every search ends within probeMax, every name ends, every pointer that will be patched lies
 * inside its RRset. Nothing is believed because the builder is ours: the saved table comes from a
 * disk.
 */
import type { Fault } from "../base/faults.ts";
import { hashLabel, mixHash, nameHash } from "../base/hash.ts";
import { Type } from "../dns/iana.ts";
import { labelCount } from "../dns/names.ts";
import * as enums from "../layout/gen/enums.ts";
import * as layout from "../layout/gen/table.ts";
import {
  NAME_SIZE_MAX,
  NSEC3_ITERATIONS_MAX,
  NSEC3_SALT_SIZE_MAX,
  PROBE_MAX,
  RRSET_SIZE_MAX,
  SHARD_OWNERS_MAX,
} from "../layout/limits.ts";
import { checkHints } from "./open-hints.ts";
import {
  field,
  found,
  half,
  holds,
  holdsName,
  octet,
  type Part,
  walkLabels,
  word,
} from "./part.ts";
import { signaturesAt } from "./reader.ts";
import { RR_FIXED_SIZE } from "./rrset.ts";
import { shardOf } from "./slots.ts";
import { bitsFor } from "./writer.ts";

const NODE_FLAGS_ALL =
  enums.NODE_FLAG_APEX |
  enums.NODE_FLAG_CUT |
  enums.NODE_FLAG_WILDCARD_CHILD |
  enums.NODE_FLAG_OCCLUDED |
  enums.NODE_FLAG_ALIAS |
  enums.NODE_FLAG_DNAME;

/** What the zone around a shard knows; without it the shard is proved as far as it goes alone. */
export interface ZoneContext {
  readonly apexHash: number;
  readonly apexSize: number;
  readonly policyCount: number;
  /** Number of the shard and log2 of how many there are. */
  readonly shard: number;
  readonly shardBits: number;
}

/**
 * Slots of a ZoneShard or IndexShard at `slots`: each entry is found within probeMax, and a search
 * for what is absent may end at the first empty slot (robin-hood order).
 */
export function checkSlots(
  part: Part,
  slots: number,
  slotCount: number,
  probeMax: number,
): Fault | null {
  const bad = (detail: string): Fault => found("TABLE_SLOTS", part, slots, detail);
  if (slotCount === 0 || (slotCount & (slotCount - 1)) !== 0) return bad("no power of two");
  if (!holds(part, slots, slotCount, layout.SLOT_SIZE)) return bad("the slots are cut off");
  if (probeMax > PROBE_MAX) return bad("a search is longer than PROBE_MAX");
  const mask = slotCount - 1;
  let longest = 0;
  let before = distanceAt(part, slots, mask, mask);
  for (let slot = 0; slot < slotCount; slot += 1) {
    const distance = distanceAt(part, slots, mask, slot);
    if (distance < 0 && word(part, slots + slot * layout.SLOT_SIZE) !== 0) {
      return bad(`the empty slot ${slot} has a hash`);
    }
    if (distance > before + 1) return bad(`the entry in slot ${slot} is not found`);
    longest = Math.max(longest, distance + 1);
    before = distance;
  }
  return longest === probeMax ? null : bad(`the longest search is ${longest}, not ${probeMax}`);
}

/** How far the entry of a slot is from home; −1 for an empty slot. */
function distanceAt(part: Part, slots: number, mask: number, slot: number): number {
  const at = slots + slot * layout.SLOT_SIZE;
  if (word(part, at + layout.SLOT_TARGET) === 0) return -1;
  return (slot - mixHash(word(part, at + layout.SLOT_HASH))) & mask;
}

/** Verifies a ZoneShard. */
export function checkShard(part: Part, zone: ZoneContext | null): Fault | null {
  const slotCount = field(part, layout.ZONE_SHARD_SLOT_COUNT);
  const slots = layout.SEGMENT_SIZE + layout.ZONE_SHARD_SIZE;
  const wrong = checkSlots(part, slots, slotCount, field(part, layout.ZONE_SHARD_PROBE_MAX));
  if (wrong !== null) return wrong;
  let nodes = 0;
  for (let slot = 0; slot < slotCount; slot += 1) {
    const at = slots + slot * layout.SLOT_SIZE;
    const node = word(part, at + layout.SLOT_TARGET);
    if (node === 0) continue;
    nodes += 1;
    const fault = checkNode(part, node, word(part, at + layout.SLOT_HASH) | 0, zone);
    if (fault !== null) return fault;
  }
  if (nodes === field(part, layout.ZONE_SHARD_NODE_COUNT)) return null;
  return found("TABLE_SLOTS", part, slots, `${nodes} nodes stand in the slots`);
}

function checkNode(part: Part, at: number, hash: number, zone: ZoneContext | null): Fault | null {
  const bad = (detail: string): Fault => found("TABLE_NODE", part, at, detail);
  if (!holds(part, at, 1, layout.NODE_SIZE)) return bad("the node is cut off");
  const flags = half(part, at + layout.NODE_FLAGS);
  const count = octet(part, at + layout.NODE_RRSET_COUNT);
  const ownerSize = octet(part, at + layout.NODE_OWNER_SIZE);
  const refs = at + layout.NODE_SIZE;
  const owner = refs + count * layout.RRSET_REF_SIZE;
  if (!holds(part, refs, owner + ownerSize - refs, 1)) return bad("the node is cut off");
  if ((flags & ~NODE_FLAGS_ALL) !== 0) return bad(`unknown flags ${flags}`);
  if (((flags & enums.NODE_FLAG_APEX) !== 0) !== (ownerSize === 0)) {
    return bad("the apex is the node without labels of its own");
  }
  if (!ownLabels(part, owner, ownerSize)) {
    return found("TABLE_NAME", part, owner, "an owner has malformed labels");
  }
  if (zone !== null) {
    if (hashOwner(part, owner, ownerSize, zone.apexHash) !== hash) return bad("another hash");
    if (shardOf(mixHash(hash), zone.shardBits) !== zone.shard) return bad("another shard");
    if (ownerSize + zone.apexSize > NAME_SIZE_MAX) return bad("the owner is too long");
  }
  let typeFlags = 0;
  for (let i = 0, last = 0; i < count; i += 1) {
    const ref = refs + i * layout.RRSET_REF_SIZE;
    const type = half(part, ref + layout.RRSET_REF_TYPE);
    if (type <= last) return bad("the types of a node ascend");
    if (type === Type.RRSIG) return bad("signatures stand behind what they cover");
    last = type;
    if (type === Type.CNAME) typeFlags |= enums.NODE_FLAG_ALIAS;
    if (type === Type.DNAME) typeFlags |= enums.NODE_FLAG_DNAME;
    if (type === Type.NS && ownerSize > 0) typeFlags |= enums.NODE_FLAG_CUT;
    const wrong = checkRef(part, ref, type, zone);
    if (wrong !== null) return wrong;
  }
  const told = flags & (enums.NODE_FLAG_ALIAS | enums.NODE_FLAG_DNAME | enums.NODE_FLAG_CUT);
  return told === typeFlags ? null : bad("flags and types disagree");
}

/** True if [at, at + size) is a run of whole labels. */
function ownLabels(part: Part, at: number, size: number): boolean {
  return size === 0 || walkLabels(part, at, at + size) === at + size;
}

const labels = new Uint32Array(128);

/** The hash of the labels [at, at + size) in front of a name of hash `parent`. */
export function hashOwner(part: Part, at: number, size: number, parent: number): number {
  let count = 0;
  for (let label = at; label < at + size; label += 1 + octet(part, label)) {
    labels[count] = label;
    count += 1;
  }
  let hash = parent;
  for (let i = count - 1; i >= 0; i -= 1) {
    const label = labels[i]!;
    hash = hashLabel(hash, part.views.u8, part.ref + label + 1, octet(part, label));
  }
  return hash;
}

const RRSET_FLAGS_ALL =
  enums.RRSET_FLAG_STEERED |
  enums.RRSET_FLAG_ADDITIONAL |
  enums.RRSET_FLAG_SIGNED |
  enums.RRSET_FLAG_HINTS;

function checkRef(part: Part, ref: number, type: number, zone: ZoneContext | null): Fault | null {
  const flags = half(part, ref + layout.RRSET_REF_FLAGS);
  const data = word(part, ref + layout.RRSET_REF_DATA);
  if ((flags & ~RRSET_FLAGS_ALL) !== 0)
    return found("TABLE_NODE", part, ref, `unknown RRset flags ${flags}`);
  if ((flags & enums.RRSET_FLAG_STEERED) === 0) {
    const followed = (flags & enums.RRSET_FLAG_ADDITIONAL) !== 0;
    const apexSize = zone?.apexSize ?? 1;
    const wrong = checkRRset(part, data, type, followed, apexSize);
    if (wrong !== null) return wrong;
    if ((flags & enums.RRSET_FLAG_HINTS) !== 0) {
      const alone = flags === (enums.RRSET_FLAG_HINTS | enums.RRSET_FLAG_ADDITIONAL);
      if (!alone) return found("TABLE_NODE", part, ref, "hints have a target and no signatures");
      return checkHints(part, data, type);
    }
    return (flags & enums.RRSET_FLAG_SIGNED) === 0 ? null : checkSignatures(part, data, apexSize);
  }
  if (flags !== enums.RRSET_FLAG_STEERED || (zone !== null && data >= zone.policyCount)) {
    return found("TABLE_REF", part, ref, `a steered RRset names the policy ${data} of its zone`);
  }
  return null;
}

/** Verifies the RRset of signatures behind the sound RRset at `at` (T5). */
export function checkSignatures(part: Part, at: number, apexSize: number): Fault | null {
  const signatures = signaturesAt(part.views, part.ref + at) - part.ref;
  return checkRRset(part, signatures, Type.RRSIG, false, apexSize);
}

/** Verifies an RRset of `type`; `followed` if a kernel reads the names in it. */
export function checkRRset(
  part: Part,
  at: number,
  type: number,
  followed: boolean,
  apexSize: number,
): Fault | null {
  const bad = (detail: string): Fault => found("TABLE_RRSET", part, at, detail);
  if (!holds(part, at, 1, layout.RRSET_SIZE)) return bad("the RRset is cut off");
  const count = half(part, at + layout.RRSET_COUNT);
  const length = half(part, at + layout.RRSET_LENGTH);
  const fixupCount = half(part, at + layout.RRSET_FIXUP_COUNT);
  const first = at + layout.RRSET_SIZE;
  const list = first + length + (length & 1);
  if (length > RRSET_SIZE_MAX || count === 0) return bad("no RRs, or too many octets of them");
  if (!holds(part, first, list - first + fixupCount * 2, 1)) return bad("the RRset is cut off");
  const alias = type === Type.CNAME || type === Type.DNAME;
  if (alias && count !== 1) return bad("an alias has one target");
  const targetAt = half(part, at + layout.RRSET_TARGET_AT);
  // Kernels read the names of these at the start of the RDATA, whatever the flags say.
  const named = alias || type === Type.NS;
  if (named && targetAt !== 0) return bad("the name of an alias or NS stands first");
  const end = first + length;
  const ttl = ttlAt(part, first + 6);
  let rr = first;
  let fixup = 0;
  for (let i = 0; i < count; i += 1) {
    const rdata = rr + RR_FIXED_SIZE;
    if (rdata > end) return bad("an RR is cut off");
    if (network(part, rr) !== 0xc00c || network(part, rr + 2) !== type) return bad("another RR");
    if (network(part, rr + 4) !== 1 || ttlAt(part, rr + 6) !== ttl) return bad("class or TTL");
    rr = rdata + network(part, rr + 10);
    if (rr > end) return bad("an RDATA is cut off");
    if (type === Type.A && rr - rdata !== 4) return bad("an A has four octets");
    if (type === Type.AAAA && rr - rdata !== 16) return bad("an AAAA has sixteen octets");
    for (; fixup < fixupCount; fixup += 1) {
      const pointer = first + half(part, list + fixup * 2);
      if (pointer + 2 > rr) break;
      if (pointer < rdata || network(part, pointer) !== 0xc000) return bad("a stray fix-up");
      if (fixup > 0 && pointer - first < half(part, list + fixup * 2 - 2) + 2) {
        return bad("the fix-ups ascend");
      }
    }
    if ((followed || named) && !namesTarget(part, rdata + targetAt, rr, first, apexSize)) {
      return found("TABLE_NAME", part, rdata, "a target is malformed");
    }
  }
  if (rr !== end || fixup !== fixupCount || ttl > 0x7fffffff) return bad("the RRset does not end");
  return null;
}

/** A name that ends with the root or with a pointer that will be patched. */
function namesTarget(
  part: Part,
  at: number,
  end: number,
  first: number,
  apexSize: number,
): boolean {
  if (at >= end) return false;
  const stop = walkLabels(part, at, end, true);
  if (stop < 0 || stop >= end) return false;
  if (octet(part, stop) === 0) return true;
  return (
    stop > first &&
    stop + 2 <= end &&
    network(part, stop) === 0xc000 &&
    stop - at + apexSize <= NAME_SIZE_MAX &&
    isFixup(part, first, stop)
  );
}

/** True if the pointer at `stop` is listed, so that an answer holds a true one there. */
function isFixup(part: Part, first: number, stop: number): boolean {
  const at = first - layout.RRSET_SIZE;
  const length = half(part, at + layout.RRSET_LENGTH);
  const list = first + length + (length & 1);
  let low = 0;
  let high = half(part, at + layout.RRSET_FIXUP_COUNT);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (half(part, list + middle * 2) < stop - first) low = middle + 1;
    else high = middle;
  }
  return (
    low < half(part, at + layout.RRSET_FIXUP_COUNT) && half(part, list + low * 2) === stop - first
  );
}

/** A 16-bit number in wire order. */
function network(part: Part, at: number): number {
  return (octet(part, at) << 8) | octet(part, at + 1);
}

function ttlAt(part: Part, at: number): number {
  return network(part, at) * 0x10000 + network(part, at + 2);
}

/** Verifies a Zone but not its shards. */
export function checkZone(part: Part): Fault | null {
  const bad = (detail: string): Fault => found("TABLE_ZONE", part, layout.SEGMENT_SIZE, detail);
  const head = layout.SEGMENT_SIZE;
  const bits = field(part, layout.ZONE_SHARD_BITS);
  if (bits !== bitsFor(field(part, layout.ZONE_OWNER_COUNT), SHARD_OWNERS_MAX)) {
    return bad(`2^${bits} shards do not fit the number of owners`);
  }
  if (!holds(part, field(part, layout.ZONE_SHARDS), 2 ** bits, 4)) {
    return bad("the list of shards is cut off");
  }
  const policyCount = field(part, layout.ZONE_POLICY_COUNT);
  const policies = field(part, layout.ZONE_POLICIES);
  if (policyCount === 0 ? policies !== 0 : !holds(part, policies, policyCount, 4)) {
    return bad("the list of policies is cut off");
  }
  const apex = field(part, layout.ZONE_APEX);
  const apexSize = octet(part, head + layout.ZONE_APEX_SIZE);
  if (!holdsName(part, apex, apexSize)) {
    return found("TABLE_NAME", part, apex, "the apex is malformed");
  }
  if (labelCount(part.views.u8, part.ref + apex) !== octet(part, head + layout.ZONE_APEX_LABELS)) {
    return bad("the apex has another number of labels");
  }
  const soa = field(part, layout.ZONE_NEGATIVE_SOA);
  const flags = half(part, head + layout.ZONE_FLAGS);
  if ((flags & ~ZONE_FLAGS_ALL) !== 0) return bad("unknown flags");
  if (!denialIsWhole(part, flags)) return bad("what is said of denial does not fit together");
  if (isExpired(part)) {
    const empty = soa === 0 && field(part, layout.ZONE_OWNER_COUNT) === 0 && policyCount === 0;
    const plain = flags === enums.ZONE_FLAG_EXPIRED;
    return empty && plain ? null : bad("a zone without data has some");
  }
  const wrong = checkRRset(part, soa, Type.SOA, false, apexSize);
  if (wrong !== null) return wrong;
  if (half(part, soa + layout.RRSET_COUNT) !== 1) return bad("a zone has one SOA");
  return (flags & enums.ZONE_FLAG_SIGNED) === 0 ? null : checkSignatures(part, soa, apexSize);
}

const ZONE_FLAGS_ALL =
  enums.ZONE_FLAG_EXPIRED |
  enums.ZONE_FLAG_SIGNED |
  enums.ZONE_FLAG_NSEC |
  enums.ZONE_FLAG_NSEC3 |
  enums.ZONE_FLAG_HINTS;

/** A form of denial has segments; NSEC3 has parameters within their bounds, others have none. */
function denialIsWhole(part: Part, flags: number): boolean {
  const count = field(part, layout.ZONE_DENIAL_COUNT);
  const list = field(part, layout.ZONE_DENIALS);
  const iterations = half(part, layout.SEGMENT_SIZE + layout.ZONE_NSEC3_ITERATIONS);
  const saltSize = half(part, layout.SEGMENT_SIZE + layout.ZONE_NSEC3_SALT_SIZE);
  const salt = field(part, layout.ZONE_NSEC3_SALT);
  const form = flags & (enums.ZONE_FLAG_NSEC | enums.ZONE_FLAG_NSEC3);
  if (form === 0) return count === 0 && list === 0 && iterations + saltSize + salt === 0;
  if (count === 0 || !holds(part, list, count, 4)) return false;
  if (form === enums.ZONE_FLAG_NSEC) return iterations + saltSize + salt === 0;
  if (form !== enums.ZONE_FLAG_NSEC3 || iterations > NSEC3_ITERATIONS_MAX) return false;
  if (saltSize > NSEC3_SALT_SIZE_MAX) return false;
  return saltSize === 0 ? salt === 0 : holds(part, salt, saltSize, 1);
}

/** True for the placeholder of a zone without data: of its shards nothing but emptiness is wanted. */
export function isExpired(part: Part): boolean {
  return (half(part, layout.SEGMENT_SIZE + layout.ZONE_FLAGS) & enums.ZONE_FLAG_EXPIRED) !== 0;
}

/** The hash of the apex of a zone that checkZone has passed. */
export function apexHashOf(part: Part): number {
  const at = part.ref + field(part, layout.ZONE_APEX);
  return nameHash(part.views.u8, at, octet(part, layout.SEGMENT_SIZE + layout.ZONE_APEX_SIZE));
}
