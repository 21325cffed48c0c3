// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { beginZoneFile, readKept, writeKept } from "../../../src/io/zone-file.ts";

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), "azimuth-zone-file-"));
  t.after(() => rmSync(made, { recursive: true }));
  return made;
}

test("F1: the old file stays until the new one is whole", (t) => {
  const root = folder(t);
  const file = join(root, "zones/example.org.zone");
  const first = beginZoneFile(file);
  first.write("old\n");
  first.commit();
  first.discard();
  assert.equal(readFileSync(file, "utf8"), "old\n");
  assert.equal(statSync(file).mode & 0o777, 0o600);

  const line = "a line of the new version\n";
  const second = beginZoneFile(file);
  for (let i = 0; i < 20_000; i += 1) second.write(line);
  assert.equal(readFileSync(file, "utf8"), "old\n");
  second.commit();
  assert.equal(readFileSync(file, "utf8"), line.repeat(20_000));
  assert.deepEqual(readdirSync(join(root, "zones")), ["example.org.zone"]);
});

test("F1: what is discarded leaves nothing behind", (t) => {
  const root = folder(t);
  const file = join(root, "example.org.zone");
  writeFileSync(file, "old\n");
  const writer = beginZoneFile(file);
  writer.write("half\n");
  writer.discard();
  assert.equal(readFileSync(file, "utf8"), "old\n");
  assert.deepEqual(readdirSync(root), ["example.org.zone"]);
});

test("F2: what is known of a zone comes back, or nothing does", (t) => {
  const root = folder(t);
  const file = join(root, "example.org.zone");
  assert.equal(readKept(file), null);
  const times = { refreshSecs: 7200, retrySecs: 1800, expireSecs: 1_209_600 };
  const confirmedAt = 1_800_000_000_000;
  const kept = { serial: 4_294_967_295, times, confirmedAt, expiresAt: confirmedAt + 60_000 };
  writeKept(file, kept);
  assert.deepEqual(readKept(file), kept);
  const beside = join(root, "example.org.json");
  // As it was kept before a server could say how long it trusts its zone.
  const { expiresAt: _, ...older } = kept;
  writeFileSync(beside, JSON.stringify(older));
  assert.equal(readKept(file)!.expiresAt, confirmedAt + 1_209_600_000);
  const broken = [
    "",
    "null",
    "[]",
    "{",
    '{"serial":1}',
    JSON.stringify({ ...kept, serial: -1 }),
    JSON.stringify({ ...kept, serial: "1" }),
    JSON.stringify({ ...kept, times: { ...times, expireSecs: 0.5 } }),
    JSON.stringify(kept).slice(0, -9),
  ];
  for (const text of broken) {
    writeFileSync(beside, text);
    assert.equal(readKept(file), null, text);
  }
});

test("F1: two that write one file at a time do not meet", (t) => {
  const root = folder(t);
  const file = join(root, "example.org.zone");
  const [late, early] = [beginZoneFile(file), beginZoneFile(file)];
  late.write("late\n");
  early.write("early\n");
  early.commit();
  early.discard();
  const third = beginZoneFile(file);
  third.write("third\n");
  late.discard();
  assert.equal(readFileSync(file, "utf8"), "early\n");
  third.commit();
  assert.equal(readFileSync(file, "utf8"), "third\n");
  assert.deepEqual(readdirSync(root), ["example.org.zone"]);
});
