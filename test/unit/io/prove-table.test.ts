// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemory } from "../../../src/io/memory.ts";
import { proveTable } from "../../../src/io/prove-table.ts";
import { readTable } from "../../../src/io/read-table.ts";
import { DIRECTORY_ZONE_COUNT, SEGMENT_SIZE } from "../../../src/layout/gen/table.ts";
import { createFolder } from "../../support/control.ts";
import { saved } from "../../support/saved.ts";

test("what a digest cannot know is found by the proof", async (t) => {
  const { folder } = createFolder(t);
  await saved(folder);
  const memory = createMemory(16);
  const read = readTable(memory, folder);
  assert.ok(read.header !== null);
  assert.deepEqual(proveTable(memory, read.header), []);
  // What a digest cannot know: the writer was not sound.
  memory.table.u32[(read.header.root + SEGMENT_SIZE + DIRECTORY_ZONE_COUNT) >> 2]! += 1;
  assert.ok(proveTable(memory, read.header).length > 0);
});
