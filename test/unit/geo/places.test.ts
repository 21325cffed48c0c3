// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { foldMap } from "../../../src/geo/build.ts";
import type { MapRules, PlacedPop } from "../../../src/geo/types.ts";
import { asnRule, database, mapRules, network } from "../../support/geo.ts";

const geo = database([
  [
    "192.0.2.0/25",
    { country: "DE", subdivision: "BE", city: "Berlin", latitude: 52.5, longitude: 13.4 },
  ],
  ["192.0.2.128/26", { country: "FR" }],
  ["192.0.2.192/26", { country: "IT" }],
  ["2001:db8::/32", { country: "US" }],
]);
const asn = database([["192.0.2.0/24", { asn: 64496 }]]);
const pops: readonly PlacedPop[] = [{ id: "fra", latitude: 50.1, longitude: 8.7, country: "DE" }];

function place(fields: Partial<MapRules>) {
  const result = foldMap({ map: mapRules(fields), geo, asn, pops });
  return { regions: new Map(result.value?.regions.map((r) => [r.name, r])), faults: result.faults };
}

const netAt = (location: string | null, prefixes = ["192.0.2.0/24"]) =>
  place({ networks: [network("n", prefixes, location)] }).regions.get("net/n");

test("without a location, geography says where most addresses are", () => {
  assert.equal(netAt(null)?.location, "EU/DE");
  assert.equal(netAt(null, ["192.0.2.128/25"])?.location, "EU/FR", "a tie goes to the lesser path");
  assert.equal(netAt(null, ["2001:db8::/48"])?.location, "NA/US");
  // A single IPv6 network would outweigh all of IPv4.
  assert.equal(netAt(null, ["192.0.2.128/26", "2001:db8::/32"])?.location, "EU/FR");
});

test("where geography is silent, a rule is at the default location", () => {
  const known = place({ networks: [network("n", ["10.0.0.0/8"])], defaultLocation: "AS/JP" });
  assert.equal(known.regions.get("net/n")?.location, "AS/JP");
  assert.ok(known.regions.get("net/n")!.latitude! > 30);
  const unknown = place({ networks: [network("n", ["10.0.0.0/8"])] }).regions.get("net/n");
  assert.deepEqual([unknown?.location, unknown?.latitude], ["", null]);
});

test("a location is a POP or a path", () => {
  const atPop = netAt("fra");
  assert.deepEqual([atPop?.location, atPop?.latitude, atPop?.longitude], ["EU/DE", 50.1, 8.7]);
  const atCity = netAt("EU/DE/BE/Berlin");
  assert.deepEqual([atCity?.location, atCity?.latitude], ["EU/DE/BE/Berlin", 52.5]);
  assert.equal(
    place({ networks: [network("n", [], "mars")] }).faults[0]?.key,
    "MAP_LOCATION_UNKNOWN",
  );
  assert.equal(place({ defaultLocation: "EU/US" }).faults[0]?.key, "MAP_LOCATION_UNKNOWN");
});

test("own coordinates win, and must be a pair on Earth", () => {
  const rule = { ...asnRule("a", [64496], "EU/FR"), latitude: 1, longitude: 2 };
  const region = place({ asns: [rule] }).regions.get("asn/a");
  assert.deepEqual([region?.location, region?.latitude, region?.longitude], ["EU/FR", 1, 2]);
  for (const [latitude, longitude] of [
    [1, null],
    [null, 2],
    [91, 0],
    [0, 181],
  ] as const) {
    const { faults } = place({ asns: [{ ...rule, latitude, longitude }] });
    assert.equal(faults[0]?.key, "MAP_COORDINATES_INVALID");
  }
});
