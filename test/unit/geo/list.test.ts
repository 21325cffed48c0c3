// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { createList, push, toArray } from "../../../src/geo/list.ts";

test("a list grows from nothing and keeps its order", () => {
  const list = createList(0);
  for (let i = 0; i < 1000; i += 1) push(list, i * 7);
  assert.equal(list.size, 1000);
  assert.deepEqual(
    toArray(list),
    Uint32Array.from({ length: 1000 }, (_, i) => i * 7),
  );
});

test("words are unsigned", () => {
  const list = createList(1);
  push(list, -1);
  assert.deepEqual([...toArray(list)], [0xffffffff]);
});
