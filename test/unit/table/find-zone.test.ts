// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemory } from "../../../src/io/memory.ts";
import { createPublisher, publish } from "../../../src/io/publisher.ts";
import { findZoneHeader } from "../../../src/table/find-zone.ts";
import { currentRoot } from "../../../src/table/publish.ts";
import { readZoneHeader } from "../../../src/table/table-image.ts";
import { apexText, builtZone, name } from "../../support/tables.ts";

test("every zone of a table is found by its apex, and nothing else is", () => {
  const memory = createMemory(64);
  const { table } = memory;
  assert.equal(findZoneHeader(table, 0, name("example.org.")), 0);
  const publisher = createPublisher(memory);
  // Enough of them that some shards hold several, and some slots are not the first.
  const apexes = Array.from({ length: 300 }, (_, i) => `z${i}.example.`);
  const put = apexes.map((apex, i) => builtZone(apex, apexText(i + 1)));
  const done = publish(publisher, { revision: 1, put });
  assert.ok("epoch" in done, JSON.stringify(done));
  const root = currentRoot(memory.control);
  apexes.forEach((apex, i) => {
    const ref = findZoneHeader(table, root, name(apex));
    assert.notEqual(ref, 0, apex);
    const header = readZoneHeader(table, ref);
    assert.deepEqual(header.apex, name(apex));
    assert.equal(header.serial, i + 1);
  });
  for (const other of ["z300.example.", "example.", ".", "a.z1.example."]) {
    assert.equal(findZoneHeader(table, root, name(other)), 0, other);
  }
});
