// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { decodeDefaults } from "../../../src/resource/decode-transfer.ts";
import { decodeZones, type FoundZone } from "../../../src/resource/decode-zones.ts";
import { placeNowhere } from "../../../src/resource/place.ts";
import { type ZoneFields, zoneFields } from "../../../src/resource/schema.ts";
import type { ZoneDefaultsFields } from "../../../src/resource/schema-transfer.ts";
import { configWith, expectMarked, loadText } from "../../support/marked-config.ts";

function found(apex: string, file: string): FoundZone {
  return { apex, file, place: { file: "folder", line: 7, column: 3 } };
}

function decode(
  rows: Record<string, unknown>,
  foundZones: readonly FoundZone[] = [],
  defaults: ZoneDefaultsFields = {},
) {
  const parsed = Object.entries(rows).map(
    ([apex, row]) => [apex, zoneFields.parse(row)] as [string, ZoneFields],
  );
  const placeOf = placeNowhere("test");
  const resolvePath = (path: string) => `/base/${path}`;
  const none = new Set<string>();
  const transfer = {
    ...{ placeOf, resolvePath, faults: [], remotes: new Map() },
    ...{ remoteIds: none, keyIds: none },
  };
  return decodeZones(new Map(parsed), {
    ...{ raw: { zones: rows }, placeOf, resolvePath, foundZones, transfer },
    ...{ zonesFolder: "/state/zones", defaults, lists: decodeDefaults(defaults, transfer) },
  });
}

test("owners are absolute: relative, with a final dot, @, wildcard", () => {
  const { zones, faults } = decode({
    "Example.ORG": { file: "z", steer: { WWW: "p", "@": "p", "*": "p", "a.b.example.org.": "p" } },
  });
  assert.deepEqual(faults, []);
  assert.equal(zones[0]?.apex, "example.org.");
  assert.deepEqual(
    zones[0]?.steered.map((steered) => steered.owner),
    ["*.example.org.", "a.b.example.org.", "example.org.", "www.example.org."],
  );
});

test("a folder's file serves a row that has none, and adds zones", () => {
  const { zones, faults } = decode({ "a.example": { steer: { www: "p" } } }, [
    found("b.example", "/d/b.example"),
    found("A.example", "/d/A.example"),
  ]);
  assert.deepEqual(faults, []);
  assert.deepEqual(
    zones.map((zone) => [zone.apex, zone.file, zone.steered.length]),
    [
      ["a.example.", "/d/A.example", 1],
      ["b.example.", "/d/b.example", 0],
    ],
  );
});

test("a zone is strict if it says so, or all are and it does not say otherwise", () => {
  const rows = { "a.example": { file: "a", strict: true }, "b.example": { file: "b" } };
  const strictness = (defaults: ZoneDefaultsFields) =>
    decode(
      { ...rows, "c.example": { file: "c", strict: false } },
      [found("d.example", "/d")],
      defaults,
    ).zones.map((zone) => zone.strict);
  assert.deepEqual(strictness({}), [true, false, false, false]);
  assert.deepEqual(strictness({ strict: true }), [true, true, false, true]);
});

test("one file found twice is one zone, two files are a fault", () => {
  const same = decode({}, [found("a.example", "/d/a"), found("a.example", "/d/a")]);
  assert.deepEqual(same.faults, []);
  assert.equal(same.zones.length, 1);
  const two = decode({}, [found("a.example", "/d/a"), found("a.example", "/e/a")]);
  assert.deepEqual(
    two.faults.map((f) => [f.key, f.place.line]),
    [["CONFIG_ZONE_TWICE", 7]],
  );
  const row = decode({ "a.example": { file: "x" } }, [found("a.example", "/d/a")]);
  assert.deepEqual(
    row.faults.map((f) => f.key),
    ["CONFIG_ZONE_TWICE"],
  );
  const equal = decode({ "a.example": { file: "x" } }, [found("a.example", "/base/x")]);
  assert.deepEqual(equal.faults, []);
});

test("a file whose name is no domain name is a fault at the folder", () => {
  const { faults } = decode({}, [found("a..b", "/d/a..b")]);
  assert.deepEqual(
    faults.map((f) => [f.key, f.place.file]),
    [["CONFIG_NAME", "folder"]],
  );
});

test("zones stand once, have a name and a file", () => {
  expectMarked("zones: { a.example: { file: a }, <CONFIG_ZONE_TWICE>A.example.: { file: a } }");
  expectMarked("zones: { <CONFIG_ZONE_NO_FILE>a.example: {} }");
  expectMarked("zones: { <CONFIG_NAME>a..b: { file: a } }");
});

test("steered names lie in their zone, and each type has one policy", () => {
  const steer = (text: string) =>
    expectMarked(configWith({ zones: `zones: { example.org: { file: z, steer: { ${text} } } }` }));
  steer("www: www, <CONFIG_STEER_OUTSIDE>www.example.com.: www");
  steer("www: www, <CONFIG_STEER_OUTSIDE>xample.org.: www");
  steer("www: www, <CONFIG_STEER_TWICE>WWW.example.org.: { types: [A], policy: www }");
  steer("www: { types: [A], policy: www }, www.example.org.: { types: [AAAA], policy: www }");
  steer("www: www, <CONFIG_NAME>a..b: www");
});

test("a type that stands twice in its list is one type", () => {
  const { value } = loadText(
    configWith({
      zones:
        "zones: { example.org: { file: z, steer: { www: { types: [AAAA, A, A], policy: www } } } }",
    }),
  );
  assert.deepEqual(value?.state.zones[0]?.steered[0]?.types, ["A", "AAAA"]);
});
