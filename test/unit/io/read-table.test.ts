// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { createMemory } from "../../../src/io/memory.ts";
import { createPublisher } from "../../../src/io/publisher.ts";
import { readTable } from "../../../src/io/read-table.ts";
import { currentRoot } from "../../../src/table/publish.ts";
import { createFolder } from "../../support/control.ts";
import { loaded, saved } from "../../support/saved.ts";

test("what was saved is in force after loading, with its zones", async (t) => {
  const { folder } = createFolder(t);
  const { octets } = await saved(folder);
  const { memory, ...rest } = loaded(folder);
  assert.equal(rest.octets, octets);
  const { image } = createPublisher(memory);
  assert.equal(image.zoneCount, 1);
  assert.equal(image.revision, 9);
});

test("without a file there is no table and no fault", (t) => {
  const { folder } = createFolder(t);
  assert.deepEqual(readTable(createMemory(16), folder), { header: null, faults: [] });
});

test("any octet that differs, and any cut, is found; the memories stay empty", async (t) => {
  const { folder } = createFolder(t);
  const { file } = await saved(folder);
  const sound = readFileSync(file);
  const zeroes = Buffer.alloc(createMemory(16).table.u8.length);
  const refused = (octets: Uint8Array, what: string): void => {
    writeFileSync(file, octets);
    const memory = createMemory(16);
    const read = readTable(memory, folder);
    assert.ok(read.header === null && read.faults.length > 0, what);
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
