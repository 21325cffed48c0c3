// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  FIRST_ROUND_MS,
  finishRound,
  newSchedule,
  nextAt,
  phaseOf,
  type Schedule,
  setTargets,
  takeDue,
} from "../../../src/health/schedule.ts";
import type { ProbeTarget } from "../../../src/health/types.ts";

const target = (key: string, intervalMs = 3000): ProbeTarget => ({
  key,
  probe: {
    kind: "tcp",
    port: 1,
    method: "HEAD",
    path: "/",
    host: "",
    statuses: [],
    intervalMs,
    timeoutMs: 500,
    retries: 0,
    rise: 1,
    fall: 1,
  },
  address: "192.0.2.1",
  port: 1,
  family: 4,
});
const many = (count: number, intervalMs?: number) =>
  Array.from({ length: count }, (_, i) => target(`t${i}`, intervalMs));

/** Advances by its own times and finishes each round at once; [time, key] of every round. */
function run(schedule: Schedule, until: number): [number, string][] {
  const rounds: [number, string][] = [];
  for (let now = nextAt(schedule); now !== null && now < until; now = nextAt(schedule)) {
    for (const { key } of takeDue(schedule, now, 1e9)) {
      rounds.push([now, key]);
      finishRound(schedule, key);
    }
  }
  return rounds;
}

test("new targets are asked soon, and after that once in an interval, on their phase", () => {
  const schedule = newSchedule(100);
  setTargets(schedule, many(50), 10_000);
  const rounds = run(schedule, 40_000);
  for (const { key } of many(50)) {
    const times = rounds.filter(([, k]) => k === key).map(([at]) => at);
    assert.ok(times[0]! < 10_000 + FIRST_ROUND_MS);
    assert.ok(times[1]! - times[0]! >= 1500 && times[1]! - times[0]! <= 4500);
    for (const at of times.slice(1)) assert.equal(at % 3000, phaseOf(target(key), 0));
    for (let i = 2; i < times.length; i += 1) assert.equal(times[i]! - times[i - 1]!, 3000);
  }
  assert.equal(schedule.late, 0);
});

test("phases are spread evenly, and differ between vantages", () => {
  const buckets = new Array<number>(10).fill(0);
  for (const t of many(2000)) buckets[Math.floor(phaseOf(t, 7) / 300)]! += 1;
  for (const count of buckets) assert.ok(count > 140 && count < 260, String(buckets));
  const equal = many(200).filter((t) => phaseOf(t, 1) === phaseOf(t, 2));
  assert.ok(equal.length < 10);
});

test("a change of the set moves no other target", () => {
  const one = newSchedule(100);
  const other = newSchedule(100);
  setTargets(one, many(20), 0);
  setTargets(other, many(20), 0);
  run(one, 10_000);
  run(other, 10_000);
  setTargets(other, [...many(20), target("new")], 10_000);
  const kept = run(other, 20_000).filter(([, key]) => key !== "new");
  assert.deepEqual(kept, run(one, 20_000));
});

test("no second round while one runs; it is late instead", () => {
  const schedule = newSchedule(100);
  setTargets(schedule, [target("a")], 0);
  const first = nextAt(schedule)!;
  assert.equal(takeDue(schedule, first, 9).length, 1);
  const second = nextAt(schedule)!;
  assert.equal(takeDue(schedule, second, 9).length, 0);
  assert.equal(schedule.late, 1);
  finishRound(schedule, "a");
  assert.equal(nextAt(schedule), second + 3000);
  assert.equal(takeDue(schedule, second + 3000, 9).length, 1);
});

test("a target that comes back while its round runs does not get a second one", () => {
  const schedule = newSchedule(100);
  setTargets(schedule, [target("a")], 0);
  takeDue(schedule, 1000, 9);
  setTargets(schedule, [], 1000);
  setTargets(schedule, [target("a")], 1000);
  assert.deepEqual(takeDue(schedule, 2000, 9), []);
});

test("bounds hold, and what does not fit goes first when there is room", () => {
  const schedule = newSchedule(3);
  setTargets(schedule, many(10), 0);
  const first = takeDue(schedule, 1000, 2);
  assert.equal(first.length, 2);
  const second = takeDue(schedule, 1000, 5);
  assert.equal(second.length, 1);
  assert.ok(nextAt(schedule)! <= 1000);
  for (const { key } of [...first, ...second]) finishRound(schedule, key);
  const third = takeDue(schedule, 1010, 9);
  assert.equal(third.length, 3);
  assert.equal(new Set([...first, ...second, ...third].map((t) => t.key)).size, 6);
  assert.equal(schedule.late, 0);
});

test("a pause of the prober skips rounds and counts them", () => {
  const schedule = newSchedule(100);
  setTargets(schedule, [target("a", 1000)], 0);
  const at = nextAt(schedule)!;
  assert.equal(takeDue(schedule, at + 5500, 9).length, 1);
  assert.equal(schedule.late, 5);
  assert.ok(nextAt(schedule)! > at + 5500);
});

test("an empty set has no next time", () => {
  const schedule = newSchedule(1);
  assert.equal(nextAt(schedule), null);
  assert.deepEqual(takeDue(schedule, 5, 1), []);
});

test("the top of the heap is the least time, whatever happens", () => {
  const step = fc.record({
    waitMs: fc.integer({ min: 0, max: 4000 }),
    max: fc.integer({ min: 0, max: 5 }),
    change: fc.option(fc.integer({ min: 0, max: 12 })),
    finish: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const schedule = newSchedule(4);
      let now = 0;
      for (const { waitMs, max, change, finish } of steps) {
        now += waitMs;
        if (change !== null) setTargets(schedule, many(change, 700 + change), now);
        takeDue(schedule, now, max);
        assert.ok(schedule.running.size <= 4);
        const least = Math.min(...[...schedule.slots.values()].map((slot) => slot.at));
        assert.equal(nextAt(schedule) ?? Number.POSITIVE_INFINITY, least);
        if (finish) for (const key of [...schedule.running]) finishRound(schedule, key);
      }
    }),
  );
});
