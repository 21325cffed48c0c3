// SPDX-License-Identifier: Apache-2.0
/**
 * A zone shard read back: its nodes with all their records, as values.
 *
 * The inverse of what build-zone.ts writes, for an edit of some of it. It trusts the segment, which
 * was verified before it was published (open-zone.ts).
 *
 * Invariants
 *   Y1  Names are whole: the apex that a template leaves out is put back, in lower case.
 *   Y2  What is read back and written again gives the same octets.
 */
import { mixHash, nameHash } from "../base/hash.ts";
import { compareOctets } from "../base/octets.ts";
import * as enums from "../layout/gen/enums.ts";
import * as layout from "../layout/gen/table.ts";
import type { RRset } from "../zone/records.ts";
import { ownerOfHash } from "../zone/signed.ts";
import { signaturesAt, type TableViews } from "./reader.ts";
import { RR_FIXED_SIZE } from "./rrset.ts";
import { apexKey } from "./table-image.ts";
import type { SteeredType } from "./zone-nodes.ts";

/** A node with its records; without any and without steered types it is an empty non-terminal. */
export interface ShardNode {
  /** Absolute, lower case. */
  readonly name: Uint8Array;
  /** NODE_FLAG_ bits. */
  readonly flags: number;
  /** Static RRsets by type. */
  readonly rrsets: ReadonlyMap<number, RRset>;
  /** RRSIGs, a set for each type that they cover, in the order of `rrsets`. */
  readonly signatures: readonly RRset[];
  readonly steered: readonly SteeredType[];
}

/** The nodes of the ZoneShard at `ref`, by apexKey of their names. The octets are copies. */
export function readShard(
  views: TableViews,
  ref: number,
  apex: Uint8Array,
): Map<string, ShardNode> {
  const slotCount = views.u32[(ref + layout.SEGMENT_SIZE + layout.ZONE_SHARD_SLOT_COUNT) >> 2]!;
  const slots = ref + layout.SEGMENT_SIZE + layout.ZONE_SHARD_SIZE;
  const nodes = new Map<string, ShardNode>();
  for (let i = 0; i < slotCount; i += 1) {
    const target = views.u32[(slots + i * layout.SLOT_SIZE + layout.SLOT_TARGET) >> 2]!;
    if (target === 0) continue;
    const node = readNode(views, ref, ref + target, apex);
    nodes.set(apexKey(node.name), node);
  }
  return nodes;
}

/** One node of the ZoneShard at `ref` by its name in lower case; null if it is not there. */
export function readShardNode(
  views: TableViews,
  ref: number,
  apex: Uint8Array,
  owner: Uint8Array,
): ShardNode | null {
  const { u8, u32, i32 } = views;
  const head = ref + layout.SEGMENT_SIZE;
  const mask = u32[(head + layout.ZONE_SHARD_SLOT_COUNT) >> 2]! - 1;
  const probeMax = u32[(head + layout.ZONE_SHARD_PROBE_MAX) >> 2]!;
  const hash = nameHash(owner, 0, owner.length);
  for (let i = 0; i < probeMax; i += 1) {
    const slot = head + layout.ZONE_SHARD_SIZE + ((mixHash(hash) + i) & mask) * layout.SLOT_SIZE;
    const target = u32[(slot + layout.SLOT_TARGET) >> 2]!;
    if (target === 0) return null;
    if (i32[(slot + layout.SLOT_HASH) >> 2] !== hash) continue;
    const at = ref + target;
    const size = u8[at + layout.NODE_OWNER_SIZE]!;
    const labels = labelsAt(views, at);
    if (size + apex.length !== owner.length) continue;
    if (compareOctets(u8, labels, size, owner, 0, size) === 0)
      return readNode(views, ref, at, apex);
  }
  return null;
}

/** Where the labels of a node's owner begin. */
function labelsAt(views: TableViews, at: number): number {
  return at + layout.NODE_SIZE + views.u8[at + layout.NODE_RRSET_COUNT]! * layout.RRSET_REF_SIZE;
}

