// SPDX-License-Identifier: Apache-2.0
/**
 * Verifies segments and tables once, so that the kernels may trust them ever after.
 *
 *   openSegment   what a segment says of itself: for everything that is placed
 *   openTable     the whole tree from the root: for the table that was saved on a disk
 *
 * Verification before use and not checks in the hot path: a check per access would cost every query
 * what one walk costs once.
 *
 * Invariants
 *   O1  No octets make it throw, loop or read outside of the memory; the answer is a fault.
 *   O2  A table that openTable passed answers every question without a read out of bounds.
 *   O3  Work is linear in the memory: a segment that is reached twice is a fault, not a second walk.
 */
import { type Fault, fault } from "../base/faults.ts";
import { mixHash } from "../base/hash.ts";
import * as enums from "../layout/gen/enums.ts";
import * as layout from "../layout/gen/table.ts";
import { INDEX_ZONES_MAX, SEGMENT_ALIGN } from "../layout/limits.ts";
import {
  DIGEST_SIZE,
  type Digest,
  equalDigests,
  innerDigest,
  leafDigest,
  type WordRun,
} from "./digest.ts";
import { checkChains } from "./open-chain.ts";
import { checkDenial, denialBefore } from "./open-denial.ts";
import { checkMap } from "./open-map.ts";
import { checkSteering } from "./open-steering.ts";
import { apexHashOf, checkShard, checkSlots, checkZone, isExpired } from "./open-zone.ts";
import { field, found, half, holds, octet, type Part, word } from "./part.ts";
import { type TableViews, textBefore } from "./reader.ts";
import { shardOf } from "./slots.ts";
import { apexKey } from "./table-image.ts";
import { bitsFor } from "./writer.ts";

/** Findings of one run: more would only repeat them. */
const FAULTS_MAX = 100;

/** Octets that a segment of each kind has at least: its head and its struct. */
const heads: ReadonlyMap<number, number> = new Map<number, number>([
  [enums.SEGMENT_KIND_DIRECTORY, layout.DIRECTORY_SIZE],
  [enums.SEGMENT_KIND_INDEX_SHARD, layout.INDEX_SHARD_SIZE],
  [enums.SEGMENT_KIND_ZONE, layout.ZONE_SIZE],
  [enums.SEGMENT_KIND_ZONE_SHARD, layout.ZONE_SHARD_SIZE],
  [enums.SEGMENT_KIND_MAP, layout.MAP_SIZE],
  [enums.SEGMENT_KIND_STEERING, layout.STEERING_SIZE],
  [enums.SEGMENT_KIND_DENIAL, layout.DENIAL_SIZE],
]);

/** The segment at `ref`, if its head is sound; `kind` 0 takes any. */
function partAt(views: TableViews, ref: number, kind: number): Part | Fault {
  const bad = (detail: string): Fault =>
    fault("TABLE_SEGMENT", { file: "", line: 0, column: 0 }, `${detail} (segment ${ref})`);
  const end = views.u8.length;
  if (ref === 0 || ref % SEGMENT_ALIGN !== 0) return bad("it does not lie at a multiple of 16");
  if (ref + layout.SEGMENT_SIZE > end) return bad("it lies outside of the memory");
  const here = views.u32[(ref + layout.SEGMENT_KIND) >> 2]!;
  const length = views.u32[(ref + layout.SEGMENT_LENGTH) >> 2]!;
  const head = heads.get(here);
  if (head === undefined || (kind !== 0 && here !== kind)) return bad(`its kind is ${here}`);
  if (length % 4 !== 0 || length < layout.SEGMENT_SIZE + head || ref + length > end) {
    return bad(`its length is ${length}`);
  }
  return { views, ref, length };
}

