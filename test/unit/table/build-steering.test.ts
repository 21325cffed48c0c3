// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { DIRECTORY_SIZE } from "../../../src/layout/gen/table.ts";
import { buildSteering, hashSeed } from "../../../src/table/build-steering.ts";
import { checkSteering } from "../../../src/table/open-steering.ts";
import { viewsOf } from "../../../src/table/reader.ts";
import {
  builtMap,
  builtSteering,
  digest,
  endpoint,
  halvesMap,
  policy,
  steeringState,
} from "../../support/tables.ts";

const maps = [builtMap("z"), builtMap("geo", halvesMap())];
const policies = [policy("p2", "geo"), policy("p1", "z", { client: "resolver" })];

test("G1: numbers are those of the sorted ids", () => {
  const built = builtSteering(policies, maps);
  assert.deepEqual(
    [...built.policyIndex],
    [
      ["p1", 0],
      ["p2", 1],
    ],
  );
  assert.deepEqual([...built.endpointIndex.keys()], ["web/a", "web/b", "web/c"]);
  assert.deepEqual([...built.popIndex.keys()], ["fra", "iad"]);
  // Regions of `z` and of `geo`.
  assert.deepEqual(built.policyRows, [1, 2]);
});

test("the order of the state does not matter", () => {
  const state = steeringState(policies);
  const turned = {
    pops: [...state.pops].reverse(),
    pools: state.pools.map((pool) => ({ ...pool, endpoints: [...pool.endpoints].reverse() })),
    policies: [...policies].reverse(),
  };
  const a = buildSteering(state, maps, digest);
  const b = buildSteering(turned, [...maps].reverse(), digest);
  assert.deepEqual(a, b);
});

test("the segment is sound, and its maps are those of the directory", () => {
  const { octets } = builtSteering(policies, maps);
  const part = { views: viewsOf(octets), ref: 0, length: octets.length };
  // Sorted by id: geo has two regions, z has one.
  assert.equal(checkSteering(part, [2, 1]), null);
  assert.equal(checkSteering(part, [1, 2])?.key, "TABLE_STEERING");
  assert.ok(octets.length > DIRECTORY_SIZE);
});

test("G2: a seed depends on the id alone", () => {
  assert.equal(hashSeed("web/a", digest), hashSeed("web/a", digest));
  // First octets of SHA-256("abc"): ba 78 16 bf.
  assert.equal(hashSeed("abc", digest), 0xbf1678ba);
});

test("references that lead nowhere are faults, all of them", () => {
  const state = {
    ...steeringState([policy("p", "nomap")]),
    pools: [{ id: "w", endpoints: [endpoint("x", { pop: "nopop", v4: "::1" })], probes: [] }],
  };
  const built = buildSteering(state, maps, digest);
  assert.equal(built.value, null);
  assert.deepEqual(
    built.faults.map((one) => [one.key, /nomap|nopop|::1/.exec(one.detail)?.[0]]),
    [
      ["TABLE_REFERENCE", "nomap"],
      ["TABLE_REFERENCE", "nopop"],
      ["TABLE_REFERENCE", "::1"],
    ],
  );
});

test("more endpoints than a number can name are refused", () => {
  const endpoints = Array.from({ length: 65_536 }, (_, i) => endpoint(`e${i}`));
  const state = { ...steeringState([]), pools: [{ id: "w", endpoints, probes: [] }] };
  assert.equal(buildSteering(state, maps, digest).faults[0]?.key, "TABLE_TOO_MANY");
});

test("no policies are a table too", () => {
  const built = builtSteering([], []);
  assert.equal(built.policyRows.length, 0);
});
