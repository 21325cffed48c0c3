// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { foldMap } from "../../../src/geo/build.ts";
import { geoLayers } from "../../../src/geo/layers.ts";
import { findNetwork } from "../../../src/geo/partition.ts";
import { covers, keyHigh, keyLow } from "../../../src/geo/prefix.ts";
import { privatePrefixes } from "../../../src/geo/private.ts";
import type { FoldedMap, MapRules, WalkedDatabase } from "../../../src/geo/types.ts";
import {
  asnRule,
  checkPartition,
  database,
  disjoint,
  keyOf,
  mapRules,
  network,
  networksOf,
  prefix,
  prefixArbitrary,
  printKey,
} from "../../support/geo.ts";

const fold = (
  fields: Partial<MapRules>,
  geo: WalkedDatabase | null = null,
  asn: WalkedDatabase | null = null,
) => foldMap({ map: mapRules(fields), geo, asn, pops: [] });

/** `region/length layer` of an address. */
function look(map: FoldedMap, text: string): string {
  const at = prefix(text.includes(":") ? `${text}/128` : `${text}/32`);
  const i =
    at.family === 4
      ? findNetwork(map.v4Starts, null, keyHigh(at.octets), 0)
      : findNetwork(map.v6High, map.v6Low, keyHigh(at.octets), keyLow(at.octets));
  const found = networksOf(map, at.family)[i]!;
  return `${found.region} /${found.length} ${found.layer}`;
}

const places = database([
  [
    "192.0.2.0/24",
    { country: "DE", subdivision: "BE", city: "Berlin", latitude: 52.5, longitude: 13.4 },
  ],
  [
    "192.0.3.0/24",
    { country: "DE", subdivision: "HE", city: "Frankfurt", latitude: 50.1, longitude: 8.7 },
  ],
  ["198.51.100.0/24", { continent: "EU" }],
  ["2001:db8::/32", { country: "FR" }],
  ["10.0.0.0/8", { country: "US" }],
]);

test("an empty map is default and private", () => {
  const map = fold({ defaultLocation: "EU/DE" }).value!;
  assert.deepEqual(
    map.regions.map((r) => [r.name, r.location]),
    [["default", "EU/DE"]],
  );
  assert.equal(look(map, "10.1.2.3"), "default /8 7");
  assert.equal(look(map, "172.20.0.1"), "default /12 7");
  // Between 192.0.0.0/24, which is private, and 192.168.0.0/16: the largest network that avoids both.
  assert.equal(look(map, "192.0.2.1"), "default /23 0");
  assert.equal(look(map, "fd00::1"), "default /7 7");
  assert.equal(look(map, "2002:c000:201::"), "default /16 7");
});

test("granularity decides how far neighbours are merged", () => {
  const at = (granularity: MapRules["granularity"]) => fold({ granularity }, places).value!;
  assert.equal(look(at("continent"), "192.0.2.1"), "EU /23 1");
  assert.equal(look(at("country"), "192.0.2.1"), "EU/DE /23 2");
  assert.equal(look(at("subdivision"), "192.0.3.1"), "EU/DE/HE /24 3");
  assert.equal(look(at("city"), "192.0.3.1"), "EU/DE/HE/Frankfurt /24 4");
  assert.equal(look(at("city"), "198.51.100.1"), "EU /24 1");
  assert.equal(look(at("city"), "2001:db8::"), "EU/FR /32 2");
  const names = at("city").regions.map((r) => r.name);
  assert.deepEqual(names, ["EU", "EU/DE/BE/Berlin", "EU/DE/HE/Frankfurt", "EU/FR", "default"]);
  assert.equal(at("city").regions[1]!.latitude, 52.5);
});

test("networks over private over ASNs over geography", () => {
  const asn = database([
    ["192.0.2.0/23", { asn: 64496 }],
    ["10.0.0.0/8", { asn: 64496 }],
  ]);
  const map = fold(
    {
      networks: [
        network("office", ["10.1.0.0/16", "192.0.2.128/25"]),
        network("desk", ["10.1.2.0/24"]),
      ],
      asns: [asnRule("cdn", [64496])],
    },
    places,
    asn,
  ).value!;
  assert.equal(look(map, "192.0.2.1"), "asn/cdn /25 5");
  assert.equal(look(map, "192.0.2.200"), "net/office /25 6");
  assert.equal(look(map, "192.0.3.1"), "asn/cdn /24 5");
  assert.equal(look(map, "10.1.2.1"), "net/desk /24 6");
  assert.equal(look(map, "10.1.3.1"), "net/office /24 6");
  // Private, but no longer the whole block: the scope must not reach over the office.
  assert.equal(look(map, "10.0.0.1"), "default /16 7");
  assert.equal(look(map, "10.200.0.1"), "default /9 7");
  assert.ok(!map.regions.some((r) => r.name === "NA/US"), "no network is left in this region");
});

