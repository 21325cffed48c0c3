// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemory } from "../../../src/io/memory.ts";
import { createPublisher, publish } from "../../../src/io/publisher.ts";
import { findZoneHeader } from "../../../src/table/find-zone.ts";
import { currentRoot } from "../../../src/table/publish.ts";
import { findZone } from "../../../src/table/table-image.ts";
import { apexText, builtZone, name } from "../../support/tables.ts";

test("every zone of every root is found where the picture has it, and no other", () => {
  const memory = createMemory(64);
  const publisher = createPublisher(memory);
  assert.equal(findZoneHeader(memory.table, 0, name("example.org.")), 0);
  const apexes = Array.from({ length: 700 }, (_, i) => `z${i}.example.`);
  const put = apexes.map((apex) => builtZone(apex, apexText()));
  assert.ok("epoch" in publish(publisher, { revision: 1, put }));
  const root = currentRoot(memory.control);
  const refs = apexes.map((apex) => findZone(publisher.image, name(apex))!.header.ref);
  const found = (of: number): number[] =>
    apexes.map((apex) => findZoneHeader(memory.table, of, name(apex)));
  assert.deepEqual(found(root), refs);
  assert.equal(findZoneHeader(memory.table, root, name("z700.example.")), 0);
  assert.equal(findZoneHeader(memory.table, root, name("example.")), 0);
  // The old root goes on to show what it showed.
  assert.ok(
    "epoch" in publish(publisher, { revision: 2, put: [builtZone(apexes[3]!, apexText(2))] }),
  );
  assert.deepEqual(found(root), refs);
  const now = found(currentRoot(memory.control));
  assert.deepEqual(
    now.flatMap((ref, i) => (ref === refs[i] ? [] : [i])),
    [3],
  );
});
