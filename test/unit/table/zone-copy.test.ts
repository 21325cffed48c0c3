// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemory } from "../../../src/io/memory.ts";
import { createPublisher, publish } from "../../../src/io/publisher.ts";
import { findZoneHeader } from "../../../src/table/find-zone.ts";
import { currentRoot } from "../../../src/table/publish.ts";
import { copyZone } from "../../../src/table/zone-copy.ts";
import { zoneRRsets } from "../../../src/table/zone-records.ts";
import { apexText, builtZone, name } from "../../support/tables.ts";

test("a copy of a zone reads like the zone, and does not change with the table", () => {
  const memory = createMemory(16);
  const publisher = createPublisher(memory);
  const lines = Array.from({ length: 2000 }, (_, i) => `h${i} A 192.0.2.1\n`).join("");
  const put = [builtZone("example.org.", apexText(7) + lines)];
  assert.ok("epoch" in publish(publisher, { revision: 1, put }));
  const ref = findZoneHeader(memory.table, currentRoot(memory.control), name("example.org."));
  const { views, zone, serial, octets } = copyZone(memory.table, ref);
  assert.equal(serial, 7);
  assert.ok(octets > 2000 * 16);
  const before = [...zoneRRsets(views, zone)];
  assert.equal(before.length, 2002);
  memory.table.u8.fill(0xff, ref);
  assert.deepEqual([...zoneRRsets(views, zone)], before);
});
