// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { controlBlock, controlStructs, reader, readerStates } from "../../../src/layout/control.ts";
import * as gen from "../../../src/layout/gen/control.ts";
import { CACHE_LINE_SIZE } from "../../../src/layout/limits.ts";
import { offsets, sizeOf } from "../../../src/layout/schema.ts";

test("generated offsets are those of the rows", () => {
  const [epoch, root, stop, staleSinceSecs] = offsets(controlBlock);
  assert.deepEqual(
    [
      gen.CONTROL_BLOCK_EPOCH,
      gen.CONTROL_BLOCK_ROOT,
      gen.CONTROL_BLOCK_STOP,
      gen.CONTROL_BLOCK_STALE_SINCE_SECS,
    ],
    [epoch, root, stop, staleSinceSecs],
  );
  const [observed, state, turns] = offsets(reader);
  assert.deepEqual(
    [gen.READER_OBSERVED, gen.READER_STATE, gen.READER_TURNS],
    [observed, state, turns],
  );
});

test("the block and each reader fill a cache line: their writers differ", () => {
  for (const s of controlStructs) assert.equal(sizeOf(s), CACHE_LINE_SIZE, s.name);
});

test("a reader of zeroed memory is absent", () => assert.equal(readerStates.ABSENT, 0));
