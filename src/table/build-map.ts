// SPDX-License-Identifier: Apache-2.0
/**
 * Folded map → Map segment: client address to region, read by one index and a short binary search.
 *
 * A partition with a direct index of the top 16 bits, and not a trie of bits: two loads find the
 * bucket, most buckets hold few networks, and the search inside one has a named bound
 * (MAP_SEARCH_STEPS_MAX). A trie would take up to 24 dependent loads for the same answer.
 *
 * Invariants
 *   M1  buckets[b] = networks whose first address lies below b << 16; buckets[65,536] = all.
 *   M2  The network of an address in bucket b is the last with a first address ≤ it: at least
 *       buckets[b] − 1 (one that began before the bucket), at most buckets[b + 1] − 1.
 */

import type { FoldedMap } from "../geo/types.ts";
import { SEGMENT_KIND_MAP } from "../layout/gen/enums.ts";
import * as layout from "../layout/gen/table.ts";
import type { Digest } from "./digest.ts";
import {
  align,
  type BuiltSegment,
  beginSegment,
  createWriter,
  endSegment,
  put16,
  put32,
  putText,
  putWords,
  sealLeaf,
  skip,
} from "./writer.ts";

/** Buckets of an address family, and the one word behind them. */
export const MAP_BUCKETS = 65536;
/** Stands for a latitude or longitude that nobody knows. */
export const DEGREES_UNKNOWN = 0x7fffffff;

/** A map ready to be placed. */
export interface BuiltMap extends BuiltSegment {
  readonly id: string;
  readonly regionCount: number;
}

/** Builds the segment of map `id`. The map comes from foldMap, which keeps its promises. */
export function buildMap(id: string, map: FoldedMap, digest: Digest): BuiltMap {
  const v4Count = map.v4Starts.length;
  const v6Count = map.v6High.length;
  const room = 2 * 4 * (MAP_BUCKETS + 1) + v4Count * 6 + v6Count * 12 + map.regions.length * 48;
  const w = createWriter(room + 4096);
  const start = beginSegment(w, SEGMENT_KIND_MAP, layout.MAP_SIZE);
  const head = start + layout.SEGMENT_SIZE;
  put32(w, head + layout.MAP_V4_COUNT, v4Count);
  put32(w, head + layout.MAP_V4_BUCKETS, putWords(w, bucketsOf(map.v4Starts)));
  const keys = skip(w, v4Count * 2);
  for (let i = 0; i < v4Count; i += 1) put16(w, keys + i * 2, map.v4Starts[i]! & 0xffff);
  align(w, 4);
  put32(w, head + layout.MAP_V4_KEYS, keys);
  put32(w, head + layout.MAP_V4_LEAVES, putWords(w, map.v4Leaves));
  put32(w, head + layout.MAP_V6_COUNT, v6Count);
  put32(w, head + layout.MAP_V6_BUCKETS, putWords(w, bucketsOf(map.v6High)));
  put32(w, head + layout.MAP_V6_HIGH, putWords(w, map.v6High));
  put32(w, head + layout.MAP_V6_LOW, putWords(w, map.v6Low));
  put32(w, head + layout.MAP_V6_LEAVES, putWords(w, map.v6Leaves));
  put32(w, head + layout.MAP_REGION_COUNT, map.regions.length);
  const regions = skip(w, map.regions.length * layout.REGION_ROW_SIZE);
  put32(w, head + layout.MAP_REGIONS, regions);
  map.regions.forEach((region, i) => {
    const row = regions + i * layout.REGION_ROW_SIZE;
    put32(w, row + layout.REGION_ROW_LATITUDE, microdegrees(region.latitude));
    put32(w, row + layout.REGION_ROW_LONGITUDE, microdegrees(region.longitude));
    put32(w, row + layout.REGION_ROW_NAME, putText(w, region.name));
  });
  put32(w, head + layout.MAP_NAME, putText(w, id));
  endSegment(w, start);
  return { id, regionCount: map.regions.length, ...sealLeaf(w, digest) };
}

/** M1 for sorted first addresses, of which the top 16 bits choose the bucket. */
function bucketsOf(starts: Uint32Array): Uint32Array {
  const buckets = new Uint32Array(MAP_BUCKETS + 1);
  for (let i = 0; i < starts.length; i += 1) buckets[(starts[i]! >>> 16) + 1]! += 1;
  for (let b = 0; b < MAP_BUCKETS; b += 1) buckets[b + 1]! += buckets[b]!;
  return buckets;
}

/** Degrees as the table has them: × 10^6, as an unsigned word; DEGREES_UNKNOWN for null. */
export function microdegrees(degrees: number | null): number {
  return degrees === null ? DEGREES_UNKNOWN : Math.round(degrees * 1e6) >>> 0;
}
