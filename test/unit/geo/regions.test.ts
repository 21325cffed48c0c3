// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { geoLayers } from "../../../src/geo/layers.ts";
import {
  isFineEnough,
  layerOfPath,
  meansOf,
  pathOfRecord,
  pointOfPath,
} from "../../../src/geo/regions.ts";
import type { GeoRecord } from "../../../src/geo/types.ts";
import { database } from "../../support/geo.ts";

const record = (fields: Partial<GeoRecord>): GeoRecord =>
  database([["10.0.0.0/8", fields]]).records[0]!;
const granularities = ["continent", "country", "subdivision", "city"] as const;
const paths = (fields: Partial<GeoRecord>) =>
  granularities.map((g) => pathOfRecord(record(fields), g));

test("a record is as coarse as the granularity or as what it knows", () => {
  const berlin = { continent: "EU", country: "DE", subdivision: "BE", city: "Berlin" };
  assert.deepEqual(paths(berlin), ["EU", "EU/DE", "EU/DE/BE", "EU/DE/BE/Berlin"]);
  assert.deepEqual(paths({ country: "DE" }), ["EU", "EU/DE", "EU/DE", "EU/DE"]);
  assert.deepEqual(paths({ continent: "EU" }), ["EU", "EU", "EU", "EU"]);
  assert.deepEqual(paths({}), ["", "", "", ""]);
  assert.deepEqual(paths({ country: "SG", city: "Singapore" }).slice(2), [
    "AS/SG",
    "AS/SG/-/Singapore",
  ]);
});

test("the continent is ours, vague codes are continents, names are made fit for a path", () => {
  assert.deepEqual(paths({ continent: "AS", country: "CY" })[1], "EU/CY");
  assert.deepEqual(paths({ country: "EU" })[3], "EU");
  assert.deepEqual(paths({ country: "AP" })[3], "AS");
  assert.deepEqual(paths({ country: "ZZ", continent: "QQ" })[3], "");
  assert.equal(
    paths({ country: "CH", subdivision: "BE", city: "Biel/Bienne" })[3],
    "EU/CH/BE/Biel Bienne",
  );
  assert.equal(paths({ country: "CH", subdivision: "-", city: "-" })[3], "EU/CH");
});

test("the layer of a path is its depth", () => {
  const layers = ["", "EU", "EU/DE", "EU/DE/BE", "AS/SG/-/Singapore"].map(layerOfPath);
  assert.deepEqual(layers, [
    geoLayers.DEFAULT,
    geoLayers.CONTINENT,
    geoLayers.COUNTRY,
    geoLayers.SUBDIVISION,
    geoLayers.CITY,
  ]);
});

test("means weigh networks, go around the date line, and do not depend on order", () => {
  const here = { country: "FJ", subdivision: "N", city: "Taveuni" };
  const rows = [
    ["192.0.2.0/24", { ...here, latitude: -17, longitude: 179 }],
    ["198.51.100.0/24", { ...here, latitude: -17, longitude: -179 }],
    ["2001:db8::/32", { ...here, city: "Labasa", latitude: -16.4, longitude: 179.4 }],
  ] as const;
  const means = meansOf(database(rows));
  assert.equal(Math.abs(means.get("OC/FJ/N/Taveuni")!.longitude), 180);
  assert.ok(means.get("OC/FJ/N")!.longitude > 179);
  assert.equal(means.has("OC/FJ"), false);
  assert.deepEqual(meansOf(database(rows.toReversed())), new Map(means));
});

test("a place is its own mean, or that of what holds it, or a row", () => {
  const means = meansOf(
    database([
      ["192.0.2.0/24", { country: "DE", subdivision: "BE", latitude: 52.5, longitude: 13.4 }],
    ]),
  );
  assert.deepEqual(pointOfPath("EU/DE/BE/Berlin", means), { latitude: 52.5, longitude: 13.4 });
  assert.equal(
    pointOfPath("EU/DE/BY/Passau", means)!.latitude,
    pointOfPath("EU/DE", means)!.latitude,
  );
  assert.equal(pointOfPath("EU", means)!.latitude, 50);
  assert.equal(pointOfPath("", means), null);
  assert.deepEqual(meansOf(null), new Map());
});

test("records without a point move nothing", () => {
  const rows = [
    ["192.0.2.0/24", { country: "DE", subdivision: "BE", latitude: 52.5, longitude: null }],
  ] as const;
  assert.equal(meansOf(database(rows)).size, 0);
});

test("a database is fine enough if one record is", () => {
  const db = database([["192.0.2.0/24", { country: "DE" }]]);
  assert.deepEqual(
    granularities.map((g) => isFineEnough(db, g)),
    [true, true, false, false],
  );
});

test("a record counts as often as networks have it", () => {
  const here = { country: "DE", subdivision: "BE", longitude: 0 };
  const two = database([
    ["192.0.2.0/24", { ...here, latitude: 0 }],
    ["198.51.100.0/24", { ...here, latitude: 30 }],
  ]);
  const three = {
    ...two,
    v4Starts: Uint32Array.of(0xc0000200, 0xc6336400, 0xcb007100),
    v4Lengths: Uint8Array.of(24, 24, 24),
    v4Records: Uint32Array.of(0, 1, 1),
  };
  assert.equal(meansOf(two).get("EU/DE/BE")!.latitude, 15);
  // atan(2 sin 30° / (1 + 2 cos 30°))
  assert.equal(meansOf(three).get("EU/DE/BE")!.latitude, 20.1039);
});
