// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type HealthStatus, healthStatuses } from "../../../src/health/types.ts";
import { VERDICT_UNPROBED } from "../../../src/health/verdict.ts";
import { planStates } from "../../../src/layout/plan.ts";
import type { Policy } from "../../../src/resource/types.ts";
import type { Candidate } from "../../../src/steer/candidates.ts";
import { type EndpointFact, planRows, planShares, RAMP_STEPS } from "../../../src/steer/shares.ts";
import { DOWN, policy, UP } from "./world.ts";

const is = (status: HealthStatus): EndpointFact => ({ ...UP, status });
const recovered = (at: number): EndpointFact => ({ ...UP, recoveredAt: at });

/** Candidates from ranks, weight 10 each; endpoint i is candidate i. */
const ranked = (...ranks: number[]): Candidate[] =>
  ranks.map((rank, endpoint) => ({ endpoint, rank, weight: 10 }));

/** What the kernel keeps: index → part of the traffic, of the lowest rank that has weight. */
function traffic(rule: Policy, candidates: Candidate[], facts: EndpointFact[], now = 0): number[] {
  const { shares } = planShares(rule, candidates, facts, now);
  const best = Math.min(...shares.filter((s) => s.weight > 0).map((s) => s.rank));
  const kept = shares.map((s) => (s.weight > 0 && s.rank === best ? s.weight : 0));
  const total = kept.reduce((a, b) => a + b, 0);
  return kept.map((weight) => Math.round((weight / total) * 1000) / 1000);
}

test("all well: ranks and weights as configured, full TTL, forever", () => {
  assert.deepEqual(planShares(policy(), ranked(0, 1, 1), [UP, UP, UP], 0), {
    ttlSecs: 300,
    state: planStates.NORMAL,
    shares: [
      { rank: 0, weight: 10 },
      { rank: 1, weight: 10 },
      { rank: 1, weight: 10 },
    ],
    nextChangeAt: null,
  });
});

test("a verdict of the health room is a fact", () => {
  const { state } = planShares(policy(), ranked(0), [VERDICT_UNPROBED], 0);
  assert.equal(state, planStates.NORMAL);
});

test("down: the next rank takes over, TTL degrades", () => {
  assert.deepEqual(traffic(policy(), ranked(0, 1), [DOWN, UP]), [0, 1]);
  const plan = planShares(policy(), ranked(0, 1), [DOWN, UP], 0);
  assert.deepEqual([plan.ttlSecs, plan.state], [60, planStates.DEGRADED]);
});

test("trouble behind the rank that serves is no trouble", () => {
  const plan = planShares(policy(), ranked(0, 1), [UP, DOWN], 0);
  assert.deepEqual([plan.ttlSecs, plan.state], [300, planStates.NORMAL]);
});

test("a failure that has not turned the status yet shortens the TTL", () => {
  const plan = planShares(policy(), ranked(0), [{ ...UP, suspect: true }], 0);
  assert.deepEqual([plan.ttlSecs, plan.state], [60, planStates.DEGRADED]);
});

test("all down: no weight at all, the all-down rule answers", () => {
  const plan = planShares(policy(), ranked(0, 1), [DOWN, is("draining")], 0);
  assert.deepEqual(
    plan.shares.map((s) => s.weight),
    [0, 0],
  );
  assert.deepEqual([plan.ttlSecs, plan.state], [60, planStates.ALL_DOWN]);
});

test("nobody configured is not trouble", () => {
  const plan = planShares(policy(), [], [], 0);
  assert.deepEqual(plan, {
    ttlSecs: 300,
    state: planStates.NORMAL,
    shares: [],
    nextChangeAt: null,
  });
});

test("unknown serves behind everyone who is up, and alone if nobody is", () => {
  const unknown = is("unknown");
  assert.deepEqual(traffic(policy(), ranked(0, 1), [unknown, UP]), [0, 1]);
  assert.deepEqual(traffic(policy(), ranked(0, 1, 1), [unknown, unknown, DOWN]), [1, 0, 0]);
  const { shares } = planShares(policy(), ranked(0, 1), [unknown, UP], 0);
  assert.ok(shares[0]!.weight > 0, "for a family that nobody else has");
});

test("degraded serves only if nobody is up, before unknown", () => {
  const half = is("degraded");
  const { shares } = planShares(policy(), ranked(0, 1), [half, UP], 0);
  assert.deepEqual(
    shares.map((s) => s.weight),
    [0, 10],
  );
  assert.deepEqual(traffic(policy(), ranked(0, 1, 2), [is("unknown"), half, DOWN]), [0, 1, 0]);
});

