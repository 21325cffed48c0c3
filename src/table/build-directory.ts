// SPDX-License-Identifier: Apache-2.0
/**
 * The inner segments: zone headers, index shards and the directory. They name other segments by
 * where these lie in the arena, so they are made on the control side, after their children have
 * found a place, and are small enough for that.
 *
 * Invariants
 *   I1  A digest covers the children's digests and not their refs (T1), so two processes that place
 *       segments differently agree.
 *   I2  A zone lies in the index shard of the top indexBits bits of its apex's mixed hash; the
 *       number of index shards is a function of the number of zones alone.
 */
import { mixHash } from "../base/hash.ts";
import type { Ref } from "../base/units.ts";
import { labelCount } from "../dns/names.ts";
import {
  FINGERPRINT,
  SEGMENT_KIND_DIRECTORY,
  SEGMENT_KIND_INDEX_SHARD,
  SEGMENT_KIND_ZONE,
  ZONE_FLAG_EXPIRED,
  ZONE_FLAG_HINTS,
  ZONE_FLAG_SIGNED,
} from "../layout/gen/enums.ts";
import * as layout from "../layout/gen/table.ts";
import { type Digest, innerDigest, joinDigests, type WordRun } from "./digest.ts";
import { placeEntries, sortByHash } from "./slots.ts";
import {
  align,
  type BuiltSegment,
  beginSegment,
  createWriter,
  endSegment,
  put8,
  put16,
  put32,
  putOctets,
  putWords,
  skip,
  type Writer,
} from "./writer.ts";

/** A segment that has its place. */
export interface PlacedSegment {
  readonly ref: Ref;
  readonly size: number;
  readonly digest: Uint8Array;
}

/** Parameters of the NSEC3 chain; 0 and empty for other zones. */
export interface Nsec3Form {
  readonly iterations: number;
  readonly salt: Uint8Array;
}

/** What a zone header is made of. */
export interface ZoneHeaderInput {
  readonly apex: Uint8Array;
  readonly serial: number;
  readonly ownerCount: number;
  readonly shardBits: number;
  /** Absolute refs of the shards, in order, and their digests one behind the other. */
  readonly shardRefs: ArrayLike<number>;
  readonly shardDigests: Uint8Array;
  /** An RRset, its signatures behind it if `signed`; empty for a zone without data. */
  readonly negativeSoa: Uint8Array;
  readonly signed: boolean;
  /** Some RRset has hints (T6). */
  readonly hinted: boolean;
  /** ZONE_FLAG_NSEC, ZONE_FLAG_NSEC3 or 0; the segments as the shards, in the order of their keys. */
  readonly denialFlag: number;
  readonly denialRefs: ArrayLike<number>;
  readonly denialDigests: Uint8Array;
  readonly nsec3: Nsec3Form;
  /** Indices into Steering.policies, in the zone's own order. */
  readonly policies: readonly number[];
}

