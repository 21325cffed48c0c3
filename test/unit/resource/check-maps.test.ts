// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { configWith, expectMarked } from "../../support/marked-config.ts";

function map(text: string): string[] {
  return expectMarked(configWith({ maps: `maps: { world: { country: default, ${text} } }` }));
}

test("the default is a location", () => {
  assert.match(map("default: <CONFIG_LOCATION>DE").join(), /did you mean EU\/DE\?/);
  map("default: EU/DE");
});

test("a network belongs to one rule; nested ones are none's fault", () => {
  map(
    "default: EU, networks: { a: { prefixes: [10.0.0.0/8] }, b: { prefixes: [10.1.0.0/16, <CONFIG_NETWORK_TWICE>10.0.0.0/8] } }",
  );
  map(
    'default: EU, networks: { a: { prefixes: ["2001:db8::/32"] }, b: { prefixes: [<CONFIG_NETWORK_TWICE>"2001:DB8:0::/32"] } }',
  );
  map("default: EU, networks: { a: { prefixes: [10.0.0.0/8, 10.0.0.0/8] } }");
});

test("an AS number belongs to one rule", () => {
  map(
    "default: EU, asn: a, asns: { a: { asns: [1] }, b: { asns: [2, <CONFIG_NETWORK_TWICE>AS1] } }",
  );
});

test("IPv6 networks longer than /64 cannot be told apart", () => {
  map(
    'default: EU, networks: { a: { prefixes: ["2001:db8::/64", <CONFIG_PREFIX>"2001:db8::/65"] } }',
  );
});

test("prefixes are written without host bits", () => {
  map("default: EU, networks: { a: { prefixes: [<CONFIG_PREFIX>10.0.0.1/8] } }");
});

test("rules are at a location or a POP", () => {
  map("default: EU, networks: { a: { prefixes: [10.0.0.0/8], location: fra } }");
  map("default: EU, networks: { a: { prefixes: [10.0.0.0/8], location: EU/DE/BE/Berlin } }");
  map("default: EU, networks: { a: { prefixes: [10.0.0.0/8], location: <CONFIG_LOCATION>EU/US } }");
  map("default: EU, asn: a, asns: { a: { asns: [1], location: <CONFIG_LOCATION>DE } }");
  const details = map(
    "default: EU, networks: { a: { prefixes: [10.0.0.0/8], location: <CONFIG_REFERENCE>fre } }",
  );
  assert.match(details.join(), /neither a location nor a POP; did you mean fra\?/);
});

test("a POP is not called like a continent", () => {
  expectMarked("pops: { <CONFIG_VALUE>EU: { latitude: 1, longitude: 2 } }");
});
