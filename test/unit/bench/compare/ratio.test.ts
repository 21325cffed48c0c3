// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { compareRounds, failuresOf } from "../../../../bench/compare/ratio.ts";
import { createChance } from "../../../../bench/zones.ts";

/** Rounds of a shared machine: each has its weather, and each side a noise of its own. */
function roundsOf(headFactor: number, seed: number, count = 9) {
  const chance = createChance(seed);
  const part = (): number => chance() / 2 ** 32;
  const base: number[] = [];
  const head: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const weather = 100 * (1 + 0.2 * part());
    base.push(weather * (1 + 0.01 * part()));
    head.push(weather * headFactor * (1 + 0.01 * part()));
  }
  return { name: "row", unit: "ns", base, head };
}

const SEEDS = Array.from({ length: 40 }, (_, i) => i + 1);

test("one and the same program is neither faster nor slower, nearly always", () => {
  const wrong = SEEDS.filter(
    (seed) => compareRounds(roundsOf(1, seed)).verdict !== "no difference",
  );
  assert.ok(wrong.length <= 4, `${wrong.length} of ${SEEDS.length} were told apart`);
});

test("a planted half is found, in both directions, and stays within the interval", () => {
  for (const seed of SEEDS) {
    const slow = compareRounds(roundsOf(1.5, seed));
    assert.equal(slow.verdict, "slower", `seed ${seed}: ${JSON.stringify(slow)}`);
    assert.ok(slow.low <= slow.ratio && slow.ratio <= slow.high);
    assert.ok(Math.abs(slow.ratio - 1 / 1.5) < 0.15, `${slow.ratio}`);
    assert.equal(compareRounds(roundsOf(1 / 1.5, seed)).verdict, "faster");
  }
});

test("B1: a time that is half is a ratio of two; equal rounds leave no doubt", () => {
  const row = compareRounds({ name: "a", unit: "ns", base: [10, 10, 10], head: [5, 5, 5] });
  assert.deepEqual(
    [row.ratio, row.low, row.high, row.baseMedian, row.headMedian, row.verdict],
    [2, 2, 2, 10, 5, "faster"],
  );
  const same = compareRounds({ name: "a", unit: "ns", base: [10], head: [10] });
  assert.equal(same.verdict, "no difference");
});

test("B2: the same rounds give the same interval", () => {
  assert.deepEqual(compareRounds(roundsOf(1.1, 3)), compareRounds(roundsOf(1.1, 3)));
});

test("B3: below the limit and beyond doubt is a failure; noise and small losses are none", () => {
  const surely = compareRounds({ name: "s", unit: "ns", base: [10, 11, 10], head: [20, 21, 20] });
  const perhaps = compareRounds({ name: "p", unit: "ns", base: [10, 30, 10], head: [20, 12, 20] });
  const little = compareRounds({
    name: "l",
    unit: "ns",
    base: [97, 97, 97],
    head: [100, 100, 100],
  });
  assert.ok(perhaps.ratio < 0.95 && little.verdict === "slower");
  assert.deepEqual(failuresOf([surely, perhaps, little], 0.95), [surely]);
  assert.deepEqual(failuresOf([surely, perhaps, little], 0), []);
});

test("rounds that are missing are no comparison", () => {
  assert.throws(() => compareRounds({ name: "a", unit: "ns", base: [], head: [] }), /0 rounds/);
  assert.throws(() => compareRounds({ name: "a", unit: "ns", base: [1], head: [1, 2] }), /2 of/);
});