/** Builds a Zone segment. */
export function buildZoneHeader(input: ZoneHeaderInput, digest: Digest): BuiltSegment {
  const w = createWriter(1024 + input.shardRefs.length * 4 + input.negativeSoa.length);
  const start = beginSegment(w, SEGMENT_KIND_ZONE, layout.ZONE_SIZE);
  const head = start + layout.SEGMENT_SIZE;
  put32(w, head + layout.ZONE_SERIAL, input.serial);
  put32(w, head + layout.ZONE_OWNER_COUNT, input.ownerCount);
  put32(w, head + layout.ZONE_SHARD_BITS, input.shardBits);
  const shards = putWords(w, input.shardRefs);
  put32(w, head + layout.ZONE_SHARDS, shards);
  put32(w, head + layout.ZONE_POLICY_COUNT, input.policies.length);
  if (input.policies.length > 0) {
    put32(w, head + layout.ZONE_POLICIES, putWords(w, input.policies));
  }
  put8(w, head + layout.ZONE_APEX_SIZE, input.apex.length);
  put8(w, head + layout.ZONE_APEX_LABELS, labelCount(input.apex));
  put32(w, head + layout.ZONE_APEX, putOctets(w, input.apex));
  align(w, 4);
  const masked: WordRun[] = [{ at: shards, count: input.shardRefs.length, step: 4 }];
  if (input.denialRefs.length > 0) masked.push(putDenial(w, head, input));
  if (input.negativeSoa.length > 0) {
    const signed = input.signed ? ZONE_FLAG_SIGNED : 0;
    const hinted = input.hinted ? ZONE_FLAG_HINTS : 0;
    put16(w, head + layout.ZONE_FLAGS, signed | hinted | input.denialFlag);
    put32(w, head + layout.ZONE_NEGATIVE_SOA, putOctets(w, input.negativeSoa));
  } else {
    put16(w, head + layout.ZONE_FLAGS, ZONE_FLAG_EXPIRED);
  }
  endSegment(w, start);
  return sealInner(w, masked, joinDigests([input.shardDigests, input.denialDigests]), digest);
}

/** The part of a header that is about denial; gives where its absolute refs stand. */
function putDenial(w: Writer, head: number, input: ZoneHeaderInput): WordRun {
  const { denialRefs, nsec3 } = input;
  const list = putWords(w, denialRefs);
  put32(w, head + layout.ZONE_DENIAL_COUNT, denialRefs.length);
  put32(w, head + layout.ZONE_DENIALS, list);
  put16(w, head + layout.ZONE_NSEC3_ITERATIONS, nsec3.iterations);
  put16(w, head + layout.ZONE_NSEC3_SALT_SIZE, nsec3.salt.length);
  if (nsec3.salt.length > 0) put32(w, head + layout.ZONE_NSEC3_SALT, putOctets(w, nsec3.salt));
  align(w, 4);
  return { at: list, count: denialRefs.length, step: 4 };
}

/** One zone as its index shard sees it. */
export interface IndexEntry {
  readonly hash: number;
  readonly apex: Uint8Array;
  readonly header: PlacedSegment;
}

/** Builds an IndexShard of these zones; null if their hashes collide beyond PROBE_MAX. */
export function buildIndexShard(zones: readonly IndexEntry[], digest: Digest): BuiltSegment | null {
  const sorted = [...zones].sort(compareEntries);
  const mixed = Uint32Array.from(sorted, (zone) => mixHash(zone.hash));
  const { order, mixed: inOrder } = sortByHash(mixed, sorted.length);
  const placement = placeEntries(inOrder, 0, sorted.length);
  if (placement === null) return null;
  const { slotCount, probeMax, entries } = placement;
  const w = createWriter(64 + slotCount * layout.SLOT_SIZE);
  const start = beginSegment(w, SEGMENT_KIND_INDEX_SHARD, layout.INDEX_SHARD_SIZE);
  const head = start + layout.SEGMENT_SIZE;
  put32(w, head + layout.INDEX_SHARD_SLOT_COUNT, slotCount);
  put32(w, head + layout.INDEX_SHARD_PROBE_MAX, probeMax);
  const slots = skip(w, slotCount * layout.SLOT_SIZE);
  const children: Uint8Array[] = [];
  for (let slot = 0; slot < slotCount; slot += 1) {
    if (entries[slot]! < 0) continue;
    const zone = sorted[order[entries[slot]!]!]!;
    const at = slots + slot * layout.SLOT_SIZE;
    put32(w, at + layout.SLOT_HASH, zone.hash);
    put32(w, at + layout.SLOT_TARGET, zone.header.ref);
    children.push(zone.header.digest);
  }
  endSegment(w, start);
  const masked = [{ at: slots + layout.SLOT_TARGET, count: slotCount, step: layout.SLOT_SIZE }];
  return sealInner(w, masked, joinDigests(children), digest);
}

