// SPDX-License-Identifier: Apache-2.0
/**
 * Finds the node that answers a name: zone, cut, node, closest encloser, wildcard.
 *
 * Why the whole name is tried first and the walk comes second: existence is monotone along a name
 * (T3), so a node that is neither occluded nor a cut needs no look at its ancestors; that is nearly
 * every query. Only what is missing or occluded walks from the apex, label by label, and meets every
 * cut, DNAME and wildcard parent on its way.
 *
 * Invariants
 *   L1  The result depends on the table, the name and the type alone.
 *   L2  At most LABELS_MAX steps, each at most PROBE_MAX slots. Nothing is allocated.
 *   L3  Unless the result is REFUSED or EXPIRED, `found.node` is a node of `found.zone`.
 *   L4  The first label that is missing ends the walk: below it nothing exists (RFC 8020).
 *
 * A zone that is configured but has no data hides the zone around it: to answer its names from there
 * would deny what exists. So it is found like any other, and the result is EXPIRED.
 *
 * RFC 1034 §4.3.2 the algorithm; RFC 4592 §2.2, §3.3.1 wildcards; RFC 6672 §3.2 DNAME;
 * RFC 4035 §3.1.4.1 DS at the parent's side. Twin: native/src/lookup.cc.
 */
import { hashLabel, mixHash } from "../base/hash.ts";
import {
  NODE_FLAG_ALIAS,
  NODE_FLAG_CUT,
  NODE_FLAG_DNAME,
  NODE_FLAG_OCCLUDED,
  NODE_FLAG_WILDCARD_CHILD,
  RRSET_FLAG_SIGNED,
  ZONE_FLAG_EXPIRED,
} from "../layout/gen/enums.ts";
import {
  DIRECTORY_APEX_DEPTHS0,
  DIRECTORY_INDEX_BITS,
  DIRECTORY_INDEX_SHARDS,
  INDEX_SHARD_PROBE_MAX,
  INDEX_SHARD_SIZE,
  INDEX_SHARD_SLOT_COUNT,
  NODE_FLAGS,
  NODE_OWNER_SIZE,
  NODE_RRSET_COUNT,
  NODE_SIZE,
  RRSET_REF_FLAGS,
  RRSET_REF_SIZE,
  RRSET_REF_TYPE,
  SEGMENT_SIZE,
  SLOT_HASH,
  SLOT_SIZE,
  SLOT_TARGET,
  ZONE_APEX,
  ZONE_APEX_LABELS,
  ZONE_APEX_SIZE,
  ZONE_FLAGS,
  ZONE_SHARD_BITS,
  ZONE_SHARD_PROBE_MAX,
  ZONE_SHARD_SIZE,
  ZONE_SHARD_SLOT_COUNT,
  ZONE_SHARDS,
} from "../layout/gen/table.ts";
import type { TableViews } from "../table/reader.ts";
import { TYPE_ANY, TYPE_CNAME, TYPE_DNAME, TYPE_DS, TYPE_NSEC, TYPE_RRSIG } from "./codes.ts";
import type { Found, NameScratch } from "./scratch.ts";

export const HIT = 0;
export const NODATA = 1;
export const NXDOMAIN = 2;
export const REFERRAL = 3;
export const ALIAS = 4;
export const SUBTREE_ALIAS = 5;
export const REFUSED = 6;
export const EXPIRED = 7;

const STAR = new Uint8Array([0x2a]);

// Where a segment's own fields begin.
const DIRECTORY = SEGMENT_SIZE;
const SLOTS_OF_INDEX = SEGMENT_SIZE + INDEX_SHARD_SIZE;
const SLOTS_OF_ZONE = SEGMENT_SIZE + ZONE_SHARD_SIZE;

/** Looks `name` up for `type`; the constants above say what came of it. */
export function lookup(
  table: TableViews,
  root: number,
  name: NameScratch,
  type: number,
  found: Found,
): number {
  if (root === 0 || !findZone(table, root, name, type, found)) return REFUSED;
  const result = lookupInZone(table, name, type, found);
  if (type !== TYPE_DS || result !== REFERRAL) return result;
  // We serve an ancestor and the zone itself but not its parent: then the zone itself says that it
  // holds no DS, which is better than a referral to where we are (RFC 4035 §3.1.4.1).
  findZone(table, root, name, 0, found);
  return found.apexLabels === name.labelCount ? lookupInZone(table, name, type, found) : result;
}

