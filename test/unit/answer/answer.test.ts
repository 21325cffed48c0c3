// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { composeQuery } from "../../../src/dns/compose.ts";
import { type CounterName, counters } from "../../../src/layout/counters.ts";
import * as slot from "../../../src/layout/gen/slab.ts";
import { ALIAS_DEPTH_MAX } from "../../../src/layout/limits.ts";
import { ask, askOctets, createWorld, hex, replyOf } from "../../support/world.ts";

const HEAD = "@ 300 SOA ns1 h 1 7200 1800 259200 120\n@ 300 NS ns.example.com.\n$TTL 60\n";
const chain = Array.from({ length: 20 }, (_, i) => `c${i} CNAME c${i + 1}\n`).join("");
const world = createWorld({
  zones: { "t.": `${HEAD}a A 192.0.2.1\n${chain}c20 A 192.0.2.2\n*.w CNAME y.w\n` },
  pools: [{ id: "web", endpoints: [{ id: "a", v4: "203.0.113.1" }] }],
  policies: [{ id: "web" }],
  names: [{ zone: "t.", owner: "geo.t.", types: ["A"], policy: "web" }],
});

const RCODES: readonly CounterName[] = [
  "noerror",
  "formerr",
  "servfail",
  "nameError",
  "notimp",
  "refused",
  "yxdomain",
  "badvers",
  "droppedShort",
  "droppedResponse",
  "slow",
];

test("E1: every request is counted once by what became of it", () => {
  const query = composeQuery({ name: "a.t.", type: "A", edns: {} });
  for (const change of [
    [2, 0x80],
    [2, 0x28],
    [5, 9],
    [1, 7],
    [12, 99],
    [15, 9],
    [38, 0xff],
  ] as const) {
    const octets = query.slice();
    octets[change[0]] = change[1];
    const { counters: grown } = ask(world, octets);
    const sum = RCODES.reduce((all, name) => all + (grown[name] ?? 0), 0);
    assert.equal(sum, 1, JSON.stringify(grown));
    assert.equal(grown.queriesUdp, 1);
  }
  assert.ok(RCODES.every((name) => name in counters));
});

test("E3: a zone without data fails; what a chain has said before it stays", () => {
  const held = createWorld({
    zones: { "t.": `${HEAD}to CNAME www.c\n` },
    hold: ["c.t."],
  });
  const ecs = composeQuery({ name: "www.c.t.", type: "A", ecs: "192.0.2.0/24" });
  const { message, counters: grown } = ask(held, ecs);
  assert.deepEqual([message!.rcode, message!.aa, message!.authorities.length], [2, false, 0]);
  assert.deepEqual([grown.servfail, grown.hit, grown.nxdomain], [1, undefined, undefined]);
  const chain = ask(held, composeQuery({ name: "to.t.", type: "A" }));
  assert.deepEqual([chain.message!.rcode, chain.message!.aa], [2, true]);
  assert.deepEqual(
    chain.message!.answers.map((one) => one.type),
    [5],
  );
  assert.deepEqual([chain.counters.servfail, chain.counters.hit], [1, undefined]);
});

test("transport, octets in and out are counted", () => {
  const query = composeQuery({ name: "a.t.", type: "A" });
  const { counters: tcp, octets } = ask(world, query, { tcp: true });
  assert.deepEqual(tcp, {
    queriesTcp: 1,
    octetsIn: query.length,
    octetsOut: octets.length,
    hit: 1,
    noerror: 1,
  });
});

test("a chain of aliases is followed ALIAS_DEPTH_MAX times, then given as it is", () => {
  const message = replyOf(world, composeQuery({ name: "c0.t.", type: "A" }), { tcp: true });
  assert.equal(message.answers.length, ALIAS_DEPTH_MAX);
  assert.equal(message.rcode, 0);
  const near = replyOf(world, composeQuery({ name: "c5.t.", type: "A" }), { tcp: true });
  assert.deepEqual([near.answers.length, near.answers.at(-1)!.type], [16, 1]);
});

test("the limit of UDP answers is the kernel's own, whatever is offered", () => {
  const small = createWorld({
    zones: { "t.": `${HEAD}$GENERATE 1-60 b A 192.0.2.$\n` },
    udpSizeMax: 512,
  });
  const query = composeQuery({ name: "b.t.", type: "A", edns: { payload: 4096 } });
  const message = replyOf(small, query);
  assert.deepEqual([message.tc, message.edns!.payload], [true, 512]);
  assert.equal(replyOf(small, query, { tcp: true }).tc, false);
});

test("the room of the slot is a limit as well", () => {
  const query = composeQuery({ name: "a.t.", type: "A" });
  askOctets(world, query);
  world.slab.u32[slot.PACKET_SLOT_ROOM >> 2] = 4096;
  assert.equal(hex(askOctets(world, query)), hex(askOctets(world, query)));
});

test("the same question gives the same octets, whatever was asked before", () => {
  const queries = [
    composeQuery({ name: "a.t.", type: "A" }),
    composeQuery({ name: "c1.t.", type: "A", ecs: "192.0.2.0/24" }),
    composeQuery({ name: "x.w.t.", type: "A", edns: { dnssecOk: true } }),
    composeQuery({ name: "no.t.", type: "A", edns: { version: 3 } }),
    composeQuery({ name: "u.", type: "A", ecs: "2001:db8::/56" }),
    composeQuery({ name: "a.t.", type: "ANY", opcode: 5 }),
    composeQuery({ name: "geo.t.", type: "A", ecs: "192.0.2.0/24" }),
    composeQuery({ name: "geo.t.", type: "AAAA", ecs: "192.0.2.0/24" }),
  ];
  const first = queries.map((query) => hex(askOctets(world, query)));
  for (let i = 0; i < queries.length; i += 1) {
    for (let j = 0; j < queries.length; j += 1) {
      askOctets(world, queries[i]!);
      assert.equal(hex(askOctets(world, queries[j]!)), first[j]);
    }
  }
});

async function collections(more: Record<string, string>): Promise<Record<string, number>> {
  const script = join(import.meta.dirname, "../../support/allocations.ts");
  const env = { ...process.env, NODE_OPTIONS: "", ...more };
  const args = ["--max-semi-space-size=1", script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return JSON.parse(stdout);
}

test("E2: nothing is allocated, whatever is asked", async () => {
  const found = await collections({});
  assert.ok(Object.keys(found).length >= 25);
  for (const [kind, count] of Object.entries(found)) assert.equal(count, 0, kind);
});

test("E2 can fail: an object for each answer is seen", async () => {
  const found = await collections({ PLANT: "1", KIND: "hit" });
  assert.deepEqual(Object.keys(found), ["hit"]);
  assert.ok(found["hit"]! >= 2, `${found["hit"]} collections`);
});
