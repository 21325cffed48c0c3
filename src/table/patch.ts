// SPDX-License-Identifier: Apache-2.0
/**
 * From one table to the next: places the segments that differ, and nothing else.
 *
 *   1 maps, steering        by digest: an equal one keeps its place
 *   2 shards of the zones   by digest, shard by shard; denial segments by digest
 *   3 zone headers          of changed zones, and of those whose policies got other numbers
 *   4 index shards          that hold a changed header; all if their number changes
 *   5 directory             always, unless nothing changed at all: then the revision stays, too
 *
 * Path copying and not patching in place: readers of the old root see the old table to the last
 * octet, until they say that they have left it.
 *
 * Invariants
 *   C1  All or nothing: after a fault the arena and the picture are what they were.
 *   C2  The new root's digest is a function of the state alone (law 3): the same as if the table
 *       had been built from nothing.
 *   C3  `retired` is what the old root reaches and the new one does not.
 */
import { type Fault, type FaultKey, fault } from "../base/faults.ts";
import { bad, good, type Result } from "../base/result.ts";
import type { Epoch, Ref } from "../base/units.ts";
import { labelCount, nameToText } from "../dns/names.ts";
import * as layout from "../layout/gen/table.ts";
import { INDEX_ZONES_MAX } from "../layout/limits.ts";
import { allocate, type Extent, release, retire } from "./arena.ts";
import {
  buildDirectory,
  buildIndexShard,
  buildZoneHeader,
  type PlacedSegment,
} from "./build-directory.ts";
import type { BuiltMap } from "./build-map.ts";
import type { BuiltSteering } from "./build-steering.ts";
import { type BuiltZone, buildEmptyZone, shardOctets } from "./build-zone.ts";
import { DIGEST_SIZE, type Digest, digestText, equalDigests, joinDigests } from "./digest.ts";
import { openSegment } from "./open.ts";
import { segmentLength } from "./reader.ts";
import {
  apexKey,
  findZone,
  type IndexEntries,
  indexShardOf,
  nameHashOf,
  readZoneHeader,
  segmentRefs,
  type TableImage,
  type ZoneEntry,
  type ZoneHeader,
} from "./table-image.ts";
import { type BuiltSegment, bitsFor } from "./writer.ts";

/** What is to be different. A part that is left out stays as it is. */
export interface TableChange {
  readonly revision: number;
  /** Zones to be served, new or instead of the present one. */
  readonly put?: readonly BuiltZone[];
  /** Apexes of zones that have a placeholder without data put in their place if they are not there. */
  readonly hold?: readonly Uint8Array[];
  /** Apexes of zones to be dropped. */
  readonly remove?: readonly Uint8Array[];
  /** All maps. */
  readonly maps?: readonly BuiltMap[];
  /** All steering; null for none. */
  readonly steering?: BuiltSteering | null;
  /** First plan row of each policy, in the order of their numbers. */
  readonly planRows?: readonly number[];
  readonly digest: Digest;
}

/** A table that waits for publication. */
export interface TablePatch {
  readonly root: Ref;
  /** Digest of the root, DIGEST_SIZE octets. */
  readonly digest: Uint8Array;
  /** What was placed; empty if nothing changed. */
  readonly placed: readonly Extent[];
  /** What to give to retireAll after publishRoot. */
  readonly retired: readonly Extent[];
}

/** The next picture while it is being made. */
interface Draft {
  readonly image: TableImage;
  readonly change: TableChange;
  readonly placed: PlacedSegment[];
  /** Those of `placed` that nobody has looked at yet. */
  readonly unproved: PlacedSegment[];
  readonly retired: Extent[];
  maps: TableImage["maps"];
  steering: TableImage["steering"];
  /** Apex key → new entry, or null if the zone goes. */
  readonly zones: Map<string, { readonly hash: number; readonly entry: ZoneEntry | null }>;
  readonly depths: Uint32Array;
  zoneCount: number;
}

/** Thrown inside this file only: the way out of nested placing when there is no room. */
class Refused extends Error {
  readonly fault: Fault;
  constructor(key: FaultKey, detail: string) {
    super(detail);
    this.fault = fault(key, { file: "", line: 0, column: 0 }, detail);
  }
}