/** The order before hashing: what has an equal hash is told apart by its octets. */
function compareEntries(a: IndexEntry, b: IndexEntry): number {
  const size = Math.min(a.apex.length, b.apex.length);
  for (let i = 0; i < size; i += 1) {
    if (a.apex[i] !== b.apex[i]) return a.apex[i]! - b.apex[i]!;
  }
  return a.apex.length - b.apex.length;
}

/** What a directory is made of. */
export interface DirectoryInput {
  readonly revision: number;
  readonly zoneCount: number;
  /** Bit n of word n >> 5: some apex has n labels. */
  readonly apexDepths: ArrayLike<number>;
  readonly indexBits: number;
  readonly indexShards: readonly PlacedSegment[];
  /** Sorted by id. */
  readonly maps: readonly PlacedSegment[];
  readonly steering: PlacedSegment | null;
  /** First plan row of each policy, in the order of Steering.policies. */
  readonly planRows: ArrayLike<number>;
}

/** Builds the Directory. */
export function buildDirectory(input: DirectoryInput, digest: Digest): BuiltSegment {
  const { indexShards, maps, steering, planRows } = input;
  const w = createWriter(256 + 4 * (indexShards.length + maps.length + planRows.length));
  const start = beginSegment(w, SEGMENT_KIND_DIRECTORY, layout.DIRECTORY_SIZE);
  const head = start + layout.SEGMENT_SIZE;
  put32(w, head + layout.DIRECTORY_FINGERPRINT, FINGERPRINT);
  put32(w, head + layout.DIRECTORY_REVISION_LOW, input.revision >>> 0);
  put32(w, head + layout.DIRECTORY_REVISION_HIGH, Math.floor(input.revision / 2 ** 32));
  put32(w, head + layout.DIRECTORY_ZONE_COUNT, input.zoneCount);
  for (let i = 0; i < 4; i += 1) {
    put32(w, head + layout.DIRECTORY_APEX_DEPTHS0 + i * 4, input.apexDepths[i]!);
  }
  put32(w, head + layout.DIRECTORY_INDEX_BITS, input.indexBits);
  const shardList = putWords(
    w,
    Uint32Array.from(indexShards, (one) => one.ref),
  );
  put32(w, head + layout.DIRECTORY_INDEX_SHARDS, shardList);
  const masked: WordRun[] = [{ at: shardList, count: indexShards.length, step: 4 }];
  put32(w, head + layout.DIRECTORY_MAP_COUNT, maps.length);
  if (maps.length > 0) {
    const list = putWords(
      w,
      Uint32Array.from(maps, (one) => one.ref),
    );
    put32(w, head + layout.DIRECTORY_MAPS, list);
    masked.push({ at: list, count: maps.length, step: 4 });
  }
  if (steering !== null) {
    put32(w, head + layout.DIRECTORY_STEERING, steering.ref);
    masked.push({ at: head + layout.DIRECTORY_STEERING, count: 1, step: 4 });
  }
  put32(w, head + layout.DIRECTORY_POLICY_COUNT, planRows.length);
  if (planRows.length > 0) {
    const list = putWords(w, planRows);
    put32(w, head + layout.DIRECTORY_PLAN_ROWS, list);
    masked.push({ at: list, count: planRows.length, step: 4 });
  }
  endSegment(w, start);
  const children = [...indexShards, ...maps, ...(steering === null ? [] : [steering])];
  return sealInner(w, masked, joinDigests(children.map((one) => one.digest)), digest);
}

function sealInner(
  w: Writer,
  masked: readonly WordRun[],
  children: Uint8Array,
  digest: Digest,
): BuiltSegment {
  const octets = w.octets.slice(0, w.at);
  const value = innerDigest(octets, masked, children, digest);
  octets.set(value, layout.SEGMENT_DIGEST);
  return { octets, digest: value };
}
