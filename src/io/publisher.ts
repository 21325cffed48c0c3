// SPDX-License-Identifier: Apache-2.0
/**
 * The one writer of table memory, plan memory and the root: what the control plane decides becomes
 * what the data plane reads.
 *
 * Invariants
 *   U1  A directory that names plan rows is published after the rows are written (O2).
 *   U2  What is replaced is retired at the epoch of its replacement, and reused when every reader
 *       that is awake has left it.
 *   U3  After a refusal everything is as it was: the last good root serves (law 7).
 *   U4  What the root in force reached when a hold was taken is neither reused nor written, but for
 *       words of plans, until the hold is released: whoever saves a table is a reader like others.
 */
import { type Fault, fault } from "../base/faults.ts";
import type { Epoch, Ref } from "../base/units.ts";
import type { PolicyPlans, RowChange } from "../control/effect.ts";
import { CONTROL_BLOCK_STALE_SINCE_SECS } from "../layout/gen/control.ts";
import { type ArenaUse, arenaUse, createArena, reclaim } from "../table/arena.ts";
import { applyChange, retireAll, type TableChange } from "../table/patch.ts";
import {
  allocateRows,
  createPlans,
  type Plans,
  type RowRun,
  reclaimRows,
  releaseRows,
  retireRows,
  setPlan,
  shapePlan,
} from "../table/plans.ts";
import { currentEpoch, currentRoot, minObserved, publishRoot } from "../table/publish.ts";
import { createImage, liveRows, restoreImage, type TableImage } from "../table/table-image.ts";
import { sha256 } from "./digest.ts";
import type { Memory } from "./memory.ts";
import { writeStale } from "./settings.ts";

/** A run of rows in force, and the structure that it was shaped with. */
interface HeldRows extends RowRun {
  readonly key: string;
}

export interface Publisher {
  readonly memory: Memory;
  image: TableImage;
  readonly plans: Plans;
  readonly held: Map<string, HeldRows>;
  /** Rows that a restored directory names, until the first publication replaces them. */
  orphans: readonly RowRun[];
  readonly holds: Set<Hold>;
}

/** Keeps the space of the root that was in force when it was taken (U4). */
export interface Hold {
  readonly epoch: Epoch;
}

/** A publisher over `memory`; if a root is in force there, it goes on from that table. */
export function createPublisher(memory: Memory): Publisher {
  const root = currentRoot(memory.control);
  const image =
    root === 0 ? createImage(createArena(memory.table.u8)) : restoreImage(memory.table.u8, root);
  const orphans = root === 0 ? [] : liveRows(image);
  return {
    memory,
    image,
    plans: createPlans(memory.plans, orphans),
    held: new Map(),
    orphans,
    holds: new Set(),
  };
}

/** Takes a hold on what the root in force reaches, for one who reads it over several turns (U4). */
export function takeHold(p: Publisher): Hold {
  const hold = { epoch: currentEpoch(p.memory.control) };
  p.holds.add(hold);
  return hold;
}

/** Gives a hold back; a second time it does nothing. */
export function releaseHold(p: Publisher, hold: Hold): void {
  p.holds.delete(hold);
}

/** Whether the hold still holds. */
export function isHeld(p: Publisher, hold: Hold): boolean {
  return p.holds.has(hold);
}

/** A change of the table; with `policies` all plans that are to be in force afterwards. */
export interface Publication extends Omit<TableChange, "digest" | "planRows"> {
  readonly policies?: readonly PolicyPlans[];
}

export interface Published {
  readonly epoch: Epoch;
  readonly root: Ref;
  readonly digest: Uint8Array;
  /** Octets written; 0 if nothing differed. */
  readonly placedOctets: number;
}