/**
 * Brings the arena and the picture to the new state. The caller publishes `root` and then retires;
 * until it does, no reader sees anything. Faults: TABLE_FULL, TABLE_REFERENCE, TABLE_HASH_FLOOD,
 * and those of open.ts, which looks at every new segment: here, or, for the shards of a large zone,
 * in the thread that built them (build-shard.ts).
 */
export function applyChange(image: TableImage, change: TableChange): Result<TablePatch> {
  const draft: Draft = {
    image,
    change,
    placed: [],
    unproved: [],
    retired: [],
    maps: image.maps,
    steering: image.steering,
    zones: new Map(),
    depths: image.depths.slice(),
    zoneCount: image.zoneCount,
  };
  try {
    return good(carryOut(draft));
  } catch (error) {
    // The core of the placing is deep; C1 is easiest to hold where all of it comes back to one place.
    if (!(error instanceof Refused)) throw error;
    for (const one of draft.placed) release(image.arena, one.ref, one.size);
    return bad([error.fault]);
  }
}

/** Retires what a publication replaced, at its epoch. */
export function retireAll(image: TableImage, retired: readonly Extent[], epoch: Epoch): void {
  for (const one of retired) retire(image.arena, one.ref, one.size, epoch);
}

function carryOut(draft: Draft): TablePatch {
  const { image, change } = draft;
  placeMaps(draft);
  placeSteering(draft);
  const planRows = change.planRows ?? image.planRows;
  if (planRows.length !== (draft.steering?.policyRows.length ?? 0)) {
    throw new Refused("TABLE_REFERENCE", `${planRows.length} runs of plan rows`);
  }
  for (const apex of change.remove ?? []) removeZone(draft, apex);
  for (const zone of change.put ?? []) putZone(draft, zone);
  for (const apex of change.hold ?? []) {
    if (draftZone(draft, apex) === null) putZone(draft, buildEmptyZone(apex, change.digest));
  }
  if (draft.steering !== image.steering) renumberPolicies(draft);
  const index = placeIndex(draft);
  if (isUnchanged(draft, planRows)) {
    const { ref, digest } = image.directory!;
    return { root: ref, digest, placed: [], retired: [] };
  }
  const built = buildDirectory(
    {
      revision: change.revision,
      zoneCount: draft.zoneCount,
      apexDepths: depthBits(draft.depths),
      indexBits: Math.log2(index.length),
      indexShards: index.map((one) => one.segment),
      maps: draft.maps,
      steering: draft.steering,
      planRows,
    },
    change.digest,
  );
  const directory = place(draft, built);
  if (image.directory !== null) draft.retired.push(image.directory);
  verify(draft);
  image.maps = draft.maps;
  image.steering = draft.steering;
  image.index = index;
  image.depths = draft.depths;
  image.zoneCount = draft.zoneCount;
  image.planRows = planRows;
  image.revision = change.revision;
  image.directory = directory;
  return {
    root: directory.ref,
    digest: directory.digest,
    placed: draft.placed,
    retired: draft.retired,
  };
}

/** Nothing came and nothing went, down to the last octet; only the revision would be another. */
function isUnchanged(draft: Draft, planRows: readonly number[]): boolean {
  const { image, placed, retired } = draft;
  if (image.directory === null || placed.length > 0 || retired.length > 0) return false;
  return sameRows(planRows, image.planRows);
}

/** Copies a segment into the arena. `proved`: open.ts has nothing to find in it any more. */
function place(draft: Draft, segment: BuiltSegment, proved = false): PlacedSegment {
  const { arena } = draft.image;
  const size = segment.octets.length;
  const ref = allocate(arena, size);
  if (ref === null) throw new Refused("TABLE_FULL", `${size} octets are wanted in one piece`);
  arena.memory.set(segment.octets, ref);
  const placed = { ref, size, digest: segment.digest };
  draft.placed.push(placed);
  if (!proved) draft.unproved.push(placed);
  return placed;
}

/** What is wrong in our own octets is found before a reader can meet it. */
function verify(draft: Draft): void {
  for (const one of draft.unproved) {
    const found = openSegment(draft.image.views, one.ref);
    if (found !== null) throw new Refused(found.key, found.detail);
  }
}

