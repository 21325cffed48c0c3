// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  expireTrack,
  FLAP_LEAK_MS,
  isSuspect,
  keepTracks,
  newTrack,
  observeOutcome,
  periodOf,
  RISE_MAX,
  RTT_INTERVAL_MS,
  RTT_LAMBDA,
  riseNeeded,
  type Track,
} from "../../../src/health/track.ts";

const rule = { rise: 2, fall: 3 };
const INTERVAL_MS = 3000;

/** Plays outcomes one interval apart: `+` passed, `-` failed. The first comes at one interval. */
function play(outcomes: string, from: Track = newTrack(0), thresholds = rule, startAt = 0): Track {
  return [...outcomes].reduce((track, sign, i) => {
    const at = startAt + (i + 1) * INTERVAL_MS;
    const outcome = { key: "k", passed: sign === "+", rttMs: 10, reason: sign, at };
    return observeOutcome(track, outcome, thresholds);
  }, from);
}

test("only an unbroken run turns a status", () => {
  assert.equal(play("+---").status, "down");
  assert.equal(play("+--+--").status, "up");
  assert.equal(play("-+").status, "down");
  assert.equal(play("-++").status, "up");
});

test("the first outcome decides at once, and is no fall", () => {
  assert.equal(newTrack(0).status, "unknown");
  assert.equal(play("+").status, "up");
  assert.equal(play("-").status, "down");
  assert.equal(play("-").falls, 0);
});

test("since moves when the status turns, and only then", () => {
  assert.equal(play("+++").since, INTERVAL_MS);
  assert.equal(play("+--").since, INTERVAL_MS);
  assert.equal(play("+---").since, 4 * INTERVAL_MS);
});

test("a track is suspect while failures are fewer than a fall", () => {
  assert.equal(isSuspect(play("+")), false);
  assert.equal(isSuspect(play("+-")), true);
  assert.equal(isSuspect(play("+-+")), false);
  assert.equal(isSuspect(play("+---")), false);
});

test("recovery is noted only after a fall", () => {
  assert.equal(play("+++").recoveredAt, null);
  assert.equal(play("+---").recoveredAt, null);
  assert.equal(play("+---++").recoveredAt, 6 * INTERVAL_MS);
  assert.equal(play("-++").recoveredAt, 3 * INTERVAL_MS);
});

test("silence makes unknown, whatever it was", () => {
  for (const outcomes of ["+", "-"]) {
    const track = play(outcomes);
    const lastAt = INTERVAL_MS;
    assert.equal(expireTrack(track, lastAt + 3 * INTERVAL_MS, INTERVAL_MS), track);
    const expired = expireTrack(track, lastAt + 3 * INTERVAL_MS + 1, INTERVAL_MS);
    assert.equal(expired.status, "unknown");
    assert.equal(expired.since, lastAt + 3 * INTERVAL_MS + 1);
  }
});

test("the lease leaves time for a round in which every attempt times out", () => {
  const probe = {
    kind: "tcp",
    port: 1,
    method: "HEAD",
    path: "/",
    host: "",
    statuses: [],
    ...rule,
  } as const;
  const period = (intervalMs: number, timeoutMs: number, retries: number) =>
    periodOf({ ...probe, intervalMs, timeoutMs, retries });
  assert.equal(period(3000, 500, 2), 3000);
  assert.equal(period(1000, 500, 2), 2000);
  assert.equal(period(100, 1000, 0), 1000);
});

test("after silence the next outcome decides at once, and a fallen one has recovered", () => {
  const expired = expireTrack(play("+---"), 60_000, INTERVAL_MS);
  const back = play("+", expired, rule, 60_000);
  assert.equal(back.status, "up");
  assert.equal(back.recoveredAt, 63_000);
});

test("who falls often must rise for longer, and time forgives", () => {
  const quick = { rise: 1, fall: 1 };
  const once = play("+-", newTrack(0), quick);
  assert.equal(riseNeeded(once, quick, 2 * INTERVAL_MS), 1);
  const twice = play("+-+-", newTrack(0), quick);
  assert.equal(riseNeeded(twice, quick, 4 * INTERVAL_MS), 2);
  assert.equal(play("+-+-+", newTrack(0), quick).status, "down");
  assert.equal(play("+-+-++", newTrack(0), quick).status, "up");
  assert.equal(riseNeeded(twice, quick, 4 * INTERVAL_MS + FLAP_LEAK_MS), 1);
});

test("the extra run is bounded, but never below what is configured", () => {
  const often: Track = { ...play("+---"), falls: 6 };
  assert.equal(riseNeeded(often, rule, often.since), RISE_MAX);
  assert.equal(riseNeeded(often, { rise: 20, fall: 1 }, often.since), 20);
});

test("RTT is smoothed by the time that passed, from passed outcomes alone", () => {
  const first = observeOutcome(newTrack(0), outcome(true, 100, 0), rule);
  assert.equal(first.rttMs, 100);
  const once = observeOutcome(first, outcome(true, 200, RTT_INTERVAL_MS), rule).rttMs!;
  assert.ok(Math.abs(once - (100 * RTT_LAMBDA + 200 * (1 - RTT_LAMBDA))) < 1e-9);
  const late = observeOutcome(first, outcome(true, 200, 2 * RTT_INTERVAL_MS), rule).rttMs!;
  assert.ok(Math.abs(late - (100 * RTT_LAMBDA ** 2 + 200 * (1 - RTT_LAMBDA ** 2))) < 1e-9);
  assert.equal(observeOutcome(first, outcome(false, 900, 3000), rule).rttMs, 100);
});

test("an outcome older than the last is ignored", () => {
  const track = play("++");
  assert.equal(observeOutcome(track, outcome(false, 1, 0), rule), track);
});

test("a new set keeps the tracks it knows and forgets the others", () => {
  const old = new Map([
    ["a", play("+")],
    ["b", play("-")],
  ]);
  const kept = keepTracks(old, ["b", "c"], 9);
  assert.deepEqual([...kept.keys()], ["b", "c"]);
  assert.equal(kept.get("b"), old.get("b"));
  assert.equal(kept.get("c")?.since, 9);
});

test("without silence a status turns only after as many equal outcomes as the rule asks", () => {
  const signs = fc.array(fc.boolean(), { minLength: 1, maxLength: 60 });
  const thresholds = fc.record({
    rise: fc.integer({ min: 1, max: 5 }),
    fall: fc.integer({ min: 1, max: 5 }),
  });
  fc.assert(
    fc.property(signs, thresholds, (passes, bounds) => {
      let track = newTrack(0);
      passes.forEach((passed, i) => {
        const before = track;
        track = observeOutcome(track, outcome(passed, 1, i), bounds);
        if (before.status === "unknown" || track.status === before.status) return;
        const run = passes.slice(0, i + 1).reverse();
        const length = run.findIndex((other) => other !== passed);
        const equal = length < 0 ? run.length : length;
        assert.ok(equal >= (passed ? bounds.rise : bounds.fall));
      });
    }),
  );
});

function outcome(passed: boolean, rttMs: number, at: number) {
  return { key: "k", passed, rttMs, reason: "", at };
}
