// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { configWith, expectMarked } from "../../support/marked-config.ts";

function policy(text: string, maps?: string): string[] {
  const sections = { policies: `policies: { www: { ${text} } }` };
  return expectMarked(configWith(maps === undefined ? sections : { ...sections, maps }));
}

test("map and pools exist", () => {
  policy("map: <CONFIG_REFERENCE>wrld, pool: eu");
  policy("match: { EU: [eu, <CONFIG_REFERENCE>uss], default: us }");
  policy("match: { EU: <CONFIG_REFERENCE>ue, default: us }");
  policy("pool: <CONFIG_REFERENCE>ue");
  policy("pools: [eu, <CONFIG_REFERENCE>ue]");
});

test("rows are locations, and say which was meant", () => {
  assert.match(policy("match: { <CONFIG_LOCATION>DE: eu, default: us }").join(), /EU\/DE/);
  policy("map: <CONFIG_REFERENCE>wrld, match: { <CONFIG_LOCATION>DE: eu, net/x: eu, default: us }");
});

test("net and asn rows name rules of the map", () => {
  const maps =
    "maps: { world: { country: default, default: EU, networks: { office: { prefixes: [10.0.0.0/8] } } } }";
  policy("match: { net/office: eu, default: us }", maps);
  const details = policy("match: { <CONFIG_REFERENCE>net/ofice: eu, default: us }", maps);
  assert.match(details.join(), /did you mean office\?/);
  policy("match: { <CONFIG_REFERENCE>asn/office: eu, default: us }", maps);
});

test("a row finer than the map is a warning", () => {
  policy("match: { EU/DE: eu, default: us }");
  policy("match: { <CONFIG_LOCATION_UNREACHABLE>EU/DE/BE: eu, default: us }");
  const continents = "maps: { world: { country: default, granularity: continent, default: EU } }";
  policy("match: { EU: eu, <CONFIG_LOCATION_UNREACHABLE>EU/DE: eu, default: us }", continents);
  const cities = "maps: { world: { city: c.mmdb, granularity: city, default: EU } }";
  policy("match: { EU/DE/BE/Berlin: eu, default: us }", cities);
  const none = "maps: { world: { default: EU } }";
  policy("match: { EU: eu, <CONFIG_LOCATION_UNREACHABLE>NA: us, default: us }", none);
});

test("an operator network makes its location reachable", () => {
  const maps =
    "maps: { world: { country: default, default: EU, networks: { o: { prefixes: [10.0.0.0/8], location: EU/DE/BE } } } }";
  policy("match: { EU/DE/BE: eu, <CONFIG_LOCATION_UNREACHABLE>EU/DE/HE: eu, default: us }", maps);
  policy("match: { EU/DE/BE: eu, EU/DE/HE: eu, default: us }", maps.replace("EU/DE/BE", "fra"));
});

const POOLS = `pools:
  eu: { probes: [web], endpoints: { e1: { pop: fra, v4: 192.0.2.1 } } }
  us: { endpoints: { u1: { pop: iad, target: cdn.example.net. } } }`;

function steer(pool: string, steered: string): string[] {
  return expectMarked(
    configWith({
      pools: POOLS,
      policies: `policies: { www: { pools: ${pool} } }`,
      zones: `zones: { example.org: { file: z, steer: { www: ${steered} } } }`,
    }),
  );
}

test("the policy of a steered name exists", () => {
  steer("[eu]", "<CONFIG_REFERENCE>wwww");
  steer("[eu]", "{ policy: <CONFIG_REFERENCE>wwww }");
});

test("addresses come from addresses, a CNAME from targets", () => {
  steer("[eu, us]", "<CONFIG_STEER_KIND>www");
  steer("[eu, us]", "{ policy: www, types: <CONFIG_STEER_KIND>[A] }");
  steer("[eu, us]", "{ policy: www, types: <CONFIG_STEER_KIND>[CNAME] }");
  steer("[us]", "{ policy: www, types: [CNAME] }");
  steer("[eu]", "{ policy: www, types: [A] }");
});

test("a CNAME stands alone", () => {
  steer("[us]", "{ policy: www, types: <CONFIG_STEER_CNAME>[A, CNAME] }");
});

test("an asked family without an address is a warning, a default one is not", () => {
  steer("[eu]", "www");
  const details = steer("[eu]", "{ policy: www, types: <CONFIG_STEER_NO_ADDRESS>[A, AAAA] }");
  assert.match(details.join(), /has an answer for AAAA/);
});
