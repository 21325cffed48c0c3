// SPDX-License-Identifier: Apache-2.0
/**
 * The prober's work without its thread: keeps the pace, runs rounds, gathers outcomes.
 *
 *   targets ─► schedule ─► due, as far as room and budget allow ─► round: attempt, gap, retry …
 *                                                                      └─► outcomes, every 50 ms
 *
 * A round's retries belong to it: they follow after short gaps, and only the last result counts,
 * so that one lost packet costs nothing and thresholds count rounds. The gaps are jittered by a
 * hash, not by chance: probes of one site that failed together do not retry together, and a test
 * can say when they do.
 *
 * Invariants
 *   R1  At most `inFlightMax` rounds at a time and `roundsPerSecMax` in any second (row C13).
 *   R2  Each round gives one outcome, or none if the prober could not ask or the target has left.
 *   R3  After `stop` nothing is posted and no round begins; attempts end with their timeout.
 */
import { hashLabel, mixHash, NAME_HASH_ROOT } from "../src/base/hash.ts";
import {
  finishRound,
  newSchedule,
  nextAt,
  type Schedule,
  setTargets,
  takeDue,
} from "../src/health/schedule.ts";
import { RETRY_GAP_MAX_MS } from "../src/health/track.ts";
import type { Outcome, ProbeTarget } from "../src/health/types.ts";
import type { ProbeResult } from "../src/plugins/probe.ts";

/** What the control thread sends. */
export type ProberCommand =
  | { readonly kind: "targets"; readonly targets: readonly ProbeTarget[] }
  | { readonly kind: "stop" };

/** Gauges and totals since the start. */
export interface ProberStats {
  readonly inFlight: number;
  /** Rounds skipped because they could not start in time. */
  readonly late: number;
  /** Attempts made, retries included. */
  readonly probes: number;
  readonly failures: number;
  /** Attempts that say nothing of the target, because the prober itself could not ask. */
  readonly abstained: number;
}

/** What the control thread gets. */
export type ProberReport =
  | { readonly kind: "outcomes"; readonly outcomes: readonly Outcome[] }
  | ({ readonly kind: "stats" } & ProberStats);

export interface ProberOptions {
  readonly post: (report: ProberReport) => void;
  /** Milliseconds on the monotonic clock of the process. */
  readonly now: () => number;
  /** Calls `fn` once after `delayMs`; returns what cancels it. */
  readonly after: (delayMs: number, fn: () => void) => () => void;
  /** One attempt: the plug-in of the target's kind. */
  readonly run: (target: ProbeTarget) => Promise<ProbeResult>;
  readonly inFlightMax?: number;
  readonly roundsPerSecMax?: number;
  /** Tells vantages apart. */
  readonly seed?: number;
}

export interface Prober {
  setTargets(targets: readonly ProbeTarget[]): void;
  stop(): void;
}

/** Sockets open at once: below the usual limit of 1024 descriptors there would be no room to fail. */
export const IN_FLIGHT_MAX = 1024;
/** About half a core of plain HTTP probes (control-plane.md §4: 121 µs each). */
export const ROUNDS_PER_SEC_MAX = 4000;
/** Outcomes are posted together, at most this often. */
export const POST_INTERVAL_MS = 50;
export const STATS_INTERVAL_MS = 1000;
/** Pause before a retry: at least this, at most RETRY_GAP_MAX_MS. */
export const RETRY_GAP_MIN_MS = 50;

/** The loop's grain: rounds due within it start together, so timers are few. */
const GRAIN_MS = 10;

interface State {
  readonly options: ProberOptions;
  readonly schedule: Schedule;
  readonly cancels: Set<() => void>;
  stopped: boolean;
  outcomes: Outcome[];
  cancelWake: (() => void) | null;
  /** Rounds that may start now (R1), and when that was counted. */
  budget: number;
  budgetAt: number;
  probes: number;
  failures: number;
  abstained: number;
}

