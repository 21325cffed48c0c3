// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Epoch } from "../../../src/base/units.ts";
import { PICKER_WRR, PLAN_STATE_DEGRADED } from "../../../src/layout/gen/enums.ts";
import { PLAN_CANDIDATES_MAX } from "../../../src/layout/limits.ts";
import {
  allocateRows,
  createPlans,
  PLAN_ROW_SIZE,
  PLAN_ROW_WORDS,
  type PlanShape,
  readPlan,
  reclaimRows,
  releaseRows,
  retireRows,
  setPlan,
  shapePlan,
} from "../../../src/table/plans.ts";

const shape: PlanShape = { picker: PICKER_WRR, answers: 2, allDown: 1, endpoints: [7, 3, 9] };

function newPlans(rows: number) {
  return createPlans(new Int32Array(new SharedArrayBuffer(rows * PLAN_ROW_SIZE)));
}

test("what is written is read", () => {
  const plans = newPlans(4);
  shapePlan(plans, 2, shape);
  const share = fc.tuple(fc.nat(65535), fc.nat(65535)).map(([rank, weight]) => ({ rank, weight }));
  const rows = fc.tuple(fc.nat(0x7fffffff), fc.nat(3), fc.tuple(share, share, share), fc.nat());
  fc.assert(
    fc.property(rows, ([ttlSecs, state, shares, stamp]) => {
      const before = readPlan(plans.words, 2);
      const changed = setPlan(plans, 2, ttlSecs, state, shares, stamp);
      const after = readPlan(plans.words, 2);
      const differs = (a: unknown, b: unknown): number =>
        JSON.stringify(a) === JSON.stringify(b) ? 0 : 1;
      const expected =
        differs(before.ttlSecs, ttlSecs) +
        differs(before.state, state) +
        shares.reduce((sum, one, i) => sum + differs(before.shares[i], one), 0);
      assert.equal(changed, expected);
      assert.deepEqual(after, {
        ...shape,
        ttlSecs,
        state,
        shares,
        stamp: changed === 0 ? before.stamp : stamp,
      });
    }),
    { numRuns: 200 },
  );
});

test("the octets of the TTL in memory are those on the wire", () => {
  const plans = newPlans(1);
  shapePlan(plans, 0, shape);
  setPlan(plans, 0, 0x01020304, 0, new Array(3).fill({ rank: 0, weight: 1 }));
  assert.deepEqual([...new Uint8Array(plans.words.buffer, 0, 4)], [1, 2, 3, 4]);
});

test("a change of one weight stores one word", (t) => {
  const plans = newPlans(1);
  shapePlan(plans, 0, shape);
  const shares = [1, 2, 3].map((weight) => ({ rank: 0, weight }));
  setPlan(plans, 0, 30, 0, shares);
  const store = t.mock.method(Atomics, "store");
  assert.equal(setPlan(plans, 0, 30, 0, shares), 0);
  assert.equal(store.mock.callCount(), 0);
  assert.equal(setPlan(plans, 0, 30, 0, [{ rank: 0, weight: 0 }, ...shares.slice(1)]), 1);
  assert.equal(store.mock.callCount(), 1);
});

test("O1: a mix of old and new words is a valid plan", () => {
  const plans = newPlans(1);
  shapePlan(plans, 0, shape);
  const old = [1, 2, 3].map((weight) => ({ rank: weight, weight }));
  setPlan(plans, 0, 300, 0, old);
  const before = plans.words.slice();
  setPlan(
    plans,
    0,
    20,
    PLAN_STATE_DEGRADED,
    old.map(() => ({ rank: 9, weight: 65535 })),
  );
  for (let mix = 0; mix < 1 << 8; mix += 1) {
    const words = plans.words.map((word, i) => ((mix >> (i % 8)) & 1 ? before[i]! : word));
    const row = readPlan(words, 0);
    assert.deepEqual(row.endpoints, shape.endpoints);
    assert.ok([300, 20].includes(row.ttlSecs));
    row.shares.forEach((share, i) => {
      assert.ok([old[i]!.weight, 65535].includes(share.weight));
    });
  }
});

test("O2: retired rows come back when their epoch was observed", () => {
  const plans = newPlans(10);
  const row = allocateRows(plans, 10)!;
  assert.equal(row, 0);
  assert.equal(allocateRows(plans, 1), null);
  retireRows(plans, row, 10, 2 as Epoch);
  reclaimRows(plans, 1 as Epoch);
  assert.equal(allocateRows(plans, 1), null);
  reclaimRows(plans, 2 as Epoch);
  const again = allocateRows(plans, 4)!;
  assert.ok(again >= 0);
  releaseRows(plans, again, 4);
  assert.equal(allocateRows(plans, 10), 0);
});

test("rows that are given out begin empty; rows that were loaded are kept", () => {
  const plans = newPlans(3);
  plans.words.fill(-1);
  const row = allocateRows(plans, 1)!;
  assert.equal(readPlan(plans.words, row).shares.length, 0);
  assert.equal(plans.words[PLAN_ROW_WORDS], -1);
  const loaded = createPlans(plans.words, [{ row: 0, count: 2 }]);
  assert.equal(allocateRows(loaded, 1), 2);
});

test("what no plan may say is a breach", () => {
  const plans = newPlans(1);
  const many = Array.from({ length: PLAN_CANDIDATES_MAX + 1 }, (_, i) => i);
  assert.throws(() => shapePlan(plans, 0, { ...shape, endpoints: many }));
  shapePlan(plans, 0, shape);
  assert.throws(() => setPlan(plans, 0, 1, 0, []));
  const tooHeavy = new Array(3).fill({ rank: 0, weight: 65536 });
  assert.throws(() => setPlan(plans, 0, 1, 0, tooHeavy));
});
