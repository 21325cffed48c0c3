// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { counterBlock, createMemory, mapMemory } from "../../../src/io/memory.ts";
import { COUNTER_BLOCK_WORDS } from "../../../src/layout/gen/counters.ts";
import { TABLE_SIZE_MAX } from "../../../src/layout/limits.ts";
import { currentEpoch, currentRoot } from "../../../src/table/publish.ts";

test("memories are empty, and views of another thread show the same octets", () => {
  const memory = createMemory(16);
  assert.equal(memory.table.u8.length, 16 * 1024 * 1024);
  assert.equal(currentRoot(memory.control), 0);
  assert.equal(currentEpoch(memory.control), 0);
  const other = mapMemory(memory.shared);
  memory.table.u32[100] = 7;
  memory.plans[3] = 8;
  assert.equal(other.table.u32[100], 7);
  assert.equal(other.plans[3], 8);
});

test("no table is larger than a Ref can reach", () => {
  assert.ok(createMemory(1_000_000).table.u8.length <= TABLE_SIZE_MAX);
});

test("every reader counts in a block of its own", () => {
  const { shared } = createMemory(16);
  counterBlock(shared, 1)[0] = 5;
  assert.equal(counterBlock(shared, 0)[0], 0);
  assert.equal(counterBlock(shared, 0).length, COUNTER_BLOCK_WORDS);
  assert.equal(counterBlock(shared, 1)[0], 5);
});