/** Verifies the segment at `ref` as far as it goes alone; null if it is sound. */
export function openSegment(views: TableViews, ref: number): Fault | null {
  const part = partAt(views, ref, 0);
  if ("key" in part) return part;
  switch (word(part, layout.SEGMENT_KIND)) {
    case enums.SEGMENT_KIND_ZONE_SHARD:
      return checkShard(part, null);
    case enums.SEGMENT_KIND_ZONE:
      return checkZone(part);
    case enums.SEGMENT_KIND_INDEX_SHARD:
      return checkIndexSlots(part);
    case enums.SEGMENT_KIND_DENIAL:
      return checkDenial(part, null);
    case enums.SEGMENT_KIND_MAP:
      return checkMap(part);
    case enums.SEGMENT_KIND_STEERING:
      return checkSteering(part, null);
    default:
      return checkDirectory(part);
  }
}

export interface OpenOptions {
  /** If given, every digest is compared. */
  readonly digest?: Digest;
  /** Rows of plan memory; runs of rows must lie inside. */
  readonly planRowCount?: number;
}

/** A walk over a tree. */
interface Walk {
  readonly views: TableViews;
  readonly options: OpenOptions;
  readonly faults: Fault[];
  readonly seen: Set<number>;
  readonly parts: Part[];
  /** Keys of the apexes met so far. */
  readonly apexes: Set<string>;
  policyCount: number;
}

/** Verifies the table under the Directory at `root`; no faults mean that it may be published. */
export function openTable(
  views: TableViews,
  root: number,
  options: OpenOptions = {},
): readonly Fault[] {
  const walk: Walk = {
    views,
    options,
    faults: [],
    seen: new Set(),
    parts: [],
    apexes: new Set(),
    policyCount: 0,
  };
  walkDirectory(walk, root);
  if (walk.faults.length === 0) checkOverlaps(walk);
  if (walk.faults.length === 0) checkDigests(walk);
  return walk.faults;
}

/** Notes a fault; true if there was one. */
function note(walk: Walk, wrong: Fault | null): boolean {
  if (wrong === null) return false;
  if (walk.faults.length < FAULTS_MAX) walk.faults.push(wrong);
  return true;
}

/** Goes to a segment of `kind` that no other way has led to. */
function enter(walk: Walk, ref: number, kind: number): Part | null {
  if (walk.faults.length >= FAULTS_MAX) return null;
  const part = partAt(walk.views, ref, kind);
  if ("key" in part) {
    note(walk, part);
    return null;
  }
  if (walk.seen.has(ref)) {
    note(walk, found("TABLE_DIRECTORY", part, 0, "two refs lead to one segment"));
    return null;
  }
  walk.seen.add(ref);
  walk.parts.push(part);
  return part;
}

function walkDirectory(walk: Walk, root: number): void {
  const part = enter(walk, root, enums.SEGMENT_KIND_DIRECTORY);
  if (part === null || note(walk, checkDirectory(part))) return;
  const bad = (detail: string): boolean => note(walk, found("TABLE_DIRECTORY", part, 0, detail));
  const list = (refs: number, count: number): number[] => {
    const at = field(part, refs);
    return Array.from({ length: count }, (_, i) => word(part, at + i * 4));
  };
  const regionCounts: number[] = [];
  let before = 0;
  for (const ref of list(layout.DIRECTORY_MAPS, field(part, layout.DIRECTORY_MAP_COUNT))) {
    const map = enter(walk, ref, enums.SEGMENT_KIND_MAP);
    if (map === null || note(walk, checkMap(map))) continue;
    const name = ref + field(map, layout.MAP_NAME);
    if (before !== 0 && !textBefore(walk.views, before, name)) bad("maps are sorted by id");
    before = name;
    regionCounts.push(field(map, layout.MAP_REGION_COUNT));
  }
  if (walk.faults.length > 0) return;
  walk.policyCount = field(part, layout.DIRECTORY_POLICY_COUNT);
  const steeringRef = field(part, layout.DIRECTORY_STEERING);
  if (steeringRef === 0) {
    if (walk.policyCount > 0) bad("there are policies and no steering");
  } else {
    const steering = enter(walk, steeringRef, enums.SEGMENT_KIND_STEERING);
    if (steering === null || note(walk, checkSteering(steering, regionCounts))) return;
    if (field(steering, layout.STEERING_POLICY_COUNT) !== walk.policyCount) {
      bad("steering has another number of policies");
      return;
    }
    if (!rowsFit(walk, part, steering)) bad("plan rows lie outside of plan memory");
  }
  const bits = field(part, layout.DIRECTORY_INDEX_BITS);
  const depths = new Uint32Array(4);
  let zones = 0;
  list(layout.DIRECTORY_INDEX_SHARDS, 2 ** bits).forEach((ref, i) => {
    zones += walkIndex(walk, ref, i, bits, depths);
  });
  if (walk.faults.length > 0) return;
  if (zones !== field(part, layout.DIRECTORY_ZONE_COUNT)) bad(`${zones} zones are reached`);
  for (let i = 0; i < 4; i += 1) {
    if (field(part, layout.DIRECTORY_APEX_DEPTHS0 + i * 4) !== depths[i]) bad("apex depths");
  }
}

