// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ref } from "../../../src/base/units.ts";
import { createTableWatch } from "../../../src/daemon/table-watch.ts";
import { EPOCH_MAX } from "../../../src/layout/limits.ts";
import {
  CONTROL_MEMORY_SIZE,
  initControl,
  minObserved,
  observedBy,
  publishRoot,
} from "../../../src/table/publish.ts";

function setUp() {
  const block = new Int32Array(new SharedArrayBuffer(CONTROL_MEMORY_SIZE));
  initControl(block);
  return { block, watch: createTableWatch(block, 3) };
}

test("while it holds an epoch, nothing of it may be reused, whatever is published", () => {
  const { block, watch } = setUp();
  publishRoot(block, 64 as Ref);
  const seen: [number, number][] = [];
  const look = (before: number, now: number): void => {
    seen.push([before, now]);
  };
  watch.advance(look);
  publishRoot(block, 128 as Ref);
  publishRoot(block, 192 as Ref);
  assert.equal(minObserved(block), 1);
  // Who reads meanwhile reads what is in force, and lets go of nothing.
  assert.equal(
    watch.read((root) => root),
    192,
  );
  assert.equal(minObserved(block), 1);
  watch.advance(look);
  assert.equal(minObserved(block), 3);
  watch.advance(look);
  assert.deepEqual(seen, [
    [0, 64],
    [64, 192],
  ]);
});

test("what is published while it compares is compared the next time", () => {
  const { block, watch } = setUp();
  publishRoot(block, 64 as Ref);
  watch.advance(() => {});
  publishRoot(block, 128 as Ref);
  watch.advance(() => publishRoot(block, 192 as Ref));
  assert.equal(observedBy(block, 3), 2);
  const seen: [number, number][] = [];
  watch.advance((before, now) => seen.push([before, now]));
  assert.deepEqual(seen, [[128, 192]]);
});

test("who holds nothing is asleep but while it reads, and begins anew", () => {
  const { block, watch } = setUp();
  watch.advance(() => assert.fail("there is no table"));
  assert.equal(observedBy(block, 3), EPOCH_MAX);
  publishRoot(block, 64 as Ref);
  watch.read(() => assert.equal(observedBy(block, 3), 1));
  assert.equal(observedBy(block, 3), EPOCH_MAX);
  watch.advance(() => {});
  watch.release();
  assert.equal(observedBy(block, 3), EPOCH_MAX);
  const seen: number[] = [];
  watch.advance((before) => seen.push(before));
  assert.deepEqual(seen, [0]);
});
