// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { compileZone } from "../../../src/io/compile-zone.ts";
import { createMemory } from "../../../src/io/memory.ts";
import { createPublisher, publish } from "../../../src/io/publisher.ts";
import { loadTable, SAVED_TABLE_NAME, saveTable, sweepSaved } from "../../../src/io/saved.ts";
import { currentRoot } from "../../../src/table/publish.ts";
import { createFolder } from "../../support/control.ts";

/** Saves a table of one zone into the folder. */
function saved(folder: string): { file: string; octets: number } {
  const publisher = createPublisher(createMemory(16));
  const zone = join(folder, "example.org.zone");
  const { built } = compileZone({ apex: "example.org.", file: zone, steered: [], known: null });
  const done = publish(publisher, { revision: 9, put: [built!] });
  assert.ok("epoch" in done);
  const file = join(folder, SAVED_TABLE_NAME);
  const { image, plans } = publisher;
  return { file, octets: saveTable(file, { image, plans: plans.words, savedAtSecs: 1234 }) };
}

test("what was saved is in force after loading, with its zones", (t) => {
  const { folder } = createFolder(t);
  const { file, octets } = saved(folder);
  assert.equal(readFileSync(file).length, octets);
  assert.equal(existsSync(`${file}.tmp`), false);
  const memory = createMemory(16);
  assert.deepEqual(loadTable(memory, folder), { loaded: true, savedAtSecs: 1234, octets });
  assert.notEqual(currentRoot(memory.control), 0);
  const { image } = createPublisher(memory);
  assert.equal(image.zoneCount, 1);
  assert.equal(image.revision, 9);
});

test("without a file there is no table and no fault; without a table there is no file", (t) => {
  const { folder } = createFolder(t);
  assert.deepEqual(loadTable(createMemory(16), folder), { loaded: false, faults: [] });
  const { image, plans } = createPublisher(createMemory(16));
  const file = join(folder, "none");
  assert.equal(saveTable(file, { image, plans: plans.words, savedAtSecs: 1 }), 0);
  assert.equal(existsSync(file), false);
});

test("any octet that differs, and any cut, is found; the memories stay empty", (t) => {
  const { folder } = createFolder(t);
  const { file } = saved(folder);
  const sound = readFileSync(file);
  const zeroes = Buffer.alloc(createMemory(16).table.u8.length);
  const refused = (octets: Uint8Array, what: string): void => {
    writeFileSync(file, octets);
    const memory = createMemory(16);
    const result = loadTable(memory, folder);
    assert.ok(!result.loaded && result.faults.length > 0, what);
    assert.equal(currentRoot(memory.control), 0);
    assert.ok(zeroes.equals(Buffer.from(memory.shared.table)), what);
  };
  const step = Math.max(1, Math.floor(sound.length / 25));
  for (let at = 0; at < sound.length; at += step) {
    const octets = Uint8Array.from(sound);
    octets[at]! ^= 0x40;
    refused(octets, `octet ${at}`);
    refused(sound.subarray(0, at), `cut at ${at}`);
  }
  refused(Uint8Array.from([...sound, 0]), "an octet more");
});

test("a save that fails leaves nothing behind, and what was cut off before is swept", (t) => {
  const { folder, write } = createFolder(t);
  const before = readdirSync(folder);
  // A folder in its place: everything is written, and then cannot be put there.
  mkdirSync(join(folder, SAVED_TABLE_NAME));
  write(`${SAVED_TABLE_NAME}/x`, "");
  assert.throws(() => saved(folder));
  assert.deepEqual(readdirSync(folder).toSorted(), [...before, SAVED_TABLE_NAME].toSorted());
  write(`${SAVED_TABLE_NAME}.tmp`, "");
  write(`${SAVED_TABLE_NAME}.4711.tmp`, "");
  sweepSaved(folder);
  assert.deepEqual(readdirSync(folder).toSorted(), [...before, SAVED_TABLE_NAME].toSorted());
});
