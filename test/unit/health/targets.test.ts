// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { planTargets, targetKey } from "../../../src/health/targets.ts";
import type { ProbedEndpoint, ProbeSettings } from "../../../src/health/types.ts";

const web: ProbeSettings & { id: string } = {
  id: "web",
  kind: "http",
  port: 80,
  method: "HEAD",
  path: "/",
  host: "",
  statuses: [[200, 299]],
  intervalMs: 3000,
  timeoutMs: 500,
  retries: 2,
  rise: 3,
  fall: 1,
};
const port: ProbeSettings & { id: string } = { ...web, id: "port", kind: "tcp", port: 443 };

const endpoint = (id: string, fields: Partial<ProbedEndpoint>): ProbedEndpoint => ({
  id,
  v4: null,
  v6: null,
  probeAddress: null,
  probePort: 0,
  ...fields,
});

test("one target for each real question, however many ask it", () => {
  const pool = (id: string) => ({
    id,
    endpoints: [endpoint("a", { v4: "192.0.2.1" }), endpoint("b", { v4: "192.0.2.1" })],
    probes: ["web"],
  });
  const plan = planTargets({ pools: [pool("p"), pool("q")], probes: [web] });
  assert.equal(plan.targets.length, 1);
  assert.equal(plan.endpoints.size, 4);
  for (const targets of plan.endpoints.values()) {
    assert.deepEqual(targets.v4, [plan.targets[0]!.key]);
  }
});

test("two probes that ask the same are one question", () => {
  const twin = { ...web, id: "twin" };
  const pool = {
    id: "p",
    endpoints: [endpoint("a", { v4: "192.0.2.1" })],
    probes: ["web", "twin"],
  };
  const plan = planTargets({ pools: [pool], probes: [web, twin] });
  assert.equal(plan.targets.length, 1);
  assert.equal(plan.endpoints.get("p/a")?.v4?.length, 1);
});

test("the families are different targets", () => {
  const both = endpoint("a", { v4: "192.0.2.1", v6: "2001:db8::1" });
  const plan = planTargets({
    pools: [{ id: "p", endpoints: [both], probes: ["web"] }],
    probes: [web],
  });
  assert.deepEqual(plan.targets.map((t) => t.family).sort(), [4, 6]);
  const targets = plan.endpoints.get("p/a")!;
  assert.notDeepEqual(targets.v4, targets.v6);
  assert.deepEqual(targets.whole, []);
});

test("spellings of one address are one target", () => {
  const pool = {
    id: "p",
    endpoints: [endpoint("a", { v6: "2001:DB8:0::1" }), endpoint("b", { v6: "2001:db8::1" })],
    probes: ["web"],
  };
  const plan = planTargets({ pools: [pool], probes: [web] });
  assert.deepEqual(
    plan.targets.map((t) => t.address),
    ["2001:db8::1"],
  );
});

test("an address of its own for probes judges the whole endpoint", () => {
  const own = endpoint("a", {
    v4: "192.0.2.1",
    v6: "2001:db8::1",
    probeAddress: "198.51.100.7",
    probePort: 8080,
  });
  const plan = planTargets({
    pools: [{ id: "p", endpoints: [own], probes: ["web"] }],
    probes: [web],
  });
  assert.deepEqual(
    plan.targets.map((t) => [t.address, t.port, t.family]),
    [["198.51.100.7", 8080, 4]],
  );
  const key = plan.targets[0]!.key;
  assert.deepEqual(plan.endpoints.get("p/a"), { v4: [], v6: [], whole: [key] });
});

test("without probes, or with nothing but a name, nothing is asked", () => {
  const plan = planTargets({
    pools: [
      { id: "p", endpoints: [endpoint("a", { v4: "192.0.2.1" })], probes: [] },
      { id: "q", endpoints: [endpoint("a", {})], probes: ["web"] },
    ],
    probes: [web],
  });
  assert.deepEqual(plan.targets, []);
  assert.deepEqual(plan.endpoints.get("p/a"), { v4: [], v6: null, whole: [] });
  assert.deepEqual(plan.endpoints.get("q/a"), { v4: null, v6: null, whole: [] });
});

test("the key holds what is asked and nothing else", () => {
  const key = (change: Partial<ProbeSettings>) => targetKey({ ...web, ...change }, "192.0.2.1", 80);
  assert.equal(key({ host: "A.example" }), key({ host: "a.example" }));
  for (const change of [
    { path: "/x" },
    { method: "GET" },
    { host: "h" },
    { statuses: [[200, 200]] },
    { intervalMs: 1 },
    { rise: 9 },
    { kind: "tcp" },
  ] satisfies Partial<ProbeSettings>[]) {
    assert.notEqual(key(change), key({}), JSON.stringify(change));
  }
  const tcp = (path: string) => targetKey({ ...port, path }, "192.0.2.1", 443);
  assert.equal(tcp("/a"), tcp("/b"));
});

test("targets are sorted, whatever the order of the pools", () => {
  const pools = ["192.0.2.9", "192.0.2.1", "192.0.2.5"].map((v4, i) => ({
    id: `p${i}`,
    endpoints: [endpoint("a", { v4 })],
    probes: ["web", "port"],
  }));
  const one = planTargets({ pools, probes: [web, port] });
  const other = planTargets({ pools: pools.toReversed(), probes: [port, web] });
  assert.equal(one.targets.length, 6);
  assert.deepEqual(one.targets, other.targets);
});
