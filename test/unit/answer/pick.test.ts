// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { ipv4Text } from "../../../src/dns/address.ts";
import { composeQuery } from "../../../src/dns/compose.ts";
import { clientSubnetOf } from "../../../src/dns/message.ts";
import type { Policy } from "../../../src/resource/types.ts";
import {
  ask,
  createWorld,
  createWorldKernel,
  replyOf,
  type Sender,
  setShares,
} from "../../support/world.ts";

const ZONE = "@ 300 SOA ns1 h 1 7200 1800 259200 120\n@ 300 NS ns1\nns1 300 A 192.0.2.53\n";
const web = [
  { id: "a", v4: "203.0.113.1", v6: "2001:db8::1" },
  { id: "b", v4: "203.0.113.2" },
  { id: "c", v6: "2001:db8::3" },
  { id: "d", v4: "203.0.113.4", v6: "2001:db8::4" },
];

const special: Readonly<Record<string, Partial<Policy>>> = {
  web: {},
  none: { allDown: "none" },
  fail: { allDown: "servfail" },
  two: { answers: 2 },
  turn: { picker: "wrr" },
  every: { picker: "all" },
  each: { picker: "independent" },
  chance: { picker: "random" },
};
const world = createWorld({
  zones: { "t.": ZONE },
  pools: [{ id: "web", endpoints: web }],
  maps: [
    {
      id: "world",
      networks: [
        {
          name: "far",
          prefixes: ["192.0.2.0/24"],
          location: null,
          latitude: null,
          longitude: null,
        },
      ],
    },
  ],
  policies: Object.entries(special).map(([id, fields]) => ({
    id,
    match: [{ location: "default", pools: ["web"] }],
    ...fields,
  })),
  names: Object.keys(special).map((id) => ({
    zone: "t.",
    owner: `${id}.t.`,
    types: ["A", "AAAA"],
    policy: id,
  })),
});

const R = "default";
const share = (rank: number, weight: number) => ({ rank, weight });

function addresses(name: string, type = "A", from: Sender = {}, ecs?: string): string[] {
  const query = composeQuery({ name: `${name}.t.`, type, ...(ecs === undefined ? {} : { ecs }) });
  const last = type === "A" ? (o: Uint8Array) => ipv4Text(o) : (o: Uint8Array) => `::${o[15]}`;
  return replyOf(world, query, from).answers.map((record) => last(record.rdata));
}

test("step 3: the best rank among those that have weight and the family", () => {
  setShares(world, "every", R, [share(0, 1), share(0, 1), share(1, 1), share(1, 1)]);
  assert.deepEqual(addresses("every"), ["203.0.113.1", "203.0.113.2"]);
  assert.deepEqual(addresses("every", "AAAA"), ["::1"]);
  setShares(world, "every", R, [share(0, 0), share(0, 1), share(1, 1), share(1, 1)]);
  assert.deepEqual(addresses("every"), ["203.0.113.2"]);
  // b has no IPv6 address, so that family falls to rank 1.
  assert.deepEqual(addresses("every", "AAAA"), ["::3", "::4"]);
  setShares(world, "every", R, [share(3, 1), share(2, 1), share(1, 1), share(65535, 1)]);
  assert.deepEqual(addresses("every"), ["203.0.113.2"]);
  setShares(world, "every", R, [share(65535, 0), share(65535, 0), share(1, 0), share(65535, 9)]);
  assert.deepEqual(addresses("every"), ["203.0.113.4"]);
});

test("all-down rule all: everybody of the family and the best rank, as if all were well", () => {
  setShares(world, "every", R, [share(0, 0), share(0, 0), share(0, 0), share(1, 0)]);
  const { message, counters } = ask(world, composeQuery({ name: "every.t.", type: "A" }));
  assert.deepEqual(
    message!.answers.map((r) => ipv4Text(r.rdata)),
    ["203.0.113.1", "203.0.113.2"],
  );
  assert.equal(counters.steeredAllDown, 1);
});

test("all-down rule none: NODATA with the policy's short TTL", () => {
  setShares(world, "none", R, [share(0, 0), share(0, 0), share(0, 0), share(1, 0)]);
  const { message, counters } = ask(
    world,
    composeQuery({ name: "none.t.", type: "A", ecs: "8.8.8.0/24" }),
  );
  assert.deepEqual(
    [message!.rcode, message!.answers.length, message!.authorities[0]!.ttl],
    [0, 0, 5],
  );
  assert.equal(clientSubnetOf(message!)!.scope, 0);
  assert.deepEqual([counters.steeredAllDown, counters.nodata, counters.hit], [1, 1, undefined]);
});

test("all-down rule servfail: SERVFAIL without AA and records", () => {
  setShares(world, "fail", R, [share(0, 0), share(0, 0), share(0, 0), share(1, 0)]);
  const { message, counters } = ask(
    world,
    composeQuery({ name: "fail.t.", type: "A", ecs: "8.8.8.0/24" }),
  );
  assert.deepEqual([message!.rcode, message!.aa, message!.answers.length], [2, false, 0]);
  assert.equal(clientSubnetOf(message!)!.scope, 0);
  assert.deepEqual([counters.steeredAllDown, counters.servfail], [1, 1]);
});

