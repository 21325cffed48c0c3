// SPDX-License-Identifier: Apache-2.0
/**
 * The control side's picture of the table in force: which segments there are, where they lie and
 * what their digests are.
 *
 * It keeps only what is asked on every change (names, places, digests). The rest, down to the refs
 * of a zone's shards, is read from the table itself when a change needs it: with a million zones a
 * second copy of their headers would be larger than the table, and it could disagree with it.
 *
 * Invariants
 *   P1  The picture is a function of the memory and the root: restoreImage gives the same picture
 *       as the changes that led there, so a loaded table can be patched like one that was built.
 *   P2  Every segment is reached by one way only; so what is replaced can be retired at once.
 */
import { mixHash, nameHash } from "../base/hash.ts";
import type { Ref } from "../base/units.ts";
import {
  ZONE_FLAG_HINTS,
  ZONE_FLAG_NSEC,
  ZONE_FLAG_NSEC3,
  ZONE_FLAG_SIGNED,
} from "../layout/gen/enums.ts";
import * as layout from "../layout/gen/table.ts";
import { type Arena, createArena, type Extent } from "./arena.ts";
import type { Nsec3Form, PlacedSegment } from "./build-directory.ts";
import { DIGEST_SIZE } from "./digest.ts";
import type { RowRun } from "./plans.ts";
import { readText, segmentDigestAt, segmentLength, type TableViews, viewsOf } from "./reader.ts";

/** A zone as the index has it. */
export interface ZoneEntry {
  readonly apex: Uint8Array;
  readonly hash: number;
  /** Ids of its policies in its own order. */
  readonly policies: readonly string[];
  readonly header: PlacedSegment;
}

/** An index shard and the zones in it, by the key of their apex. */
export interface IndexEntries {
  readonly segment: PlacedSegment;
  readonly zones: ReadonlyMap<string, ZoneEntry>;
}

export interface MapEntry extends PlacedSegment {
  readonly id: string;
  readonly regionCount: number;
}

export interface SteeringEntry extends PlacedSegment {
  /** Policy id → index into Steering.policies. */
  readonly policyIndex: ReadonlyMap<string, number>;
  /** Plan rows of each policy, by index. */
  readonly policyRows: readonly number[];
}

/** Changed by applyChange (patch.ts) alone. */
export interface TableImage {
  readonly arena: Arena;
  readonly views: TableViews;
  zoneCount: number;
  index: readonly IndexEntries[];
  /** Zones by the number of labels of their apex. */
  depths: Uint32Array;
  maps: readonly MapEntry[];
  steering: SteeringEntry | null;
  /** First plan row of each policy. */
  planRows: readonly number[];
  revision: number;
  /** Null before the first change. */
  directory: PlacedSegment | null;
}

/** Label counts of names: 0..127. */
export const DEPTHS = 128;

/** The picture of a table that holds nothing yet. */
export function createImage(arena: Arena): TableImage {
  return {
    arena,
    views: viewsOf(arena.memory),
    zoneCount: 0,
    index: [],
    depths: new Uint32Array(DEPTHS),
    maps: [],
    steering: null,
    planRows: [],
    revision: 0,
    directory: null,
  };
}

/** An apex as a key of maps: its octets as characters. */
export function apexKey(apex: Uint8Array): string {
  let key = "";
  for (const octet of apex) key += String.fromCharCode(octet);
  return key;
}

/** A zone of the picture; null if it is not served. */
export function findZone(image: TableImage, apex: Uint8Array): ZoneEntry | null {
  if (image.index.length === 0) return null;
  const shard = indexShardOf(nameHashOf(apex), image.index.length);
  return image.index[shard]!.zones.get(apexKey(apex)) ?? null;
}

export function nameHashOf(apex: Uint8Array): number {
  return nameHash(apex, 0, apex.length);
}

/** The place and digest of the segment at `ref`. */
export function placedAt(views: TableViews, ref: number): PlacedSegment {
  return {
    ref: ref as Ref,
    size: segmentLength(views, ref),
    digest: segmentDigestAt(views, ref),
  };
}