test("draining gives way without trouble", () => {
  const plan = planShares(policy(), ranked(0, 1), [is("draining"), UP], 0);
  assert.deepEqual(
    plan.shares.map((s) => s.weight),
    [0, 10],
  );
  assert.deepEqual([plan.ttlSecs, plan.state], [300, planStates.NORMAL]);
});

test("a recovered sibling returns in sixteenths", () => {
  const facts = [recovered(0), UP];
  assert.deepEqual(traffic(policy(), ranked(0, 0), facts, 0), [0.059, 0.941]);
  assert.deepEqual(traffic(policy(), ranked(0, 0), facts, 80_000), [0.36, 0.64]);
  assert.deepEqual(traffic(policy(), ranked(0, 0), facts, 160_000), [0.5, 0.5]);
});

test("alone in its rank, it shares with the rank that stood in for it", () => {
  const facts = [recovered(0), UP, UP, UP];
  const candidates = ranked(0, 1, 1, 2);
  assert.deepEqual(traffic(policy(), candidates, facts, 0), [0.063, 0.469, 0.469, 0]);
  assert.deepEqual(traffic(policy(), candidates, facts, 70_000), [0.5, 0.25, 0.25, 0]);
  assert.deepEqual(traffic(policy(), candidates, facts, 160_000), [1, 0, 0, 0]);
});

test("ranks that recover together fill from the best on", () => {
  const facts = [recovered(0), recovered(0), UP];
  assert.deepEqual(traffic(policy(), ranked(0, 1, 2), facts, 70_000), [0.5, 0.25, 0.25]);
  assert.deepEqual(traffic(policy(), ranked(0, 1), facts, 70_000), [0.5, 0.5]);
  assert.deepEqual(traffic(policy(), ranked(0), facts, 0), [1]);
});

test("without slow start, and with the picker that has no weights, it returns at once", () => {
  for (const rule of [policy({ slowStartSecs: 0 }), policy({ picker: "all" })]) {
    assert.deepEqual(traffic(rule, ranked(0, 1), [recovered(0), UP], 0), [1, 0]);
  }
});

test("weight 1 ramps as finely as any", () => {
  const candidates: Candidate[] = [0, 1].map((endpoint) => ({ endpoint, rank: 0, weight: 1 }));
  assert.deepEqual(traffic(policy(), candidates, [recovered(0), UP], 0), [0.059, 0.941]);
});

test("the TTL is held after the trouble, then doubles each quarter of the hold", () => {
  // Slow start ends at 160 s, the hold at 280 s, a quarter of the hold is 30 s.
  const ttlAt = (secs: number) => planShares(policy(), ranked(0), [recovered(0)], secs * 1000);
  assert.deepEqual(
    [0, 159, 160, 279].map((s) => ttlAt(s).ttlSecs),
    [60, 60, 60, 60],
  );
  assert.deepEqual(
    [280, 309, 310, 339, 340].map((s) => ttlAt(s).ttlSecs),
    [120, 120, 240, 240, 300],
  );
  assert.equal(ttlAt(310).state, planStates.RECOVERING);
  assert.equal(ttlAt(340).state, planStates.NORMAL);
  assert.equal(ttlAt(340).nextChangeAt, null);
});

test("without hold the TTL is back at once; a degraded TTL of zero climbs too", () => {
  const at = (fields: Partial<Policy>, secs: number) =>
    planShares(policy({ slowStartSecs: 0, ...fields }), ranked(0), [recovered(0)], secs * 1000)
      .ttlSecs;
  assert.equal(at({ ttlHoldSecs: 0 }, 0), 300);
  assert.deepEqual(
    [0, 120, 150].map((s) => at({ ttlDegradedSecs: 0 }, s)),
    [0, 2, 4],
  );
  assert.equal(at({ ttlSecs: 30 }, 0), 30);
});

test("regions with the same candidates share the result", () => {
  const list = ranked(0);
  const structure = { policy: policy(), candidates: [list, ranked(0), list], unserved: [] };
  const rows = planRows(structure, [UP], 0);
  assert.equal(rows[0], rows[2]);
  assert.notEqual(rows[0], rows[1]);
  assert.deepEqual(rows[0], rows[1]);
});

