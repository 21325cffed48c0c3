// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Breach } from "../../../src/base/assert.ts";
import { PLAN_CANDIDATES_MAX } from "../../../src/layout/limits.ts";
import { explainCandidates, planStructure } from "../../../src/steer/candidates.ts";
import { type EndpointIndex, indexEndpoints } from "../../../src/steer/endpoints.ts";
import { endpoint, policy, pool, pop, region } from "./world.ts";

// One degree of longitude on the equator is 111 km.
const line = Array.from({ length: 20 }, (_, i) => pop(`pop${String(i).padStart(2, "0")}`, 0, i));
const atEquator = region("AF", 0, 0);
const popId = (i: number) => line[i]!.id;

/** "endpoint rank" of a region, best first. */
function ranks(
  fields: Parameters<typeof policy>[0],
  index: EndpointIndex,
  of = atEquator,
): string[] {
  const [list] = planStructure(policy(fields), [of], index).candidates;
  return list!.map(({ endpoint: at, rank }) => `${index.endpoints[at]!.id} ${rank}`);
}

test("the nearest POP comes first, equal distances share a rank", () => {
  const pops = [pop("here", 0, 1), pop("east", 0, 3), pop("west", 0, -3)];
  const pools = [pool("p", [endpoint("e", "east"), endpoint("h", "here"), endpoint("w", "west")])];
  const index = indexEndpoints({ pools, pops });
  assert.deepEqual(ranks({}, index), ["p/h 0", "p/e 1", "p/w 1"]);
});

test("within the tolerance of the best of a group distances are equal", () => {
  const pools = [
    pool(
      "p",
      [10, 11, 13, 14].map((i) => endpoint(`e${i}`, popId(i))),
    ),
  ];
  const index = indexEndpoints({ pools, pops: line });
  assert.deepEqual(ranks({ toleranceRatio: 0.15 }, index), [
    "p/e10 0",
    "p/e11 0",
    "p/e13 1",
    "p/e14 1",
  ]);
});

test("spread: the k nearest POPs share the best rank, whatever their distance", () => {
  const pools = [
    pool(
      "p",
      [1, 5, 6, 19].map((i) => endpoint(`e${i}`, popId(i))),
    ),
  ];
  const index = indexEndpoints({ pools, pops: line });
  assert.deepEqual(ranks({ spread: 3 }, index), ["p/e1 0", "p/e5 0", "p/e6 0", "p/e19 1"]);
  assert.deepEqual(
    ranks({ spread: 9 }, index).map((r) => r.at(-1)),
    ["0", "0", "0", "0"],
  );
});

test("by weight, or without coordinates, all of a pool share a rank", () => {
  const pools = [pool("p", [endpoint("a", popId(1)), endpoint("b", popId(9))])];
  const index = indexEndpoints({ pools, pops: line });
  assert.deepEqual(ranks({ order: "weight" }, index), ["p/a 0", "p/b 0"]);
  assert.deepEqual(ranks({}, index, region("default", null, null)), ["p/a 0", "p/b 0"]);
});

test("pools stand in failover order, standbys behind all of them", () => {
  const pools = [
    pool("a", [endpoint("s", popId(0), { weight: 0 }), endpoint("x", popId(9))]),
    pool("b", [endpoint("y", popId(0), { weight: 7 })]),
  ];
  const index = indexEndpoints({ pools, pops: line });
  const match = [{ location: "default", pools: ["a", "b", "a"] }];
  assert.deepEqual(ranks({ match }, index), ["a/x 0", "b/y 1", "a/s 2"]);
  const [list] = planStructure(policy({ match }), [atEquator], index).candidates;
  assert.deepEqual(
    list!.map((c) => c.weight),
    [1, 7, 1],
  );
});

