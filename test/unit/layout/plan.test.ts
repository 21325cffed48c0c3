// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import * as enums from "../../../src/layout/gen/enums.ts";
import * as gen from "../../../src/layout/gen/plan.ts";
import {
  allDownRules,
  pickers,
  plan,
  planEntry,
  planStates,
  planStructs,
} from "../../../src/layout/plan.ts";
import { offsets, sizeOf } from "../../../src/layout/schema.ts";

test("generated offsets are those of the rows", () => {
  assert.deepEqual(
    [gen.PLAN_SIZE, gen.PLAN_TTL, gen.PLAN_SETTINGS, gen.PLAN_STATE, gen.PLAN_STAMP],
    [sizeOf(plan), ...offsets(plan)],
  );
  assert.deepEqual(
    [gen.PLAN_ENTRY_SIZE, gen.PLAN_ENTRY_ENDPOINT, gen.PLAN_ENTRY_SHARE],
    [sizeOf(planEntry), ...offsets(planEntry)],
  );
  assert.equal(planStructs.length, 2);
});

test("O1: every field is a whole word, so that none is ever half new", () => {
  for (const s of planStructs) {
    for (const field of s.fields) assert.deepEqual([field.width, field.count], [4, 1], field.name);
  }
});

test("what shares the settings word fits its octet", () => {
  for (const set of [pickers, allDownRules, planStates]) {
    const values: number[] = Object.values(set);
    assert.deepEqual(
      values,
      values.map((_, i) => i),
    );
    assert.ok(values.length <= 256);
  }
  assert.equal(enums.PICKER_WRR, pickers.WRR);
  assert.equal(enums.ALL_DOWN_SERVFAIL, allDownRules.SERVFAIL);
});
