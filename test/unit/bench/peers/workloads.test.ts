// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addressOf,
  createLookup,
  createSteering,
  createWorkload,
  QUICK,
  recordLine,
} from "../../../../bench/peers/workloads.ts";
import { parsePrefix } from "../../../../src/geo/prefix.ts";

const SIZES = { ...QUICK, largeNames: 1000, questions: 2000 };

test("a record's line and the answer that is expected agree", () => {
  assert.equal(recordLine(66_051), "host-66051 A 10.1.2.3\n");
  for (const name of ["W1", "W3"] as const) {
    const workload = createWorkload(name, SIZES);
    const text = workload.zoneText();
    for (const question of workload.questions()) {
      const expected = workload.expected(question);
      const owner = question.name.split(".")[0];
      assert.equal(text.includes(`\n${owner} A ${expected}\n`), expected !== null, question.name);
      assert.equal(question.rcode, expected === null ? 3 : 0);
    }
  }
});

test("one static question in twenty misses in W1, and none in W3", () => {
  const misses = (name: "W1" | "W3"): number => {
    const workload = createWorkload(name, SIZES);
    return [...workload.questions()].filter((one) => workload.expected(one) === null).length;
  };
  assert.equal(misses("W1"), SIZES.questions / 20);
  assert.equal(misses("W3"), 0);
});

test("the partition is valid: host bits are zero, no prefix stands twice, every edge is used", () => {
  const { networks, edges } = createSteering();
  for (const { prefix, edge } of networks) {
    assert.equal(typeof parsePrefix(prefix), "object", prefix);
    assert.ok(edges[edge] !== undefined);
  }
  assert.equal(networks.length, 2200);
  assert.equal(new Set(networks.map(({ prefix }) => prefix)).size, 2200);
  assert.equal(new Set(networks.map(({ edge }) => edge)).size, edges.length);
});

test("the longest prefix wins, and who is in none gets the fallback", () => {
  const edgeOf = createLookup({
    owners: ["cdn"],
    edges: ["192.0.2.1", "192.0.2.2", "192.0.2.3"],
    networks: [
      { prefix: "10.0.0.0/8", edge: 1 },
      { prefix: "10.1.0.0/16", edge: 2 },
      { prefix: "2001:db8::/32", edge: 2 },
    ],
    fallback: 0,
  });
  const at = (text: string): number => {
    const prefix = parsePrefix(text);
    assert.ok(typeof prefix === "object", text);
    return edgeOf(prefix);
  };
  assert.equal(at("10.2.3.0/24"), 1);
  assert.equal(at("10.1.3.0/24"), 2);
  assert.equal(at("11.0.0.0/24"), 0);
  assert.equal(at("2001:db8:1:ff00::/56"), 2);
  assert.equal(at("2001:db9::/56"), 0);
  // A network inside of what the client says does not count: it may be elsewhere in it.
  assert.equal(at("10.0.0.0/7"), 0);
});

test("clients of W2: a tenth IPv6, no bits behind the prefix, every edge asked for", () => {
  const workload = createWorkload("W2", SIZES);
  const questions = [...workload.questions()];
  const v6 = questions.filter(({ ecs }) => ecs!.family === 2).length;
  assert.ok(v6 > SIZES.questions * 0.07 && v6 < SIZES.questions * 0.13, String(v6));
  for (const { ecs } of questions) {
    const kept = ecs!.address.subarray(ecs!.prefix / 8);
    assert.ok(kept.every((octet) => octet === 0));
  }
  const counts = Map.groupBy(questions, (one) => workload.expected(one));
  assert.equal(counts.size, 8);
  // Not all of them the fallback: that would measure no map.
  assert.ok(counts.get("198.18.0.1")!.length < SIZES.questions / 2);
});

test("the same questions come again", () => {
  for (const name of ["W1", "W2", "W3"] as const) {
    const workload = createWorkload(name, SIZES);
    assert.deepEqual([...workload.questions()], [...workload.questions()]);
  }
  assert.equal(addressOf(0), "10.0.0.0");
});
