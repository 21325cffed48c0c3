// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Reader, type Response } from "maxmind";
import { foldMap } from "../../../src/geo/build.ts";
import { printAddress, v4Octets, v6Octets } from "../../../src/geo/prefix.ts";
import type { WalkedDatabase } from "../../../src/geo/types.ts";
import { defaultCountryFile, readMmdb, walkMmdb } from "../../../src/io/mmdb.ts";
import { readRecord } from "../../../src/io/mmdb-record.ts";
import { mapRules } from "../../support/geo.ts";
import { asnFile, cityFile, citySpec, countryFile, countrySpec } from "../../support/mmdb-files.ts";
import { type MmdbSpec, writeMmdb } from "../../support/mmdb-writer.ts";

function walked(octets: Uint8Array): WalkedDatabase {
  const result = walkMmdb(octets, "test.mmdb");
  assert.deepEqual(result.faults, []);
  return result.value!;
}

/** `prefix country/city/asn` of every network. */
function lines(db: WalkedDatabase): readonly string[] {
  const say = (index: number) => {
    const r = db.records[index]!;
    return [r.continent, r.country, r.subdivision, r.city, r.asn || ""].join(" ").trim();
  };
  const v4 = Array.from(db.v4Starts, (start, i) => {
    return `${printAddress(v4Octets(start))}/${db.v4Lengths[i]} ${say(db.v4Records[i]!)}`;
  });
  const v6 = Array.from(db.v6High, (high, i) => {
    const octets = v6Octets(high, db.v6Low[i]!);
    return `${printAddress(octets)}/${db.v6Lengths[i]} ${say(db.v6Records[i]!)}`;
  });
  return [...v4, ...v6];
}

/** What the library says of the first address of each walked network is what we read there. */
function agreeWithLibrary(octets: Uint8Array, db: WalkedDatabase, every = 1): number {
  const reader = new Reader<Response>(Buffer.from(octets));
  let seen = 0;
  const compare = (address: Uint8Array, length: number, record: number, extraBits: number) => {
    const text = printAddress(address);
    const [data, found] = reader.getWithPrefixLength(text);
    assert.deepEqual(readRecord(data), db.records[record], text);
    assert.equal(Math.min(found, 64 + extraBits), length + extraBits, text);
    seen += 1;
  };
  for (let i = 0; i < db.v4Starts.length; i += every) {
    compare(v4Octets(db.v4Starts[i]!), db.v4Lengths[i]!, db.v4Records[i]!, 0);
  }
  for (let i = 0; i < db.v6High.length; i += every) {
    compare(v6Octets(db.v6High[i]!, db.v6Low[i]!), db.v6Lengths[i]!, db.v6Records[i]!, 0);
  }
  return seen;
}

for (const recordSize of [24, 28, 32] as const) {
  test(`records of ${recordSize} bits: city, country and ASN are walked`, () => {
    const city = writeMmdb({ ...citySpec, recordSize });
    const db = walked(city);
    assert.equal(db.databaseType, "GeoLite2-City");
    assert.equal(db.buildEpochSecs, 1_700_000_000);
    const v6 = lines(db).filter((line) => line.includes(":"));
    assert.deepEqual(lines(db).slice(0, 3), [
      "192.0.2.0/24 EU DE BE Berlin",
      "198.51.100.0/25 AS SG  Singapore",
      "198.51.100.128/25 EU",
    ]);
    assert.deepEqual(v6.slice(0, 2), [
      "2001:db8::/48 EU DE BE Berlin",
      "2001:db8:1::/48 AS SG  Singapore",
    ]);
    assert.equal(v6.length, 17, "the /32 less a /48; no alias of the IPv4 subtree");
    assert.equal(db.records.length, 3, "each place of the data section once");
    assert.equal(db.records[0]!.latitude, 52.5);
    assert.equal(agreeWithLibrary(city, db), 20);
    const country = writeMmdb({ ...countrySpec, recordSize });
    assert.equal(agreeWithLibrary(country, walked(country)), 3);
  });
}

test("an ASN file", () => {
  assert.deepEqual(lines(walked(asnFile())), ["192.0.2.0/24 64496", "2001:db8::/33 4200000000"]);
});

test("an IPv4 tree", () => {
  const spec: MmdbSpec = {
    ipVersion: 4,
    networks: [
      { prefix: "128.0.0.0/1", data: { country: { iso_code: "us" } } },
      { prefix: "10.0.0.1/32", data: { country: "FR", asn: "AS7" } },
    ],
  };
  assert.deepEqual(lines(walked(writeMmdb(spec))), ["10.0.0.1/32 FR   7", "128.0.0.0/1 US"]);
});

