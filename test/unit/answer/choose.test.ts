// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { choose, clientKey, negativeLog2 } from "../../../src/answer/choose.ts";
import { createKernel, type Kernel } from "../../../src/answer/scratch.ts";
import { SETTINGS_WORDS } from "../../../src/answer/settings.ts";
import { mixHash } from "../../../src/base/hash.ts";
import {
  PICKER_ALL,
  PICKER_INDEPENDENT,
  PICKER_RANDOM,
  PICKER_RENDEZVOUS,
  PICKER_WRR,
} from "../../../src/layout/gen/enums.ts";
import { ENDPOINT_HASH_SEED, ENDPOINT_SIZE } from "../../../src/layout/gen/table.ts";
import { createPlans, PLAN_ROW_WORDS, shapePlan } from "../../../src/table/plans.ts";
import { tableViews } from "../../../src/table/reader.ts";

const ENDPOINTS = 64;

/** A kernel over eight endpoints and one plan row that names them all. */
function kernelWith(weights: readonly number[]): Kernel {
  const table = tableViews(new ArrayBuffer(ENDPOINTS + 8 * ENDPOINT_SIZE));
  for (let i = 0; i < 8; i += 1) {
    table.u32[(ENDPOINTS + i * ENDPOINT_SIZE + ENDPOINT_HASH_SEED) >> 2] = mixHash(1000 + i);
  }
  const plans = new Int32Array(PLAN_ROW_WORDS);
  shapePlan(createPlans(plans), 0, {
    picker: 0,
    answers: 1,
    allDown: 0,
    endpoints: weights.map((_, i) => i),
  });
  const settings = new Int32Array(SETTINGS_WORDS);
  const memory = { table, plans, settings, counters: new Float64Array(32), planRows: 1 };
  const k = createKernel(memory, { udpSizeMax: 1232 });
  k.picked.planAt = 0;
  setWeights(k, weights);
  return k;
}

function setWeights(k: Kernel, weights: readonly number[]): void {
  weights.forEach((weight, i) => {
    k.weight[i] = weight;
  });
}

const bitsOf = (weights: readonly number[]) =>
  weights.reduce((bits, weight, i) => (weight > 0 ? bits | (1 << i) : bits), 0);

/** The candidates that are picked, by number, in order. */
function picks(
  k: Kernel,
  picker: number,
  answers: number,
  weights: readonly number[],
  key: number,
): number[] {
  choose(k, picker, answers, bitsOf(weights), ENDPOINTS, key);
  return Array.from(
    k.picked.endpoints.subarray(0, k.picked.count),
    (at) => (at - ENDPOINTS) / ENDPOINT_SIZE,
  );
}

function countPicks(picker: number, weights: readonly number[], keys: number): number[] {
  const k = kernelWith(weights);
  const counts = weights.map(() => 0);
  for (let i = 0; i < keys; i += 1) {
    counts[picks(k, picker, 1, weights, mixHash(i * 7919))[0]!]! += 1;
  }
  return counts;
}

/** Sum of (seen − expected)² / expected. */
function chiSquare(counts: readonly number[], weights: readonly number[]): number {
  const total = counts.reduce((a, b) => a + b);
  const sum = weights.reduce((a, b) => a + b);
  return counts.reduce((chi, count, i) => {
    const expected = (total * weights[i]!) / sum;
    return expected === 0 ? chi + count : chi + (count - expected) ** 2 / expected;
  }, 0);
}

const WEIGHTS = [
  [1, 1],
  [100, 50, 25],
  [65535, 1, 65535],
  [10, 20, 30, 40, 50, 60, 70, 80],
  [1, 0, 3],
];

test("the logarithm is that of mathematics, to a millionth", () => {
  let worst = 0;
  for (let i = 1; i < 20000; i += 1) {
    const h = mixHash(i);
    const exact = -Math.log2(h / 2 ** 32) * 2 ** 24;
    worst = Math.max(worst, Math.abs(negativeLog2(h) - exact) / 2 ** 24);
  }
  assert.ok(worst < 1e-6, `off by ${worst}`);
  assert.equal(negativeLog2(0), 32 * 2 ** 24);
  assert.equal(negativeLog2(1), 32 * 2 ** 24);
  assert.equal(negativeLog2(0x80000000), 2 ** 24);
});

