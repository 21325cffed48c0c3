// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CREW_SIZE_MIN, compileZone, stampOf, type ZoneJob } from "../../../src/io/compile-zone.ts";
import { createSeats, type Seat } from "../../../src/io/crew.ts";
import { createFolder } from "../../support/control.ts";
import { zoneText } from "../../support/daemon.ts";

const job = (file: string): ZoneJob => ({ apex: "example.org.", file, steered: [], known: null });

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
  assert.ok(third.shards.at.at(-1)! < one.shards.at.at(-1)!);
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

test("a strict zone with a warning is refused, and says so beside it", (t) => {
  const { write } = createFolder(t);
  const mixed = write("m.zone", zoneText(1, "a 60 A 192.0.2.1", "a 300 A 192.0.2.2"));
  const lenient = compileZone(job(mixed));
  assert.deepEqual(
    lenient.faults.map((one) => one.key),
    ["ZONE_TTL_MIXED"],
  );
  assert.notEqual(lenient.built, null);
  const strict = compileZone({ ...job(mixed), strict: true });
  assert.equal(strict.built, null);
  assert.deepEqual(
    strict.faults.map((one) => one.key),
    ["ZONE_TTL_MIXED", "ZONE_STRICT"],
  );
  const clean = write("c.zone", zoneText(1, "a A 192.0.2.1"));
  assert.notEqual(compileZone({ ...job(clean), strict: true }).built, null);
});

test("a stamp changes with the file and is empty without one", (t) => {
  const { write } = createFolder(t);
  const file = write("f", "1");
  const before = stampOf(file);
  utimesSync(file, 1, 1);
  assert.notEqual(stampOf(file), before);
  assert.equal(stampOf(`${file}.not`), "");
});

/** As compileZone does it for a zone that is large, though nobody comes to help. */
function withSeat<T>(use: (seat: Seat) => T): T {
  const { leader, mate } = createSeats();
  try {
    return use(leader);
  } finally {
    leader.port.close();
    mate.port.close();
  }
}

function largeText(...more: string[]): string {
  const hosts = Array.from(
    { length: 70_000 },
    (_, i) => `host-number-${i}.sub${i % 9} A 192.0.2.${i % 250}`,
  );
  return zoneText(1, ...hosts, ...more);
}

test("a large zone in parts is the zone in one go", (t) => {
  const { write } = createFolder(t);
  const file = write("large.zone", largeText("w CNAME host-number-1.sub1"));
  assert.ok(statSync(file).size > CREW_SIZE_MIN);
  const place = { file, line: 1, column: 1 };
  const steered = [{ owner: "s.example.org.", types: ["A" as const], policy: "p", place }];
  const one = compileZone({ ...job(file), steered });
  const two = withSeat((seat) => compileZone({ ...job(file), steered }, seat));
  assert.ok(one.built !== null && two.built !== null);
  assert.ok(two.built.shards.parts.length > 1);
  assert.deepEqual(two.built.shards.digests, one.built.shards.digests);
  assert.deepEqual({ ...two.built, shards: null }, { ...one.built, shards: null });
  assert.deepEqual(two.faults, one.faults);
  assert.equal(two.source?.text.octets.length, one.source?.text.octets.length);
  // Known shards are left out of both.
  const known = Uint8Array.from(one.built.shards.digests);
  const again = withSeat((seat) => compileZone({ ...job(file), steered, known }, seat));
  assert.equal(again.built!.shards.at.at(-1), 0);
});

test("what is wrong in the middle of a large zone is told as in a small one", (t) => {
  const { write } = createFolder(t);
  for (const wrong of [
    "x A 192.0.2.300",
    "x TXT (\n a",
    'x TXT "open',
    "host-number-5.sub5 CNAME x",
    "x",
  ]) {
    const lines = largeText().split("\n");
    const file = write("large.zone", lines.toSpliced(lines.length >> 1, 0, wrong).join("\n"));
    const one = compileZone(job(file));
    const two = withSeat((seat) => compileZone(job(file), seat));
    assert.ok(one.built === null && one.faults.length > 0, wrong);
    assert.deepEqual(two, one, wrong);
  }
});
