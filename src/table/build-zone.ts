// SPDX-License-Identifier: Apache-2.0
/**
 * Zone value → shards and the parts of a header. Runs in the compiler thread; what it gives can
 * cross to the control thread, which places it (patch.ts).
 *
 * All shards stand in one buffer: a million owners make four thousand of them, and as many buffers
 * would cost more than their content. The header is not finished here, since it holds refs that
 * only the arena can give and numbers of policies that only the steering segment knows.
 *
 * Invariants
 *   B1  Equal zone values and steered owners give equal octets, whatever the order of records and
 *       owners in the value (law 3): nodes stand in the order of (mixed hash, hash, name).
 *   B2  An owner lies in the shard of the top shardBits bits of its mixed hash, and its home slot is
 *       the low bits: two independent parts of one number.
 *   B3  Steered types name policies by their place in the zone's own sorted list, so a new policy
 *       elsewhere changes no shard.
 */
import type { Fault, FaultKey } from "../base/faults.ts";
import { fault } from "../base/faults.ts";
import { bad, good, type Result } from "../base/result.ts";
import { Type } from "../dns/iana.ts";
import { nameToText } from "../dns/names.ts";
import { get32 } from "../dns/sink.ts";
import { RRSET_FLAG_STEERED, SEGMENT_KIND_ZONE_SHARD } from "../layout/gen/enums.ts";
import * as layout from "../layout/gen/table.ts";
import { SHARD_OWNERS_MAX } from "../layout/limits.ts";
import { findRRset, rrsetEnd, type ZoneIndex } from "../zone/index.ts";
import { recordFile, recordLine, recordRdata, recordType, TTL_MAX } from "../zone/records.ts";
import { soaSerial } from "../zone/serial.ts";
import { RECORD_WORDS, type SteeredOwner, type ZoneValue } from "../zone/value.ts";
import { DIGEST_SIZE, type Digest, equalDigests, leafDigest } from "./digest.ts";
import { createSource, putRRset, type RRsetSource, rrsetFlagsOf } from "./rrset.ts";
import { orderByHash, placeEntries } from "./slots.ts";
import {
  align,
  type BuiltSegment,
  beginSegment,
  bitsFor,
  createWriter,
  endSegment,
  put8,
  put16,
  put32,
  sealLeaf,
  skip,
  type Writer,
} from "./writer.ts";
import { gatherNodes, poolOf, type SteeredType, type ZoneNodes } from "./zone-nodes.ts";

/** 2^shardBits segments, one behind the other. */
export interface BuiltShards {
  readonly octets: Uint8Array;
  /** Shard i is octets[at[i], at[i + 1]); empty if it equals the known one and was left out. */
  readonly at: Uint32Array;
  /** DIGEST_SIZE octets per shard, of those that were left out too. */
  readonly digests: Uint8Array;
}

/** A zone ready to be placed. Plain data over ArrayBuffers. */
export interface BuiltZone {
  /** Lower-case wire form. */
  readonly apex: Uint8Array;
  readonly serial: number;
  /** Nodes, empty non-terminals included. */
  readonly ownerCount: number;
  readonly shardBits: number;
  readonly shards: BuiltShards;
  /** An RRset (layout/table.ts): the SOA with the TTL of negative answers. Empty: no data. */
  readonly negativeSoa: Uint8Array;
  /** Ids of the policies that the zone uses, sorted. */
  readonly policies: readonly string[];
}

export interface ZoneInput {
  readonly zone: ZoneValue;
  readonly index: ZoneIndex;
  readonly steered: readonly SteeredOwner[];
  readonly digest: Digest;
  /** Digests of the shards in force; of a new shard that equals the known one no octets are given. */
  readonly known?: Uint8Array;
}