test("the logarithm falls and stays within 0 and 2^29", () => {
  fc.assert(
    fc.property(fc.nat(0xffffffff), fc.nat(0xffff), (h, more) => {
      const a = negativeLog2(h);
      const b = negativeLog2(Math.min(0xffffffff, h + more));
      assert.ok(a >= b && b >= 0 && a <= 2 ** 29);
    }),
  );
});

test("R1: rendezvous and random share in proportion to the weights", () => {
  // 7 degrees of freedom: above 24.3 once in a thousand. The input is fixed, so it is no gamble.
  for (const weights of WEIGHTS) {
    for (const picker of [PICKER_RENDEZVOUS, PICKER_RANDOM]) {
      const chi = chiSquare(countPicks(picker, weights, 40000), weights);
      assert.ok(chi < 24.3, `picker ${picker}, weights ${weights}: ${chi}`);
    }
  }
});

test("that bound can fail: equal shares are not those of the weights", () => {
  assert.ok(chiSquare(countPicks(PICKER_RENDEZVOUS, [1, 1], 40000), [100, 95]) > 24.3);
});

test("R1: a weight that grows only wins, one that falls only loses", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 65535 }), { minLength: 2, maxLength: 8 }),
      fc.nat(7),
      fc.integer({ min: 1, max: 65535 }),
      fc.integer(),
      (weights, which, weight, key) => {
        const at = which % weights.length;
        const changed = weights.map((one, i) => (i === at ? weight : one));
        const k = kernelWith(weights);
        const [before] = picks(k, PICKER_RENDEZVOUS, 1, weights, key);
        setWeights(k, changed);
        const [after] = picks(k, PICKER_RENDEZVOUS, 1, changed, key);
        if (before === after) return;
        assert.equal(weight > weights[at]! ? after : before, at);
      },
    ),
  );
});

test("R1: one that leaves gives its clients away and moves nobody else", () => {
  const weights = [10, 20, 30, 40];
  const k = kernelWith(weights);
  const without = [10, 20, 0, 40];
  let moved = 0;
  for (let i = 0; i < 5000; i += 1) {
    setWeights(k, weights);
    const [before] = picks(k, PICKER_RENDEZVOUS, 1, weights, mixHash(i));
    setWeights(k, without);
    const [after] = picks(k, PICKER_RENDEZVOUS, 1, without, mixHash(i));
    if (before === 2) moved += 1;
    else assert.equal(before, after);
  }
  assert.ok(Math.abs(moved / 5000 - 0.3) < 0.03, `${moved} of 5000`);
});

test("R1: a change of 10 % in one of two equal weights moves about 2.5 % of the clients", () => {
  const k = kernelWith([1000, 1000]);
  let moved = 0;
  for (let i = 0; i < 20000; i += 1) {
    setWeights(k, [1000, 1000]);
    const [before] = picks(k, PICKER_RENDEZVOUS, 1, [1, 1], mixHash(i));
    setWeights(k, [1000, 900]);
    if (before !== picks(k, PICKER_RENDEZVOUS, 1, [1, 1], mixHash(i))[0]) moved += 1;
  }
  assert.ok(moved / 20000 > 0.018 && moved / 20000 < 0.034, `${moved} of 20000`);
});

test("rendezvous gives as many as asked, all different, and the first of two is the first of one", () => {
  const weights = [5, 5, 5, 5];
  const k = kernelWith(weights);
  for (let i = 0; i < 200; i += 1) {
    const three = picks(k, PICKER_RENDEZVOUS, 3, weights, mixHash(i));
    assert.equal(new Set(three).size, 3);
    assert.deepEqual(picks(k, PICKER_RENDEZVOUS, 1, weights, mixHash(i)), three.slice(0, 1));
    assert.equal(picks(k, PICKER_RENDEZVOUS, 200, weights, mixHash(i)).length, 4);
  }
});

test("R2: wrr keeps to the shares within a small constant in every window", () => {
  for (const weights of WEIGHTS) {
    const k = kernelWith(weights);
    const sum = weights.reduce((a, b) => a + b);
    const prefix = [weights.map(() => 0)];
    for (let n = 0; n < 3000; n += 1) {
      const next = prefix[n]!.slice();
      next[picks(k, PICKER_WRR, 1, weights, 0)[0]!]! += 1;
      prefix.push(next);
    }
    let worst = 0;
    for (let from = 0; from < 3000; from += 97) {
      for (let to = from + 1; to <= 3000; to += 13) {
        for (const [i, weight] of weights.entries()) {
          const seen = prefix[to]![i]! - prefix[from]![i]!;
          worst = Math.max(worst, Math.abs(seen - ((to - from) * weight) / sum));
        }
      }
    }
    assert.ok(worst < 4, `weights ${weights}: ${worst} picks away from the share`);
  }
});