test("IPv6 networks longer than /64 become the /64 around them", () => {
  const networks = ["2001:db8::1:0:0:0/80", "2001:db8::2:0:0:0/80", "2001:db8:0:1::/64"];
  const spec = {
    networks: networks.map((prefix, i) => ({
      prefix,
      data: { country_code: ["DE", "FR", "IT"][i]! },
    })),
  };
  assert.deepEqual(lines(walked(writeMmdb(spec))), ["2001:db8::/64 DE", "2001:db8:0:1::/64 IT"]);
});

test("the default database is installed, sound, and folds to a map of the world", () => {
  const file = defaultCountryFile();
  const result = readMmdb(file);
  assert.deepEqual(result.faults, []);
  const db = result.value!;
  assert.ok(db.v4Starts.length > 100_000 && db.v6High.length > 100_000);
  agreeWithLibrary(readFileSync(file), db, 997);
  const folded = foldMap({ map: mapRules(), geo: db, asn: null, pops: [] });
  assert.deepEqual(folded.faults, []);
  const names = new Set(folded.value!.regions.map((r) => r.name));
  for (const name of ["EU/DE", "NA/US", "AS/JP", "AF/ZA", "SA/BR", "OC/AU", "default"]) {
    assert.ok(names.has(name), name);
  }
  assert.ok(folded.value!.regions.every((r) => r.name === "default" || r.latitude !== null));
});

test("whatever is wrong is a fault that says what", () => {
  const city = cityFile();
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [new Uint8Array(0), /no metadata/],
    [new TextEncoder().encode("not a database at all"), /no metadata/],
    [Uint8Array.of(0x1f, 0x8b, 8, 0), /gzipped/],
    [city.subarray(0, city.length - 400), /no metadata/],
    [city.subarray(0, city.length - 20), /metadata is damaged/],
    [city.subarray(600), /./],
    [writeMmdb({ ...countrySpec, metadata: { ip_version: 5 } }), /IP version is 5/],
    [writeMmdb({ ...countrySpec, metadata: { node_count: 0 } }), /0 nodes/],
    [writeMmdb({ ...countrySpec, metadata: { node_count: 100000 } }), /cut off/],
    [writeMmdb({ ...countrySpec, metadata: { node_count: "many" } }), /./],
    [writeMmdb({ ...countrySpec, metadata: { record_size: 20 } }), /record size/],
    [writeMmdb({ ...countrySpec, metadata: { binary_format_major_version: 3 } }), /format is 3/],
  ];
  for (const [octets, detail] of cases) {
    const result = walkMmdb(octets, "x.mmdb");
    assert.equal(result.value, null, String(detail));
    assert.deepEqual(
      result.faults.map((f) => f.key),
      ["MAP_DATABASE_CORRUPT"],
    );
    assert.equal(result.faults[0]!.place.file, "x.mmdb");
    assert.match(result.faults[0]!.detail, detail);
  }
});

test("zeros must stand between tree and data", () => {
  const octets = countryFile();
  const { metadata } = new Reader<Response>(Buffer.from(octets));
  octets[metadata.searchTreeSize + 3] = 1;
  assert.match(walkMmdb(octets, "x").faults[0]!.detail, /no zeros/);
});

test("a tree that lost a branch is told, and read as far as it goes", () => {
  const octets = writeMmdb({
    ...countrySpec,
    ipVersion: 4,
    networks: countrySpec.networks.slice(0, 2),
  });
  const { metadata } = new Reader<Response>(Buffer.from(octets));
  // The right branch of the root: all of 128.0.0.0/1, now "nothing known".
  octets.set([0, metadata.nodeCount >>> 8, metadata.nodeCount & 0xff], 3);
  const result = walkMmdb(octets, "x");
  assert.deepEqual(
    result.faults.map((f) => f.key),
    ["MAP_DATABASE_UNREACHED"],
  );
  assert.equal(result.value!.v4Starts.length, 0);
});

test("files are read from disk, or said to be unreadable", () => {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-mmdb-"));
  try {
    const file = join(folder, "country.mmdb");
    writeFileSync(file, countryFile());
    assert.equal(readMmdb(file).value?.v4Starts.length, 2);
    const missing = readMmdb(join(folder, "missing.mmdb"));
    assert.deepEqual(
      missing.faults.map((f) => f.key),
      ["FILE_UNREADABLE"],
    );
    assert.match(missing.faults[0]!.detail, /^no such file or folder$/);
    assert.deepEqual(
      readMmdb(folder).faults.map((f) => f.key),
      ["FILE_UNREADABLE"],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