/** Runs of plan rows lie in plan memory, if its size was given. */
function rowsFit(walk: Walk, part: Part, steering: Part): boolean {
  const { planRowCount } = walk.options;
  if (planRowCount === undefined) return true;
  const policies = field(steering, layout.STEERING_POLICIES);
  for (let i = 0; i < walk.policyCount; i += 1) {
    const row = word(part, field(part, layout.DIRECTORY_PLAN_ROWS) + i * 4);
    const at = policies + i * layout.POLICY_SIZE + layout.POLICY_REGION_COUNT;
    if (row + word(steering, at) > planRowCount) return false;
  }
  return true;
}

function walkIndex(
  walk: Walk,
  ref: number,
  number: number,
  bits: number,
  depths: Uint32Array,
): number {
  const part = enter(walk, ref, enums.SEGMENT_KIND_INDEX_SHARD);
  if (part === null || note(walk, checkIndexSlots(part))) return 0;
  const slots = layout.SEGMENT_SIZE + layout.INDEX_SHARD_SIZE;
  const slotCount = field(part, layout.INDEX_SHARD_SLOT_COUNT);
  let zones = 0;
  for (let i = 0; i < slotCount; i += 1) {
    const slot = slots + i * layout.SLOT_SIZE;
    const target = word(part, slot + layout.SLOT_TARGET);
    if (target === 0) continue;
    zones += 1;
    const zone = enter(walk, target, enums.SEGMENT_KIND_ZONE);
    if (zone === null || note(walk, checkZone(zone))) continue;
    const hash = apexHashOf(zone);
    const told = word(part, slot + layout.SLOT_HASH) | 0;
    if (hash !== told || shardOf(mixHash(hash), bits) !== number) {
      note(walk, found("TABLE_SLOTS", part, slot, "the zone has another hash"));
      continue;
    }
    const apex = zone.ref + field(zone, layout.ZONE_APEX);
    const size = octet(zone, layout.SEGMENT_SIZE + layout.ZONE_APEX_SIZE);
    const key = apexKey(walk.views.u8.subarray(apex, apex + size));
    if (walk.apexes.has(key)) {
      note(walk, found("TABLE_DIRECTORY", part, slot, "a zone is there twice"));
      continue;
    }
    walk.apexes.add(key);
    const depth = octet(zone, layout.SEGMENT_SIZE + layout.ZONE_APEX_LABELS);
    depths[depth >> 5]! |= 1 << (depth & 31);
    walkZone(walk, zone, hash);
  }
  return zones;
}