test("faults are gathered, and an error leaves no map", () => {
  const keys = (fields: Partial<MapRules>, geo: WalkedDatabase | null = null, asn = geo) =>
    fold(fields, geo, asn).faults.map((f) => f.key);
  assert.deepEqual(keys({ asns: [asnRule("a", [1])] }), ["MAP_ASN_FILE_MISSING"]);
  assert.deepEqual(keys({ asns: [asnRule("a", [1])] }, places), ["MAP_ASN_UNSEEN"]);
  assert.deepEqual(keys({ granularity: "city" }, database([])), ["MAP_DATABASE_COARSE"]);
  const twice = { networks: [network("a", ["192.0.2.1/24"]), network("a", [])] };
  assert.deepEqual(keys(twice), ["MAP_RULE_TWICE", "MAP_PREFIX_INVALID"]);
  assert.equal(fold(twice).value, null);
  assert.notEqual(fold({ asns: [asnRule("a", [1])] }, null, places).value, null);
});

test("too many regions are refused with advice", () => {
  const rows = Array.from({ length: 65535 }, (_, i) => {
    const fields = { country: "US", subdivision: "CA", city: `c${i}` };
    return [`8.${i >>> 8}.${i & 255}.0/24`, fields] as const;
  });
  const result = fold({ granularity: "city" }, database(rows));
  assert.deepEqual(
    result.faults.map((f) => f.key),
    ["MAP_REGIONS_TOO_MANY"],
  );
  assert.match(result.faults[0]!.detail, /65536 regions; take a coarser granularity than city/);
  assert.equal(fold({ granularity: "city" }, database(rows.slice(1))).value?.regions.length, 65535);
});

test("the order of rules, and of records, changes nothing", () => {
  const rules = [network("a", ["192.0.2.0/24", "2001:db8::/48"]), network("b", ["192.0.0.0/16"])];
  const rows = [
    ["192.0.4.0/24", { country: "DE" }],
    ["192.1.0.0/16", { country: "FR" }],
    ["2001:db8::/32", { country: "DE" }],
  ] as const;
  const there = fold({ networks: rules }, database(rows));
  const back = fold({ networks: rules.toReversed() }, database(rows.toReversed()));
  assert.deepEqual(back, there);
});

for (const family of [4, 6] as const) {
  test(`IPv${family}: a folding is what the layers say of each address`, () => {
    const list = fc.array(prefixArbitrary(family), { maxLength: 10 });
    const countries = ["DE", "FR", "US"];
    fc.assert(
      fc.property(
        list,
        list,
        fc.uniqueArray(prefixArbitrary(family), { maxLength: 8 }),
        list,
        (g, a, n, more) => {
          const geoRows = disjoint(g).map(
            (text, i) => [text, { country: countries[i % 3]! }] as const,
          );
          const asnRows = disjoint(a).map((text, i) => [text, { asn: i % 3 }] as const);
          const networks = n.map((text, i) => network(`n${i}`, [text]));
          const asns = [asnRule("one", [1]), asnRule("two", [2])];
          const folded = fold({ networks, asns }, database(geoRows), database(asnRows)).value!;

          const found = networksOf(folded, family);
          checkPartition(
            found.map((x) => x.start),
            found.map((x) => x.length),
            found.map((x) => x.value),
            family === 4 ? 32 : 64,
          );
          const edges = [...g, ...a, ...n, ...more, ...privatePrefixes]
            .map(prefix)
            .filter((p) => p.family === family)
            .flatMap((p) => [keyOf(p), keyOf(p) + (1n << BigInt(64 - p.length)) - 1n]);
          for (const edge of edges) {
            const key = family === 4 ? (edge >> 32n) << 32n : edge;
            const at = prefix(`${printKey(key, family)}/${family === 4 ? 32 : 64}`);
            const holds = (text: string) => covers(prefix(text), at);
            const nets = networks.filter((x) => holds(x.prefixes[0]!));
            const longest = nets.toSorted(
              (x, y) => prefix(y.prefixes[0]!).length - prefix(x.prefixes[0]!).length,
            )[0];
            const asn = asnRows.find(([text]) => holds(text))?.[1].asn ?? 0;
            const country = geoRows.find(([text]) => holds(text))?.[1].country;
            const [region, layer] =
              longest !== undefined
                ? [`net/${longest.name}`, geoLayers.NETWORK]
                : privatePrefixes.some(holds)
                  ? ["default", geoLayers.PRIVATE]
                  : asn !== 0
                    ? [asn === 1 ? "asn/one" : "asn/two", geoLayers.ASN]
                    : country !== undefined
                      ? [country === "US" ? "NA/US" : `EU/${country}`, geoLayers.COUNTRY]
                      : ["default", geoLayers.DEFAULT];
            const leaf = found.findLast((x) => x.start <= key)!;
            assert.deepEqual([leaf.region, leaf.layer], [region, layer], printKey(key, family));
          }
        },
      ),
      { numRuns: 60 },
    );
  });
}