function lookupInZone(table: TableViews, name: NameScratch, type: number, found: Found): number {
  found.rrset = 0;
  found.synthesized = 0;
  const zoneFlags = table.u16[(found.zone + SEGMENT_SIZE + ZONE_FLAGS) >> 1]!;
  if ((zoneFlags & ZONE_FLAG_EXPIRED) !== 0) return EXPIRED;
  const node = findNode(table, found, name, 0);
  if (node !== 0) {
    found.node = node;
    found.label = 0;
    const flags = table.u16[(node + NODE_FLAGS) >> 1]!;
    if ((flags & (NODE_FLAG_OCCLUDED | NODE_FLAG_CUT)) === 0) {
      return answerFrom(table, node, flags, type, found);
    }
    if ((flags & NODE_FLAG_OCCLUDED) === 0) {
      // The cut itself: its parent knows only where to go, and DS (RFC 4035 §3.1.4.1).
      return type === TYPE_DS ? answerFrom(table, node, 0, type, found) : REFERRAL;
    }
  }
  return walk(table, name, type, found);
}

/** From the apex towards the name: the first cut, DNAME or gap decides. */
function walk(table: TableViews, name: NameScratch, type: number, found: Found): number {
  let label = name.labelCount - found.apexLabels;
  let node = findNode(table, found, name, label);
  for (;;) {
    found.node = node;
    found.label = label;
    const flags = table.u16[(node + NODE_FLAGS) >> 1]!;
    if ((flags & NODE_FLAG_CUT) !== 0) return REFERRAL;
    if ((flags & NODE_FLAG_DNAME) !== 0 && label > 0) {
      found.rrset = findRRset(table, node, TYPE_DNAME);
      return SUBTREE_ALIAS;
    }
    if (label === 0) return answerFrom(table, node, flags, type, found);
    const next = findNode(table, found, name, label - 1);
    if (next === 0) return fromWildcard(table, name, type, flags, found);
    node = next;
    label -= 1;
  }
}

/** The name does not exist: the wildcard below its closest encloser, if there is one, answers. */
function fromWildcard(
  table: TableViews,
  name: NameScratch,
  type: number,
  flags: number,
  found: Found,
): number {
  if ((flags & NODE_FLAG_WILDCARD_CHILD) === 0) return NXDOMAIN;
  const hash = hashLabel(name.hash[found.label]!, STAR, 0, 1);
  const source = probeNode(table, found, hash, name, name.labelAt[found.label]!, 1);
  if (source === 0) return NXDOMAIN;
  found.node = source;
  found.synthesized = 1;
  return answerFrom(table, source, table.u16[(source + NODE_FLAGS) >> 1]!, type, found);
}

/** The node is settled: is there an RRset of the type, or an alias in its stead? */
function answerFrom(
  table: TableViews,
  node: number,
  flags: number,
  type: number,
  found: Found,
): number {
  if (type === TYPE_ANY) {
    // RFC 8482 §4: one RRset is enough; a CNAME speaks for all types, else `respond` makes HINFO.
    found.rrset = (flags & NODE_FLAG_ALIAS) === 0 ? 0 : findRRset(table, node, TYPE_CNAME);
    return table.u8[node + NODE_RRSET_COUNT] === 0 ? NODATA : HIT;
  }
  found.rrset = findRRset(table, node, type);
  if (found.rrset !== 0) return HIT;
  if (type === TYPE_RRSIG) {
    // As ANY (RFC 8482 §4): the signatures of one RRset are enough.
    found.rrset = findSigned(table, node);
    return found.rrset === 0 ? NODATA : HIT;
  }
  // What may stand beside a CNAME is asked of the alias itself (RFC 2181 §10.1, RFC 4035 §2.5).
  if ((flags & NODE_FLAG_ALIAS) === 0 || type === TYPE_NSEC) return NODATA;
  found.rrset = findRRset(table, node, TYPE_CNAME);
  return found.rrset === 0 ? NODATA : ALIAS;
}

/** RRsetRef of `type` at a node, or 0. A node has few, so a linear scan beats anything clever. */
export function findRRset(table: TableViews, node: number, type: number): number {
  const end = node + NODE_SIZE + table.u8[node + NODE_RRSET_COUNT]! * RRSET_REF_SIZE;
  for (let at = node + NODE_SIZE; at < end; at += RRSET_REF_SIZE) {
    if (table.u16[(at + RRSET_REF_TYPE) >> 1] === type) return at;
  }
  return 0;
}

/** The first RRsetRef of a node whose RRset is signed, or 0. */
export function findSigned(table: TableViews, node: number): number {
  const end = node + NODE_SIZE + table.u8[node + NODE_RRSET_COUNT]! * RRSET_REF_SIZE;
  for (let at = node + NODE_SIZE; at < end; at += RRSET_REF_SIZE) {
    if ((table.u16[(at + RRSET_REF_FLAGS) >> 1]! & RRSET_FLAG_SIGNED) !== 0) return at;
  }
  return 0;
}

/**
 * The zone with the longest apex that `name` ends in. DS is data of the parent's side, so a zone
 * whose apex is the name itself is passed over if we also serve an enclosing one.
 */
