// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { createKernel, createName } from "../../../src/answer/scratch.ts";
import { SETTINGS_WORDS } from "../../../src/answer/settings.ts";
import { COUNTER_BLOCK_WORDS } from "../../../src/layout/gen/counters.ts";
import {
  ALIAS_DEPTH_MAX,
  LABELS_MAX,
  NAME_SIZE_MAX,
  PLAN_CANDIDATES_MAX,
} from "../../../src/layout/limits.ts";
import { tableViews } from "../../../src/table/reader.ts";

test("a name holds the longest name and the most labels, the root's among them", () => {
  const name = createName();
  assert.ok(name.octets.length >= NAME_SIZE_MAX);
  for (const list of [name.labelAt, name.labelPos, name.hash]) {
    assert.equal(list.length, LABELS_MAX + 1);
  }
  // An offset of the last label must fit its element.
  assert.ok(NAME_SIZE_MAX <= 0xff);
});

test("a new kernel refuses everything and shares only what it was given", () => {
  const memory = {
    table: tableViews(new ArrayBuffer(64)),
    plans: new Int32Array(40),
    settings: new Int32Array(SETTINGS_WORDS),
    counters: new Float64Array(COUNTER_BLOCK_WORDS),
    planRows: 3,
  };
  const a = createKernel(memory, { udpSizeMax: 1232 });
  const b = createKernel(memory, { udpSizeMax: 512 });
  assert.equal(a.root, 0);
  assert.deepEqual([a.udpSizeMax, b.udpSizeMax], [1232, 512]);
  assert.equal(a.table, b.table);
  assert.equal(a.cursors.length, 3);
  for (const key of ["cursors", "question", "name", "target", "found", "picked", "out"] as const) {
    assert.notEqual(a[key], b[key], key);
  }
  assert.equal(a.visitedNodes.length, ALIAS_DEPTH_MAX);
  assert.equal(a.visitedHashes.length, ALIAS_DEPTH_MAX);
  assert.equal(a.picked.endpoints.length, PLAN_CANDIDATES_MAX);
});
