// SPDX-License-Identifier: Apache-2.0
/**
 * Damages databases and reads them: the reader may refuse, but not throw and not hang, and what it
 * accepts must fold.
 *
 * FUZZ_RUNS (default 400) and FUZZ_SEED from the environment; a failure prints its seed. What was
 * found goes into corpus/mmdb/found and is read at every run.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { severityOf } from "../../src/base/faults.ts";
import { foldMap } from "../../src/geo/build.ts";
import type { WalkedDatabase } from "../../src/geo/types.ts";
import { walkMmdb } from "../../src/io/mmdb.ts";
import { checkPartition, mapRules, networksOf } from "../support/geo.ts";
import { asnSpec, citySpec, countrySpec } from "../support/mmdb-files.ts";
import { writeMmdb } from "../support/mmdb-writer.ts";

const corpus = new URL("corpus/mmdb/", import.meta.url);
const runs = Number(process.env["FUZZ_RUNS"] ?? 400);
const seed = process.env["FUZZ_SEED"];
const parameters = { numRuns: runs, ...(seed === undefined ? {} : { seed: Number(seed) }) };

function files(folder: string): readonly (readonly [string, Uint8Array])[] {
  const url = new URL(`${folder}/`, corpus);
  if (!existsSync(url)) return [];
  return readdirSync(url).map((name) => [name, readFileSync(new URL(name, url))]);
}

/** Reads; null if refused. Asserts what holds of every result. */
function read(octets: Uint8Array): WalkedDatabase | null {
  const { value, faults } = walkMmdb(octets, "fuzz.mmdb");
  assert.equal(
    value === null,
    faults.some((f) => severityOf(f) === "error"),
  );
  for (const f of faults) assert.ok(f.detail.length > 0 && f.place.file === "fuzz.mmdb");
  if (value === null) return null;
  for (const list of [value.v4Records, value.v6Records]) {
    assert.ok(list.every((index) => index < value.records.length));
  }
  return value;
}

function fold(geo: WalkedDatabase): void {
  const map = foldMap({ map: mapRules({ granularity: "city" }), geo, asn: geo, pops: [] }).value;
  assert.notEqual(map, null);
  for (const family of [4, 6] as const) {
    const found = networksOf(map!, family);
    const starts = found.map((n) => n.start);
    const lengths = found.map((n) => n.length);
    checkPartition(
      starts,
      lengths,
      found.map((n) => n.value),
      family === 4 ? 32 : 64,
    );
  }
}

const own: readonly (readonly [string, Uint8Array])[] = ([24, 28, 32] as const).flatMap(
  (recordSize) =>
    [citySpec, countrySpec, asnSpec].map(
      (spec) => [`${spec.databaseType} ${recordSize}`, writeMmdb({ ...spec, recordSize })] as const,
    ),
);

test("what is sound is read and folds", () => {
  for (const [name, octets] of own) {
    const value = read(octets);
    assert.notEqual(value, null, name);
    fold(value!);
  }
});

test("what is damaged on purpose is refused", () => {
  const broken = files("broken");
  assert.ok(broken.length >= 8);
  for (const [name, octets] of broken) assert.equal(read(octets), null, name);
});

test("what fuzzing found", () => {
  for (const [, octets] of files("found")) read(octets);
});

test("a file cut off anywhere is refused", () => {
  for (const [name, octets] of own) {
    for (let size = 0; size < octets.length; size += 7) {
      assert.equal(read(octets.subarray(0, size)), null, `${name} to ${size}`);
    }
  }
});

const seeds = own.map(([, octets]) => octets);

/** Where the interesting octets are: the tree's root, the data's head, the metadata. */
const spot = fc.tuple(fc.constantFrom("head", "any", "tail"), fc.nat(0xffffff));

function positionOf([where, n]: readonly [string, number], size: number): number {
  if (where === "head") return n % Math.min(64, size);
  if (where === "tail") return size - 1 - (n % Math.min(256, size));
  return n % size;
}

test("octets changed at random", () => {
  const octet = fc.oneof(fc.constantFrom(0, 1, 0x20, 0x3f, 0x5f, 0xe0, 0xff), fc.nat(255));
  const changes = fc.array(fc.tuple(spot, octet), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(fc.constantFrom(...seeds), changes, (file, list) => {
      const octets = Uint8Array.from(file);
      for (const [at, value] of list) octets[positionOf(at, octets.length)] = value;
      const value = read(octets);
      if (value !== null) fold(value);
    }),
    parameters,
  );
});

test("pieces moved about", () => {
  fc.assert(
    fc.property(fc.constantFrom(...seeds), spot, spot, fc.nat(400), (file, from, to, size) => {
      const octets = Uint8Array.from(file);
      const at = positionOf(from, octets.length);
      octets.copyWithin(positionOf(to, octets.length), at, at + size);
      const value = read(octets);
      if (value !== null) fold(value);
    }),
    parameters,
  );
});

test("octets that never were a database", () => {
  const marker = [0xab, 0xcd, 0xef, ...new TextEncoder().encode("MaxMind.com")];
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ maxLength: 80 }),
      (head, tail) => {
        read(head);
        read(Uint8Array.from([...head, ...marker, ...tail]));
      },
    ),
    parameters,
  );
});
