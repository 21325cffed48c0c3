// SPDX-License-Identifier: Apache-2.0
/**
 * Space in units: who has which run of a memory, and when a run that was given up may be given out
 * again. Table memory (units of SEGMENT_ALIGN octets) and plan memory (units of one row) are alike
 * in this, so the bookkeeping stands here once, away from any octet.
 *
 * Free runs lie in classes of similar size, 8 per power of two. A request looks at some runs of its
 * own class for the tightest, then takes one of the next class that has any: every run there is large
 * enough, so the search is bounded by the number of classes however torn the memory is. A true
 * best fit would need a sorted tree for a few per cent less waste.
 *
 * Invariants
 *   A1  Free runs are maximal: no two of them touch. `starts` and `ends` hold the same runs.
 *   A2  A run is free, given out or retired, never two of these.
 *   A3  A run retired at epoch e becomes free when reclaim(observed ≥ e) is called, not before (P3).
 */
import { assert } from "../base/assert.ts";

/** A run that was given up at an epoch. */
interface RetiredRun {
  readonly at: number;
  readonly units: number;
  readonly epoch: number;
}

/** The bookkeeping of one memory. Made by createSpace; not to be written from outside. */
export interface Space {
  readonly first: number;
  readonly end: number;
  /** Start of a free run → its units. */
  readonly starts: Map<number, number>;
  /** End of a free run → its units. */
  readonly ends: Map<number, number>;
  /** Per class the starts of its free runs. */
  readonly classes: readonly Set<number>[];
  /** By epoch, oldest first. */
  readonly retired: RetiredRun[];
  freeUnits: number;
  retiredUnits: number;
}

const STEPS_LOG2 = 3;
const CLASS_COUNT = 32 << STEPS_LOG2;
/** Runs of the own class that are looked at for the tightest. */
const FIT_TRIES_MAX = 16;

/**
 * Space of the units [first, end), all of it free; or all but the runs in `live`, as after loading
 * a memory that holds something. Throws a Breach if two of those overlap or leave the space.
 */
export function createSpace(
  first: number,
  end: number,
  live: readonly { readonly at: number; readonly units: number }[] = [],
): Space {
  const space: Space = {
    first,
    end,
    starts: new Map(),
    ends: new Map(),
    classes: Array.from({ length: CLASS_COUNT }, () => new Set<number>()),
    retired: [],
    freeUnits: 0,
    retiredUnits: 0,
  };
  let free = first;
  for (const { at, units } of [...live].sort((a, b) => a.at - b.at)) {
    assert(at >= free && at + units <= end, "runs lie in their space and do not overlap");
    if (at > free) insertRun(space, free, at - free);
    free = at + units;
  }
  if (end > free) insertRun(space, free, end - free);
  return space;
}

/** Takes a run of `units`; its first unit, or −1 if there is no such run. */
export function takeRun(space: Space, units: number): number {
  assert(units > 0, "a run has at least one unit");
  const at = findRun(space, units);
  if (at < 0) return -1;
  const size = space.starts.get(at)!;
  removeRun(space, at, size);
  if (size > units) insertRun(space, at + units, size - units);
  return at;
}

/** Gives a run back at once: one that no reader has ever been told of. */
export function giveRun(space: Space, at: number, units: number): void {
  assert(at >= space.first && at + units <= space.end, "a run lies in its space");
  let from = at;
  let size = units;
  const before = space.ends.get(from);
  if (before !== undefined) {
    from -= before;
    size += before;
    removeRun(space, from, before);
  }
  const after = space.starts.get(at + units);
  if (after !== undefined) {
    removeRun(space, at + units, after);
    size += after;
  }
  insertRun(space, from, size);
}

/** Gives a run up at `epoch`: it is free when every reader that is awake has observed it (A3). */
export function retireRun(space: Space, at: number, units: number, epoch: number): void {
  // Epochs grow from call to call but for a caller that gives up something older: keep the order.
  let to = space.retired.length;
  while (to > 0 && space.retired[to - 1]!.epoch > epoch) to -= 1;
  space.retired.splice(to, 0, { at, units, epoch });
  space.retiredUnits += units;
}

/**
 * Frees what was retired at `observed` or before; `onFree` sees each run before it can be reused.
 * Returns the number of units.
 */
export function reclaimRuns(
  space: Space,
  observed: number,
  onFree?: (at: number, units: number) => void,
): number {
  let count = 0;
  let units = 0;
  for (const run of space.retired) {
    if (run.epoch > observed) break;
    onFree?.(run.at, run.units);
    giveRun(space, run.at, run.units);
    count += 1;
    units += run.units;
  }
  if (count > 0) space.retired.splice(0, count);
  space.retiredUnits -= units;
  return units;
}

/** The class of a size: log2 in steps of an eighth, so that sizes in a class differ by 1/8 at most. */
function classOf(units: number): number {
  const log2 = 31 - Math.clz32(units);
  if (log2 < STEPS_LOG2) return units;
  return (log2 << STEPS_LOG2) + ((units >>> (log2 - STEPS_LOG2)) & ((1 << STEPS_LOG2) - 1));
}

function findRun(space: Space, units: number): number {
  const own = classOf(units);
  let best = -1;
  let bestSize = Number.POSITIVE_INFINITY;
  let tries = 0;
  for (const at of space.classes[own]!) {
    const size = space.starts.get(at)!;
    if (size >= units && size < bestSize) {
      best = at;
      bestSize = size;
    }
    tries += 1;
    if (bestSize === units || tries === FIT_TRIES_MAX) break;
  }
  if (best >= 0) return best;
  for (let c = own + 1; c < CLASS_COUNT; c += 1) {
    for (const at of space.classes[c]!) return at;
  }
  // The rest of the own class: better a slow search than a refused publication.
  for (const at of space.classes[own]!) if (space.starts.get(at)! >= units) return at;
  return -1;
}

function insertRun(space: Space, at: number, units: number): void {
  space.starts.set(at, units);
  space.ends.set(at + units, units);
  space.classes[classOf(units)]!.add(at);
  space.freeUnits += units;
}

function removeRun(space: Space, at: number, units: number): void {
  space.starts.delete(at);
  space.ends.delete(at + units);
  space.classes[classOf(units)]!.delete(at);
  space.freeUnits -= units;
}