function placeMaps(draft: Draft): void {
  const { image, change } = draft;
  if (change.maps === undefined) return;
  const present = new Map(image.maps.map((one) => [one.id, one]));
  const sorted = [...change.maps].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  draft.maps = sorted.map((built) => {
    const old = present.get(built.id) ?? null;
    if (old !== null && sameDigest(old, built)) {
      present.delete(built.id);
      return old;
    }
    return { ...place(draft, built), id: built.id, regionCount: built.regionCount };
  });
  draft.retired.push(...present.values());
}

function placeSteering(draft: Draft): void {
  const { image, change } = draft;
  if (change.steering === undefined) return;
  if (change.steering !== null && sameDigest(image.steering, change.steering)) return;
  if (image.steering !== null) draft.retired.push(image.steering);
  if (change.steering === null) {
    draft.steering = null;
    return;
  }
  const { policyIndex, policyRows } = change.steering;
  draft.steering = { ...place(draft, change.steering), policyIndex, policyRows };
}

function u32At(octets: Uint8Array, at: number): number {
  return new DataView(octets.buffer, octets.byteOffset + at, 4).getUint32(0, true);
}

/** The zone as the draft has it so far. */
function draftZone(draft: Draft, apex: Uint8Array): ZoneEntry | null {
  const staged = draft.zones.get(apexKey(apex));
  return staged === undefined ? findZone(draft.image, apex) : staged.entry;
}

function removeZone(draft: Draft, apex: Uint8Array): void {
  const entry = draftZone(draft, apex);
  if (entry === null) return;
  const { views } = draft.image;
  for (const ref of segmentRefs(readZoneHeader(views, entry.header.ref))) retireSegment(draft, ref);
  draft.retired.push(entry.header);
  draft.zones.set(apexKey(apex), { hash: entry.hash, entry: null });
  draft.depths[labelCount(apex)]! -= 1;
  draft.zoneCount -= 1;
}

function putZone(draft: Draft, zone: BuiltZone): void {
  const { views } = draft.image;
  const entry = draftZone(draft, zone.apex);
  const old = entry === null ? null : readZoneHeader(views, entry.header.ref);
  const { shards } = zone;
  const comparable = old !== null && old.shardBits === zone.shardBits;
  const shardRefs = new Uint32Array(2 ** zone.shardBits);
  for (let i = 0; i < shardRefs.length; i += 1) {
    const at = i * DIGEST_SIZE;
    if (comparable && equalDigests(old.shardDigests, at, shards.digests, at)) {
      shardRefs[i] = old.shardRefs[i]!;
      continue;
    }
    const octets = shardOctets(shards, i);
    if (octets.length === 0) {
      const name = nameToText(zone.apex);
      throw new Refused("TABLE_REFERENCE", `shard ${i} of ${name} was built upon another table`);
    }
    const digest = shards.digests.slice(at, at + DIGEST_SIZE);
    const whole = octets.length === u32At(octets, layout.SEGMENT_LENGTH);
    shardRefs[i] = place(draft, { octets, digest }, shards.proved && whole).ref;
    if (comparable) retireSegment(draft, old.shardRefs[i]!);
  }
  if (old !== null && !comparable) for (const ref of old.shardRefs) retireSegment(draft, ref);
  const hash = nameHashOf(zone.apex);
  const built = buildZoneHeader(
    {
      ...zone,
      shardRefs,
      shardDigests: shards.digests,
      denialFlag: zone.denial.flag,
      denialRefs: placeDenials(draft, zone, old),
      denialDigests: joinDigests(zone.denial.segments.map((one) => one.digest)),
      nsec3: zone.denial,
      policies: policyNumbers(draft, zone.apex, zone.policies),
    },
    draft.change.digest,
  );
  if (sameDigest(entry?.header ?? null, built)) return;
  if (entry !== null) draft.retired.push(entry.header);
  else {
    draft.depths[labelCount(zone.apex)]! += 1;
    draft.zoneCount += 1;
  }
  const header = place(draft, built);
  const { apex, policies } = zone;
  draft.zones.set(apexKey(apex), { hash, entry: { apex, hash, policies, header } });
}