test("wrr goes on where it stood, for each plan row by itself", () => {
  const k = kernelWith([1, 1]);
  assert.equal(k.cursors[0], 0);
  picks(k, PICKER_WRR, 1, [1, 1], 0);
  picks(k, PICKER_WRR, 1, [1, 1], 0);
  assert.equal(k.cursors[0], 2);
});

test("the cursor of wrr goes round", () => {
  const k = kernelWith([1, 1]);
  k.cursors[0] = 0xffffffff;
  picks(k, PICKER_WRR, 1, [1, 1], 0);
  assert.equal(k.cursors[0], 0);
});

test("one that is alone is picked without looking, and wrr takes no step", () => {
  const k = kernelWith([7, 7, 7]);
  for (const picker of [PICKER_ALL, PICKER_INDEPENDENT, PICKER_RENDEZVOUS, PICKER_WRR]) {
    assert.deepEqual(picks(k, picker, 3, [0, 1, 0], 5), [1]);
  }
  assert.equal(k.cursors[0], 0);
});

test("independent: each with weight / greatest weight, the heaviest always", () => {
  const weights = [100, 50, 10];
  const k = kernelWith(weights);
  const counts = [0, 0, 0];
  for (let i = 0; i < 20000; i += 1) {
    const got = picks(k, PICKER_INDEPENDENT, 1, weights, mixHash(i));
    assert.equal(got[0], 0);
    for (const one of got) counts[one]! += 1;
  }
  assert.ok(Math.abs(counts[1]! / 20000 - 0.5) < 0.015, `${counts}`);
  assert.ok(Math.abs(counts[2]! / 20000 - 0.1) < 0.01, `${counts}`);
});

test("all: everybody, whatever was asked", () => {
  const k = kernelWith([1, 2, 3, 4]);
  assert.deepEqual(picks(k, PICKER_ALL, 1, [1, 0, 3, 4], 9), [0, 2, 3]);
});

test("random: without replacement", () => {
  const weights = [1, 65535, 1];
  const k = kernelWith(weights);
  for (let i = 0; i < 500; i += 1) {
    assert.equal(new Set(picks(k, PICKER_RANDOM, 3, weights, mixHash(i))).size, 3);
  }
});

test("clients of one network have one key, those of two have two", () => {
  const v4 = (high: number) => ({ family: 4, high, low: 0, scopeBase: 0 });
  const v6 = (high: number, low: number) => ({ family: 6, high, low, scopeBase: 0 });
  assert.equal(clientKey(v4(0x0a000001), 24, 7), clientKey(v4(0x0a0000ff), 24, 7));
  assert.notEqual(clientKey(v4(0x0a000001), 24, 7), clientKey(v4(0x0a0001ff), 24, 7));
  assert.notEqual(clientKey(v4(0x0a000001), 32, 7), clientKey(v4(0x0a000002), 32, 7));
  assert.notEqual(clientKey(v4(0x0a000001), 24, 7), clientKey(v4(0x0a000001), 24, 8));
  assert.equal(clientKey(v4(0x0a000001), 0, 7), clientKey(v4(-1), 0, 7));
  assert.equal(
    clientKey(v6(0x20010db8, 0x10000), 48, 7),
    clientKey(v6(0x20010db8, 0x1ffff), 48, 7),
  );
  assert.notEqual(
    clientKey(v6(0x20010db8, 0x10000), 48, 7),
    clientKey(v6(0x20010db8, 0x20000), 48, 7),
  );
  assert.equal(clientKey(v6(0x20010db8, 1), 32, 7), clientKey(v6(0x20010db8, 2), 32, 7));
  assert.notEqual(clientKey(v6(0x20010db8, 1), 64, 7), clientKey(v6(0x20010db8, 2), 64, 7));
  assert.equal(clientKey(v6(0x20010db8, 1), 24, 7), clientKey(v6(0x20010dff, 1), 24, 7));
});
