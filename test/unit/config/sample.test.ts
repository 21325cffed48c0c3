// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { optionRows } from "../../../src/config/rows.ts";
import { sample } from "../../../src/config/sample.ts";
import { loadText } from "../../support/marked-config.ts";

test("the sample loads without a fault", () => {
  const { value, faults } = loadText(sample());
  assert.deepEqual(faults, []);
  assert.deepEqual(
    value?.state.policies.map((policy) => policy.id),
    ["www"],
  );
});

test("the sample's node is the node without options", () => {
  assert.deepEqual(loadText(sample()).value?.node, loadText("zones: {}").value?.node);
});

test("every option of the node stands in the sample with its meaning", () => {
  const text = sample();
  for (const row of optionRows()[0]?.rows ?? []) {
    assert.ok(text.includes(`# ${row.doc}`), row.key);
    assert.ok(text.includes(`${row.key.split(".").at(-1)}:`), row.key);
  }
});
