// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  ALIAS,
  EXPIRED,
  findNode,
  findRRset,
  HIT,
  lookup,
  NODATA,
  NXDOMAIN,
  REFERRAL,
  REFUSED,
  SUBTREE_ALIAS,
} from "../../../src/answer/lookup.ts";
import { parse } from "../../../src/answer/parse.ts";
import { composeQuery } from "../../../src/dns/compose.ts";
import { nameFromText } from "../../../src/dns/names.ts";
import { createWorld, type World } from "../../support/world.ts";

const HEAD = "@ 300 SOA ns1 h 1 7200 1800 259200 120\n@ 300 NS ns.example.com.\n$TTL 60\n";
const NAMES = ["a", "b", "c", "*", "x"];

/** Looks a text name up; the result, and which name the node stands for. */
function find(world: World, name: string, type: string) {
  const k = world.kernel;
  const octets = composeQuery({ name, type });
  parse(octets, 0, octets.length, k.name, k.question);
  const result = lookup(k.table, k.root, k.name, k.question.type, k.found);
  return { result, label: k.found.label, synthesized: k.found.synthesized };
}

/** The algorithm of RFC 1034 §4.3.2 and RFC 4592 over lists of texts, as slow as it is plain. */
function slowFind(records: readonly (readonly [string, string])[], name: string, type: string) {
  const labels = name.split(".").slice(0, -2);
  const typesOf = (owner: string) => records.filter(([o]) => o === owner).map(([, t]) => t);
  const ofDepth = (depth: number) => labels.slice(labels.length - depth).join(".");
  const isThere = (owner: string) =>
    owner === "" || records.some(([o]) => o === owner || o.endsWith(`.${owner}`));
  const decide = (types: readonly string[]) => {
    if (type === "ANY") return types.length > 0 ? HIT : NODATA;
    if (types.includes(type)) return HIT;
    return types.includes("CNAME") ? ALIAS : NODATA;
  };
  for (let depth = 0; ; depth += 1) {
    const owner = ofDepth(depth);
    const types = depth === 0 ? ["SOA", "NS"] : typesOf(owner);
    if (depth > 0 && types.includes("NS")) {
      return depth === labels.length && type === "DS" ? decide(types) : REFERRAL;
    }
    if (depth === labels.length) return decide(types);
    if (types.includes("DNAME")) return SUBTREE_ALIAS;
    if (isThere(ofDepth(depth + 1))) continue;
    const star = owner === "" ? "*" : `*.${owner}`;
    return isThere(star) ? decide(typesOf(star)) : NXDOMAIN;
  }
}

test("a zone without data is EXPIRED at and below its apex, and nowhere else", () => {
  const world = createWorld({
    zones: { "t.": `${HEAD}a A 192.0.2.1\nc NS ns.c\nc DS 1 8 2 ${"ab".repeat(32)}\n` },
    hold: ["c.t.", "x.y.c.t.", "u."],
  });
  for (const [name, type, result] of [
    ["c.t.", "A", EXPIRED],
    ["c.t.", "SOA", EXPIRED],
    ["c.t.", "ANY", EXPIRED],
    ["ns.c.t.", "A", EXPIRED],
    // DS is data of the parent's side, which has it; the other parent has nothing.
    ["c.t.", "DS", HIT],
    ["x.y.c.t.", "DS", EXPIRED],
    ["u.", "DS", EXPIRED],
    ["a.u.", "A", EXPIRED],
    ["a.t.", "A", HIT],
    ["b.t.", "A", NXDOMAIN],
  ] as const) {
    assert.equal(find(world, name, type).result, result, `${name} ${type}`);
  }
});

const owner = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 });
const record = fc.tuple(
  owner.map((labels) => labels.join(".")),
  fc.constantFrom("A", "A", "TXT", "CNAME", "NS", "DNAME", "DS"),
);
const DATA: Record<string, string> = {
  A: "192.0.2.1",
  TXT: "t",
  CNAME: "target.test.",
  NS: "ns.example.com.",
  DNAME: "target.test.",
  DS: `1 8 2 ${"00".repeat(32)}`,
};

