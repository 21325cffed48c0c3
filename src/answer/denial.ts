// SPDX-License-Identifier: Apache-2.0
/**
 * Proofs of absence for askers that set DO: which NSEC or NSEC3 records, and how they are found.
 *
 * The lookup has found the closest encloser already, so no name is tried from its end: an NSEC3 answer
 * takes three hashes, unless opt-out has left names without a record (RFC 5155 §7.2.1).
 *
 * Invariants
 *   DE1  A record that is not there is left out: a broken zone is answered with what exists.
 *   DE2  No record is written twice into one answer.
 *   DE3  The TTL of a proof is at most that of the negative SOA (RFC 9077 §3).
 *
 * RFC 4035 §3.1.3, RFC 5155 §7.2. Twin: native/src/denial.cc.
 */
import { hashLabel } from "../base/hash.ts";
import { sha1 } from "../base/sha1.ts";
import { HASH_LABEL_SIZE, putHashLabel } from "../dns/hash-label.ts";
import { get32 } from "../dns/sink.ts";
import { RRSET_FLAG_SIGNED, ZONE_FLAG_NSEC, ZONE_FLAG_NSEC3 } from "../layout/gen/enums.ts";
import {
  DENIAL_ENTRY_DATA,
  DENIAL_ENTRY_FLAGS,
  DENIAL_ENTRY_KEY,
  DENIAL_ENTRY_KEY_SIZE,
  NODE_OWNER_SIZE,
  NODE_RRSET_COUNT,
  NODE_SIZE,
  RRSET_LENGTH,
  RRSET_REF_DATA,
  RRSET_REF_FLAGS,
  RRSET_REF_SIZE,
  RRSET_SIZE,
  SEGMENT_SIZE,
  ZONE_APEX_LABELS,
  ZONE_APEX_SIZE,
  ZONE_FLAGS,
  ZONE_NEGATIVE_SOA,
  ZONE_NSEC3_ITERATIONS,
  ZONE_NSEC3_SALT,
  ZONE_NSEC3_SALT_SIZE,
} from "../layout/gen/table.ts";
import {
  DENIAL_PROOFS_MAX,
  LABEL_SIZE_MAX,
  NAME_SIZE_MAX,
  NSEC3_HASH_SIZE,
} from "../layout/limits.ts";
import { putNameKey } from "../table/denial-key.ts";
import { signaturesAt } from "../table/reader.ts";
import { TYPE_NSEC } from "./codes.ts";
import { search } from "./denial-search.ts";
import { findNode, findRRset, NXDOMAIN } from "./lookup.ts";
import type { Kernel, NameScratch } from "./scratch.ts";
import {
  apexPosOf,
  copyRRset,
  fits,
  loadName,
  pointable,
  RR_HEAD_SIZE,
  writePointer,
} from "./writer.ts";

const STAR = 0x2a;

/** A step of a proof: the record stands in the answer, is not in the zone, does not fit. */
const WRITTEN = 1;
const MISSING = 0;
const FULL = -1;

/** Keeps in mind that an expansion of a wildcard was answered, which wants a proof of its own. */
export function noteWildcard(k: Kernel): void {
  const { proof: p, found } = k;
  if (p.wildcards === p.wildcardPos.length) return;
  p.wildcardPos[p.wildcards] = k.name.labelPos[0]!;
  p.wildcardLabel[p.wildcards] = found.label;
  p.wildcardZone[p.wildcards] = found.zone;
  p.wildcards += 1;
}

/** That nothing closer than the wildcard exists, for each expansion (RFC 4035 §3.1.3.3). */
export function proveWildcards(k: Kernel): boolean {
  const { proof: p, target } = k;
  const count = p.wildcards;
  p.wildcards = 0;
  for (let i = 0; i < count; i += 1) {
    if (!enter(k, p.wildcardZone[i]!)) continue;
    loadName(k.out, p.wildcardPos[i]!, target);
    const label = p.wildcardLabel[i]! - 1;
    if (label < 0) continue;
    if (cover(k, target, label, 0) === FULL) return false;
  }
  return true;
}