/** What a zone header says, read from the table. */
export interface ZoneHeader {
  readonly serial: number;
  readonly ownerCount: number;
  readonly shardBits: number;
  readonly shardRefs: Uint32Array;
  /** DIGEST_SIZE octets per shard. */
  readonly shardDigests: Uint8Array;
  /** Empty if the zone has no data. */
  readonly negativeSoa: Uint8Array;
  readonly signed: boolean;
  readonly hinted: boolean;
  /** ZONE_FLAG_NSEC, ZONE_FLAG_NSEC3 or 0. */
  readonly denialFlag: number;
  readonly denialRefs: Uint32Array;
  readonly denialDigests: Uint8Array;
  readonly nsec3: Nsec3Form;
  readonly policies: Uint32Array;
  readonly apex: Uint8Array;
}

export function readZoneHeader(views: TableViews, ref: number): ZoneHeader {
  const head = ref + layout.SEGMENT_SIZE;
  const word = (field: number): number => views.u32[(head + field) >> 2]!;
  const list = (at: number, count: number): Uint32Array =>
    at === 0 ? new Uint32Array(0) : views.u32.slice((ref + at) >> 2, ((ref + at) >> 2) + count);
  const shardBits = word(layout.ZONE_SHARD_BITS);
  const shardRefs = list(word(layout.ZONE_SHARDS), 2 ** shardBits);
  const denialRefs = list(word(layout.ZONE_DENIALS), word(layout.ZONE_DENIAL_COUNT));
  const flags = views.u16[(head + layout.ZONE_FLAGS) >> 1]!;
  const saltAt = ref + word(layout.ZONE_NSEC3_SALT);
  const apexAt = ref + word(layout.ZONE_APEX);
  const soaAt = word(layout.ZONE_NEGATIVE_SOA);
  return {
    serial: word(layout.ZONE_SERIAL),
    ownerCount: word(layout.ZONE_OWNER_COUNT),
    shardBits,
    shardRefs,
    shardDigests: digestsAt(views, shardRefs),
    signed: (flags & ZONE_FLAG_SIGNED) !== 0,
    hinted: (flags & ZONE_FLAG_HINTS) !== 0,
    denialFlag: flags & (ZONE_FLAG_NSEC | ZONE_FLAG_NSEC3),
    denialRefs,
    denialDigests: digestsAt(views, denialRefs),
    nsec3: {
      iterations: views.u16[(head + layout.ZONE_NSEC3_ITERATIONS) >> 1]!,
      salt: views.u8.slice(saltAt, saltAt + views.u16[(head + layout.ZONE_NSEC3_SALT_SIZE) >> 1]!),
    },
    // The SOA is the last part of the segment.
    negativeSoa:
      soaAt === 0
        ? new Uint8Array(0)
        : views.u8.slice(ref + soaAt, ref + segmentLength(views, ref)),
    policies: list(word(layout.ZONE_POLICIES), word(layout.ZONE_POLICY_COUNT)),
    apex: views.u8.slice(apexAt, apexAt + views.u8[head + layout.ZONE_APEX_SIZE]!),
  };
}

/** The refs of a zone's segments below its header. */
export function segmentRefs(header: Pick<ZoneHeader, "shardRefs" | "denialRefs">): number[] {
  return [...header.shardRefs, ...header.denialRefs];
}

/** Word by word: a large zone has thousands, and an edit of it asks for them several times. */
function digestsAt(views: TableViews, refs: Uint32Array): Uint8Array {
  const words = new Uint32Array((refs.length * DIGEST_SIZE) / 4);
  for (let i = 0; i < refs.length; i += 1) {
    const from = (refs[i]! + layout.SEGMENT_DIGEST) >> 2;
    for (let k = 0; k < DIGEST_SIZE / 4; k += 1) {
      words[i * (DIGEST_SIZE / 4) + k] = views.u32[from + k]!;
    }
  }
  return new Uint8Array(words.buffer);
}

/** The index shard of a name hash among `count` shards, a power of two: its mixed hash's top bits. */
export function indexShardOf(hash: number, count: number): number {
  return Math.floor((mixHash(hash) / 2 ** 32) * count);
}

