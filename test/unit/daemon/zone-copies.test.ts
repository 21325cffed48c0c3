// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { createCopies } from "../../../src/daemon/zone-copies.ts";
import { createMemory } from "../../../src/io/memory.ts";
import { createPublisher, publish } from "../../../src/io/publisher.ts";
import { currentRoot } from "../../../src/table/publish.ts";
import { apexText, builtZone, name } from "../../support/tables.ts";

test("transfers of one version share a copy, which goes with the last of them", () => {
  const memory = createMemory(16);
  const publisher = createPublisher(memory);
  const copies = createCopies(memory.table);
  const apex = name("example.org.");
  const put = (serial: number): void => {
    const zones = [builtZone("example.org.", apexText(serial))];
    assert.ok("epoch" in publish(publisher, { revision: serial, put: zones }));
  };
  const take = () => copies.take(currentRoot(memory.control), apex);
  assert.equal(take(), null);
  put(1);
  const [a, b] = [take()!, take()!];
  assert.equal(a.copy, b.copy);
  put(2);
  const c = take()!;
  assert.notEqual(c.copy, a.copy);
  assert.deepEqual([a.copy.serial, c.copy.serial, copies.size], [1, 2, 2]);
  a.release();
  a.release();
  assert.equal(copies.size, 2);
  b.release();
  assert.equal(copies.size, 1);
  c.release();
  assert.equal(copies.size, 0);
});
