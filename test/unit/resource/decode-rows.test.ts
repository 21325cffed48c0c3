// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { canonicalName } from "../../../src/resource/decode-rows.ts";
import type { DesiredState } from "../../../src/resource/types.ts";
import { configWith, expectMarked, loadText } from "../../support/marked-config.ts";

function stateOf(sections: Record<string, string>): DesiredState {
  const result = loadText(configWith(sections));
  assert.ok(result.value !== null, JSON.stringify(result.faults));
  return result.value.state;
}

test("statuses are ranges, single codes included", () => {
  const state = stateOf({ probes: "probes: { web: { kind: http, statuses: [200, 300-399] } }" });
  assert.deepEqual(state.probes[0]?.statuses, [
    [200, 200],
    [300, 399],
  ]);
});

test("a range that ends before it begins is none", () => {
  expectMarked(
    configWith({
      probes: "probes: { web: { kind: http, statuses: [200, <CONFIG_VALUE>399-300] } }",
    }),
  );
});

test("a tcp probe has nothing of HTTP", () => {
  expectMarked(
    configWith({ probes: "probes: { web: { kind: tcp, path: <CONFIG_KEYS_EXCLUSIVE>/x } }" }),
  );
});

test("addresses and targets take their one form", () => {
  const state = stateOf({
    pools: `pools:
  eu: { probes: [web], endpoints: { e1: { pop: fra, v4: 192.0.2.1, v6: "2001:DB8:0::1" } } }
  us: { endpoints: { u1: { pop: iad, target: CDN.Example.NET, v6: "::1", v4: 192.0.2.2 } } }`,
  });
  assert.equal(state.pools[0]?.endpoints[0]?.v6, "2001:db8::1");
  assert.equal(state.pools[1]?.endpoints[0]?.target, "cdn.example.net.");
  assert.equal(canonicalName("A\\.b.Org"), "a\\.b.org.");
});

test("databases: the one that comes along, or a path from the folder of the file", () => {
  const one = stateOf({}).maps[0];
  assert.deepEqual([one?.countryFile, one?.cityFile], ["/usr/share/country.mmdb", ""]);
  const two = stateOf({ maps: "maps: { world: { city: geo/c.mmdb, asn: /a.mmdb, default: EU } }" });
  assert.deepEqual(
    [two.maps[0]?.countryFile, two.maps[0]?.cityFile, two.maps[0]?.asnFile],
    ["", "/etc/azimuth/geo/c.mmdb", "/a.mmdb"],
  );
});

test("country and city exclude each other; asns need a database", () => {
  expectMarked(
    configWith({
      maps: "maps: { world: { country: <CONFIG_KEYS_EXCLUSIVE>default, city: c.mmdb, default: EU } }",
    }),
  );
  expectMarked(
    configWith({
      maps: "maps: { world: { country: default, default: EU, asns: <CONFIG_KEY_MISSING>{ a: { asns: [1] } } } }",
    }),
  );
});

test("AS numbers may have their letters", () => {
  const state = stateOf({
    maps: "maps: { world: { country: default, asn: a.mmdb, default: EU, asns: { a: { asns: [64500, AS64501] } } } }",
  });
  assert.deepEqual(state.maps[0]?.asns[0]?.asns, [64_500, 64_501]);
});

test("coordinates come in pairs", () => {
  expectMarked(
    configWith({
      maps: "maps: { world: { country: default, default: EU, networks: { o: { prefixes: [10.0.0.0/8], latitude: <CONFIG_KEY_MISSING>5 } } } }",
    }),
  );
});

test("rows of a policy are sorted, one id is a list of one", () => {
  const state = stateOf({
    policies: "policies: { www: { match: { default: us, EU/FR: eu, EU: [eu, us] } } }",
  });
  assert.equal(state.policies[0]?.map, "world");
  assert.deepEqual(state.policies[0]?.match, [
    { location: "EU", pools: ["eu", "us"] },
    { location: "EU/FR", pools: ["eu"] },
    { location: "default", pools: ["us"] },
  ]);
});

test("pool and pools are a row default", () => {
  const one = stateOf({ policies: "policies: { www: { match: { EU: us }, pool: eu } }" });
  assert.deepEqual(one.policies[0]?.match.at(-1), { location: "default", pools: ["eu"] });
  const two = stateOf({ policies: "policies: { www: { pools: [us, eu] } }" });
  assert.deepEqual(two.policies[0]?.match, [{ location: "default", pools: ["us", "eu"] }]);
});

test("the default is said once, and is said", () => {
  const policy = (text: string) => expectMarked(configWith({ policies: `policies:\n  ${text}` }));
  policy("www: { pool: eu, pools: <CONFIG_KEYS_EXCLUSIVE>[us] }");
  policy("www: { pool: <CONFIG_KEYS_EXCLUSIVE>eu, match: { default: us } }");
  policy("<CONFIG_POLICY_NO_DEFAULT>www: { order: weight }");
  policy("www: { <CONFIG_POLICY_NO_DEFAULT>match: { EU: eu } }");
});

test("the map may be left out only if there is one", () => {
  expectMarked(
    configWith({
      maps: "maps: { a: { country: default, default: EU }, b: { country: default, default: EU } }",
      policies: "policies:\n  <CONFIG_KEY_MISSING>www: { pools: [eu, us] }",
    }),
  );
});
