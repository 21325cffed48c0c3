// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  ancestors,
  cleanPart,
  displayLocation,
  matchLocation,
  matchNames,
  parseLocation,
} from "../../../src/geo/location.ts";

test("paths of each depth are read", () => {
  for (const path of ["EU", "EU/DE", "EU/DE/BE", "EU/DE/BE/Berlin", "AS/SG/-/Singapore"]) {
    assert.deepEqual(parseLocation(path), path.split("/"));
  }
});

test("paths that lead nowhere are refused", () => {
  const wrong = [
    "",
    "XX",
    "eu",
    "DE",
    "EU/US",
    "EU/de",
    "EU/",
    "/EU",
    "EU/DE//Berlin",
    "EU/DE/BE/Berlin/Mitte",
    "EU/DE/-",
    "EU/DE/BE/-",
    "EU/DE/ BE",
    "EU/DE/BE/A\nB",
    "net/office",
    "default",
  ];
  for (const path of wrong) assert.equal(parseLocation(path), null, JSON.stringify(path));
});

test("ancestors come most specific first, without the placeholder", () => {
  assert.deepEqual(ancestors("EU/DE/BE/Berlin"), ["EU/DE/BE/Berlin", "EU/DE/BE", "EU/DE", "EU"]);
  assert.deepEqual(ancestors("AS/SG/-/Singapore"), ["AS/SG/-/Singapore", "AS/SG", "AS"]);
  assert.deepEqual(ancestors(""), []);
});

test("the most specific row wins, a rule's own name first", () => {
  const rows = ["default", "EU", "EU/DE/BE", "net/office", "asn/cdn"].map((location) => ({
    location,
  }));
  const match = (name: string, location: string) =>
    rows[matchLocation({ name, location }, rows)]?.location;
  assert.equal(match("EU/DE/BE/Berlin", "EU/DE/BE/Berlin"), "EU/DE/BE");
  assert.equal(match("EU/DE", "EU/DE"), "EU");
  assert.equal(match("NA/US", "NA/US"), "default");
  assert.equal(match("net/office", "EU/DE"), "net/office");
  assert.equal(match("net/other", "EU/DE"), "EU");
  assert.equal(match("net/other", ""), "default");
  assert.equal(match("asn/cdn", "EU/DE/BE"), "asn/cdn");
});

test("clients that no layer knows are at the default location", () => {
  assert.deepEqual(matchNames({ name: "default", location: "EU/DE" }), ["EU/DE", "EU", "default"]);
  assert.deepEqual(matchNames({ name: "default", location: "" }), ["default"]);
  assert.equal(matchLocation({ name: "EU", location: "EU" }, [{ location: "AS" }]), -1);
});

test("a path reads well", () => {
  assert.equal(displayLocation("EU/DE/BE/Berlin"), "Berlin, BE, Germany, Europe");
  assert.equal(displayLocation("AS/SG/-/Singapore"), "Singapore, Singapore, Asia");
  assert.equal(displayLocation(""), "unknown");
});

test("a cleaned part is clean", () => {
  assert.equal(cleanPart(" Ville/Marie\t\u0000 x "), "Ville Marie x");
  fc.assert(
    fc.property(fc.string({ unit: fc.nat(0xff).map((c) => String.fromCharCode(c)) }), (text) => {
      const part = cleanPart(text);
      assert.equal(cleanPart(part), part);
      assert.ok(!part.includes("/"));
    }),
  );
});
