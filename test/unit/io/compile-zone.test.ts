// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { utimesSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { compileZone, stampOf } from "../../../src/io/compile-zone.ts";
import { createFolder } from "../../support/control.ts";
import { zoneText } from "../../support/daemon.ts";

const job = (file: string) => ({ apex: "example.org.", file, steered: [], known: null });

test("a zone with includes: segments, and the files that it was made of", (t) => {
  const { folder, write } = createFolder(t);
  write("parts/b.inc", "b A 192.0.2.2\n");
  const file = write("example.org.zone", zoneText(5, "a A 192.0.2.1", "$INCLUDE parts/b.inc"));
  const result = compileZone(job(file));
  assert.deepEqual(result.faults, []);
  assert.equal(result.built!.serial, 5);
  assert.equal(result.recordCount, 5);
  assert.deepEqual(
    result.files.map((one) => one.file),
    [file, join(folder, "parts/b.inc")],
  );
  assert.ok(result.files.every((one) => one.stamp === stampOf(one.file) && one.stamp !== ""));
});

test("law 3: two compilations give equal digests; known shards are left out", (t) => {
  const { folder } = createFolder(t);
  const file = join(folder, "example.org.zone");
  const one = compileZone(job(file)).built!;
  const two = compileZone(job(file)).built!;
  assert.deepEqual(one.shards.digests, two.shards.digests);
  const known = Uint8Array.from(one.shards.digests);
  const third = compileZone({ ...job(file), known }).built!;
  assert.ok(third.shards.octets.length < one.shards.octets.length);
});

test("what is wrong gives faults with places, and no segments", (t) => {
  const { write } = createFolder(t);
  const broken = compileZone(job(write("x.zone", zoneText(1, "a A 192.0.2.300"))));
  assert.equal(broken.built, null);
  assert.equal(broken.faults[0]!.place.line, 5);
  const gone = compileZone(job("/nowhere/x.zone"));
  assert.equal(gone.built, null);
  assert.equal(gone.faults[0]!.key, "FILE_UNREADABLE");
  const folder = compileZone(job(write("d/x", "").replace(/x$/, "")));
  assert.equal(folder.faults[0]!.key, "FILE_UNREADABLE");
  assert.equal(folder.faults[0]!.detail, "a folder, not a file");
  // Neither as a zone nor as an include is a device read to its end, or a pipe waited for.
  assert.equal(compileZone(job("/dev/zero")).faults[0]!.detail, "a pipe or device, not a file");
  const includes = compileZone(job(write("y.zone", zoneText(1, "$INCLUDE /dev/zero"))));
  assert.equal(includes.faults[0]!.key, "FILE_UNREADABLE");
});

test("a stamp changes with the file and is empty without one", (t) => {
  const { write } = createFolder(t);
  const file = write("f", "1");
  const before = stampOf(file);
  utimesSync(file, 1, 1);
  assert.notEqual(stampOf(file), before);
  assert.equal(stampOf(`${file}.not`), "");
});