/** Keeps what a zone may hold: a CNAME alone, and no wildcard that delegates or redirects. */
function sound(records: readonly (readonly [string, string])[]) {
  const seen = new Map<string, string[]>();
  return records.filter(([name, type]) => {
    const types = seen.get(name) ?? [];
    const isOdd = name.startsWith("*") && (type === "NS" || type === "DNAME" || type === "DS");
    const clash = types.includes("CNAME") || (type === "CNAME" && types.length > 0);
    if (isOdd || clash || types.includes(type)) return false;
    if (type === "DNAME" && types.includes("NS")) return false;
    if (type === "NS" && types.includes("DNAME")) return false;
    seen.set(name, [...types, type]);
    return true;
  });
}

test("L1: every question finds what the plain algorithm finds", () => {
  const seen = new Set<number>();
  fc.assert(
    fc.property(
      fc.array(record, { maxLength: 12 }),
      fc.array(owner, { minLength: 20, maxLength: 30 }),
      (all, asked) => {
        const records = sound(all);
        const zone = HEAD + records.map(([o, t]) => `${o} ${t} ${DATA[t]}\n`).join("");
        const world = createWorld({ zones: { "t.": zone }, tableMiB: 1 });
        const questions = [...asked.map((labels) => labels.join(".")), ...records.map(([o]) => o)];
        for (const name of questions) {
          for (const type of ["A", "TXT", "NS", "DS", "CNAME", "ANY"]) {
            const expected = slowFind(records, `${name}.t.`, type);
            const { result } = find(world, `${name}.t.`, type);
            assert.equal(result, expected, `${name} ${type} in\n${zone}`);
            seen.add(result);
          }
        }
      },
    ),
    { numRuns: 150 },
  );
  assert.deepEqual([...seen].sort(), [HIT, NODATA, NXDOMAIN, REFERRAL, ALIAS, SUBTREE_ALIAS]);
});

test("the zone with the longest apex answers", () => {
  const world = createWorld({
    zones: {
      "t.": `${HEAD}a A 192.0.2.1\n`,
      "b.t.": `${HEAD}a A 192.0.2.2\n`,
      "c.b.t.": `${HEAD}a TXT x\n`,
    },
  });
  assert.equal(find(world, "a.t.", "A").result, HIT);
  assert.equal(find(world, "a.b.t.", "A").result, HIT);
  assert.equal(find(world, "a.c.b.t.", "A").result, NODATA);
  assert.equal(find(world, "x.c.b.t.", "A").result, NXDOMAIN);
  assert.equal(find(world, "u.", "A").result, REFUSED);
  assert.equal(find(world, ".", "NS").result, REFUSED);
  assert.equal(find(world, "xt.", "A").result, REFUSED);
});

test("without a root everything is refused", () => {
  const world = createWorld({ zones: { "t.": HEAD } });
  world.kernel.root = 0;
  assert.equal(find(world, "t.", "SOA").result, REFUSED);
});

test("zones are found among many, over several index shards", () => {
  const zones = Object.fromEntries(Array.from({ length: 700 }, (_, i) => [`z${i}.t.`, HEAD]));
  const world = createWorld({ zones });
  for (const apex of Object.keys(zones)) assert.equal(find(world, apex, "SOA").result, HIT);
  assert.equal(find(world, "z700.t.", "SOA").result, REFUSED);
});

test("names are found among many, over several shards", () => {
  const lines = Array.from({ length: 3000 }, (_, i) => `h${i}.sub${i % 7} A 192.0.2.1\n`);
  const world = createWorld({ zones: { "t.": HEAD + lines.join("") } });
  for (let i = 0; i < 3000; i += 1) {
    assert.equal(find(world, `h${i}.sub${i % 7}.t.`, "A").result, HIT);
    assert.equal(find(world, `h${i}.sub${(i + 1) % 7}.t.`, "A").result, NXDOMAIN);
  }
});

test("findNode and findRRset find what is there and nothing else", () => {
  const world = createWorld({ zones: { "t.": `${HEAD}a A 192.0.2.1\na TXT x\n` } });
  const k = world.kernel;
  assert.equal(find(world, "a.t.", "A").result, HIT);
  const node = findNode(k.table, k.found, k.name, 0);
  assert.equal(node, k.found.node);
  assert.ok(findRRset(k.table, node, 1) > 0 && findRRset(k.table, node, 16) > 0);
  assert.equal(findRRset(k.table, node, 28), 0);
  assert.equal(nameFromText("a.t.")!.length, k.name.size);
});
