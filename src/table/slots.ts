// SPDX-License-Identifier: Apache-2.0
/**
 * Slots of a hash in the table: where each entry stands, so that a search is short and bounded.
 *
 * Open addressing with robin-hood order: an entry that is further from home takes the place of one
 * that is nearer. It keeps the longest search short at a load of 0.8, and lets a search for what is
 * absent end as soon as it meets an entry nearer home than itself. The longest search is stored and
 * bounded by PROBE_MAX, so a hostile name costs a bounded number of looks.
 *
 * Invariants
 *   K1  Entries come in canonical order (mixed hash, hash, octets), so equal sets give equal slots.
 *   K2  From its home to its place every slot before an entry is taken by one at least as far from
 *       its own home as the searcher is there.
 */
import { PROBE_MAX } from "../layout/limits.ts";

/** Where the entries stand. `entries[slot]` is the index of an entry in `mixed`, or −1. */
export interface Placement {
  readonly slotCount: number;
  /** Slots that the longest search looks at: greatest distance + 1; 0 without entries. */
  readonly probeMax: number;
  /** Valid up to the next placement: the memory is reused. */
  readonly entries: Int32Array;
}

let scratch = new Int32Array(1024);

/** How often the slots may be doubled beyond the load of 0.8 before the names are taken for an attack. */
const DOUBLINGS_MAX = 6;

/**
 * Places entries [from, to), whose mixed hashes (src/base/hash.ts) stand in `mixed`. Null if
 * PROBE_MAX cannot be kept: FNV is not a secret, and whoever writes a zone can choose names that
 * collide; that zone is refused, rather than that memory fills with empty slots.
 */
export function placeEntries(mixed: Uint32Array, from: number, to: number): Placement | null {
  const count = to - from;
  let slotCount = 1;
  // A load of at most 0.8; integers, so that every machine agrees.
  while (slotCount * 4 < count * 5) slotCount *= 2;
  for (let doublings = 0; doublings <= DOUBLINGS_MAX; doublings += 1) {
    if (scratch.length < slotCount) scratch = new Int32Array(slotCount * 2);
    const entries = scratch.subarray(0, slotCount);
    const probeMax = tryPlace(entries, mixed, from, to);
    if (probeMax <= PROBE_MAX) return { slotCount, probeMax, entries };
    slotCount *= 2;
  }
  return null;
}

function tryPlace(entries: Int32Array, mixed: Uint32Array, from: number, to: number): number {
  const mask = entries.length - 1;
  let probeMax = 0;
  entries.fill(-1);
  for (let i = from; i < to; i += 1) {
    let entry = i;
    let distance = 0;
    let slot = mixed[i]! & mask;
    for (;;) {
      const there = entries[slot]!;
      if (there < 0) break;
      const itsDistance = (slot - mixed[there]!) & mask;
      if (itsDistance < distance) {
        entries[slot] = entry;
        if (distance >= probeMax) probeMax = distance + 1;
        entry = there;
        distance = itsDistance;
      }
      slot = (slot + 1) & mask;
      distance += 1;
      if (distance > PROBE_MAX) return distance;
    }
    entries[slot] = entry;
    if (distance >= probeMax) probeMax = distance + 1;
  }
  return probeMax;
}

/** The shard of a mixed hash among 2^bits: its top bits; the home slot is the low ones. */
export function shardOf(mixed: number, bits: number): number {
  return bits === 0 ? 0 : mixed >>> (32 - bits);
}

/** Numbers in the order of their mixed hashes, and these beside them. */
export interface HashOrder {
  readonly order: Uint32Array;
  /** `mixed[i]` is the mixed hash of `order[i]`. */
  readonly mixed: Uint32Array;
}

/**
 * The numbers 0..count sorted by their mixed hash: a radix sort in three passes, since a comparison
 * sort of a million would take longer than everything else. The hashes move along, so that no pass
 * reads out of turn. Equal hashes keep order; the caller orders those.
 */
export function sortByHash(mixed: Uint32Array, count: number): HashOrder {
  let order = new Uint32Array(count);
  let keys = mixed.slice(0, count);
  let toOrder = new Uint32Array(count);
  let toKeys = new Uint32Array(count);
  const starts = new Uint32Array(2049);
  for (let i = 0; i < count; i += 1) order[i] = i;
  for (let shift = 0; shift < 33; shift += 11) {
    starts.fill(0);
    for (let i = 0; i < count; i += 1) starts[((keys[i]! >>> shift) & 0x7ff) + 1]! += 1;
    for (let d = 0; d < 2048; d += 1) starts[d + 1]! += starts[d]!;
    for (let i = 0; i < count; i += 1) {
      const key = keys[i]!;
      const digit = (key >>> shift) & 0x7ff;
      const to = starts[digit]!;
      toOrder[to] = order[i]!;
      toKeys[to] = key;
      starts[digit] = to + 1;
    }
    [order, toOrder] = [toOrder, order];
    [keys, toKeys] = [toKeys, keys];
  }
  return { order, mixed: keys };
}
