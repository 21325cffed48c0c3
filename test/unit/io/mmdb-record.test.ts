// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readRecord } from "../../../src/io/mmdb-record.ts";

const nothing = {
  continent: "",
  country: "",
  subdivision: "",
  city: "",
  latitude: null,
  longitude: null,
  asn: 0,
};

test("the shapes of all makers", () => {
  const maxmind = {
    continent: { code: "EU" },
    country: { iso_code: "DE" },
    subdivisions: [{ iso_code: "BE", names: { en: "Land Berlin" } }, { iso_code: "X" }],
    city: { names: { de: "Köln", en: "Cologne" } },
    location: { latitude: 50.9, longitude: 6.9 },
    autonomous_system_number: 64496,
  };
  const cologne = { city: "Cologne", latitude: 50.9, longitude: 6.9, asn: 64496 };
  assert.deepEqual(readRecord(maxmind), {
    continent: "EU",
    country: "DE",
    subdivision: "BE",
    ...cologne,
  });
  const flat = {
    country_code: "de",
    state1: "NRW",
    city: "Cologne",
    latitude: 50.9,
    longitude: 6.9,
  };
  assert.deepEqual(readRecord(flat), {
    ...nothing,
    country: "DE",
    subdivision: "NRW",
    ...cologne,
    asn: 0,
  });
  const ipinfo = { country: "DE", continent: "EU", region: "NRW", asn: "AS64496" };
  assert.deepEqual(readRecord(ipinfo), {
    ...nothing,
    continent: "EU",
    country: "DE",
    subdivision: "NRW",
    asn: 64496,
  });
  const named = { subdivisions: [{ names: { en: "Bavaria" } }] };
  assert.equal(readRecord(named).subdivision, "Bavaria");
});

test("what makes no sense is not said", () => {
  assert.deepEqual(readRecord({ latitude: 91, longitude: 0 }), nothing);
  assert.deepEqual(readRecord({ location: { latitude: 1 } }), nothing);
  assert.deepEqual(readRecord({ location: { latitude: Number.NaN, longitude: 1 } }), nothing);
  assert.deepEqual(readRecord({ country: 7, city: [], subdivisions: "BE" }), nothing);
  for (const asn of [-1, 1.5, 2 ** 32, "ASx", "", 7n]) assert.equal(readRecord({ asn }).asn, 0);
});

test("a registered country is not where clients are", () => {
  assert.equal(readRecord({ registered_country: { iso_code: "US" } }).country, "");
});

test("any value gives a record", () => {
  fc.assert(
    fc.property(
      fc.anything(),
      fc.constantFrom("country", "location", "subdivisions", "asn"),
      (x, key) => {
        assert.equal(typeof readRecord(x).country, "string");
        assert.ok(Number.isInteger(readRecord({ [key]: x }).asn));
      },
    ),
  );
});
