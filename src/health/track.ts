// SPDX-License-Identifier: Apache-2.0
/**
 * Folds outcomes into a track: what this vantage believes of one target.
 *
 * Invariants
 *   K1  The first outcome decides at once, so that a start need not wait out the thresholds.
 *   K2  After it, only an unbroken run of the other kind turns the status.
 *   K3  Silence makes unknown, never down: a dead prober must not take endpoints along (row C18).
 *   K4  Who falls often must prove itself for longer: each fall within FLAP_LEAK_MS of the last
 *       doubles the run that is needed to rise, up to RISE_MAX. A single fall costs nothing extra.
 *
 * The RTT is smoothed by the time that passed and not by the count of samples:
 * s ← s·λ^(Δt/T) + x·(1 − λ^(Δt/T)), so that a missed round does not give old samples more voice.
 */
import type { Outcome, ProbeSettings, Thresholds } from "./types.ts";

/** What one vantage believes of one target. */
export interface Track {
  readonly status: "unknown" | "up" | "down";
  /** Outcomes in a row that disagree with the status. */
  readonly against: number;
  /** When the status began; of a new track, when it was made. */
  readonly since: number;
  /** When the last outcome came; null before the first. */
  readonly seenAt: number | null;
  /** The reason of the last outcome, or why there is none. */
  readonly reason: string;
  /** Smoothed RTT of the outcomes that passed; null before the first. */
  readonly rttMs: number | null;
  /** It was down after it had last been up, and has not been up since. */
  readonly fallen: boolean;
  /** When it last came up after having been down; null if it never did. */
  readonly recoveredAt: number | null;
  /** Falls that are not yet forgotten, as of `since`. */
  readonly falls: number;
}

/** λ of the smoothing per nominal interval of RTT_INTERVAL_MS: a time constant of 18.5 s. */
export const RTT_LAMBDA = 0.85;
export const RTT_INTERVAL_MS = 3000;
/** One fall is forgotten in this time. */
export const FLAP_LEAK_MS = 300_000;
/** Longest run that K4 may ask for. */
export const RISE_MAX = 16;
/** A track without an outcome for this many periods is unknown. */
export const LEASE_PERIODS = 3;
/** Longest pause before a retry, milliseconds. */
export const RETRY_GAP_MAX_MS = 150;

/** Falls are remembered up to this many: more would not raise the run any further. */
const FALLS_MAX = 6;

export function newTrack(now: number): Track {
  return {
    status: "unknown",
    against: 0,
    since: now,
    seenAt: null,
    reason: "no outcome yet",
    rttMs: null,
    fallen: false,
    recoveredAt: null,
    falls: 0,
  };
}

/** Folds one round's outcome into a track. Outcomes older than the last one are ignored. */
export function observeOutcome(track: Track, outcome: Outcome, rule: Thresholds): Track {
  if (track.seenAt !== null && outcome.at < track.seenAt) return track;
  const seen = outcome.passed ? "up" : "down";
  const next: Track = {
    ...track,
    against: 0,
    seenAt: outcome.at,
    reason: outcome.reason,
    rttMs: outcome.passed ? smoothRtt(track, outcome) : track.rttMs,
  };
  if (track.status === "unknown") return turn(next, seen, outcome.at);
  if (track.status === seen) return next;

  const against = track.against + 1;
  const needed = outcome.passed ? riseNeeded(track, rule, outcome.at) : rule.fall;
  return against < needed ? { ...next, against } : turn(next, seen, outcome.at);
}

/**
 * The longest time between two outcomes of a target that is asked as it should be: its interval, or
 * the length of a round in which every attempt runs into its timeout. Counting intervals alone
 * would let the lease of a hanging endpoint run out before it could be called down.
 */
export function periodOf(probe: ProbeSettings): number {
  const { intervalMs, timeoutMs, retries } = probe;
  const roundMs = (1 + retries) * timeoutMs + retries * RETRY_GAP_MAX_MS;
  // A round that is still running when the next is due makes that one skip.
  return intervalMs * Math.max(1, Math.ceil(roundMs / intervalMs));
}

/**
 * The track as it stands at `now`: unknown, if the lease of the last outcome has run out (K3).
 * `periodMs` comes from `periodOf`.
 */
export function expireTrack(track: Track, now: number, periodMs: number): Track {
  if (track.status === "unknown" || track.seenAt === null) return track;
  if (now - track.seenAt <= LEASE_PERIODS * periodMs) return track;
  const falls = fallsAt(track, now);
  return {
    ...track,
    status: "unknown",
    against: 0,
    since: now,
    reason: "no outcome of late",
    falls,
  };
}

/** The unbroken run of passed rounds that would turn a fallen track up at `at`. */
export function riseNeeded(track: Track, rule: Thresholds, at: number): number {
  const extra = Math.max(0, Math.ceil(fallsAt(track, at)) - 1);
  return Math.max(rule.rise, Math.min(RISE_MAX, rule.rise * 2 ** extra));
}

/** One more round of the kind that is against it may turn the track down (row F02). */
export function isSuspect(track: Track): boolean {
  return track.status === "up" && track.against > 0;
}

/** The tracks of `keys`: kept where there are some, new where not. Of others nothing remains. */
export function keepTracks(
  tracks: ReadonlyMap<string, Track>,
  keys: Iterable<string>,
  now: number,
): Map<string, Track> {
  const kept = new Map<string, Track>();
  for (const key of keys) kept.set(key, tracks.get(key) ?? newTrack(now));
  return kept;
}

function turn(track: Track, status: "up" | "down", at: number): Track {
  const falls = fallsAt(track, at);
  if (status === "up") {
    const recoveredAt = track.fallen ? at : track.recoveredAt;
    return { ...track, status, since: at, fallen: false, recoveredAt, falls };
  }
  // Only who was up can fall: the first outcome of a target that is dead anyway is no flap.
  const fell = track.status === "up" ? 1 : 0;
  return { ...track, status, since: at, fallen: true, falls: Math.min(FALLS_MAX, falls + fell) };
}

function fallsAt(track: Track, at: number): number {
  return Math.max(0, track.falls - Math.max(0, at - track.since) / FLAP_LEAK_MS);
}

function smoothRtt(track: Track, outcome: Outcome): number {
  if (track.rttMs === null || track.seenAt === null) return outcome.rttMs;
  const keep = RTT_LAMBDA ** ((outcome.at - track.seenAt) / RTT_INTERVAL_MS);
  return track.rttMs * keep + outcome.rttMs * (1 - keep);
}
