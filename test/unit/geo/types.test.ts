// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { foldMap } from "../../../src/geo/build.ts";
import type { MapRules, PlacedPop } from "../../../src/geo/types.ts";
import type { GeoMap, Pop } from "../../../src/resource/types.ts";

test("the resources of the configuration are what a folding takes", () => {
  const map: GeoMap = {
    id: "world",
    cityFile: "",
    countryFile: "",
    asnFile: "",
    granularity: "country",
    networks: [],
    asns: [],
    defaultLocation: "EU/DE",
  };
  const pop: Pop = { id: "fra", latitude: 50, longitude: 8, country: "DE", capacity: 0 };
  // The compiler proves the point: both are taken by shape, since rooms below do not know them.
  const rules: MapRules = map;
  const pops: readonly PlacedPop[] = [pop];
  assert.equal(foldMap({ map: rules, geo: null, asn: null, pops }).value?.regions.length, 1);
});