test("one family that is down does not make the other all-down", () => {
  setShares(world, "none", R, [share(0, 0), share(0, 1), share(0, 0), share(0, 0)]);
  assert.deepEqual(addresses("none"), ["203.0.113.2"]);
  assert.deepEqual(addresses("none", "AAAA"), []);
});

test("as many answers as the plan says, without doubles", () => {
  setShares(
    world,
    "two",
    R,
    web.map(() => share(0, 5)),
  );
  const seen = new Set<string>();
  for (let i = 0; i < 40; i += 1) {
    const got = addresses("two", "A", { client: `8.8.${i}.1` });
    assert.equal(new Set(got).size, 2);
    for (const one of got) seen.add(one);
  }
  assert.equal(seen.size, 3);
});

test("D1: rendezvous gives one client one answer, on every kernel, with or without ECS", () => {
  setShares(
    world,
    "web",
    R,
    web.map(() => share(0, 5)),
  );
  const other = createWorldKernel(world.memory, 1232, 1);
  const seen = new Set<string>();
  for (let i = 0; i < 100; i += 1) {
    const first = addresses("web", "A", { client: `8.${i}.8.1`, random: i });
    assert.deepEqual(addresses("web", "A", { client: `8.${i}.8.200`, kernel: other }), first);
    assert.deepEqual(addresses("web", "A", {}, `8.${i}.8.0/24`), first);
    assert.deepEqual(addresses("web", "A", {}, `8.${i}.8.77/32`), first);
    assert.deepEqual(addresses("web", "A", { client: `::ffff:8.${i}.8.3` }), first);
    assert.deepEqual(
      addresses("web", "A", {}, `2002:8${i.toString(16).padStart(2, "0")}:800::/48`),
      first,
    );
    seen.add(first[0]!);
  }
  assert.equal(seen.size, 3);
});

test("random follows the packet's chance alone", () => {
  setShares(
    world,
    "chance",
    R,
    web.map(() => share(0, 5)),
  );
  const at = (random: number, client: string) => addresses("chance", "A", { random, client })[0];
  const seen = new Set<string | undefined>();
  for (let i = 0; i < 50; i += 1) {
    const random = Math.imul(i, 0x9e3779b9) | 0;
    assert.equal(at(random, "8.8.8.8"), at(random, "9.9.9.9"));
    seen.add(at(random, "8.8.8.8"));
  }
  assert.equal(seen.size, 3);
});

test("wrr takes turns in the plan row of the client's region", () => {
  setShares(world, "turn", R, [share(0, 2), share(0, 1), share(0, 0), share(0, 1)]);
  const counts = new Map<string, number>();
  for (let i = 0; i < 400; i += 1) {
    const [got] = addresses("turn");
    counts.set(got!, (counts.get(got!) ?? 0) + 1);
  }
  assert.ok(Math.abs(counts.get("203.0.113.1")! - 200) <= 3, JSON.stringify([...counts]));
  assert.ok(Math.abs(counts.get("203.0.113.4")! - 100) <= 3);
});

test("independent: the heaviest is always there", () => {
  setShares(world, "each", R, [share(0, 9), share(0, 3), share(0, 0), share(0, 0)]);
  for (let i = 0; i < 50; i += 1) {
    assert.equal(
      addresses("each", "A", { random: Math.imul(i, 0x9e3779b9) | 0 })[0],
      "203.0.113.1",
    );
  }
});

test("regions have their own plans, and a word that changes is seen at once", () => {
  setShares(world, "every", R, [share(0, 1), share(0, 0), share(0, 0), share(0, 0)]);
  setShares(world, "every", "net/far", [share(0, 0), share(0, 1), share(0, 0), share(0, 0)], 7);
  assert.deepEqual(addresses("every", "A", {}, "192.0.2.0/24"), ["203.0.113.2"]);
  assert.deepEqual(addresses("every", "A", {}, "192.0.3.0/24"), ["203.0.113.1"]);
  const query = composeQuery({ name: "every.t.", type: "A", ecs: "192.0.2.0/24" });
  assert.equal(replyOf(world, query).answers[0]!.ttl, 7);
});

test("D2: the scope is that of the hash only where a hash decided among several", () => {
  const scope = (ecs: string) => {
    const query = composeQuery({ name: "web.t.", type: "A", ecs });
    return clientSubnetOf(replyOf(world, query))!.scope;
  };
  setShares(
    world,
    "web",
    R,
    web.map(() => share(0, 5)),
  );
  assert.equal(scope("130.5.0.0/24"), 24);
  setShares(world, "web", R, [share(0, 1), share(0, 0), share(0, 0), share(0, 0)]);
  assert.ok(scope("130.5.0.0/24") < 24);
  setShares(
    world,
    "web",
    "net/far",
    web.map(() => share(0, 5)),
  );
  assert.equal(scope("192.0.2.0/24"), 24);
});