export function createProber(options: ProberOptions): Prober {
  const state: State = {
    options,
    schedule: newSchedule(options.inFlightMax ?? IN_FLIGHT_MAX, options.seed ?? 0),
    cancels: new Set(),
    stopped: false,
    outcomes: [],
    cancelWake: null,
    budget: 0,
    budgetAt: options.now(),
    probes: 0,
    failures: 0,
    abstained: 0,
  };
  reportStats(state);
  return {
    setTargets(targets) {
      if (state.stopped) return;
      setTargets(state.schedule, targets, options.now());
      wake(state);
    },
    stop() {
      state.stopped = true;
      for (const cancel of state.cancels) cancel();
      state.cancels.clear();
    },
  };
}

/** Starts what is due and arranges to be called again when the next is. */
function wake(state: State): void {
  const { schedule, options } = state;
  state.cancelWake?.();
  const now = options.now();
  refill(state, now);
  const due = takeDue(schedule, now, Math.floor(state.budget));
  state.budget -= due.length;
  for (const target of due) void runRound(state, target);
  const next = nextAt(schedule);
  if (next === null) return;
  state.cancelWake = later(state, Math.max(GRAIN_MS, next - now), () => wake(state));
}

/** A token bucket that holds a tenth of a second's rounds. */
function refill(state: State, now: number): void {
  const perSec = state.options.roundsPerSecMax ?? ROUNDS_PER_SEC_MAX;
  const grown = state.budget + ((now - state.budgetAt) * perSec) / 1000;
  state.budget = Math.min(Math.max(1, perSec / 10), grown);
  state.budgetAt = now;
}

async function runRound(state: State, target: ProbeTarget): Promise<void> {
  const { options, schedule } = state;
  let result: ProbeResult;
  for (let retry = 0; ; retry += 1) {
    result = await options.run(target);
    if (state.stopped) return;
    state.probes += 1;
    if (result.abstained) state.abstained += 1;
    else if (!result.passed) state.failures += 1;
    if (result.passed || retry >= target.probe.retries) break;
    const gapMs = retryGapMs(target.key, retry);
    await new Promise<void>((resume) => later(state, gapMs, resume));
  }
  finishRound(schedule, target.key);
  if (result.abstained || !schedule.slots.has(target.key)) return;
  const { passed, rttMs, reason } = result;
  state.outcomes.push({ key: target.key, passed, rttMs, reason, at: options.now() });
  if (state.outcomes.length === 1) later(state, POST_INTERVAL_MS, () => postOutcomes(state));
}

/** RETRY_GAP_MIN_MS to RETRY_GAP_MAX_MS, by the target and the number of the retry. */
export function retryGapMs(key: string, retry: number): number {
  const octets = new TextEncoder().encode(key);
  const hash = mixHash(hashLabel(NAME_HASH_ROOT ^ (retry + 1), octets, 0, octets.length));
  return RETRY_GAP_MIN_MS + (hash % (RETRY_GAP_MAX_MS - RETRY_GAP_MIN_MS + 1));
}

function postOutcomes(state: State): void {
  const { outcomes } = state;
  state.outcomes = [];
  state.options.post({ kind: "outcomes", outcomes });
}

function reportStats(state: State): void {
  later(state, STATS_INTERVAL_MS, () => {
    const { schedule, probes, failures, abstained } = state;
    const inFlight = schedule.running.size;
    const late = schedule.late;
    state.options.post({ kind: "stats", inFlight, late, probes, failures, abstained });
    reportStats(state);
  });
}

/** A timer that `stop` takes along. */
function later(state: State, delayMs: number, fn: () => void): () => void {
  const cancel = state.options.after(delayMs, () => {
    state.cancels.delete(forget);
    fn();
  });
  const forget = () => {
    state.cancels.delete(forget);
    cancel();
  };
  state.cancels.add(forget);
  return forget;
}
