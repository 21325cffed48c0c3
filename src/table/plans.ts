// SPDX-License-Identifier: Apache-2.0
/**
 * Plan memory: where steering decisions are written while workers read them.
 *
 * A policy owns a run of rows, one per region of its map. The structure of a row (picker, answers,
 * endpoints) is written before a directory names it; after that only its TTL, state and shares
 * change, word by word. Why no sequence lock: it would make readers retry, and nothing needs it.
 *
 * Invariants
 *   O1  Every word is valid by itself, so a mix of old and new words is a valid plan.
 *   O2  A row is reused only after every reader left the directory that named it.
 *   O3  A word is stored only if it changes: a quiet tick dirties no cache line.
 *
 * The memory is an Int32Array of PLAN_ROW_WORDS words per row; row 0 is as good as any other.
 */
import { assert } from "../base/assert.ts";
import type { Epoch } from "../base/units.ts";
import * as at from "../layout/gen/plan.ts";
import { PLAN_CANDIDATES_MAX, PLAN_ROWS_MAX, RANK_MAX, WEIGHT_MAX } from "../layout/limits.ts";
import { createSpace, giveRun, reclaimRuns, retireRun, type Space, takeRun } from "./space.ts";

/** Octets of a row: a Plan and all of its entries. */
export const PLAN_ROW_SIZE = at.PLAN_SIZE + PLAN_CANDIDATES_MAX * at.PLAN_ENTRY_SIZE;
export const PLAN_ROW_WORDS = PLAN_ROW_SIZE >> 2;

const TTL = at.PLAN_TTL >> 2;
const SETTINGS = at.PLAN_SETTINGS >> 2;
const STATE = at.PLAN_STATE >> 2;
const STAMP = at.PLAN_STAMP >> 2;
const ENTRIES = at.PLAN_SIZE >> 2;
const ENTRY = at.PLAN_ENTRY_SIZE >> 2;
const ENDPOINT = ENTRIES + (at.PLAN_ENTRY_ENDPOINT >> 2);
const SHARE = ENTRIES + (at.PLAN_ENTRY_SHARE >> 2);

export interface Plans {
  readonly words: Int32Array;
  readonly space: Space;
}

/** Rows of one policy. */
export interface RowRun {
  readonly row: number;
  readonly count: number;
}

/** What never changes while a row lives. */
export interface PlanShape {
  /** One of pickers. */
  readonly picker: number;
  /** Endpoints in one answer, 1..255. */
  readonly answers: number;
  /** One of allDownRules. */
  readonly allDown: number;
  /** Indices into Steering.endpoints, at most PLAN_CANDIDATES_MAX. */
  readonly endpoints: readonly number[];
}

/** What one candidate takes: rank 0..RANK_MAX (lower first), weight 0..WEIGHT_MAX (0 takes nothing). */
export interface Share {
  readonly rank: number;
  readonly weight: number;
}

/** Plan memory over `words`, empty but for the runs in `live`. */
export function createPlans(words: Int32Array, live: readonly RowRun[] = []): Plans {
  const rows = Math.floor(words.length / PLAN_ROW_WORDS);
  assert(rows <= PLAN_ROWS_MAX, "plan memory has at most PLAN_ROWS_MAX rows");
  const runs = live.map((run) => ({ at: run.row, units: run.count }));
  return { words, space: createSpace(0, rows, runs) };
}

/** The first of `count` rows, one per region; null if plan memory is full. */
export function allocateRows(plans: Plans, count: number): number | null {
  const row = takeRun(plans.space, count);
  if (row < 0) return null;
  plans.words.fill(0, row * PLAN_ROW_WORDS, (row + count) * PLAN_ROW_WORDS);
  return row;
}

/** Gives back at once rows that no directory has named: after a refused change. */
export function releaseRows(plans: Plans, row: number, count: number): void {
  giveRun(plans.space, row, count);
}

/** Gives rows up at the epoch whose directory no longer names them (O2). */
export function retireRows(plans: Plans, row: number, count: number, epoch: Epoch): void {
  retireRun(plans.space, row, count, epoch);
}

/** Frees the rows that were retired at `observed` (minObserved of publish.ts) or before. */
export function reclaimRows(plans: Plans, observed: Epoch): number {
  return reclaimRuns(plans.space, observed);
}

/** Writes the structure of a row that no directory names yet. Its candidates take nothing so far. */
export function shapePlan(plans: Plans, row: number, shape: PlanShape): void {
  const { words } = plans;
  const base = row * PLAN_ROW_WORDS;
  const count = shape.endpoints.length;
  assert(count <= PLAN_CANDIDATES_MAX, "a plan has at most PLAN_CANDIDATES_MAX candidates");
  words[base + SETTINGS] =
    shape.picker | (shape.answers << 8) | (shape.allDown << 16) | (count << 24);
  for (let i = 0; i < PLAN_CANDIDATES_MAX; i += 1) {
    words[base + ENDPOINT + i * ENTRY] = shape.endpoints[i] ?? 0;
    words[base + SHARE + i * ENTRY] = 0;
  }
}

/**
 * Brings a row to this TTL (seconds), state (planStates) and these shares, in the order of the
 * row's endpoints. `stamp` is the publication that does it. Returns how many words changed, the
 * stamp not counted; 0 stores nothing at all.
 */
export function setPlan(
  plans: Plans,
  row: number,
  ttlSecs: number,
  state: number,
  shares: readonly Share[],
  stamp = 0,
): number {
  const { words } = plans;
  const base = row * PLAN_ROW_WORDS;
  const count = words[base + SETTINGS]! >>> 24;
  assert(shares.length === count, "each candidate of the row has its share");
  let changed = storeWord(words, base + TTL, wireWord(ttlSecs));
  changed += storeWord(words, base + STATE, state);
  for (let i = 0; i < count; i += 1) {
    const { rank, weight } = shares[i]!;
    assert(rank >= 0 && rank <= RANK_MAX && weight >= 0 && weight <= WEIGHT_MAX);
    changed += storeWord(words, base + SHARE + i * ENTRY, weight | (rank << 16));
  }
  if (changed > 0) storeWord(words, base + STAMP, stamp);
  return changed;
}

/** One row, decoded: for explanations and tests. */
export interface PlanRow extends PlanShape {
  readonly ttlSecs: number;
  readonly state: number;
  readonly stamp: number;
  readonly shares: readonly Share[];
}

export function readPlan(words: Int32Array, row: number): PlanRow {
  const base = row * PLAN_ROW_WORDS;
  const load = (word: number): number => Atomics.load(words, base + word);
  const settings = load(SETTINGS);
  const candidates = Array.from({ length: Math.min(settings >>> 24, PLAN_CANDIDATES_MAX) });
  return {
    picker: settings & 0xff,
    answers: (settings >>> 8) & 0xff,
    allDown: (settings >>> 16) & 0xff,
    endpoints: candidates.map((_, i) => load(ENDPOINT + i * ENTRY)),
    ttlSecs: wireWord(load(TTL)) >>> 0,
    state: load(STATE),
    stamp: load(STAMP) >>> 0,
    shares: candidates.map((_, i) => {
      const share = load(SHARE + i * ENTRY);
      return { rank: share >>> 16, weight: share & 0xffff };
    }),
  };
}

/** Turns the octets of a word round: memory is little-endian, the wire is not. Its own inverse. */
function wireWord(value: number): number {
  return (
    (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | ((value >>> 24) & 0xff)
  );
}

function storeWord(words: Int32Array, word: number, value: number): 0 | 1 {
  const next = value | 0;
  if (words[word] === next) return 0;
  Atomics.store(words, word, next);
  return 1;
}