/** Builds a checked zone. Faults: no SOA, an RRset or node beyond its bound, colliding names. */
export function buildZone(input: ZoneInput): Result<BuiltZone> {
  const { zone, index } = input;
  const apex = index.find(zone.apex, 0, zone.apex.length);
  const soa = findRRset(zone, index, apex, Type.SOA);
  if (soa < 0) return bad([zoneFault("TABLE_NO_SOA", zone, -1, nameToText(zone.apex))]);

  const nodes = gatherNodes(zone, index, input.steered);
  const order = orderByHash(nodes.mixed, nodes.count);
  orderCollisions(nodes, order);
  const built = buildShards(input, nodes, order);
  if ("key" in built) return bad([built]);

  return good({
    apex: zone.apex.slice(),
    ...describeSoa(zone, index, soa),
    ownerCount: nodes.count,
    shardBits: built.bits,
    shards: built.shards,
    policies: nodes.policies,
  });
}

/**
 * The placeholder of a zone that is configured and has no data: one empty shard, no SOA. Its header
 * says EXPIRED, so that nothing is answered for its names from a zone around it.
 */
export function buildEmptyZone(apex: Uint8Array, digest: Digest): BuiltZone {
  const w = createWriter(64);
  const start = beginSegment(w, SEGMENT_KIND_ZONE_SHARD, layout.ZONE_SHARD_SIZE);
  put32(w, start + layout.SEGMENT_SIZE + layout.ZONE_SHARD_SLOT_COUNT, 1);
  skip(w, layout.SLOT_SIZE);
  endSegment(w, start);
  const shard = sealLeaf(w, digest);
  return {
    apex: apex.slice(),
    serial: 0,
    ownerCount: 0,
    shardBits: 0,
    shards: {
      octets: shard.octets,
      at: Uint32Array.of(0, shard.octets.length),
      digests: shard.digest.slice(),
    },
    negativeSoa: new Uint8Array(0),
    policies: [],
  };
}

/** What a zone header takes from the SOA, which is the record `index.order[soa]`. */
export function describeSoa(
  zone: ZoneValue,
  index: ZoneIndex,
  soa: number,
): Pick<BuiltZone, "serial" | "negativeSoa"> {
  const negative = createWriter(512);
  const rdata = recordRdata(zone, index.order[soa]!);
  const minimum = Math.min(get32(rdata, rdata.length - 4), TTL_MAX);
  putRRset(negative, createSource(zone), index.order, soa, soa + 1, minimum);
  return { serial: soaSerial(rdata), negativeSoa: negative.octets.slice(0, negative.at) };
}

/** One shard by itself: that of all `nodes`. `input.zone` holds their records. */
export function buildShard(input: ZoneInput, nodes: ZoneNodes): BuiltSegment | Fault {
  const order = orderByHash(nodes.mixed, nodes.count);
  orderCollisions(nodes, order);
  const w = createWriter(input.zone.recordCount * 40 + nodes.count * 48 + 4096);
  const wrong = putShard(w, input, createSource(input.zone), nodes, order, 0, nodes.count);
  return wrong ?? sealLeaf(w, input.digest);
}

/** A fault at the line of `record`, or at the zone as a whole if it is −1. */
function zoneFault(key: FaultKey, zone: ZoneValue, record: number, detail: string): Fault {
  if (record < 0) return fault(key, { file: zone.files[0] ?? "", line: 0, column: 0 }, detail);
  const place = { file: recordFile(zone, record), line: recordLine(zone, record), column: 0 };
  return fault(key, place, detail);
}

/** Brings nodes of equal hash into the order of their octets (B1). */
function orderCollisions(nodes: ZoneNodes, order: Uint32Array): void {
  for (let i = 0; i < nodes.count; ) {
    let end = i + 1;
    while (end < nodes.count && nodes.mixed[order[end]!] === nodes.mixed[order[i]!]) end += 1;
    if (end - i > 1) order.subarray(i, end).sort((a, b) => compareOwners(nodes, a, b));
    i = end;
  }
}

