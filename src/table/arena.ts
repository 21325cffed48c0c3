// SPDX-License-Identifier: Apache-2.0
/**
 * Space in table memory: places for segments, given out, retired by epoch and given out again.
 *
 * The memory has a fixed size and one address for the life of the process: the octets are committed
 * by the operating system when they are first touched, and views of a growable buffer read some
 * 30 times slower. A full arena refuses the publication and the last good root serves on: memory is
 * bounded (law 6), and last good wins (law 7).
 *
 * Invariants
 *   R1  Offset 0 is never given out: zero is the null reference.
 *   R2  Places start at multiples of SEGMENT_ALIGN; so does what lies between them.
 *   R3  A place is not written again until every reader left the roots that reach it (P3).
 */
import { assert } from "../base/assert.ts";
import type { Epoch, Ref } from "../base/units.ts";
import { SEGMENT_ALIGN, TABLE_SIZE_MAX } from "../layout/limits.ts";
import { createSpace, giveRun, reclaimRuns, retireRun, type Space, takeRun } from "./space.ts";

/** Written over reclaimed octets where tests ask for it: as a ref it lies outside of any table. */
export const POISON = 0xdb;

export interface Arena {
  readonly memory: Uint8Array;
  readonly space: Space;
  readonly poison: boolean;
}

/** The place of one segment. */
export interface Extent {
  readonly ref: Ref;
  readonly size: number;
}

/** What an arena holds, in octets. */
export interface ArenaUse {
  readonly total: number;
  readonly free: number;
  readonly retired: number;
}

/**
 * An arena over `memory`: empty, or with the segments in `live` in their places, as after loading
 * the saved table; open.ts has proved that those are aligned and do not overlap, so the contrary is
 * a Breach. `poison` overwrites what is reclaimed, so that a late reader shows.
 */
export function createArena(
  memory: Uint8Array,
  options: { poison?: boolean; live?: readonly Extent[] } = {},
): Arena {
  assert(memory.length <= TABLE_SIZE_MAX, "a ref is a small integer");
  const runs = (options.live ?? []).map(({ ref, size }) => {
    assert(ref % SEGMENT_ALIGN === 0, "segments are aligned");
    return { at: ref / SEGMENT_ALIGN, units: unitsOf(size) };
  });
  const units = Math.floor(memory.length / SEGMENT_ALIGN);
  return { memory, space: createSpace(1, units, runs), poison: options.poison ?? false };
}

/** A place of `size` octets, or null if the arena has none. */
export function allocate(arena: Arena, size: number): Ref | null {
  const unit = takeRun(arena.space, unitsOf(size));
  return unit < 0 ? null : ((unit * SEGMENT_ALIGN) as Ref);
}

/** Gives back a place that was never published. */
export function release(arena: Arena, ref: Ref, size: number): void {
  if (arena.poison) poisonRun(arena, ref / SEGMENT_ALIGN, unitsOf(size));
  giveRun(arena.space, ref / SEGMENT_ALIGN, unitsOf(size));
}

/** Gives up a place that the publication of `epoch` made unreachable. */
export function retire(arena: Arena, ref: Ref, size: number, epoch: Epoch): void {
  retireRun(arena.space, ref / SEGMENT_ALIGN, unitsOf(size), epoch);
}

/** Frees what was retired at `observed` (minObserved of publish.ts) or before. Returns octets. */
export function reclaim(arena: Arena, observed: Epoch): number {
  const onFree = arena.poison
    ? (at: number, units: number) => poisonRun(arena, at, units)
    : undefined;
  return reclaimRuns(arena.space, observed, onFree) * SEGMENT_ALIGN;
}

/** How much of the arena is in use. */
export function arenaUse(arena: Arena): ArenaUse {
  return {
    total: (arena.space.end - arena.space.first) * SEGMENT_ALIGN,
    free: arena.space.freeUnits * SEGMENT_ALIGN,
    retired: arena.space.retiredUnits * SEGMENT_ALIGN,
  };
}

function unitsOf(size: number): number {
  return Math.ceil(size / SEGMENT_ALIGN);
}

function poisonRun(arena: Arena, at: number, units: number): void {
  arena.memory.fill(POISON, at * SEGMENT_ALIGN, (at + units) * SEGMENT_ALIGN);
}