/** What proves the NODATA or NXDOMAIN that was found; false if it does not fit. */
export function proveNegative(k: Kernel, result: number): boolean {
  const { found, name, proof: p } = k;
  if (!enter(k, found.zone)) return true;
  if (p.hashed !== 0) {
    if (result !== NXDOMAIN && found.synthesized === 0) return proveNodataHashed(k);
    const closest = proveClosest(k, found.label);
    if (closest === FULL) return false;
    if (closest === MISSING) return true;
    // Of a wildcard without data its own NSEC3, if opt-out has not left it out.
    return cover(k, name, p.closest, 1) !== FULL;
  }
  if (result === NXDOMAIN) {
    return cover(k, name, 0, 0) !== FULL && cover(k, name, found.label, 1) !== FULL;
  }
  const pos = found.synthesized === 0 ? name.labelPos[0]! : -1;
  const at = writeNsec(k, name, found.node, found.shard, pos);
  if (at === FULL) return false;
  // An empty non-terminal has none: what covers it does (RFC 4035 §3.1.3.1).
  if (found.synthesized === 0) return at === WRITTEN || cover(k, name, 0, 0) !== FULL;
  if (at === MISSING && cover(k, name, found.label, 1) === FULL) return false;
  return cover(k, name, 0, 0) !== FULL;
}

/** That a delegation has no DS (RFC 4035 §3.1.4, RFC 5155 §7.2.7). */
export function proveInsecure(k: Kernel): boolean {
  const { found, name } = k;
  if (!enter(k, found.zone)) return true;
  if (k.proof.hashed !== 0) {
    const at = match(k, name, found.label);
    return at === MISSING ? proveClosest(k, found.label + 1) !== FULL : at !== FULL;
  }
  return writeNsec(k, name, found.node, found.shard, name.labelPos[found.label]!) !== FULL;
}

/** RFC 5155 §7.2.3, §7.2.4: the record of the name, or that it lies in an opt-out span. */
function proveNodataHashed(k: Kernel): boolean {
  const at = match(k, k.name, 0);
  return at === MISSING ? proveClosest(k, 1) !== FULL : at !== FULL;
}

/**
 * The closest encloser proof (RFC 5155 §7.2.1): the first name from label `from` upwards that has an
 * NSEC3, and what covers the next closer name. `proof.closest` is that label.
 */
function proveClosest(k: Kernel, from: number): number {
  const { name, proof: p } = k;
  const apex = name.labelCount - p.found.apexLabels;
  for (let label = from; label <= apex; label += 1) {
    const at = match(k, name, label);
    if (at === MISSING) continue;
    if (at === FULL) return FULL;
    p.closest = label;
    return cover(k, name, label - 1, 0) === FULL ? FULL : WRITTEN;
  }
  return MISSING;
}

/** Begins a proof in `zone`; false if the zone proves nothing. */
function enter(k: Kernel, zone: number): boolean {
  const { proof: p, table } = k;
  const flags = table.u16[(zone + SEGMENT_SIZE + ZONE_FLAGS) >> 1]!;
  if ((flags & (ZONE_FLAG_NSEC | ZONE_FLAG_NSEC3)) === 0) return false;
  p.hashed = flags & ZONE_FLAG_NSEC3;
  p.found.zone = zone;
  p.found.apexSize = table.u8[zone + SEGMENT_SIZE + ZONE_APEX_SIZE]!;
  p.found.apexLabels = table.u8[zone + SEGMENT_SIZE + ZONE_APEX_LABELS]!;
  return true;
}

/** The record that matches or covers the suffix at `label` of `name`, with `star` 1 the `*` below. */
function cover(k: Kernel, name: NameScratch, label: number, star: number): number {
  const { proof: p } = k;
  if (p.hashed !== 0) {
    hashSuffix(k, name, label, star);
    search(k, p.hash, NSEC3_HASH_SIZE);
    return writeNsec3(k, name);
  }
  const apex = name.labelCount - p.found.apexLabels;
  let size = putNameKey(p.key, name.octets, name.labelAt, label, apex);
  if (star !== 0) {
    // The name that was asked for is not shorter than this, so there is room.
    p.key[size] = STAR;
    p.key[size + 1] = 0;
    size += 2;
  }
  search(k, p.key, size);
  const node = ownerNode(k, name);
  return node === 0 ? MISSING : writeNsec(k, name, node, p.found.shard, -1);
}

