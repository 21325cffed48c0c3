// SPDX-License-Identifier: Apache-2.0
/** Small databases and maps for the tests of geography, and the slow definition of a folding. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { covers, keyHigh, keyLow, type Prefix, parsePrefix } from "../../src/geo/prefix.ts";
import type { FoldedMap, GeoRecord, MapRules, WalkedDatabase } from "../../src/geo/types.ts";

const nothing: GeoRecord = {
  continent: "",
  country: "",
  subdivision: "",
  city: "",
  latitude: null,
  longitude: null,
  asn: 0,
};

/** A prefix that is known to be sound. */
export function prefix(text: string): Prefix {
  const read = parsePrefix(text);
  assert.equal(typeof read, "object", `${text}: ${read}`);
  return read as Prefix;
}

/** First 64 bits as one number; IPv4 stands in the upper half. */
export function keyOf(p: { readonly octets: Uint8Array }): bigint {
  return (BigInt(keyHigh(p.octets)) << 32n) | BigInt(keyLow(p.octets));
}

/** A database from rows of prefix and fields; each row is a record of its own. */
export function database(rows: readonly (readonly [string, Partial<GeoRecord>])[]): WalkedDatabase {
  const records = rows.map(([, fields]) => ({ ...nothing, ...fields }));
  const entries = rows.map(([text], index) => ({ prefix: prefix(text), index }));
  const sorted = entries.toSorted((a, b) => Number(keyOf(a.prefix) - keyOf(b.prefix)));
  const v4 = sorted.filter((e) => e.prefix.family === 4);
  const v6 = sorted.filter((e) => e.prefix.family === 6);
  return {
    databaseType: "Test",
    buildEpochSecs: 0,
    records,
    v4Starts: Uint32Array.from(v4, (e) => keyHigh(e.prefix.octets)),
    v4Lengths: Uint8Array.from(v4, (e) => e.prefix.length),
    v4Records: Uint32Array.from(v4, (e) => e.index),
    v6High: Uint32Array.from(v6, (e) => keyHigh(e.prefix.octets)),
    v6Low: Uint32Array.from(v6, (e) => keyLow(e.prefix.octets)),
    v6Lengths: Uint8Array.from(v6, (e) => e.prefix.length),
    v6Records: Uint32Array.from(v6, (e) => e.index),
  };
}

export function mapRules(fields: Partial<MapRules> = {}): MapRules {
  const plain = { id: "world", granularity: "country", networks: [], asns: [] } as const;
  return { ...plain, defaultLocation: "", ...fields };
}

export function network(name: string, prefixes: readonly string[], location: string | null = null) {
  return { name, prefixes, location, latitude: null, longitude: null };
}

export function asnRule(name: string, asns: readonly number[], location: string | null = null) {
  return { name, asns, location, latitude: null, longitude: null };
}

/** A sound partition: sorted, disjoint, complete, aligned, and no two siblings could be one. */
export function checkPartition(
  starts: readonly bigint[],
  lengths: readonly number[],
  values: readonly number[],
  bits: 32 | 64,
): void {
  let next = 0n;
  for (const [i, start] of starts.entries()) {
    const length = lengths[i]!;
    assert.ok(length <= bits);
    const size = 1n << BigInt(64 - length);
    assert.equal(start, next, `network ${i} starts where the one before ends`);
    assert.equal(start % size, 0n, `network ${i} is aligned`);
    const isMergeable =
      i > 0 &&
      lengths[i - 1] === length &&
      values[i - 1] === values[i] &&
      start % (2n * size) !== 0n;
    assert.ok(!isMergeable, `network ${i} could be one with its sibling`);
    next = start + size;
  }
  assert.equal(next, 1n << 64n, "the space is covered to its end");
}

/** Networks of a folded map as records, for both families. */
export function networksOf(map: FoldedMap, family: 4 | 6) {
  const leaves = family === 4 ? map.v4Leaves : map.v6Leaves;
  return Array.from(leaves, (leaf, i) => ({
    start:
      family === 4
        ? BigInt(map.v4Starts[i]!) << 32n
        : (BigInt(map.v6High[i]!) << 32n) | BigInt(map.v6Low[i]!),
    length: (leaf >>> 16) & 0xff,
    region: map.regions[leaf & 0xffff]!.name,
    layer: leaf >>> 24,
    value: (leaf & 0xff00ffff) >>> 0,
  }));
}

/** Prefixes that lie in, around and beside each other more often than chance would have it. */
export function prefixArbitrary(family: 4 | 6): fc.Arbitrary<string> {
  const octet = fc.oneof(fc.constantFrom(0, 10, 127, 128, 192, 168, 255), fc.nat(255));
  const octets = fc.array(octet, { minLength: 8, maxLength: 8 });
  return fc.tuple(octets, fc.nat(family === 4 ? 32 : 64)).map(([list, length]) => {
    const key = list.reduce((k, o) => (k << 8n) | BigInt(o), 0n);
    const cut = length === 0 ? 0n : (key >> BigInt(64 - length)) << BigInt(64 - length);
    return printKey(cut, family) + "/" + length;
  });
}

/** The address of a key. */
export function printKey(key: bigint, family: 4 | 6): string {
  const part = (bits: number, at: number) =>
    Number((key >> BigInt(64 - at - bits)) & ((1n << BigInt(bits)) - 1n));
  if (family === 4) return [0, 8, 16, 24].map((at) => part(8, at)).join(".");
  return `${[0, 16, 32, 48].map((at) => part(16, at).toString(16)).join(":")}::`;
}

/** Keeps of each family those prefixes that lie in none before them and hold none. */
export function disjoint(list: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (const text of list) {
    const p = prefix(text);
    if (kept.every((k) => !covers(prefix(k), p) && !covers(p, prefix(k)))) kept.push(text);
  }
  return kept;
}