/** Publishes, or refuses with faults and changes nothing. */
export function publish(p: Publisher, change: Publication): Published | readonly Fault[] {
  const { control } = p.memory;
  const { policies, ...table } = change;
  const fresh = new Map<string, HeldRows>();
  if (policies !== undefined) {
    for (const one of policies) {
      const rows = rowsFor(p, one, fresh);
      if (rows === null) {
        for (const run of fresh.values()) releaseRows(p.plans, run.row, run.count);
        return [fullPlans(one.policy)];
      }
    }
  }
  const planRows =
    policies === undefined
      ? {}
      : { planRows: [...policies].sort(byPolicy).map((one) => rowOf(p, fresh, one.policy)) };
  const before = p.image.directory?.ref ?? 0;
  const applied = applyChange(p.image, { ...table, ...planRows, digest: sha256 });
  if (applied.value === null) {
    for (const run of fresh.values()) releaseRows(p.plans, run.row, run.count);
    return applied.faults;
  }
  const { root, digest, placed, retired } = applied.value;
  const epoch = root === before ? currentEpoch(control) : publishRoot(control, root);
  Atomics.store(control, CONTROL_BLOCK_STALE_SINCE_SECS >> 2, 0);
  writeStale(p.memory.settings, 0);
  retireAll(p.image, retired, epoch);
  if (policies !== undefined) replaceRows(p, policies, fresh, epoch);
  return { epoch, root, digest, placedOctets: placed.reduce((sum, one) => sum + one.size, 0) };
}

/** Writes the words of rows that changed; gives how many words that were. */
export function writePlans(p: Publisher, rows: readonly RowChange[]): number {
  const stamp = currentEpoch(p.memory.control);
  let words = 0;
  for (const { policy, region, content } of rows) {
    const run = p.held.get(policy);
    if (run === undefined || region >= run.count) continue;
    words += setPlan(
      p.plans,
      run.row + region,
      content.ttlSecs,
      content.state,
      content.shares,
      stamp,
    );
  }
  return words;
}

/** Gives back what no reader and no hold can still see. */
export function reclaimAll(p: Publisher): void {
  let observed = minObserved(p.memory.control);
  for (const { epoch } of p.holds) if (epoch < observed) observed = epoch;
  reclaim(p.image.arena, observed);
  reclaimRows(p.plans, observed);
}

export function tableUse(p: Publisher): ArenaUse {
  return arenaUse(p.image.arena);
}

/** Rows of the policy: those in force if the structure is the same, else new ones, written. */
function rowsFor(p: Publisher, one: PolicyPlans, fresh: Map<string, HeldRows>): HeldRows | null {
  const key = JSON.stringify(one.shapes);
  const present = p.held.get(one.policy);
  if (present !== undefined && present.key === key && present.count === one.rows.length) {
    return present;
  }
  const row = allocateRows(p.plans, one.rows.length);
  if (row === null) return null;
  const stamp = currentEpoch(p.memory.control);
  one.rows.forEach((content, region) => {
    shapePlan(p.plans, row + region, one.shapes[region]!);
    setPlan(p.plans, row + region, content.ttlSecs, content.state, content.shares, stamp);
  });
  const run = { row, count: one.rows.length, key };
  fresh.set(one.policy, run);
  return run;
}

function rowOf(p: Publisher, fresh: Map<string, HeldRows>, policy: string): number {
  return (fresh.get(policy) ?? p.held.get(policy)!).row;
}

/** Puts the new runs in force; what no directory names any more is retired. */
function replaceRows(
  p: Publisher,
  policies: readonly PolicyPlans[],
  fresh: Map<string, HeldRows>,
  epoch: Epoch,
): void {
  const named = new Set(policies.map((one) => one.policy));
  for (const [policy, run] of [...p.held]) {
    if (named.has(policy) && !fresh.has(policy)) continue;
    retireRows(p.plans, run.row, run.count, epoch);
    p.held.delete(policy);
  }
  for (const [policy, run] of fresh) p.held.set(policy, run);
  for (const run of p.orphans) retireRows(p.plans, run.row, run.count, epoch);
  p.orphans = [];
  // Rows that were kept may have new content.
  writePlans(
    p,
    policies.flatMap((one) =>
      one.rows.map((content, region) => ({ policy: one.policy, region, content })),
    ),
  );
}

function byPolicy(a: PolicyPlans, b: PolicyPlans): number {
  return a.policy < b.policy ? -1 : 1;
}

function fullPlans(policy: string): Fault {
  const detail = `no room for the plan rows of policy ${policy}`;
  return fault("TABLE_FULL", { file: "", line: 0, column: 0 }, detail);
}
