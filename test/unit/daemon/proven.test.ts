// SPDX-License-Identifier: Apache-2.0
/** J7 of compilers.ts, and the results that wait for their file (proven.ts), with the real compilers. */
import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { createCompilers } from "../../../src/daemon/compilers.ts";
import type { ZoneResult } from "../../../src/io/compile-zone.ts";
import type { Zone } from "../../../src/resource/types.ts";
import { createFolder, desiredState } from "../../support/control.ts";
import { until, zoneText } from "../../support/daemon.ts";

const REAL = new URL("../../../workers/compiler.ts", import.meta.url);

function setUp(t: TestContext) {
  const { folder, write } = createFolder(t);
  const zone = desiredState(folder).zones.find((one) => one.apex === "plain.example.")!;
  const results: ZoneResult[] = [];
  const compilers = createCompilers(REAL, {
    zoneInForce: () => null,
    onZone: (result) => results.push(result),
    onMap: () => {},
  });
  t.after(() => compilers.close());
  /** What the zone is compiled to from its file. */
  const compiled = async (one: Zone): Promise<ZoneResult> => {
    compilers.zones([one]);
    await until("it is compiled", () => results.length > 0);
    return results.shift()!;
  };
  return { zone, write, compilers, results, compiled };
}

test("what was proved is what is served, once its text is the zone's file", async (t) => {
  const { zone, write, compilers, results, compiled } = setUp(t);
  for (const serial of [5, 6]) {
    const text = write("plain.example.new", zoneText(serial, "proved A 192.0.2.5"));
    const proof = await compilers.prove(zone, text);
    assert.deepEqual(proof.faults, []);
    assert.equal(results.length, 0, "nobody hears of a proof but who asked for it");
    renameSync(text, zone.file);
    // The same object: it was not compiled again.
    assert.equal(await compiled(zone), proof);
    assert.equal(proof.files[0]!.file, zone.file);
  }
  const again = await compiled(zone);
  assert.equal(again.built!.serial, 6, "it is taken once");
});

test("P1: another text, or other settings, are compiled", async (t) => {
  const { zone, write, compilers, compiled } = setUp(t);
  const text = write("plain.example.new", zoneText(7));
  const unused = await compilers.prove(zone, text);
  assert.notEqual(await compiled(zone), unused, "it is not in its place");
  const proof = await compilers.prove(zone, text);
  renameSync(text, zone.file);
  const strict = await compiled({ ...zone, strict: true });
  assert.notEqual(strict, proof);
  assert.equal(strict.built!.serial, 7);
});

test("a text with a fault is no zone, and the zone goes on from its file", async (t) => {
  const { zone, write, compilers, compiled } = setUp(t);
  const text = write("plain.example.new", "@ SOA this is none\n");
  const { built, faults } = await compilers.prove(zone, text);
  assert.equal(built, null);
  assert.deepEqual([faults[0]!.place.file, faults[0]!.place.line], [zone.file, 1]);
  assert.notEqual((await compiled(zone)).built, null);
});

test("J7: a proof waits for the zone's own job, and a change for the proof", async (t) => {
  const { zone, write, compilers, results } = setUp(t);
  const text = write("plain.example.new", zoneText(8));
  compilers.zones([zone]);
  const proofs = [compilers.prove(zone, text), compilers.prove(zone, text)];
  compilers.zones([zone]);
  for (const { built } of await Promise.all(proofs)) assert.equal(built!.serial, 8);
  await until("both changes are done", () => results.length === 2);
  for (const { built } of results) assert.notEqual(built!.serial, 8);
});

test("a large text is proved by two threads, as the zone would be compiled", async (t) => {
  const { zone, write, compilers, compiled } = setUp(t);
  const hosts = Array.from({ length: 60_000 }, (_, i) => `host-${i} A 192.0.2.${i % 250}`);
  write("plain.example.zone", zoneText(9, ...hosts));
  assert.deepEqual((await compiled(zone)).faults, []);
  const text = write("plain.example.new", zoneText(10, ...hosts, "one-more A 192.0.2.9"));
  const proof = await compilers.prove(zone, text);
  assert.equal(proof.recordCount, 60_000 + 4);
  renameSync(text, zone.file);
  assert.equal(await compiled(zone), proof);
});