const NOW_MAX = 500_000;
const facts = fc.record({
  status: fc.constantFrom(...healthStatuses),
  recoveredAt: fc.option(fc.double({ min: 0, max: NOW_MAX, noNaN: true })),
  suspect: fc.boolean(),
});
const seats = fc.record({
  step: fc.boolean(),
  weight: fc.integer({ min: 1, max: 65535 }),
  fact: facts,
});
const cases = fc.record({
  seats: fc.array(seats, { maxLength: 8 }),
  now: fc.double({ min: 0, max: NOW_MAX, noNaN: true }),
  rule: fc.record({
    picker: fc.constantFrom("rendezvous" as const, "all" as const),
    slowStartSecs: fc.constantFrom(0, 1, 7, 160),
    ttlHoldSecs: fc.constantFrom(0, 1, 120),
  }),
});

function worldOf(list: readonly { step: boolean; weight: number; fact: EndpointFact }[]) {
  let rank = 0;
  const candidates = list.map(({ step, weight }, endpoint): Candidate => {
    if (step && endpoint > 0) rank += 1;
    return { endpoint, rank, weight };
  });
  return { candidates, known: list.map((seat) => seat.fact) };
}

test("while one is up, one who is up serves; who has weight is as the tiers say", () => {
  fc.assert(
    fc.property(cases, ({ seats: list, now, rule }) => {
      const { candidates, known } = worldOf(list);
      const { shares, state, ttlSecs } = planShares(policy(rule), candidates, known, now);
      const anyUp = known.some((fact) => fact.status === "up");
      const serving = Math.min(...shares.filter((s) => s.weight > 0).map((s) => s.rank));
      assert.ok(
        !anyUp ||
          shares.some((s, i) => s.rank === serving && s.weight > 0 && known[i]!.status === "up"),
      );
      for (const [i, { weight, rank }] of shares.entries()) {
        const { status } = known[i]!;
        const idle = status === "down" || status === "draining" || (status === "degraded" && anyUp);
        assert.equal(weight === 0, idle);
        assert.ok(Number.isInteger(weight) && weight <= 65535 && rank <= 65535);
        if (anyUp && rank === serving && weight > 0) assert.equal(status, "up");
      }
      const none = shares.length > 0 && shares.every((s) => s.weight === 0);
      assert.equal(state === planStates.ALL_DOWN, none);
      assert.ok(ttlSecs >= 60 && ttlSecs <= 300);
      assert.equal(ttlSecs === 300, state === planStates.NORMAL);
    }),
  );
});

test("ranks keep their order among those who are up", () => {
  fc.assert(
    fc.property(cases, ({ seats: list, now, rule }) => {
      const { candidates, known } = worldOf(list);
      const { shares } = planShares(policy(rule), candidates, known, now);
      const up = shares.filter((_, i) => known[i]!.status === "up");
      for (let i = 1; i < up.length; i += 1) assert.ok(up[i]!.rank >= up[i - 1]!.rank);
    }),
  );
});

test("nothing changes before nextChangeAt, and equal arguments give equal results", () => {
  fc.assert(
    fc.property(
      cases,
      fc.double({ min: 0, max: 1, noNaN: true }),
      ({ seats: list, now, rule }, part) => {
        const { candidates, known } = worldOf(list);
        const plan = (at: number) => planShares(policy(rule), candidates, known, at);
        const first = plan(now);
        const until = first.nextChangeAt ?? now + NOW_MAX;
        assert.ok(until > now);
        const later = plan(now + (until - now) * part * 0.999_999);
        assert.deepEqual(later, { ...first, nextChangeAt: later.nextChangeAt });
      },
    ),
    { numRuns: 400 },
  );
});

test("a slow start gives its rank no less at each step, and ends with the configured weights", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 65535 }), fc.integer({ min: 1, max: 65535 }), (a, b) => {
      const candidates: Candidate[] = [
        { endpoint: 0, rank: 0, weight: a },
        { endpoint: 1, rank: 1, weight: b },
      ];
      let last = 0;
      for (let step = 0; step <= RAMP_STEPS; step += 1) {
        const [share] = traffic(policy(), candidates, [recovered(0), UP], step * 10_000);
        assert.ok(share! > last || (share === 1 && last === 1), `${step}: ${share} after ${last}`);
        last = share!;
      }
      assert.equal(last, 1);
    }),
    { numRuns: 30 },
  );
});