function readNode(views: TableViews, shard: number, at: number, apex: Uint8Array): ShardNode {
  const count = views.u8[at + layout.NODE_RRSET_COUNT]!;
  const ownerSize = views.u8[at + layout.NODE_OWNER_SIZE]!;
  const refs = at + layout.NODE_SIZE;
  const labels = labelsAt(views, at);
  const name = new Uint8Array(ownerSize + apex.length);
  name.set(views.u8.subarray(labels, labels + ownerSize));
  name.set(apex, ownerSize);
  const rrsets = new Map<number, RRset>();
  const signatures: RRset[] = [];
  const steered: SteeredType[] = [];
  for (let i = 0; i < count; i += 1) {
    const ref = refs + i * layout.RRSET_REF_SIZE;
    const type = views.u16[(ref + layout.RRSET_REF_TYPE) >> 1]!;
    const flags = views.u16[(ref + layout.RRSET_REF_FLAGS) >> 1]!;
    const data = views.u32[(ref + layout.RRSET_REF_DATA) >> 2]!;
    if ((flags & enums.RRSET_FLAG_STEERED) !== 0) {
      steered.push({ type, policy: data });
      continue;
    }
    rrsets.set(type, readRRset(views, shard + data, name, apex));
    if ((flags & enums.RRSET_FLAG_SIGNED) === 0) continue;
    signatures.push(readRRset(views, signaturesAt(views, shard + data), name, apex));
  }
  return { name, flags: views.u16[(at + layout.NODE_FLAGS) >> 1]!, rrsets, signatures, steered };
}

/** The NSEC3 RRsets of the Denial at `ref` with their signatures; none of a chain of NSEC. */
export function* readDenial(views: TableViews, ref: number, apex: Uint8Array): Generator<RRset> {
  const count = views.u32[(ref + layout.SEGMENT_SIZE + layout.DENIAL_ENTRY_COUNT) >> 2]!;
  for (let i = 0; i < count; i += 1) {
    const at = ref + layout.SEGMENT_SIZE + layout.DENIAL_SIZE + i * layout.DENIAL_ENTRY_SIZE;
    const data = views.u32[(at + layout.DENIAL_ENTRY_DATA) >> 2]!;
    if (data === 0) continue;
    const key = ref + views.u32[(at + layout.DENIAL_ENTRY_KEY) >> 2]!;
    const owner = ownerOfHash(views.u8, key, apex);
    yield readRRset(views, ref + data, owner, apex);
    if (views.u16[(at + layout.DENIAL_ENTRY_FLAGS) >> 1] === 0) continue;
    yield readRRset(views, signaturesAt(views, ref + data), owner, apex);
  }
}

/** The RRset whose template lies at `at`. */
export function readRRset(
  views: TableViews,
  at: number,
  owner: Uint8Array,
  apex: Uint8Array,
): RRset {
  const { u8, u16 } = views;
  const count = u16[(at + layout.RRSET_COUNT) >> 1]!;
  const length = u16[(at + layout.RRSET_LENGTH) >> 1]!;
  const fixupCount = u16[(at + layout.RRSET_FIXUP_COUNT) >> 1]!;
  const first = at + layout.RRSET_SIZE;
  const list = (first + length + (length & 1)) >> 1;
  const rdatas: Uint8Array[] = [];
  let fixup = 0;
  let rr = first;
  for (let i = 0; i < count; i += 1) {
    const rdata = rr + RR_FIXED_SIZE;
    const end = rdata + ((u8[rr + 10]! << 8) | u8[rr + 11]!);
    const cuts: number[] = [];
    for (; fixup < fixupCount && first + u16[list + fixup]! < end; fixup += 1) {
      cuts.push(first + u16[list + fixup]!);
    }
    rdatas.push(wholeRdata(u8, rdata, end, cuts, apex));
    rr = end;
  }
  const type = (u8[first + 2]! << 8) | u8[first + 3]!;
  const ttl =
    ((u8[first + 6]! << 24) | (u8[first + 7]! << 16) | (u8[first + 8]! << 8) | u8[first + 9]!) >>>
    0;
  return { owner, type, ttl, rdatas };
}

/** The RDATA octets[at, end) with the apex in place of the pointers at `cuts`. */
function wholeRdata(
  octets: Uint8Array,
  at: number,
  end: number,
  cuts: readonly number[],
  apex: Uint8Array,
): Uint8Array {
  const out = new Uint8Array(end - at + cuts.length * (apex.length - 2));
  let from = at;
  let to = 0;
  for (const cut of [...cuts, end]) {
    out.set(octets.subarray(from, cut), to);
    to += cut - from;
    if (cut === end) break;
    out.set(apex, to);
    to += apex.length;
    from = cut + 2;
  }
  return out;
}
