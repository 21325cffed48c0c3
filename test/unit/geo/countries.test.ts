// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { continentOf, continents, countries } from "../../../src/geo/countries.ts";
import { distanceKm } from "../../../src/geo/distance.ts";

/** ISO 3166-1 alpha-2, all 249, by first letter. */
const ISO = `
  AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ
  BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
  CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ
  DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
  GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU
  ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ
  LA LB LC LI LK LR LS LT LU LV LY
  MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ
  NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA
  RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ
  TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ
  VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW`;

test("every country has a row, and XK", () => {
  const codes = ISO.trim().split(/\s+/);
  assert.equal(codes.length, 249);
  assert.deepEqual([...countries.keys()].toSorted(), [...codes, "XK"].toSorted());
});

test("rows are in range and have a name that is theirs alone", () => {
  for (const [code, row] of countries) {
    assert.ok(continents.has(row.continent), code);
    assert.ok(Math.abs(row.latitude) <= 90 && Math.abs(row.longitude) <= 180, code);
  }
  assert.equal(new Set([...countries.values()].map((r) => r.name)).size, countries.size);
  // The platform knows the codes too, though it spells some names otherwise.
  const names = new Intl.DisplayNames("en", { type: "region" });
  for (const code of countries.keys()) assert.notEqual(names.of(code), code);
});

test("points are where the countries are", () => {
  const known: readonly (readonly [string, number, number])[] = [
    ["DE", 51.2, 10.4],
    ["FR", 46.6, 2.5],
    ["GB", 52.5, -1.5],
    ["US", 39.8, -98.6],
    ["BR", -14.2, -51.9],
    ["JP", 36.2, 138.3],
    ["ZA", -30.6, 22.9],
    ["NZ", -40.9, 174.9],
    ["KE", 0, 37.9],
    ["IN", 22, 79],
    ["AR", -34.6, -58.4],
    ["FJ", -17.7, 178],
    ["IS", 64.9, -19],
    ["EG", 26.8, 30.8],
    ["CL", -33.5, -70.6],
    ["SG", 1.35, 103.8],
    ["WS", -13.8, -172.1],
  ];
  for (const [code, latitude, longitude] of known) {
    const row = countries.get(code)!;
    const off = distanceKm(row.latitude, row.longitude, latitude, longitude);
    assert.ok(off < 1000, `${code} is ${off} km off`);
  }
});

test("a country's point is nearer to its continent than to most others", () => {
  for (const [code, row] of countries) {
    const own = continents.get(row.continent)!;
    const ownKm = distanceKm(row.latitude, row.longitude, own.latitude, own.longitude);
    const nearer = [...continents.values()].filter(
      (c) => distanceKm(row.latitude, row.longitude, c.latitude, c.longitude) < ownKm,
    );
    // Catches swapped signs: no country on the wrong half of the Earth passes.
    assert.ok(nearer.length <= 3, `${code} is ${Math.round(ownKm)} km from ${own.name}`);
  }
});

test("continents of the disputed", () => {
  const found = ["RU", "TR", "CY", "KZ", "MX", "EG", "XK", "GL"].map(continentOf);
  assert.deepEqual(found, ["EU", "AS", "EU", "AS", "NA", "AF", "EU", "NA"]);
  assert.equal(continentOf("ZZ"), null);
});