function walkZone(walk: Walk, zone: Part, apexHash: number): void {
  const shardBits = field(zone, layout.ZONE_SHARD_BITS);
  const apexSize = octet(zone, layout.SEGMENT_SIZE + layout.ZONE_APEX_SIZE);
  const policyCount = field(zone, layout.ZONE_POLICY_COUNT);
  for (let i = 0; i < policyCount; i += 1) {
    if (word(zone, field(zone, layout.ZONE_POLICIES) + i * 4) >= walk.policyCount) {
      note(walk, found("TABLE_REF", zone, 0, "the zone names a policy that is not there"));
      return;
    }
  }
  const list = field(zone, layout.ZONE_SHARDS);
  const shards: Part[] = [];
  let owners = 0;
  for (let shard = 0; shard < 2 ** shardBits; shard += 1) {
    const part = enter(walk, word(zone, list + shard * 4), enums.SEGMENT_KIND_ZONE_SHARD);
    if (part === null) return;
    const context = { apexHash, apexSize, policyCount, shard, shardBits };
    if (note(walk, checkShard(part, context))) return;
    shards.push(part);
    owners += field(part, layout.ZONE_SHARD_NODE_COUNT);
  }
  if (owners !== field(zone, layout.ZONE_OWNER_COUNT)) {
    note(walk, found("TABLE_ZONE", zone, 0, `${owners} owners stand in the shards`));
    return;
  }
  // Without nodes there are no chains, not even the apex.
  if (isExpired(zone)) return;
  if (note(walk, checkChains(zone, shards, apexHash, shardBits))) return;
  walkDenials(walk, zone);
}

function walkDenials(walk: Walk, zone: Part): void {
  const count = field(zone, layout.ZONE_DENIAL_COUNT);
  const list = field(zone, layout.ZONE_DENIALS);
  const flags = half(zone, layout.SEGMENT_SIZE + layout.ZONE_FLAGS);
  const context = {
    hashed: (flags & enums.ZONE_FLAG_NSEC3) !== 0,
    apexSize: octet(zone, layout.SEGMENT_SIZE + layout.ZONE_APEX_SIZE),
  };
  let before: Part | null = null;
  for (let i = 0; i < count; i += 1) {
    const part = enter(walk, word(zone, list + i * 4), enums.SEGMENT_KIND_DENIAL);
    if (part === null || note(walk, checkDenial(part, context))) return;
    if (before !== null && !denialBefore(before, part)) {
      note(walk, found("TABLE_DENIAL", part, layout.SEGMENT_SIZE, "the segments ascend"));
      return;
    }
    before = part;
  }
}

function checkIndexSlots(part: Part): Fault | null {
  const slots = layout.SEGMENT_SIZE + layout.INDEX_SHARD_SIZE;
  const slotCount = field(part, layout.INDEX_SHARD_SLOT_COUNT);
  return checkSlots(part, slots, slotCount, field(part, layout.INDEX_SHARD_PROBE_MAX));
}

function checkDirectory(part: Part): Fault | null {
  const bad = (detail: string): Fault => found("TABLE_DIRECTORY", part, 0, detail);
  if (field(part, layout.DIRECTORY_FINGERPRINT) !== enums.FINGERPRINT) {
    return found("TABLE_FINGERPRINT", part, 0, "the directory has another fingerprint");
  }
  const bits = field(part, layout.DIRECTORY_INDEX_BITS);
  if (bits !== bitsFor(field(part, layout.DIRECTORY_ZONE_COUNT), INDEX_ZONES_MAX)) {
    return bad("the number of index shards does not fit the number of zones");
  }
  const lists = [
    [layout.DIRECTORY_INDEX_SHARDS, 2 ** bits],
    [layout.DIRECTORY_MAPS, field(part, layout.DIRECTORY_MAP_COUNT)],
    [layout.DIRECTORY_PLAN_ROWS, field(part, layout.DIRECTORY_POLICY_COUNT)],
  ] as const;
  for (const [refs, count] of lists) {
    const at = field(part, refs);
    if (count === 0 ? at !== 0 : !holds(part, at, count, 4)) return bad("a list is cut off");
  }
  return null;
}

