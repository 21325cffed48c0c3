// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findNetwork, NONE } from "../../../src/geo/partition.ts";
import { covers, keyHigh, keyLow } from "../../../src/geo/prefix.ts";
import {
  type Findings,
  readAsnRules,
  readNetworkRules,
  stepsOfPrefixes,
} from "../../../src/geo/rules.ts";
import { asnRule, network, prefix, prefixArbitrary } from "../../support/geo.ts";

const findings = (): Findings => ({
  faults: [],
  place: { file: "a.yaml", line: 3, column: 1 },
  mapId: "world",
});
const keys = (f: Findings) => f.faults.map((x) => x.key);

test("faulty prefixes are told and left out", () => {
  const f = findings();
  const rules = [
    network("a", ["192.0.2.0/24", "192.0.2.0/24", "192.0.2.1/24", "2001:db8::/65"]),
    network("b", ["192.0.2.0/24", "2002:c000:200::/40", "2001:db8::/64"]),
  ];
  const list = readNetworkRules(rules, [10, 11], f);
  assert.deepEqual(
    list.map((p) => p.value),
    [10, 11, 11],
  );
  assert.deepEqual(keys(f), [
    "MAP_PREFIX_INVALID",
    "MAP_PREFIX_TOO_LONG",
    "MAP_PREFIX_TWICE",
    "MAP_PREFIX_EMBEDDED",
  ]);
  assert.match(f.faults[0]!.detail, /map world: network a has 192\.0\.2\.1\/24: host bits set/);
  assert.equal(f.faults[0]!.place.line, 3);
});

test("an AS number has one owner", () => {
  const f = findings();
  const byAsn = readAsnRules([asnRule("a", [1, 2, 2]), asnRule("b", [2, 3])], [7, 8], f);
  assert.deepEqual(
    [...byAsn],
    [
      [1, 7],
      [2, 7],
      [3, 8],
    ],
  );
  assert.deepEqual(keys(f), ["MAP_ASN_TWICE"]);
});

for (const family of [4, 6] as const) {
  test(`IPv${family}: the longest prefix wins, whatever the order`, () => {
    const texts = fc.uniqueArray(prefixArbitrary(family), { maxLength: 12 });
    fc.assert(
      fc.property(texts, (list) => {
        const entries = list.map((text, value) => ({ prefix: prefix(text), value }));
        const steps = stepsOfPrefixes(entries, family);
        assert.deepEqual(stepsOfPrefixes(entries.toReversed(), family).values, steps.values);
        for (const { prefix: p } of entries) {
          const i = findNetwork(
            steps.high.items.subarray(0, steps.values.size),
            steps.low.items.subarray(0, steps.values.size),
            keyHigh(p.octets),
            keyLow(p.octets),
          );
          const at = { ...p, length: family === 4 ? 32 : 64 };
          const holding = entries.filter((e) => covers(e.prefix, at));
          const longest = holding.toSorted((a, b) => b.prefix.length - a.prefix.length)[0]!;
          assert.equal(steps.values.items[i], longest.value);
        }
        assert.equal(stepsOfPrefixes(entries, family === 4 ? 6 : 4).values.items[0], NONE);
      }),
    );
  });
}
