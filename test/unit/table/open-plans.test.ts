// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { openPlans } from "../../../src/table/open-plans.ts";
import {
  createPlans,
  PLAN_ROW_SIZE,
  PLAN_ROW_WORDS,
  setPlan,
  shapePlan,
} from "../../../src/table/plans.ts";
import { soundTable } from "../../support/broken.ts";

const image = soundTable("steered");
const root = image.directory!.ref;

/** Plan memory of four sound rows: two policies over two regions. */
function soundRows(): Int32Array {
  const words = new Int32Array(new SharedArrayBuffer(4 * PLAN_ROW_SIZE));
  const plans = createPlans(words);
  for (let row = 0; row < 4; row += 1) {
    shapePlan(plans, row, { picker: row, answers: 1, allDown: row % 3, endpoints: [0, 2] });
    setPlan(plans, row, 60, row, [
      { rank: 0, weight: 9 },
      { rank: 1, weight: 1 },
    ]);
  }
  return words;
}

test("sound rows, and a table without policies", () => {
  assert.equal(openPlans(image.views, root, soundRows()), null);
  const plain = soundTable("plain");
  assert.equal(openPlans(plain.views, plain.directory!.ref, new Int32Array(0)), null);
});

const rows: readonly (readonly [string, (words: Int32Array) => Int32Array])[] = [
  ["unknown picker", (words) => set(words, 1, 5)],
  ["unknown all-down rule", (words) => set(words, 1, 3 << 16)],
  ["9 candidates", (words) => set(words, 1, 9 << 24)],
  ["unknown state", (words) => set(words, 2, 4)],
  ["candidate 1 is no endpoint", (words) => set(words, 6, 3)],
  ["candidate 0 is no endpoint", (words) => set(words, 4, -1)],
  ["outside of plan memory", (words) => words.subarray(0, 4 * PLAN_ROW_WORDS - 1)],
];

function set(words: Int32Array, word: number, value: number): Int32Array {
  words[3 * PLAN_ROW_WORDS + word] = value;
  return words;
}

for (const [what, breaker] of rows) {
  test(what, () => {
    const wrong = openPlans(image.views, root, breaker(soundRows()));
    assert.equal(wrong?.key, "TABLE_STEERING");
    assert.match(wrong.detail, new RegExp(what));
  });
}