/** The picture of a table that open.ts has verified; `root` is its Directory. */
export function restoreImage(
  memory: Uint8Array,
  root: Ref,
  options: { poison?: boolean } = {},
): TableImage {
  const views = viewsOf(memory);
  const directory = placedAt(views, root);
  const head = root + layout.SEGMENT_SIZE;
  const word = (field: number): number => views.u32[(head + field) >> 2]!;
  const list = (field: number, count: number): number[] =>
    Array.from({ length: count }, (_, i) => views.u32[((root + word(field)) >> 2) + i]!);
  const steeringRef = word(layout.DIRECTORY_STEERING);
  const steering = steeringRef === 0 ? null : steeringAt(views, steeringRef);
  const policyIds = steering === null ? [] : [...steering.policyIndex.keys()];
  const depths = new Uint32Array(DEPTHS);
  const index = list(layout.DIRECTORY_INDEX_SHARDS, 2 ** word(layout.DIRECTORY_INDEX_BITS)).map(
    (ref) => indexAt(views, ref, policyIds, depths),
  );
  const image: TableImage = {
    ...createImage(createArena(new Uint8Array(0))),
    views,
    zoneCount: word(layout.DIRECTORY_ZONE_COUNT),
    index,
    depths,
    maps: list(layout.DIRECTORY_MAPS, word(layout.DIRECTORY_MAP_COUNT)).map((ref) =>
      mapAt(views, ref),
    ),
    steering,
    planRows: list(layout.DIRECTORY_PLAN_ROWS, word(layout.DIRECTORY_POLICY_COUNT)),
    revision: word(layout.DIRECTORY_REVISION_LOW) + word(layout.DIRECTORY_REVISION_HIGH) * 2 ** 32,
    directory,
  };
  return { ...image, arena: createArena(memory, { ...options, live: liveExtents(image) }) };
}

/** The places of all segments that the root reaches. */
export function liveExtents(image: TableImage): Extent[] {
  const live: Extent[] = [...image.maps];
  if (image.directory !== null) live.push(image.directory);
  if (image.steering !== null) live.push(image.steering);
  for (const shard of image.index) {
    live.push(shard.segment);
    for (const zone of shard.zones.values()) {
      live.push(zone.header);
      for (const ref of segmentRefs(readZoneHeader(image.views, zone.header.ref))) {
        live.push({ ref: ref as Ref, size: segmentLength(image.views, ref) });
      }
    }
  }
  return live;
}

/** The plan rows that the directory names: what plan memory must keep after loading. */
export function liveRows(image: TableImage): RowRun[] {
  const counts = image.steering?.policyRows ?? [];
  return image.planRows
    .map((row, i) => ({ row, count: counts[i] ?? 0 }))
    .filter((run) => run.count > 0);
}

function mapAt(views: TableViews, ref: number): MapEntry {
  const head = ref + layout.SEGMENT_SIZE;
  return {
    ...placedAt(views, ref),
    id: readText(views, ref + views.u32[(head + layout.MAP_NAME) >> 2]!),
    regionCount: views.u32[(head + layout.MAP_REGION_COUNT) >> 2]!,
  };
}

function steeringAt(views: TableViews, ref: number): SteeringEntry {
  const head = ref + layout.SEGMENT_SIZE;
  const count = views.u32[(head + layout.STEERING_POLICY_COUNT) >> 2]!;
  const policies = ref + views.u32[(head + layout.STEERING_POLICIES) >> 2]!;
  const policyIndex = new Map<string, number>();
  const policyRows: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const at = policies + i * layout.POLICY_SIZE;
    policyIndex.set(readText(views, ref + views.u32[(at + layout.POLICY_NAME) >> 2]!), i);
    policyRows.push(views.u32[(at + layout.POLICY_REGION_COUNT) >> 2]!);
  }
  return { ...placedAt(views, ref), policyIndex, policyRows };
}

function indexAt(
  views: TableViews,
  ref: number,
  policyIds: readonly string[],
  depths: Uint32Array,
): IndexEntries {
  const head = ref + layout.SEGMENT_SIZE;
  const slotCount = views.u32[(head + layout.INDEX_SHARD_SLOT_COUNT) >> 2]!;
  const slots = head + layout.INDEX_SHARD_SIZE;
  const zones = new Map<string, ZoneEntry>();
  for (let i = 0; i < slotCount; i += 1) {
    const slot = slots + i * layout.SLOT_SIZE;
    const target = views.u32[(slot + layout.SLOT_TARGET) >> 2]!;
    if (target === 0) continue;
    const header = readZoneHeader(views, target);
    depths[views.u8[target + layout.SEGMENT_SIZE + layout.ZONE_APEX_LABELS]!]! += 1;
    zones.set(apexKey(header.apex), {
      apex: header.apex,
      hash: views.i32[(slot + layout.SLOT_HASH) >> 2]!,
      policies: Array.from(header.policies, (policy) => policyIds[policy]!),
      header: placedAt(views, target),
    });
  }
  return { segment: placedAt(views, ref), zones };
}
