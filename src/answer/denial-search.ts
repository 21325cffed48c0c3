// SPDX-License-Identifier: Apache-2.0
/**
 * The search of what covers a name: among the first keys of a zone's denial segments, then inside of
 * one segment.
 *
 * Why a prefix in each entry: a zone of many names proves absence from memory that is in no cache, and
 * the way to the whole key is one more wait at each step. And hashes are spread evenly, so the first
 * guess of where one lies is nearly right: what takes eleven steps of halving takes two or three.
 *
 * Invariants
 *   DS1  The result does not depend on the path: guesses and halvings find the same entry.
 *   DS2  At most DENIAL_SEARCH_STEPS_MAX steps, whatever the keys are.
 *
 * Perl, Itai and Avni 1978 (interpolation search). Twin: native/src/denial_search.cc.
 */
import { compareOctets } from "../base/octets.ts";
import {
  DENIAL_ENTRY_COUNT,
  DENIAL_ENTRY_KEY,
  DENIAL_ENTRY_KEY_SIZE,
  DENIAL_ENTRY_PREFIX,
  DENIAL_ENTRY_SIZE,
  DENIAL_SIZE,
  SEGMENT_SIZE,
  ZONE_DENIAL_COUNT,
  ZONE_DENIALS,
} from "../layout/gen/table.ts";
import { DENIAL_GUESSES_MAX, DENIAL_SEARCH_STEPS_MAX } from "../layout/limits.ts";
import { keyPrefix } from "../table/denial-key.ts";
import type { Kernel } from "./scratch.ts";

const ENTRIES = SEGMENT_SIZE + DENIAL_SIZE;

/**
 * Finds the last entry whose key is not behind `key`; before the first it is the very last, since the
 * chain is a ring. Fills `proof.segment`, `proof.entry` and `proof.exact`.
 */
export function search(k: Kernel, key: Uint8Array, size: number): void {
  const { proof: p, table } = k;
  const prefix = keyPrefix(key, 0, size);
  const behind = searchSegments(k, prefix, key, size);
  const before = behind === 0;
  const zone = p.found.zone + SEGMENT_SIZE;
  const list = (p.found.zone + table.u32[(zone + ZONE_DENIALS) >> 2]!) >> 2;
  p.segment =
    table.u32[list + (before ? table.u32[(zone + ZONE_DENIAL_COUNT) >> 2]! : behind) - 1]!;
  const entries = table.u32[(p.segment + SEGMENT_SIZE + DENIAL_ENTRY_COUNT) >> 2]!;
  let low = before ? entries : 1;
  let high = entries;
  for (let step = 0; step < DENIAL_SEARCH_STEPS_MAX && low < high; step += 1) {
    const middle = (low + high) >>> 1;
    if (compareEntry(k, middle, prefix, key, size) <= 0) low = middle + 1;
    else high = middle;
  }
  p.entry = entryAt(p.segment, low - 1);
  p.exact = compareEntry(k, low - 1, prefix, key, size) === 0 ? 1 : 0;
}

/** How many segments begin with a key that is not behind the sought one. */
function searchSegments(k: Kernel, prefix: number, key: Uint8Array, size: number): number {
  const { proof: p, table } = k;
  const zone = p.found.zone + SEGMENT_SIZE;
  const list = (p.found.zone + table.u32[(zone + ZONE_DENIALS) >> 2]!) >> 2;
  let low = 0;
  let high = table.u32[(zone + ZONE_DENIAL_COUNT) >> 2]!;
  // No prefix before `low` is greater than `from`, none from `high` on is less than `to`.
  let from = 0;
  let to = 0x100000000;
  for (let step = 0; step < DENIAL_SEARCH_STEPS_MAX && low < high; step += 1) {
    let middle = (low + high) >>> 1;
    if (p.hashed !== 0 && step < DENIAL_GUESSES_MAX && to > from) {
      const guess = low + Math.floor(((prefix - from) / (to - from)) * (high - low));
      middle = guess < high ? guess : high - 1;
    }
    p.segment = table.u32[list + middle]!;
    const found = table.u32[(entryAt(p.segment, 0) + DENIAL_ENTRY_PREFIX) >> 2]!;
    if (compareEntry(k, 0, prefix, key, size) <= 0) {
      low = middle + 1;
      from = found;
    } else {
      high = middle;
      to = found;
    }
  }
  return low;
}

/** Compares the key of entry `i` of the segment with `key`: as a rule by their prefixes. */
function compareEntry(k: Kernel, i: number, prefix: number, key: Uint8Array, size: number): number {
  const { table } = k;
  const { segment } = k.proof;
  const at = entryAt(segment, i);
  const found = table.u32[(at + DENIAL_ENTRY_PREFIX) >> 2]!;
  if (found !== prefix) return found < prefix ? -1 : 1;
  const keyAt = segment + table.u32[(at + DENIAL_ENTRY_KEY) >> 2]!;
  const keySize = table.u16[(at + DENIAL_ENTRY_KEY_SIZE) >> 1]!;
  return compareOctets(table.u8, keyAt, keySize, key, 0, size);
}

function entryAt(segment: number, i: number): number {
  return segment + ENTRIES + i * DENIAL_ENTRY_SIZE;
}