test("the most specific row wins; a policy without default is a breach", () => {
  const pools = ["d", "eu", "de", "net"].map((id) => pool(id, [endpoint("e", popId(0))]));
  const index = indexEndpoints({ pools, pops: line });
  const match = [
    { location: "EU", pools: ["eu"] },
    { location: "net/office", pools: ["net"] },
    { location: "default", pools: ["d"] },
    { location: "EU/DE", pools: ["de"] },
  ];
  const of = (name: string, location: string) =>
    explainCandidates(policy({ match }), { ...region(name, 0, 0), location }, index).location;
  assert.equal(of("EU/DE/BE", "EU/DE/BE"), "EU/DE");
  assert.equal(of("EU/FR", "EU/FR"), "EU");
  assert.equal(of("AS/JP", "AS/JP"), "default");
  assert.equal(of("net/office", "EU/DE"), "net/office");
  assert.equal(of("net/other", "EU/DE"), "EU/DE");
  const none = policy({ match: [{ location: "EU", pools: ["eu"] }] });
  assert.throws(() => planStructure(none, [atEquator], index), Breach);
});

test("a row without endpoints gives a plan without candidates", () => {
  const index = indexEndpoints({ pools: [pool("p", [])], pops: [] });
  assert.deepEqual(planStructure(policy(), [atEquator], index).candidates, [[]]);
});

test("what must not be cut off: second POP, each family, standby, later pools", () => {
  const crowd = Array.from({ length: 12 }, (_, i) => endpoint(`e${i}`, popId(0)));
  const pools = [
    pool("a", [...crowd, endpoint("far", popId(5))]),
    pool("b", [endpoint("v6", popId(6), { v4: null, v6: "2001:db8::1" }), endpoint("w", popId(7))]),
    pool("c", [endpoint("x", popId(8)), endpoint("s", popId(8), { weight: 0 })]),
  ];
  const index = indexEndpoints({ pools, pops: line });
  const match = [{ location: "default", pools: ["a", "b", "c"] }];
  const choice = explainCandidates(policy({ match }), atEquator, index);
  assert.equal(choice.kept.length, PLAN_CANDIDATES_MAX);
  const ids = choice.kept.map((c) => index.endpoints[c.endpoint]!.id);
  for (const id of ["a/far", "b/v6", "c/x", "c/s"]) assert.ok(ids.includes(id), `${id} in ${ids}`);
  assert.deepEqual([...new Set(choice.kept.map((c) => c.rank))], [0, 1, 2, 3, 4]);
  assert.match(choice.kept[0]!.reason, /^placed at preference 0, 0 km$/);
  assert.match(choice.kept.at(-1)!.reason, /^placed at preference 4, 890 km, standby of weight 0$/);
  assert.match(choice.dropped[0]!.reason, /^dropped: beyond 8 candidates, preference 0, 0 km$/);
  assert.equal(choice.kept.length + choice.dropped.length, 17);
});

test("over many regions everybody of a large pool serves, each about as often", () => {
  const crowd = Array.from({ length: 40 }, (_, i) => endpoint(`e${i}`, popId(i % 20)));
  const index = indexEndpoints({ pools: [pool("p", crowd)], pops: line });
  const regions = Array.from({ length: 400 }, (_, i) => region(`r${i}`, 0, 0));
  const structure = planStructure(policy({ order: "weight" }), regions, index);
  const served = new Array<number>(40).fill(0);
  for (const list of structure.candidates) for (const c of list) served[c.endpoint]! += 1;
  // 400 regions with 8 of 40 each: 80 on average.
  for (const count of served) assert.ok(count > 45 && count < 120, String(served));
  assert.deepEqual(structure.unserved, []);
});

test("who serves nobody is reported", () => {
  const crowd = Array.from({ length: 10 }, (_, i) => endpoint(`e${i}`, popId(i)));
  const index = indexEndpoints({
    pools: [pool("p", crowd), pool("q", [endpoint("e", popId(0))])],
    pops: line,
  });
  const structure = planStructure(policy(), [atEquator], index);
  assert.deepEqual(
    structure.unserved.map((at) => index.endpoints[at]!.id),
    ["p/e8", "p/e9"],
  );
});

