// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { Breach } from "../../../src/base/assert.ts";
import { indexEndpoints, textHash } from "../../../src/steer/endpoints.ts";
import { endpoint, pool, pop } from "./world.ts";

test("endpoints are sorted by pool/endpoint, which is not the order of pools", () => {
  const pools = [
    pool("a", [endpoint("z", "x"), endpoint("b", "x")]),
    pool("a-b", [endpoint("c", "x")]),
  ];
  const index = indexEndpoints({ pools, pops: [pop("x")] });
  // The hyphen sorts before the slash.
  assert.deepEqual(
    index.endpoints.map((e) => e.id),
    ["a-b/c", "a/b", "a/z"],
  );
  assert.equal(index.at.get("a/z"), 2);
  assert.deepEqual(indexEndpoints({ pools: pools.toReversed(), pops: [pop("x")] }), {
    ...index,
    sites: new Map([...index.sites].toReversed()),
  });
});

test("a pool's endpoints are grouped by their POP", () => {
  const pools = [
    pool("p", [endpoint("a", "y"), endpoint("b", "x"), endpoint("c", "y")]),
    pool("q", []),
  ];
  const index = indexEndpoints({ pools, pops: [pop("x"), pop("y")] });
  const sites = index.sites.get("p")!.map((site) => [site.pop.id, site.endpoints]);
  assert.deepEqual(sites, [
    ["x", [1]],
    ["y", [0, 2]],
  ]);
  assert.deepEqual(index.sites.get("q"), []);
});

test("an endpoint without its POP is a breach: the configuration was checked before", () => {
  const state = { pools: [pool("p", [endpoint("a", "nowhere")])], pops: [] };
  assert.throws(() => indexEndpoints(state), Breach);
});

test("hashes of names differ", () => {
  assert.notEqual(textHash("p/a"), textHash("p/b"));
  assert.notEqual(textHash(""), textHash("a"));
});
