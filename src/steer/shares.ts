// SPDX-License-Identifier: Apache-2.0
/**
 * What a plan says right now: the rank and weight of each candidate, and the TTL, from the facts.
 *
 * The kernel keeps the lowest rank that has weight and picks there, so failover is a matter of
 * setting weights to zero. Three things are not so simple, and are done here with ranks:
 *
 * **Last resorts.** Ranks are stacked in tiers: who is up, then who is degraded (one family down),
 * then who is unknown. A degraded endpoint has weight only while nobody in the plan is up, because
 * the kernel would otherwise answer with its dead family where no sibling has that family; an
 * unknown one always, since for a family that nobody else has it is the best there is (row C17).
 *
 * **Slow start.** A recovered endpoint begins with 1/16 of its weight. Siblings of its rank take
 * the rest. If it has none, as the nearest POP has none, a small weight would change nothing: it
 * would be alone in the best rank. Then the rank that stood in for it joins it, with weights such
 * that the rank and its stand-ins share in the ratio ramp : 1 − ramp. With the rendezvous picker
 * clients come back a sixteenth at a time, and none of them moves twice.
 *
 * **TTL** (rows F02, F03, F05). Trouble is: a candidate at or above the rank that serves is not up,
 * or is recovering, or has begun to fail. While there is trouble, and for `ttlHoldSecs` after it,
 * the plan has the degraded TTL; then it doubles each quarter of the hold until it is back. It
 * depends on the facts and the time alone, so every node that shares them says the same.
 *
 * Invariants
 *   W1  If a candidate is up, some up candidate has weight in the lowest rank that has weight.
 *   W2  Weight 0 exactly for: down, draining, and degraded beside an up one.
 *   W3  In a tier ranks keep their order; equal ranks stay equal.
 *   W4  Equal arguments give equal results, and the result stays the same until `nextChangeAt`.
 */

import type { HealthStatus } from "../health/types.ts";
import { WEIGHT_MAX } from "../layout/limits.ts";
import { planStates } from "../layout/plan.ts";
import type { Policy } from "../resource/types.ts";
import type { Candidate, PlanStructure } from "./candidates.ts";

/** What is known of an endpoint; an EndpointVerdict of src/health fits. Times as in src/health. */
export interface EndpointFact {
  readonly status: HealthStatus;
  /** When it last came up after having been down; null if it never did. */
  readonly recoveredAt: number | null;
  /** Failures have begun that have not turned it yet. */
  readonly suspect: boolean;
}

export interface Share {
  readonly rank: number;
  /** 0..WEIGHT_MAX. While somebody recovers, all weights of the plan are scaled up together. */
  readonly weight: number;
}

export interface PlanShares {
  readonly ttlSecs: number;
  /** One of planStates. */
  readonly state: number;
  /** One for each candidate, in their order. */
  readonly shares: readonly Share[];
  /** Until then the same facts give the same shares; null: forever. */
  readonly nextChangeAt: number | null;
}

/** Steps of a slow start: the first is 1/RAMP_STEPS. */
export const RAMP_STEPS = 16;
/** The TTL doubles this many times during a hold. */
export const TTL_STEPS_PER_HOLD = 4;

/** Rank tiers, see above. -1 takes no traffic. */
const tiers = { up: 0, degraded: 1, unknown: 2, down: -1, draining: -1 } as const satisfies Record<
  HealthStatus,
  number
>;

/** One candidate while the plan is made. */
interface Seat {
  /** The candidate's rank, whatever its health. */
  readonly preference: number;
  /** With its tier. */
  readonly rank: number;
  readonly weight: number;
  readonly fact: EndpointFact;
  /** When its slow start ends or ended; minus infinity if there never was one. */
  readonly recoveredBy: number;
  /** Sixteenths of its weight, 1..RAMP_STEPS. */
  readonly ramp: number;
}

/** The plan rows of all regions; regions that share candidates share the result. */
export function planRows(
  structure: PlanStructure,
  facts: readonly EndpointFact[],
  now: number,
): readonly PlanShares[] {
  const known = new Map<readonly Candidate[], PlanShares>();
  return structure.candidates.map((candidates) => {
    const shares = known.get(candidates) ?? planShares(structure.policy, candidates, facts, now);
    known.set(candidates, shares);
    return shares;
  });
}

/** The plan of one region. `facts` by endpoint index. */
export function planShares(
  policy: Policy,
  candidates: readonly Candidate[],
  facts: readonly EndpointFact[],
  now: number,
): PlanShares {
  // Whole milliseconds, so that steps begin exactly when nextChangeAt says.
  const clock = Math.floor(now);
  const anyUp = candidates.some(({ endpoint }) => facts[endpoint]!.status === "up");
  const seats = candidates.map(({ endpoint, rank, weight }): Seat => {
    const fact = facts[endpoint]!;
    const tier = tiers[fact.status];
    const idle = tier < 0 || (fact.status === "degraded" && anyUp);
    const recoveredBy = recoveryEndsAt(policy, fact, clock);
    return {
      preference: rank,
      rank: rank + Math.max(0, tier) * candidates.length,
      weight: idle ? 0 : weight,
      fact,
      recoveredBy,
      ramp: rampOf(policy, recoveredBy, clock),
    };
  });
  const shares = anyUp ? shareOut(seats) : seats.map(({ rank, weight }) => ({ rank, weight }));
  const lease = ttlOf(policy, seats, clock);
  const steps = seats.map((seat) => nextStepAt(policy, seat, clock));
  const nextChangeAt = Math.min(lease.nextChangeAt, ...steps);
  return {
    ttlSecs: lease.ttlSecs,
    state: lease.state,
    shares,
    nextChangeAt: nextChangeAt === Number.POSITIVE_INFINITY ? null : nextChangeAt,
  };
}

