// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { checkState } from "../../../src/resource/check.ts";
import type { Decoded } from "../../../src/resource/decode.ts";
import { placeNowhere } from "../../../src/resource/place.ts";
import { configWith, expectMarked } from "../../support/marked-config.ts";

test("references of pools lead somewhere, or say what was meant", () => {
  const details = expectMarked(
    configWith({
      pools: `pools:
  eu: { probes: [web, <CONFIG_REFERENCE>wep], endpoints: { e1: { pop: <CONFIG_REFERENCE>fre, v4: 192.0.2.1 } } }
  us: { endpoints: { u1: { pop: iad, v4: 192.0.2.2 } } }`,
    }),
  );
  assert.match(details.join("\n"), /there is no probe "wep"; did you mean web\?/);
  assert.match(details.join("\n"), /there is no POP "fre"; did you mean fra\?/);
});

test("pools have endpoints, and endpoints have something to answer with", () => {
  expectMarked(
    configWith({
      pools: `pools:
  <CONFIG_POOL_EMPTY>eu:
    probes: [web]
    endpoints: {}
  us:
    endpoints:
      u1: { pop: iad, v4: 192.0.2.2 }
      <CONFIG_ENDPOINT_EMPTY>u2: { pop: iad }`,
    }),
  );
});

test("attempts that outlast the interval are a warning at the probe", () => {
  expectMarked(
    configWith({
      probes: "probes:\n  <CONFIG_PROBE_SLOW>web: { kind: http, intervalMs: 1499 }",
    }),
  );
  expectMarked(configWith({ probes: "probes: { web: { kind: http, intervalMs: 1500 } }" }));
});

test("what nothing uses is a warning at its key", () => {
  const details = expectMarked(
    configWith({
      probes: "probes: { web: { kind: http }, <CONFIG_UNUSED>old: { kind: tcp } }",
      maps: "maps: { world: { country: default, default: EU }, <CONFIG_UNUSED>m: { default: EU } }",
      policies:
        "policies: { www: { map: world, pool: eu }, <CONFIG_UNUSED>api: { map: world, pool: eu } }",
    }).replace("  us: {", "  <CONFIG_UNUSED>us: {"),
    { unused: true },
  );
  assert.ok(details.includes("pool us is used by none of policies"), details.join("\n"));
});

test("nothing is called unused while a broken resource might use it", () => {
  expectMarked(
    configWith({ policies: "policies: { www: { map: world, pool: <CONFIG_TYPE>[eu] } }" }).replace(
      "www: www } } }",
      "} } }",
    ),
    { unused: true },
  );
});

test("more endpoints than the table can number are a fault", () => {
  const none = new Set<string>();
  const endpoint = {
    id: "e",
    pop: "a",
    v4: "192.0.2.1",
    v6: null,
    target: null,
    weight: 1,
    capacity: 0,
    probeAddress: null,
    probePort: 0,
  };
  const endpoints = Array.from({ length: 65_536 }, () => endpoint);
  const decoded: Decoded = {
    state: {
      pops: [{ id: "a", latitude: 0, longitude: 0, country: "", capacity: 0 }],
      probes: [],
      pools: [{ id: "p", endpoints, probes: [] }],
      maps: [],
      policies: [],
      keys: [],
      remotes: [],
      zones: [],
    },
    broken: {
      ...{ pops: none, probes: none, pools: none, maps: none, policies: none },
      ...{ keys: none, remotes: none, zones: none },
    },
    steers: [],
  };
  const keys = checkState(decoded, {}, placeNowhere("test")).map((f) => f.key);
  assert.deepEqual(keys, ["CONFIG_LIMIT", "CONFIG_UNUSED"]);
});
