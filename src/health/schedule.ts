// SPDX-License-Identifier: Apache-2.0
/**
 * Which target is due when: a heap of times, and for each target a phase from the hash of its key.
 *
 * Why a hashed phase and not "now + interval": a thousand targets that arrive in one message would
 * be asked in one breath forever, and a restart would begin with a burst. The phase spreads them
 * evenly, and is the same before and after a restart. `seed` tells vantages apart, so that they
 * do not all ask at the same moment. Only the first round of a new target is early: it is spread
 * over FIRST_ROUND_MS, because until then nobody knows whether the target lives (row C17).
 *
 * Invariants
 *   S1  After its first round a target is due at phase + n·interval, whatever happens: the work
 *       per second does not grow when things fail, and a change of the set moves no other target.
 *   S2  One round of a target at a time, at most `inFlightMax` in all. A round whose time comes
 *       while the last one still runs, or that waited for a whole interval, is late: it is
 *       skipped and counted, and the lease of the track says the rest.
 *
 * A schedule is a mutable record with one owner, the prober.
 */
import { hashLabel, mixHash, NAME_HASH_ROOT } from "../base/hash.ts";
import type { ProbeTarget } from "./types.ts";

interface Slot {
  readonly target: ProbeTarget;
  /** The next round's time. */
  at: number;
  /** No round has been started yet. */
  fresh: boolean;
}

export interface Schedule {
  readonly seed: number;
  readonly inFlightMax: number;
  slots: ReadonlyMap<string, Slot>;
  /** Binary heap by `at`. */
  heap: Slot[];
  /** Keys of the targets whose round runs, also of those that have left the set meanwhile. */
  readonly running: Set<string>;
  /** Rounds skipped (S2), since the schedule was made. */
  late: number;
}

/** New targets are asked within this time, or within their interval if that is shorter. */
export const FIRST_ROUND_MS = 1000;

export function newSchedule(inFlightMax: number, seed = 0): Schedule {
  return { seed, inFlightMax, slots: new Map(), heap: [], running: new Set(), late: 0 };
}

/** Replaces the target set. Targets that stay keep their next time and the round in flight. */
export function setTargets(schedule: Schedule, targets: readonly ProbeTarget[], now: number): void {
  const slots = new Map<string, Slot>();
  for (const target of targets) {
    const slot = schedule.slots.get(target.key) ?? newSlot(target, schedule.seed, now);
    slots.set(target.key, slot);
  }
  schedule.slots = slots;
  // A sorted list is a heap.
  schedule.heap = [...slots.values()].sort((a, b) => a.at - b.at);
}

/**
 * Takes at most `max` targets whose round is due at `now`, earliest first. Each must be given back
 * with `finishRound`. What does not fit stays due.
 */
export function takeDue(schedule: Schedule, now: number, max: number): ProbeTarget[] {
  const taken: ProbeTarget[] = [];
  const { heap, running } = schedule;
  for (;;) {
    const slot = heap[0];
    if (slot === undefined || slot.at > now) return taken;
    const { key, probe } = slot.target;
    const missed = Math.floor((now - slot.at) / probe.intervalMs);
    schedule.late += missed;
    slot.at += missed * probe.intervalMs;
    const busy = running.has(key);
    if (!busy && (taken.length >= max || running.size >= schedule.inFlightMax)) {
      // It keeps its time, now less than an interval ago, and goes when there is room.
      siftDown(heap);
      return taken;
    }
    if (busy) {
      schedule.late += 1;
    } else {
      running.add(key);
      taken.push(slot.target);
    }
    slot.at = slot.fresh ? gridAfter(slot, schedule.seed) : slot.at + probe.intervalMs;
    slot.fresh = false;
    siftDown(heap);
  }
}

/** The round of the target is over. */
export function finishRound(schedule: Schedule, key: string): void {
  schedule.running.delete(key);
}

/** When the next round is due; null without targets. Already past if rounds wait for room. */
export function nextAt(schedule: Schedule): number | null {
  return schedule.heap[0]?.at ?? null;
}

/** Where in its interval a target is asked: milliseconds, from the hash of its key. */
export function phaseOf(target: ProbeTarget, seed: number): number {
  return Math.floor(fractionOf(target.key, seed) * target.probe.intervalMs);
}

function newSlot(target: ProbeTarget, seed: number, now: number): Slot {
  const spreadMs = Math.min(FIRST_ROUND_MS, target.probe.intervalMs);
  return { target, at: now + Math.floor(fractionOf(target.key, seed) * spreadMs), fresh: true };
}

/** The first time of the target's grid that is at least half an interval after its first round. */
function gridAfter(slot: Slot, seed: number): number {
  const { intervalMs } = slot.target.probe;
  const phaseMs = phaseOf(slot.target, seed);
  return Math.ceil((slot.at - phaseMs) / intervalMs + 0.5) * intervalMs + phaseMs;
}

function fractionOf(key: string, seed: number): number {
  const octets = new TextEncoder().encode(key);
  return mixHash(hashLabel(NAME_HASH_ROOT ^ seed, octets, 0, octets.length)) / 2 ** 32;
}

/** Moves the top, whose time has grown, down to its place. */
function siftDown(heap: Slot[]): void {
  const slot = heap[0]!;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child += 1;
    if (heap[child]!.at >= slot.at) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = slot;
}