/**
 * Places the denial segments of a zone. Equal ones are found by their digest wherever they stand: an
 * edit may make one more of them and move all that follow.
 */
function placeDenials(draft: Draft, zone: BuiltZone, old: ZoneHeader | null): Uint32Array {
  const left = new Map<string, number>();
  for (const [i, ref] of (old?.denialRefs ?? []).entries()) {
    left.set(digestKey(old!.denialDigests, i * DIGEST_SIZE), ref);
  }
  const refs = zone.denial.segments.map((segment) => {
    const key = digestKey(segment.digest, 0);
    const ref = left.get(key);
    if (ref === undefined) return place(draft, segment).ref;
    left.delete(key);
    return ref;
  });
  for (const ref of left.values()) retireSegment(draft, ref);
  return Uint32Array.from(refs);
}

function digestKey(digests: Uint8Array, at: number): string {
  return digestText(digests.subarray(at, at + DIGEST_SIZE));
}

function retireSegment(draft: Draft, ref: number): void {
  draft.retired.push({ ref: ref as Ref, size: segmentLength(draft.image.views, ref) });
}

function policyNumbers(draft: Draft, apex: Uint8Array, ids: readonly string[]): number[] {
  return ids.map((id) => {
    const number = draft.steering?.policyIndex.get(id);
    if (number !== undefined) return number;
    throw new Refused("TABLE_REFERENCE", `${nameToText(apex)} names the policy ${id}`);
  });
}

/** Headers of zones that are not in the change, where their policies stand at other numbers now. */
function renumberPolicies(draft: Draft): void {
  const { image, change } = draft;
  for (const shard of image.index) {
    for (const [key, entry] of shard.zones) {
      if (entry.policies.length === 0 || draft.zones.has(key)) continue;
      const old = readZoneHeader(image.views, entry.header.ref);
      const policies = policyNumbers(draft, entry.apex, entry.policies);
      if (sameRows(policies, old.policies)) continue;
      const header = place(draft, buildZoneHeader({ ...old, policies }, change.digest));
      draft.retired.push(entry.header);
      draft.zones.set(key, { hash: entry.hash, entry: { ...entry, header } });
    }
  }
}

function placeIndex(draft: Draft): readonly IndexEntries[] {
  const { image } = draft;
  const count = 2 ** bitsFor(draft.zoneCount, INDEX_ZONES_MAX);
  const resized = count !== image.index.length;
  const next: Map<string, ZoneEntry>[] = [];
  const touched = new Set<number>();
  if (resized) {
    for (let i = 0; i < count; i += 1) next[i] = new Map();
    for (const shard of image.index) {
      draft.retired.push(shard.segment);
      for (const [key, entry] of shard.zones)
        next[indexShardOf(entry.hash, count)]!.set(key, entry);
    }
  }
  for (const [key, { hash, entry }] of draft.zones) {
    const i = indexShardOf(hash, count);
    if (!resized && !touched.has(i)) next[i] = new Map(image.index[i]!.zones);
    touched.add(i);
    if (entry === null) next[i]!.delete(key);
    else next[i]!.set(key, entry);
  }
  return Array.from({ length: count }, (_, i) => {
    if (!resized && !touched.has(i)) return image.index[i]!;
    const zones = next[i]!;
    const built = buildIndexShard([...zones.values()], draft.change.digest);
    if (built === null) throw new Refused("TABLE_HASH_FLOOD", "among the apexes of the zones");
    if (!resized) draft.retired.push(image.index[i]!.segment);
    return { segment: place(draft, built), zones };
  });
}

/** Bit n: some apex has n labels. */
function depthBits(depths: Uint32Array): Uint32Array {
  const bits = new Uint32Array(4);
  depths.forEach((count, depth) => {
    if (count > 0) bits[depth >> 5]! |= 1 << (depth & 31);
  });
  return bits;
}

function sameDigest(a: PlacedSegment | null, b: BuiltSegment): boolean {
  return a !== null && equalDigests(a.digest, 0, b.digest, 0);
}

function sameRows(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}
