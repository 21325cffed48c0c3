// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { composeQuery } from "../../../src/dns/compose.ts";
import { nameToText } from "../../../src/dns/names.ts";
import { ask, createWorld, replyOf } from "../../support/world.ts";

const HEAD = "@ 300 SOA ns1 h 1 7200 1800 259200 120\n@ 300 NS ns.example.com.\n$TTL 60\n";
const numbers = (n: number) => Array.from({ length: n }, (_, i) => i);

test("in-domain glue is never left out, however many name servers there are", () => {
  const zone = numbers(60).map((i) => `sub NS n${i}.sub\nn${i}.sub A 192.0.2.${i}\n`);
  const world = createWorld({ zones: { "t.": HEAD + zone.join("") } });
  const query = composeQuery({ name: "x.sub.t.", type: "A" });
  const message = replyOf(world, query, { tcp: true });
  assert.deepEqual([message.authorities.length, message.additionals.length], [60, 60]);
});

test("targets that repeat are looked up once, and the number of others is bounded", () => {
  const twice = "mx MX 10 h1\nmx MX 20 h1\nmx MX 30 H1\nh1 A 192.0.2.1\n";
  const many = numbers(50).map((i) => `many MX ${i} n${i}\nn${i} A 192.0.2.${i}\n`);
  const world = createWorld({ zones: { "t.": HEAD + twice + many.join("") } });
  const mx = replyOf(world, composeQuery({ name: "mx.t.", type: "MX" }));
  assert.deepEqual([mx.answers.length, mx.additionals.length], [3, 1]);
  const all = replyOf(world, composeQuery({ name: "many.t.", type: "MX" }), { tcp: true });
  assert.deepEqual([all.answers.length, all.additionals.length], [50, 32]);
});

test("targets behind offset 16,383 cannot be pointed at and go without addresses", () => {
  const pad = `${"x".repeat(50)}.example.`;
  const outside = (from: number, to: number) =>
    numbers(to)
      .slice(from)
      .map((i) => `big SRV ${i} 0 1 h${i}.${pad}\n`);
  const inside = (i: number) => `big SRV ${i} 0 1 n${i}\nn${i} A 192.0.2.${i & 255}\n`;
  const zone = [...outside(0, 100), inside(100), ...outside(101, 300), inside(300), inside(301)];
  const world = createWorld({ zones: { "t.": HEAD + zone.join("") } });
  const query = composeQuery({ name: "big.t.", type: "SRV" });
  const message = replyOf(world, query, { tcp: true });
  assert.equal(message.answers.length, 302);
  assert.deepEqual(
    message.additionals.map((one) => nameToText(one.owner)),
    ["n100.t."],
  );
});

test("a large RRset over TCP with everything behind it", () => {
  const zone = numbers(1000).map((i) => `big A 10.0.${i >> 8}.${i & 255}\n`);
  const world = createWorld({ zones: { "t.": `${HEAD}${zone.join("")}al CNAME big\n` } });
  const { message, octets } = ask(world, composeQuery({ name: "al.t.", type: "A" }), { tcp: true });
  assert.equal(message!.answers.length, 1001);
  assert.equal(octets.length, 12 + 10 + 12 + 6 + 1000 * 16);
});

test("a steered target's addresses do not stand in another name's additional section", () => {
  const world = createWorld({
    zones: { "t.": `${HEAD}mx MX 10 geo\n` },
    pools: [{ id: "p", endpoints: [{ id: "a", v4: "203.0.113.1" }] }],
    policies: [{ id: "p" }],
    names: [{ zone: "t.", owner: "geo.t.", types: ["A"], policy: "p" }],
  });
  for (const tcp of [false, true]) {
    const message = replyOf(world, composeQuery({ name: "mx.t.", type: "MX" }), { tcp });
    assert.equal(message.additionals.length, 0);
  }
});

test("a policy of several CNAME targets gives one, since a name has one CNAME", () => {
  const world = createWorld({
    zones: { "t.": HEAD },
    pools: [
      {
        id: "p",
        endpoints: [
          { id: "a", target: "a.example." },
          { id: "b", target: "B.example." },
        ],
      },
    ],
    policies: [{ id: "p", picker: "all" }],
    names: [{ zone: "t.", owner: "cdn.t.", types: ["CNAME"], policy: "p" }],
  });
  for (const type of ["CNAME", "A", "ANY"]) {
    const message = replyOf(world, composeQuery({ name: "cdn.t.", type }));
    assert.equal(message.answers.length, 1);
    assert.equal(message.aa, true);
  }
});

test("null targets: MX 0 . and SVCB 0 . add nothing, SVCB 1 . adds the owner", () => {
  const lines = "m MX 1 .\nm A 192.0.2.1\nh HTTPS 0 .\nh A 192.0.2.1\ng HTTPS 1 .\ng A 192.0.2.1\n";
  const world = createWorld({ zones: { "t.": `${HEAD}${lines}` } });
  const added = (name: string, type: string): number =>
    replyOf(world, composeQuery({ name, type })).additionals.length;
  assert.equal(added("m.t.", "MX"), 0);
  assert.equal(added("h.t.", "HTTPS"), 0);
  assert.equal(added("g.t.", "HTTPS"), 1);
});

test("an owner deep in a long name is pointed at", () => {
  const label = "a".repeat(60);
  const world = createWorld({
    zones: { "t.": `${HEAD}${label}.${label} NS n.${label}\nn.${label} A 192.0.2.1\n` },
  });
  const message = replyOf(world, composeQuery({ name: `x.${label}.${label}.t.`, type: "A" }));
  assert.equal(nameToText(message.authorities[0]!.owner), `${label}.${label}.t.`);
  assert.equal(nameToText(message.additionals[0]!.owner), `n.${label}.t.`);
});
