// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { createMemory } from "../../../src/io/memory.ts";
import { readTable } from "../../../src/io/read-table.ts";
import {
  clearTable,
  publishTable,
  removeTable,
  SAVED_TABLE_NAME,
  sweepSaved,
} from "../../../src/io/saved.ts";
import { CONTROL_BLOCK_STALE_SINCE_SECS } from "../../../src/layout/gen/control.ts";
import { currentEpoch, currentRoot } from "../../../src/table/publish.ts";
import { createFolder } from "../../support/control.ts";
import { saved } from "../../support/saved.ts";

test("what is read is in force when it is published, with its age; it can be taken back", async (t) => {
  const { folder } = createFolder(t);
  await saved(folder);
  const memory = createMemory(16);
  const read = readTable(memory, folder);
  assert.ok(read.header !== null);
  assert.equal(currentRoot(memory.control), 0);
  publishTable(memory, read.header);
  assert.equal(currentRoot(memory.control), read.header.root);
  assert.equal(currentEpoch(memory.control), 1);
  assert.equal(memory.control[CONTROL_BLOCK_STALE_SINCE_SECS >> 2], 1234);
  clearTable(memory, read.header);
  assert.ok(Buffer.alloc(memory.table.u8.length).equals(Buffer.from(memory.shared.table)));
  removeTable(folder);
  removeTable(folder);
  assert.deepEqual(readTable(memory, folder), { header: null, faults: [] });
});

test("what a save left that was cut off is swept, and nothing else", async (t) => {
  const { folder, write } = createFolder(t);
  await saved(folder);
  const before = readdirSync(folder);
  write(`${SAVED_TABLE_NAME}.tmp`, "");
  write(`${SAVED_TABLE_NAME}.4711.tmp`, "");
  sweepSaved(folder);
  assert.deepEqual(readdirSync(folder).toSorted(), before.toSorted());
});