/**
 * Walks the ranks of those who are up, the best first, and gives each what it can carry: all that
 * is left, if a member is at full strength, else only the part that its ramps allow. Ranks that
 * got something become one.
 */
function shareOut(seats: readonly Seat[]): Share[] {
  const shares: Share[] = seats.map(({ rank, weight }) => ({ rank, weight }));
  const able = seats.filter((seat) => seat.weight > 0 && seat.fact.status === "up");
  const ranks = [...new Set(able.map((seat) => seat.rank))].sort((a, b) => a - b);
  const serving = ranks[0]!;
  if (able.every((seat) => seat.rank !== serving || seat.ramp === RAMP_STEPS)) return shares;

  let left = 1;
  for (const rank of ranks) {
    const members = able.filter((seat) => seat.rank === rank);
    const full = sum(members, (seat) => seat.weight * RAMP_STEPS);
    const able16 = sum(members, (seat) => seat.weight * seat.ramp);
    const last = rank === ranks.at(-1) || members.some((seat) => seat.ramp === RAMP_STEPS);
    const part = last ? left : (left * able16) / full;
    for (const [at, seat] of seats.entries()) {
      if (!members.includes(seat)) continue;
      const weight = Math.round((WEIGHT_MAX * part * seat.weight * seat.ramp) / able16);
      shares[at] = { rank: serving, weight: Math.max(1, weight) };
    }
    left -= part;
    if (last) break;
  }
  return shares;
}

/** TTL and state: where in trouble, hold or climb the plan is. */
function ttlOf(policy: Policy, seats: readonly Seat[], now: number) {
  const never = Number.POSITIVE_INFINITY;
  const low = Math.min(policy.ttlDegradedSecs, policy.ttlSecs);
  const serving = seats.filter((seat) => seat.weight > 0);
  if (serving.length === 0 && seats.length > 0) {
    return { ttlSecs: low, state: planStates.ALL_DOWN, nextChangeAt: never };
  }
  const best = serving.reduce((a, b) => (b.rank < a.rank ? b : a), serving[0]!);
  const relevant = seats.filter(
    (seat) => best.fact.status !== "up" || seat.preference <= best.preference,
  );
  if (relevant.some(({ fact }) => inTrouble(fact))) {
    return { ttlSecs: low, state: planStates.DEGRADED, nextChangeAt: never };
  }
  const endedAt = Math.max(...relevant.map((seat) => seat.recoveredBy));
  const holdMs = Math.round(policy.ttlHoldSecs * 1000);
  const holdEndsAt = endedAt + holdMs;
  if (now < holdEndsAt) {
    return { ttlSecs: low, state: planStates.RECOVERING, nextChangeAt: holdEndsAt };
  }
  const normal = { ttlSecs: policy.ttlSecs, state: planStates.NORMAL, nextChangeAt: never };
  const stepMs = Math.ceil(holdMs / TTL_STEPS_PER_HOLD);
  if (stepMs === 0 || endedAt === Number.NEGATIVE_INFINITY) return normal;
  const step = 1 + Math.floor((now - holdEndsAt) / stepMs);
  const ttlSecs = Math.max(1, low) * 2 ** step;
  if (ttlSecs >= policy.ttlSecs) return normal;
  return { ttlSecs, state: planStates.RECOVERING, nextChangeAt: holdEndsAt + step * stepMs };
}

function inTrouble(fact: EndpointFact): boolean {
  return (fact.status !== "up" && fact.status !== "draining") || fact.suspect;
}

/** Slow start in milliseconds; none for the picker `all`, which knows no weights. */
function slowStartMs(policy: Policy): number {
  return policy.picker === "all" ? 0 : Math.round(policy.slowStartSecs * 1000);
}

/** The fact may be newer than the tick that asks; then it counts as of now. */
function recoveryEndsAt(policy: Policy, fact: EndpointFact, now: number): number {
  if (fact.recoveredAt === null) return Number.NEGATIVE_INFINITY;
  return Math.min(now, Math.floor(fact.recoveredAt)) + slowStartMs(policy);
}

function rampOf(policy: Policy, recoveredBy: number, now: number): number {
  if (now >= recoveredBy) return RAMP_STEPS;
  const leftMs = recoveredBy - now;
  return RAMP_STEPS + 1 - Math.ceil((leftMs * RAMP_STEPS) / slowStartMs(policy));
}

/** When the ramp takes its next step; infinity if it is over. */
function nextStepAt(policy: Policy, seat: Seat, now: number): number {
  if (seat.weight === 0 || now >= seat.recoveredBy) return Number.POSITIVE_INFINITY;
  const leftMs = ((RAMP_STEPS - seat.ramp) * slowStartMs(policy)) / RAMP_STEPS;
  return seat.recoveredBy - Math.floor(leftMs);
}

function sum(seats: readonly Seat[], value: (seat: Seat) => number): number {
  return seats.reduce((total, seat) => total + value(seat), 0);
}
