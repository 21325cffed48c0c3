// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { type DecodeOptions, decodeState } from "../../../src/resource/decode.ts";
import { placeNowhere } from "../../../src/resource/place.ts";
import { configWith, expectMarked, loadText } from "../../support/marked-config.ts";

const options: DecodeOptions = {
  placeOf: placeNowhere("test"),
  resolvePath: (path) => `/base/${path}`,
  defaultCountryFile: "/country.mmdb",
  foundZones: [],
  zonesFolder: "/zones",
};

const raw = {
  pops: { b: { latitude: 1, longitude: 2 }, a: { latitude: 3, longitude: 4, country: "DE" } },
  probes: { web: { kind: "http" } },
  pools: { p: { endpoints: { z: { pop: "a", v4: "192.0.2.1" }, y: { pop: "b", weight: 0 } } } },
  maps: { m: { default: "EU" } },
  policies: { q: { pool: "p" } },
  zones: { "b.example": { file: "b" }, "a.example": { file: "a", steer: { www: "q" } } },
};

test("lists are sorted by id, defaults are filled in", () => {
  const { decoded, faults } = decodeState(raw, options);
  assert.deepEqual(faults, []);
  const { state } = decoded;
  assert.deepEqual(
    state.pops.map((pop) => pop.id),
    ["a", "b"],
  );
  assert.deepEqual(
    state.pools[0]?.endpoints.map((e) => [e.id, e.weight]),
    [
      ["y", 0],
      ["z", 100],
    ],
  );
  assert.deepEqual(
    state.zones.map((zone) => [zone.apex, zone.file]),
    [
      ["a.example.", "/base/a"],
      ["b.example.", "/base/b"],
    ],
  );
});

test("R2: the order of keys and the short forms do not matter", () => {
  const long = {
    zones: {
      "a.example.": {
        steer: { "WWW.a.example.": { types: ["AAAA", "A"], policy: "q" } },
        file: "a",
      },
      "B.example": { file: "b" },
    },
    policies: { q: { map: "m", match: { default: ["p"] } } },
    maps: raw.maps,
    pools: { p: { endpoints: { y: raw.pools.p.endpoints.y, z: raw.pools.p.endpoints.z } } },
    probes: raw.probes,
    pops: { a: raw.pops.a, b: raw.pops.b },
  };
  assert.deepEqual(
    decodeState(long, options).decoded.state,
    decodeState(raw, options).decoded.state,
  );
});

test("an empty section is a section of nothing", () => {
  const { decoded, faults } = decodeState({ pools: null }, options);
  assert.deepEqual(faults, []);
  assert.deepEqual(decoded.state.pools, []);
});

test("a section that is no mapping is a fault at the section", () => {
  expectMarked("pools: <CONFIG_TYPE>[\n  a\n]");
  expectMarked("<CONFIG_TYPE>pops:\n  - fra");
  expectMarked("zones: <CONFIG_TYPE>none");
});

test("ids are checked at the key", () => {
  expectMarked('pops: { <CONFIG_VALUE>"a b": { latitude: 1, longitude: 2 } }');
  expectMarked("pops: { <CONFIG_VALUE>__proto__: { latitude: 1, longitude: 2 } }");
  expectMarked(
    configWith({
      pools: `pools:
  eu: { endpoints: { <CONFIG_VALUE>"e 1": { pop: fra, v4: 192.0.2.1 } } }
  us: { endpoints: { u1: { pop: iad, v4: 192.0.2.2 } } }`,
    }),
  );
});

test("one broken resource hides neither the others' faults nor itself", () => {
  expectMarked(
    configWith({
      pops: "pops: { fra: { latitude: <CONFIG_RANGE>91, longitude: 8 }, iad: { latitude: 39, longitude: -77 } }",
      maps: "maps: { world: { country: default, <CONFIG_KEY_UNKNOWN>defualt: EU, default: <CONFIG_LOCATION>XX } }",
      policies:
        "policies: { www: { map: world, match: { default: [<CONFIG_REFERENCE>eww, us] } } }",
    }),
  );
});

test("a map without a default has a fault of its own", () => {
  expectMarked(
    configWith({ maps: "maps:\n  <CONFIG_MAP_NO_DEFAULT>world:\n    country: default" }),
  );
});

test("a value of a missing place is missing where its mapping stands", () => {
  expectMarked("pops:\n  <CONFIG_KEY_MISSING>fra:\n    latitude: 50");
  expectMarked("pops: { fra: <CONFIG_KEY_MISSING>{ latitude: 50 } }");
});

test("R1: no value whatever makes it throw", () => {
  const keys = fc.constantFrom(...Object.keys(raw), "x", "__proto__");
  fc.assert(
    fc.property(fc.dictionary(keys, fc.jsonValue({ maxDepth: 4 })), (value) => {
      decodeState(value as Record<string, unknown>, options);
    }),
    { numRuns: 300 },
  );
});

test("a sound configuration has no faults", () => {
  const { value, faults } = loadText(configWith({}));
  assert.deepEqual(faults, []);
  assert.ok(value !== null);
});

test("a broken row hides nothing of its neighbours in one resource", () => {
  expectMarked(
    configWith({
      pools: `pools:
  eu: { probes: [web], endpoints: { e1: { pop: fra, v4: <CONFIG_ADDRESS>192.0.2 }, <CONFIG_ENDPOINT_EMPTY>e2: { pop: <CONFIG_REFERENCE>fre } } }
  us: { endpoints: { u1: { pop: iad, v4: 192.0.2.2, v6: "::1", <CONFIG_KEY_UNKNOWN>wieght: 1 } } }`,
      zones: `zones:
  example.org: { file: z, steer: { www: <CONFIG_REFERENCE>wwww, a: { <CONFIG_KEY_UNKNOWN>polcy: www, policy: www }, <CONFIG_STEER_OUTSIDE>b.: www } }`,
      maps: "maps: { world: { country: default, default: EU, networks: { o: { prefixes: [<CONFIG_PREFIX>x] } } } }",
      policies:
        "policies: { www: { map: world, match: { net/o: eu, EU: [<CONFIG_REFERENCE>ee], default: us } } }",
    }),
  );
});