function compareOwners(nodes: ZoneNodes, a: number, b: number): number {
  const poolA = poolOf(nodes, a);
  const poolB = poolOf(nodes, b);
  const size = Math.min(nodes.size[a]!, nodes.size[b]!);
  for (let i = 0; i < size; i += 1) {
    const difference = poolA[nodes.at[a]! + i]! - poolB[nodes.at[b]! + i]!;
    if (difference !== 0) return difference;
  }
  return nodes.size[a]! - nodes.size[b]!;
}

function buildShards(
  input: ZoneInput,
  nodes: ZoneNodes,
  order: Uint32Array,
): { bits: number; shards: BuiltShards } | Fault {
  const { zone, digest, known } = input;
  const bits = bitsFor(nodes.count, SHARD_OWNERS_MAX);
  const count = 2 ** bits;
  const at = new Uint32Array(count + 1);
  const digests = new Uint8Array(count * DIGEST_SIZE);
  const w = createWriter(zone.recordCount * 40 + nodes.count * 48 + 4096);
  const source = createSource(zone);
  let from = 0;
  for (let shard = 0; shard < count; shard += 1) {
    let to = from;
    while (to < nodes.count && shardOf(nodes.mixed[order[to]!]!, bits) === shard) to += 1;
    const start = w.at;
    fetched = fetchNodes(nodes, input, order, from, to);
    const wrong = putShard(w, input, source, nodes, order, from, to);
    if (wrong !== null) return wrong;
    const octets = w.octets.subarray(start, w.at);
    const value = leafDigest(octets, digest);
    octets.set(value, layout.SEGMENT_DIGEST);
    digests.set(value, shard * DIGEST_SIZE);
    if (known?.length === digests.length && equalDigests(known, shard * DIGEST_SIZE, value, 0)) {
      w.octets.fill(0, start, w.at);
      w.at = start;
    }
    at[shard + 1] = w.at;
    from = to;
  }
  return { bits, shards: { octets: w.octets.slice(0, w.at), at, digests } };
}

/** Keeps what fetchNodes reads from being optimised away. */
let fetched = 0;

/**
 * Reads what the nodes of one shard are made of, and gives a sum of it that means nothing.
 *
 * The nodes of a shard lie scattered over all of a large zone, so nearly every read is one of main
 * memory. Here no read waits for another node's, so that the processor has many under way at once;
 * the writer then finds everything in its cache. A million records are built in 0.7 of the time.
 */
function fetchNodes(
  nodes: ZoneNodes,
  { zone, index }: ZoneInput,
  order: Uint32Array,
  from: number,
  to: number,
): number {
  const { records, octets } = zone;
  let sum = fetched;
  for (let i = from; i < to; i += 1) {
    const node = order[i]!;
    sum ^= nodes.hash[node]! ^ nodes.at[node]! ^ nodes.size[node]! ^ nodes.flags[node]!;
    if (node >= nodes.owners) continue;
    // The first RDATA mostly stands right behind the owner.
    sum ^= octets[nodes.at[node]!]! ^ records[index.order[index.start[node]!]! * RECORD_WORDS]!;
  }
  return sum;
}

/** The shard of a mixed hash: its top bits (B2). */
export function shardOf(mixed: number, bits: number): number {
  return bits === 0 ? 0 : mixed >>> (32 - bits);
}

/** Scratch of putShard: the offset of each node's slot. */
let slotOf = new Uint32Array(1024);