/** The NSEC3 of the suffix at `label` of `name`. */
function match(k: Kernel, name: NameScratch, label: number): number {
  hashSuffix(k, name, label, 0);
  search(k, k.proof.hash, NSEC3_HASH_SIZE);
  return k.proof.exact === 0 ? MISSING : writeNsec3(k, name);
}

/** RFC 5155 §5: H(H(… H(name || salt) … || salt) || salt). */
function hashSuffix(k: Kernel, name: NameScratch, label: number, star: number): void {
  const { proof: p, table } = k;
  const { input, hash } = p;
  const zone = p.found.zone;
  const saltSize = table.u16[(zone + SEGMENT_SIZE + ZONE_NSEC3_SALT_SIZE) >> 1]!;
  const salt = zone + table.u32[(zone + SEGMENT_SIZE + ZONE_NSEC3_SALT) >> 2]!;
  const iterations = table.u16[(zone + SEGMENT_SIZE + ZONE_NSEC3_ITERATIONS) >> 1]!;
  let size = 0;
  if (star !== 0) {
    input[0] = 1;
    input[1] = STAR;
    size = 2;
  }
  for (let i = name.labelAt[label]!; i < name.size; i += 1) {
    input[size] = name.octets[i]!;
    size += 1;
  }
  for (let i = 0; i < saltSize; i += 1) input[size + i] = table.u8[salt + i]!;
  sha1(input, 0, size + saltSize, hash, 0);
  for (let round = 0; round < iterations; round += 1) {
    for (let i = 0; i < NSEC3_HASH_SIZE; i += 1) input[i] = hash[i]!;
    for (let i = 0; i < saltSize; i += 1) input[NSEC3_HASH_SIZE + i] = table.u8[salt + i]!;
    sha1(input, 0, NSEC3_HASH_SIZE + saltSize, hash, 0);
  }
}

/** The node of the owner whose key the entry has, or 0; its shard in `proof.found`. */
function ownerNode(k: Kernel, name: NameScratch): number {
  const { proof: p, table } = k;
  const { owner } = p;
  let at = p.segment + table.u32[(p.entry + DENIAL_ENTRY_KEY) >> 2]!;
  const end = at + table.u16[(p.entry + DENIAL_ENTRY_KEY_SIZE) >> 1]!;
  // From the apex outwards, so the name grows to the front of the memory.
  let start = NAME_SIZE_MAX - p.found.apexSize;
  let hash = name.hash[name.labelCount - p.found.apexLabels]!;
  while (at < end) {
    let size = 0;
    for (; at < end && table.u8[at] !== 0; at += 1) {
      let octet = table.u8[at]!;
      if (octet === 1 && at + 1 < end) {
        at += 1;
        octet = table.u8[at]! - 1;
      }
      if (size === LABEL_SIZE_MAX) return 0;
      p.label[size] = octet;
      size += 1;
    }
    at += 1;
    if (size === 0 || size + 1 > start) return 0;
    start -= size + 1;
    owner.octets[start] = size;
    for (let i = 0; i < size; i += 1) owner.octets[start + 1 + i] = p.label[i]!;
    hash = hashLabel(hash, p.label, 0, size);
  }
  // As findNode takes it: only the octets in front of the apex are compared.
  owner.size = NAME_SIZE_MAX;
  owner.labelAt[0] = start;
  owner.hash[0] = hash;
  return findNode(table, p.found, owner, 0);
}