function findZone(
  table: TableViews,
  root: number,
  name: NameScratch,
  type: number,
  found: Found,
): boolean {
  const d = root + DIRECTORY;
  const bits = table.u32[(d + DIRECTORY_INDEX_BITS) >> 2]!;
  const shards = root + table.u32[(d + DIRECTORY_INDEX_SHARDS) >> 2]!;
  let child = 0;
  for (let label = 0; label <= name.labelCount; label += 1) {
    const depth = name.labelCount - label;
    const mask = table.i32[(d + DIRECTORY_APEX_DEPTHS0 + (depth >> 5) * 4) >> 2]!;
    if ((mask & (1 << (depth & 31))) === 0) continue;
    const hash = name.hash[label]!;
    const mixed = mixHash(hash);
    const number = bits === 0 ? 0 : mixed >>> (32 - bits);
    const shard = table.u32[(shards + number * 4) >> 2]!;
    const zone = probeZone(table, shard, hash, mixed, name, name.labelAt[label]!);
    if (zone === 0) continue;
    child = zone;
    if (type !== TYPE_DS || label !== 0) break;
  }
  if (child === 0) return false;
  found.zone = child;
  found.apexSize = table.u8[child + SEGMENT_SIZE + ZONE_APEX_SIZE]!;
  found.apexLabels = table.u8[child + SEGMENT_SIZE + ZONE_APEX_LABELS]!;
  return true;
}

function probeZone(
  table: TableViews,
  shard: number,
  hash: number,
  mixed: number,
  name: NameScratch,
  nameAt: number,
): number {
  const mask = table.u32[(shard + SEGMENT_SIZE + INDEX_SHARD_SLOT_COUNT) >> 2]! - 1;
  const probes = table.u32[(shard + SEGMENT_SIZE + INDEX_SHARD_PROBE_MAX) >> 2]!;
  const size = name.size - nameAt;
  for (let i = 0; i < probes; i += 1) {
    const slot = shard + SLOTS_OF_INDEX + ((mixed + i) & mask) * SLOT_SIZE;
    const zone = table.u32[(slot + SLOT_TARGET) >> 2]!;
    if (zone === 0) return 0;
    if (table.i32[(slot + SLOT_HASH) >> 2] !== hash) continue;
    if (table.u8[zone + SEGMENT_SIZE + ZONE_APEX_SIZE] !== size) continue;
    const apex = zone + table.u32[(zone + SEGMENT_SIZE + ZONE_APEX) >> 2]!;
    if (equal(table.u8, apex, name.octets, nameAt, size)) return zone;
  }
  return 0;
}

/** Node of the suffix that begins with label `label` of `name`, or 0. */
export function findNode(
  table: TableViews,
  found: Found,
  name: NameScratch,
  label: number,
): number {
  return probeNode(table, found, name.hash[label]!, name, name.labelAt[label]!, 0);
}

/** As findNode; with `star` the owner is one label `*` in front of the suffix. */
function probeNode(
  table: TableViews,
  found: Found,
  hash: number,
  name: NameScratch,
  nameAt: number,
  star: number,
): number {
  const zone = found.zone;
  const mixed = mixHash(hash);
  const bits = table.u32[(zone + SEGMENT_SIZE + ZONE_SHARD_BITS) >> 2]!;
  const number = bits === 0 ? 0 : mixed >>> (32 - bits);
  const shards = zone + table.u32[(zone + SEGMENT_SIZE + ZONE_SHARDS) >> 2]!;
  const shard = table.u32[(shards + number * 4) >> 2]!;
  const mask = table.u32[(shard + SEGMENT_SIZE + ZONE_SHARD_SLOT_COUNT) >> 2]! - 1;
  const probes = table.u32[(shard + SEGMENT_SIZE + ZONE_SHARD_PROBE_MAX) >> 2]!;
  const size = name.size - found.apexSize - nameAt;
  for (let i = 0; i < probes; i += 1) {
    const slot = shard + SLOTS_OF_ZONE + ((mixed + i) & mask) * SLOT_SIZE;
    const target = table.u32[(slot + SLOT_TARGET) >> 2]!;
    if (target === 0) return 0;
    if (table.i32[(slot + SLOT_HASH) >> 2] !== hash) continue;
    const node = shard + target;
    if (table.u8[node + NODE_OWNER_SIZE] !== size + star * 2) continue;
    let owner = node + NODE_SIZE + table.u8[node + NODE_RRSET_COUNT]! * RRSET_REF_SIZE;
    if (star !== 0) {
      if (table.u8[owner] !== 1 || table.u8[owner + 1] !== 0x2a) continue;
      owner += 2;
    }
    if (equal(table.u8, owner, name.octets, nameAt, size)) {
      found.shard = shard;
      return node;
    }
  }
  return 0;
}

function equal(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number, size: number): boolean {
  for (let i = 0; i < size; i += 1) if (a[aAt + i] !== b[bAt + i]) return false;
  return true;
}