function putShard(
  w: Writer,
  input: ZoneInput,
  source: RRsetSource,
  nodes: ZoneNodes,
  order: Uint32Array,
  from: number,
  to: number,
): Fault | null {
  const { zone } = input;
  const placement = placeEntries(nodes.mixed, order, from, to);
  if (placement === null) {
    return zoneFault("TABLE_HASH_FLOOD", zone, -1, `in the zone ${nameToText(zone.apex)}`);
  }
  const { slotCount, probeMax, entries } = placement;
  const start = beginSegment(w, SEGMENT_KIND_ZONE_SHARD, layout.ZONE_SHARD_SIZE);
  const head = start + layout.SEGMENT_SIZE;
  put32(w, head + layout.ZONE_SHARD_SLOT_COUNT, slotCount);
  put32(w, head + layout.ZONE_SHARD_PROBE_MAX, probeMax);
  put32(w, head + layout.ZONE_SHARD_NODE_COUNT, to - from);
  const slots = skip(w, slotCount * layout.SLOT_SIZE);
  // A slot knows its node; nodes are written in their own order, so each must know its slot.
  if (slotOf.length < to - from) slotOf = new Uint32Array((to - from) * 2);
  for (let slot = 0; slot < slotCount; slot += 1) {
    const i = entries[slot]!;
    if (i >= 0) slotOf[i - from] = slots + slot * layout.SLOT_SIZE;
  }
  for (let i = from; i < to; i += 1) {
    const node = order[i]!;
    const slot = slotOf[i - from]!;
    put32(w, slot + layout.SLOT_HASH, nodes.hash[node]!);
    put32(w, slot + layout.SLOT_TARGET, w.at - start);
    const wrong = putNode(w, start, input, source, nodes, node);
    if (wrong !== null) return wrong;
  }
  endSegment(w, start);
  return null;
}

const NONE: readonly SteeredType[] = [];

/** Writes a node, its refs and its own labels; then its RRsets behind it. */
function putNode(
  w: Writer,
  start: number,
  input: ZoneInput,
  source: RRsetSource,
  nodes: ZoneNodes,
  node: number,
): Fault | null {
  const { zone, index } = input;
  const steered = nodes.steered.get(node) ?? NONE;
  const first = node < nodes.owners ? index.start[node]! : 0;
  const end = node < nodes.owners ? index.start[node + 1]! : 0;
  let count = steered.length;
  for (let i = first, last = -1; i < end; i += 1) {
    const type = recordType(zone, index.order[i]!);
    if (type !== last) count += 1;
    last = type;
  }
  if (count > 255) {
    return zoneFault("TABLE_NODE_TOO_FULL", zone, index.order[first]!, `${count} RR types`);
  }
  const ownerSize = nodes.size[node]! - zone.apex.length;
  const here = skip(w, layout.NODE_SIZE + count * layout.RRSET_REF_SIZE + ownerSize);
  align(w, 4);
  put16(w, here + layout.NODE_FLAGS, nodes.flags[node]!);
  put8(w, here + layout.NODE_RRSET_COUNT, count);
  put8(w, here + layout.NODE_OWNER_SIZE, ownerSize);
  const refs = here + layout.NODE_SIZE;
  const owner = refs + count * layout.RRSET_REF_SIZE;
  const pool = poolOf(nodes, node);
  const nameAt = nodes.at[node]!;
  for (let i = 0; i < ownerSize; i += 1) w.octets[owner + i] = pool[nameAt + i]!;

  let ref = refs;
  let next = 0;
  for (let i = first; i < end; ) {
    const type = recordType(zone, index.order[i]!);
    for (; next < steered.length && steered[next]!.type < type; next += 1) {
      ref = putRef(w, ref, steered[next]!.type, RRSET_FLAG_STEERED, steered[next]!.policy);
    }
    const to = rrsetEnd(zone, index, node, i);
    const rrset = putRRset(w, source, index.order, i, to);
    if (rrset < 0) {
      return zoneFault("TABLE_RRSET_TOO_LARGE", zone, index.order[i]!, nameToText(pool, nameAt));
    }
    ref = putRef(w, ref, type, rrsetFlagsOf(source, index.order[i]!), rrset - start);
    i = to;
  }
  for (; next < steered.length; next += 1) {
    ref = putRef(w, ref, steered[next]!.type, RRSET_FLAG_STEERED, steered[next]!.policy);
  }
  return null;
}

function putRef(w: Writer, at: number, type: number, flags: number, data: number): number {
  put16(w, at + layout.RRSET_REF_TYPE, type);
  put16(w, at + layout.RRSET_REF_FLAGS, flags);
  put32(w, at + layout.RRSET_REF_DATA, data);
  return at + layout.RRSET_REF_SIZE;
}
