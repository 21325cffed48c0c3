// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { compileZone } from "../../../src/io/compile-zone.ts";
import { sha256 } from "../../../src/io/digest.ts";
import { createMemory } from "../../../src/io/memory.ts";
import { createPublisher, publish, reclaimAll, tableUse } from "../../../src/io/publisher.ts";
import { saveTable } from "../../../src/io/save-table.ts";
import { SAVED_TABLE_NAME } from "../../../src/io/saved.ts";
import { digestText } from "../../../src/table/digest.ts";
import { openTable } from "../../../src/table/open.ts";
import { currentRoot } from "../../../src/table/publish.ts";
import { createFolder } from "../../support/control.ts";
import { zoneText } from "../../support/daemon.ts";
import { loaded, published, saved } from "../../support/saved.ts";

test("a table is one file, complete; without a table there is none", async (t) => {
  const { folder } = createFolder(t);
  const { file, octets } = await saved(folder);
  assert.equal(readFileSync(file).length, octets);
  assert.equal(existsSync(`${file}.tmp`), false);
  const none = join(folder, "none");
  assert.equal(await saveTable(none, createPublisher(createMemory(16)), 1), 0);
  assert.equal(existsSync(none), false);
});

test("a save that fails leaves nothing behind", async (t) => {
  const { folder, write } = createFolder(t);
  const before = readdirSync(folder);
  // A folder in its place: everything is written, and then cannot be put there.
  mkdirSync(join(folder, SAVED_TABLE_NAME));
  write(`${SAVED_TABLE_NAME}/x`, "");
  await assert.rejects(saved(folder));
  assert.deepEqual(readdirSync(folder).toSorted(), [...before, SAVED_TABLE_NAME].toSorted());
});

/** Owners of a table of several slices. */
const OWNERS = 40_000;
const TABLE_MIB = 64;
/** More would not fit while nothing may be reused. */
const PUBLICATIONS = 16;

function largeZone(t: TestContext) {
  const { folder, write } = createFolder(t);
  const lines = Array.from({ length: OWNERS }, (_, i) => `h${i} A 10.0.0.1`);
  const file = write("large.zone", zoneText(1, ...lines));
  /** A zone of which every shard that `i` touches is another one. */
  const edited = (known: Uint8Array | null, serial: number) => {
    for (let i = 0; i < OWNERS; i += 97) lines[i] = `h${i} A 10.0.${serial}.2`;
    write("large.zone", zoneText(serial, ...lines));
    return compileZone({ apex: "example.org.", file, steered: [], known }).built!;
  };
  return { folder, file, edited };
}

test("publications go on during a save; what is saved is the table at its beginning", async (t) => {
  const { folder, file, edited } = largeZone(t);
  const publisher = published(file, TABLE_MIB);
  const digest = digestText(publisher.image.directory!.digest);
  const versions = [2, 3, 4, 5].map((serial) => edited(null, serial));
  let ended = false;
  const save = saveTable(join(folder, SAVED_TABLE_NAME), publisher, 7).finally(() => {
    ended = true;
  });
  // Each takes the space of one before it, if it may.
  let publications = 0;
  while (!ended || publications < versions.length) {
    await nextTurn();
    if (publications === PUBLICATIONS) continue;
    const put = [versions[publications % versions.length]!];
    const done = publish(publisher, { revision: 10 + publications, put });
    assert.ok("epoch" in done, "there is room for it");
    publications += 1;
    reclaimAll(publisher);
  }
  await save;
  reclaimAll(publisher);
  assert.equal(tableUse(publisher).retired, 0, "the space is given back");

  const { memory } = loaded(folder, TABLE_MIB);
  const root = currentRoot(memory.control);
  assert.deepEqual(openTable(memory.table, root, { digest: sha256 }), []);
  assert.equal(digestText(createPublisher(memory).image.directory!.digest), digest);
});

test("a disk that takes nothing is said, and the last good file stays", async (t) => {
  const { folder, file } = largeZone(t);
  const { file: target } = await saved(folder);
  const before = readFileSync(target);
  // A temporary file that takes no octet, whoever asks.
  mkdirSync(`${target}.tmp`);
  await assert.rejects(saveTable(target, published(file), 1));
  assert.deepEqual(readFileSync(target), before);
  assert.ok(loaded(folder).octets > 0);
});