/** Segments do not lie on each other: else a change of one would be a change of two. */
function checkOverlaps(walk: Walk): void {
  const parts = [...walk.parts].sort((a, b) => a.ref - b.ref);
  for (let i = 1; i < parts.length; i += 1) {
    const before = parts[i - 1]!;
    if (before.ref + before.length > parts[i]!.ref) {
      note(walk, found("TABLE_SEGMENT", parts[i]!, 0, "two segments overlap"));
    }
  }
}

function checkDigests(walk: Walk): void {
  const { digest } = walk.options;
  if (digest === undefined) return;
  for (const part of walk.parts) {
    const octets = part.views.u8.slice(part.ref, part.ref + part.length);
    const value = isInner(part)
      ? innerDigest(octets, maskedOf(part), childrenOf(part), digest)
      : leafDigest(octets, digest);
    if (!equalDigests(value, 0, octets, layout.SEGMENT_DIGEST)) {
      note(walk, found("TABLE_DIGEST", part, layout.SEGMENT_DIGEST, "the digest differs"));
    }
  }
}

function isInner(part: Part): boolean {
  const kind = word(part, layout.SEGMENT_KIND);
  return (
    kind === enums.SEGMENT_KIND_DIRECTORY ||
    kind === enums.SEGMENT_KIND_INDEX_SHARD ||
    kind === enums.SEGMENT_KIND_ZONE
  );
}

/** The absolute refs of an inner segment, in the order of the children; plan rows come last. */
function refsOf(part: Part): WordRun[] {
  const kind = word(part, layout.SEGMENT_KIND);
  if (kind === enums.SEGMENT_KIND_ZONE) {
    const count = 2 ** field(part, layout.ZONE_SHARD_BITS);
    const denials = field(part, layout.ZONE_DENIAL_COUNT);
    return [
      { at: field(part, layout.ZONE_SHARDS), count, step: 4 },
      { at: field(part, layout.ZONE_DENIALS), count: denials, step: 4 },
    ];
  }
  if (kind === enums.SEGMENT_KIND_INDEX_SHARD) {
    const at = layout.SEGMENT_SIZE + layout.INDEX_SHARD_SIZE + layout.SLOT_TARGET;
    return [{ at, count: field(part, layout.INDEX_SHARD_SLOT_COUNT), step: layout.SLOT_SIZE }];
  }
  const shards = 2 ** field(part, layout.DIRECTORY_INDEX_BITS);
  return [
    { at: field(part, layout.DIRECTORY_INDEX_SHARDS), count: shards, step: 4 },
    {
      at: field(part, layout.DIRECTORY_MAPS),
      count: field(part, layout.DIRECTORY_MAP_COUNT),
      step: 4,
    },
    { at: layout.SEGMENT_SIZE + layout.DIRECTORY_STEERING, count: 1, step: 4 },
  ];
}

function maskedOf(part: Part): WordRun[] {
  const refs = refsOf(part);
  if (word(part, layout.SEGMENT_KIND) === enums.SEGMENT_KIND_DIRECTORY) {
    const count = field(part, layout.DIRECTORY_POLICY_COUNT);
    refs.push({ at: field(part, layout.DIRECTORY_PLAN_ROWS), count, step: 4 });
  }
  return refs;
}

function childrenOf(part: Part): Uint8Array {
  const refs = refsOf(part)
    .flatMap((run) =>
      Array.from({ length: run.count }, (_, i) => word(part, run.at + i * run.step)),
    )
    .filter((ref) => ref !== 0);
  const out = new Uint8Array(refs.length * DIGEST_SIZE);
  refs.forEach((ref, i) => {
    const from = ref + layout.SEGMENT_DIGEST;
    out.set(part.views.u8.subarray(from, from + DIGEST_SIZE), i * DIGEST_SIZE);
  });
  return out;
}