/** Writes the NSEC at a node. `pos`: where its owner stands in the message, or −1. */
function writeNsec(k: Kernel, name: NameScratch, node: number, shard: number, pos: number): number {
  const { table } = k;
  const ref = findRRset(table, node, TYPE_NSEC);
  if (ref === 0) return MISSING;
  const rrset = shard + table.u32[(ref + RRSET_REF_DATA) >> 2]!;
  const flags = table.u16[(ref + RRSET_REF_FLAGS) >> 1]!;
  const size = pos < 0 ? table.u8[node + NODE_OWNER_SIZE]! : 0;
  const owner = node + NODE_SIZE + table.u8[node + NODE_RRSET_COUNT]! * RRSET_REF_SIZE;
  return write(k, name, rrset, flags, table.u8, owner, size, pos);
}

/** Writes the NSEC3 of the entry. */
function writeNsec3(k: Kernel, name: NameScratch): number {
  const { proof: p, table } = k;
  const key = p.segment + table.u32[(p.entry + DENIAL_ENTRY_KEY) >> 2]!;
  putHashLabel(p.label, 0, table.u8, key);
  const rrset = p.segment + table.u32[(p.entry + DENIAL_ENTRY_DATA) >> 2]!;
  const flags = table.u16[(p.entry + DENIAL_ENTRY_FLAGS) >> 1]!;
  return write(k, name, rrset, flags, p.label, 0, HASH_LABEL_SIZE, -1);
}

/**
 * Writes a record with its signatures into the authority section, if it is not there yet. Its owner
 * stands at `pos`; if that is −1, its labels in front of the apex are owner[at, at + size).
 */
function write(
  k: Kernel,
  name: NameScratch,
  rrset: number,
  flags: number,
  owner: Uint8Array,
  at: number,
  size: number,
  pos: number,
): number {
  const { out, proof: p, table } = k;
  for (let i = 0; i < p.count; i += 1) if (p.written[i] === rrset) return WRITTEN;
  const apex = apexPosOf(name, p.found);
  const from = out.at;
  let ownerPos = pos < 0 ? apex : pos;
  let count = 0;
  if (size === 0) count = copyRRset(out, table, rrset, ownerPos, apex);
  else {
    ownerPos = from;
    count = copyOwned(k, rrset, owner, at, size, apex);
  }
  if (count === 0) return FULL;
  if ((flags & RRSET_FLAG_SIGNED) !== 0) {
    const signatures = copyRRset(out, table, signaturesAt(table, rrset), ownerPos, apex);
    if (signatures === 0) return FULL;
    count += signatures;
  }
  capTtls(k, from + size);
  out.authorities += count;
  if (p.count < DENIAL_PROOFS_MAX) {
    p.written[p.count] = rrset;
    p.count += 1;
  }
  return WRITTEN;
}

/** Copies an RRset whose owner is written out in its first RR; the others point there. */
function copyOwned(
  k: Kernel,
  rrset: number,
  owner: Uint8Array,
  at: number,
  size: number,
  apex: number,
): number {
  const { out, table } = k;
  const ownerPos = out.at;
  // Beyond 2^14 nothing can point at it (W3).
  if (!pointable(ownerPos) || !fits(out, size + table.u16[(rrset + RRSET_LENGTH) >> 1]!)) return 0;
  for (let i = 0; i < size; i += 1) out.packet[out.start + ownerPos + i] = owner[at + i]!;
  out.at += size;
  const first = out.start + out.at;
  const count = copyRRset(out, table, rrset, ownerPos, apex);
  // The first RR goes on where the labels end: its pointer closes them.
  if (count !== 0) writePointer(out.packet, first, apex);
  return count;
}

/** DE3. `from`: message offset of the first RR, behind the labels of its owner. */
function capTtls(k: Kernel, from: number): void {
  const { out, proof: p, table } = k;
  const zone = p.found.zone;
  const soa = zone + table.u32[(zone + SEGMENT_SIZE + ZONE_NEGATIVE_SOA) >> 2]! + RRSET_SIZE;
  const cap = get32(table.u8, soa + 6);
  for (let at = from; at < out.at; ) {
    const rr = out.start + at;
    if (get32(out.packet, rr + 6) > cap) {
      for (let i = 6; i < 10; i += 1) out.packet[rr + i] = table.u8[soa + i]!;
    }
    at += RR_HEAD_SIZE + ((out.packet[rr + 10]! << 8) | out.packet[rr + 11]!);
  }
}