test("regions with equal candidates share one array", () => {
  const pools = [pool("p", [endpoint("a", popId(0)), endpoint("b", popId(19))])];
  const index = indexEndpoints({ pools, pops: line });
  const regions = [region("w1", 0, 1), region("w2", 0, 2), region("e1", 0, 18)];
  const { candidates } = planStructure(policy(), regions, index);
  assert.equal(candidates[0], candidates[1]);
  assert.notDeepEqual(candidates[0], candidates[2]);
});

test("an endpoint that leaves a large pool changes only the regions that kept it", () => {
  const crowd = Array.from({ length: 20 }, (_, i) => endpoint(`e${i}`, popId(0)));
  const regions = Array.from({ length: 50 }, (_, i) => region(`r${i}`, 0, 0));
  const named = (endpoints: typeof crowd) => {
    const index = indexEndpoints({ pools: [pool("p", endpoints)], pops: line });
    const { candidates } = planStructure(policy({ order: "weight" }), regions, index);
    return candidates.map((list) => list.map((c) => index.endpoints[c.endpoint]!.id));
  };
  const before = named(crowd);
  const after = named(crowd.filter((e) => e.id !== "e3"));
  for (const [i, list] of before.entries()) {
    if (!list.includes("p/e3")) assert.deepEqual(after[i], list);
    else assert.equal(after[i]!.filter((id) => list.includes(id)).length, 7);
  }
});

const worlds = fc.record({
  endpoints: fc.array(
    fc.record({
      pool: fc.integer({ min: 0, max: 3 }),
      pop: fc.integer({ min: 0, max: 19 }),
      weight: fc.constantFrom(0, 1, 5, 65535),
      v4: fc.constantFrom("192.0.2.1", null),
      v6: fc.constantFrom(null, null, "2001:db8::1"),
    }),
    { maxLength: 40 },
  ),
  order: fc.constantFrom("nearest" as const, "weight" as const),
  spread: fc.integer({ min: 1, max: 4 }),
  toleranceRatio: fc.constantFrom(0, 0.2, 3),
  degrees: fc.integer({ min: -30, max: 30 }),
});

test("ranks are dense and sorted, weights positive, the best and every pool have a place", () => {
  fc.assert(
    fc.property(worlds, ({ endpoints, degrees, ...fields }) => {
      const pools = [0, 1, 2, 3].map((p) =>
        pool(
          `p${p}`,
          endpoints.flatMap((e, i) =>
            e.pool === p ? [endpoint(`e${i}`, popId(e.pop), { ...e, pop: popId(e.pop) })] : [],
          ),
        ),
      );
      const rule = policy({
        ...fields,
        match: [{ location: "default", pools: pools.map((p) => p.id) }],
      });
      const of = region("AF", 0, degrees);
      const index = indexEndpoints({ pools, pops: line });
      const [list] = planStructure(rule, [of], index).candidates;
      assert.equal(list!.length, Math.min(PLAN_CANDIDATES_MAX, endpoints.length));
      assert.equal(new Set(list!.map((c) => c.endpoint)).size, list!.length);
      let last = 0;
      for (const candidate of list!) {
        assert.ok(candidate.rank === last || candidate.rank === last + 1);
        last = candidate.rank;
        assert.ok(candidate.weight >= 1 && candidate.weight <= 65535);
      }
      if (list!.length > 0) assert.equal(list![0]!.rank, 0);
      const kept = new Set(list!.map((c) => index.endpoints[c.endpoint]!.pool));
      for (const p of pools) assert.equal(kept.has(p.id), p.endpoints.length > 0);
      // Looking at fewer options than there are does not change the choice.
      const explained = explainCandidates(rule, of, index).kept;
      const plain = explained.map(({ endpoint: at, rank, weight }) => ({
        endpoint: at,
        rank,
        weight,
      }));
      assert.deepEqual(plain, list);
      // The order of the lists does not matter.
      const shuffled = indexEndpoints({
        pools: pools.toReversed().map((p) => ({ ...p, endpoints: p.endpoints.toReversed() })),
        pops: line.toReversed(),
      });
      assert.deepEqual(planStructure(rule, [of], shuffled).candidates[0], list);
    }),
  );
});
