// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { Breach } from "../../../src/base/assert.ts";
import { endpointFlags } from "../../../src/layout/table.ts";
import { familiesOf, indexEndpoints, textHash } from "../../../src/steer/endpoints.ts";
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
    pools: new Map([...index.pools].toReversed()),
  });
});

test("a pool's endpoints are grouped by service or standby, then by POP", () => {
  const pools = [
    pool("p", [
      endpoint("a", "y"),
      endpoint("b", "x", { v6: "2001:db8::1" }),
      endpoint("c", "y"),
      endpoint("d", "x", { weight: 0, v4: null, target: "d.example." }),
    ]),
    pool("q", []),
  ];
  const index = indexEndpoints({ pools, pops: [pop("x"), pop("y")] });
  const { service, standby } = index.pools.get("p")!;
  const plain = (sites: typeof service.sites) => sites.map((site) => [site.pop.id, site.endpoints]);
  assert.deepEqual(plain(service.sites), [
    ["x", [1]],
    ["y", [0, 2]],
  ]);
  assert.deepEqual(plain(standby.sites), [["x", [3]]]);
  assert.deepEqual([service.families, standby.families], [3, 4]);
  assert.deepEqual(index.pools.get("q")!.service, { sites: [], families: 0 });
});

test("families are those of the table", () => {
  const families = (fields: Parameters<typeof endpoint>[2]) =>
    familiesOf(endpoint("e", "x", fields));
  assert.equal(families({}), endpointFlags.V4);
  assert.equal(families({ v6: "::1" }), endpointFlags.V4 | endpointFlags.V6);
  assert.equal(families({ v4: null, target: "a." }), endpointFlags.CNAME);
});

test("an endpoint without its POP is a breach: the configuration was checked before", () => {
  const state = { pools: [pool("p", [endpoint("a", "nowhere")])], pops: [] };
  assert.throws(() => indexEndpoints(state), Breach);
});

test("hashes of names differ", () => {
  assert.notEqual(textHash("p/a"), textHash("p/b"));
  assert.notEqual(textHash(""), textHash("a"));
});
