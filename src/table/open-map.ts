// SPDX-License-Identifier: Apache-2.0
/**
 * Verifies a Map: both address spaces are covered by aligned networks without gap or overlap, the
 * buckets lead to them, and every leaf names a region.
 *
 * One walk over the networks proves it: each must begin where the one before ended. So every address
 * has exactly one leaf, and a search cannot miss.
 */
import type { Fault } from "../base/faults.ts";
import { LEAF_LAYER_PRIVATE } from "../layout/gen/enums.ts";
import * as layout from "../layout/gen/table.ts";
import { REGIONS_MAX } from "../layout/limits.ts";
import { DEGREES_UNKNOWN, MAP_BUCKETS } from "./build-map.ts";
import { field, found, half, holds, holdsText, type Part, word } from "./part.ts";

export function checkMap(part: Part): Fault | null {
  const bad = (detail: string): Fault => found("TABLE_MAP", part, 0, detail);
  const regionCount = field(part, layout.MAP_REGION_COUNT);
  const regions = field(part, layout.MAP_REGIONS);
  if (regionCount === 0 || regionCount > REGIONS_MAX) return bad(`${regionCount} regions`);
  if (!holds(part, regions, regionCount, layout.REGION_ROW_SIZE)) return bad("regions are cut off");
  for (let i = 0; i < regionCount; i += 1) {
    const row = regions + i * layout.REGION_ROW_SIZE;
    if (!holdsText(part, word(part, row + layout.REGION_ROW_NAME))) return bad("a region's name");
    const latitude = word(part, row + layout.REGION_ROW_LATITUDE);
    const longitude = word(part, row + layout.REGION_ROW_LONGITUDE);
    if (!isDegrees(latitude, 90) || !isDegrees(longitude, 180)) return bad("a region's place");
  }
  if (!holdsText(part, field(part, layout.MAP_NAME))) return bad("the name is cut off");
  return checkV4(part, regionCount) ?? checkV6(part, regionCount);
}

/** True if a word is at most `most` degrees off zero, or unknown. */
export function isDegrees(value: number, most: number): boolean {
  return value === DEGREES_UNKNOWN || Math.abs(value | 0) <= most * 1e6;
}

/** Buckets begin at 0, do not fall, and end at `count` (M1). */
function checkBuckets(part: Part, at: number, count: number): boolean {
  if (!holds(part, at, MAP_BUCKETS + 1, 4) || word(part, at) !== 0) return false;
  let before = 0;
  for (let b = 1; b <= MAP_BUCKETS; b += 1) {
    const here = word(part, at + b * 4);
    if (here < before) return false;
    before = here;
  }
  return before === count;
}

function isLeaf(leaf: number, regionCount: number, lengthMax: number): boolean {
  return (
    (leaf & 0xffff) < regionCount &&
    ((leaf >>> 16) & 0xff) <= lengthMax &&
    leaf >>> 24 <= LEAF_LAYER_PRIVATE
  );
}

function checkV4(part: Part, regionCount: number): Fault | null {
  const bad = (detail: string): Fault => found("TABLE_MAP", part, 0, `IPv4: ${detail}`);
  const count = field(part, layout.MAP_V4_COUNT);
  const buckets = field(part, layout.MAP_V4_BUCKETS);
  const keys = field(part, layout.MAP_V4_KEYS);
  const leaves = field(part, layout.MAP_V4_LEAVES);
  if (!holds(part, keys, count, 2) || !holds(part, leaves, count, 4)) return bad("cut off");
  if (!checkBuckets(part, buckets, count)) return bad("the buckets do not count the networks");
  let end = 0;
  for (let bucket = 0; bucket < MAP_BUCKETS; bucket += 1) {
    const to = word(part, buckets + bucket * 4 + 4);
    for (let i = word(part, buckets + bucket * 4); i < to; i += 1) {
      const leaf = word(part, leaves + i * 4);
      const start = bucket * 0x10000 + half(part, keys + i * 2);
      if (!isLeaf(leaf, regionCount, 32)) return bad(`network ${i} has no leaf`);
      const size = 2 ** (32 - ((leaf >>> 16) & 0xff));
      if (start !== end || start % size !== 0) return bad(`network ${i} leaves a gap`);
      end = start + size;
    }
  }
  return end === 2 ** 32 ? null : bad("the space is not covered");
}

/** As checkV4 over the upper 64 bits; `end` is kept in two words, since 2^64 is beyond a number. */
function checkV6(part: Part, regionCount: number): Fault | null {
  const bad = (detail: string): Fault => found("TABLE_MAP", part, 0, `IPv6: ${detail}`);
  const count = field(part, layout.MAP_V6_COUNT);
  const buckets = field(part, layout.MAP_V6_BUCKETS);
  const highs = field(part, layout.MAP_V6_HIGH);
  const lows = field(part, layout.MAP_V6_LOW);
  const leaves = field(part, layout.MAP_V6_LEAVES);
  for (const list of [highs, lows, leaves]) {
    if (!holds(part, list, count, 4)) return bad("cut off");
  }
  if (!checkBuckets(part, buckets, count)) return bad("the buckets do not count the networks");
  let endHigh = 0;
  let endLow = 0;
  for (let i = 0; i < count; i += 1) {
    const leaf = word(part, leaves + i * 4);
    const high = word(part, highs + i * 4);
    const low = word(part, lows + i * 4);
    const bucket = buckets + (high >>> 16) * 4;
    if (i < word(part, bucket) || i >= word(part, bucket + 4)) return bad(`network ${i}: bucket`);
    if (!isLeaf(leaf, regionCount, 64)) return bad(`network ${i} has no leaf`);
    if (high !== endHigh || low !== endLow) return bad(`network ${i} leaves a gap`);
    const length = (leaf >>> 16) & 0xff;
    if (length <= 32) {
      const size = 2 ** (32 - length);
      if (low !== 0 || high % size !== 0) return bad(`network ${i} is not aligned`);
      endHigh = high + size;
    } else {
      const size = 2 ** (64 - length);
      if (low % size !== 0) return bad(`network ${i} is not aligned`);
      endLow = low + size;
      if (endLow === 2 ** 32) {
        endLow = 0;
        endHigh += 1;
      }
    }
  }
  return endHigh === 2 ** 32 ? null : bad("the space is not covered");
}
