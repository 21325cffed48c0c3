// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nameHash } from "../../../src/base/hash.ts";
import { nameToText } from "../../../src/dns/names.ts";
import { gatherNodes, poolOf } from "../../../src/table/zone-nodes.ts";
import { indexZone } from "../../../src/zone/index.ts";
import { apexText, type SteeredText, steeredOwners, zoneValue } from "../../support/tables.ts";

const FLAGS = ["APEX", "CUT", "WILDCARD", "OCCLUDED", "ALIAS", "DNAME"];

/** Owner → flags in words. */
function nodesOf(text: string, steered: readonly SteeredText[] = []): Record<string, string> {
  const zone = zoneValue("example.org.", apexText() + text);
  const nodes = gatherNodes(zone, indexZone(zone), steeredOwners(steered));
  const out: Record<string, string> = {};
  for (let node = 0; node < nodes.count; node += 1) {
    const pool = poolOf(nodes, node);
    const owner = nameToText(pool, nodes.at[node]!);
    assert.equal(nodes.hash[node], nameHash(pool, nodes.at[node]!, nodes.size[node]!));
    assert.ok(!(owner in out), `${owner} is there twice`);
    out[owner] = FLAGS.filter((_, bit) => (nodes.flags[node]! >> bit) & 1).join(" ");
  }
  return out;
}

test("owners, what lies between them and the apex, and what is steered", () => {
  assert.deepEqual(nodesOf("a.b.c 60 A 192.0.2.1\n", [["x.c.example.org.", "A", "p"]]), {
    "example.org.": "APEX",
    "a.b.c.example.org.": "",
    "b.c.example.org.": "",
    "c.example.org.": "",
    "x.c.example.org.": "",
  });
});

test("cuts, DNAMEs and what they hide", () => {
  const text = `sub 60 NS ns.sub
ns.sub 60 A 192.0.2.1
x.y.sub 60 A 192.0.2.2
d 60 DNAME example.net.
below.d 60 A 192.0.2.3
`;
  assert.deepEqual(nodesOf(text), {
    "example.org.": "APEX",
    "sub.example.org.": "CUT",
    "ns.sub.example.org.": "OCCLUDED",
    "y.sub.example.org.": "OCCLUDED",
    "x.y.sub.example.org.": "OCCLUDED",
    "d.example.org.": "DNAME",
    "below.d.example.org.": "OCCLUDED",
  });
});

test("a DNAME at the apex hides everything below it", () => {
  const nodes = nodesOf("@ 60 DNAME example.net.\nwww 60 A 192.0.2.1\n");
  assert.deepEqual(nodes, { "example.org.": "APEX DNAME", "www.example.org.": "OCCLUDED" });
});

test("wildcards tell their parents, even if only steered", () => {
  const steered: SteeredText[] = [["*.s.example.org.", "CNAME", "p"]];
  assert.deepEqual(nodesOf("*.w 60 A 192.0.2.1\nx\\* 60 A 192.0.2.1\n", steered), {
    "example.org.": "APEX",
    "*.w.example.org.": "",
    "w.example.org.": "WILDCARD",
    "x*.example.org.": "",
    "*.s.example.org.": "ALIAS",
    "s.example.org.": "WILDCARD",
  });
});

test("policies are numbered in the order of their ids, types in that of their numbers", () => {
  const zone = zoneValue("example.org.", apexText());
  const steered = steeredOwners([
    ["a.example.org.", "AAAA A", "z"],
    ["b.example.org.", "A", "y"],
  ]);
  const nodes = gatherNodes(zone, indexZone(zone), steered);
  assert.deepEqual(nodes.policies, ["y", "z"]);
  assert.deepEqual(
    [...nodes.steered.values()],
    [
      [
        { type: 1, policy: 1 },
        { type: 28, policy: 1 },
      ],
      [{ type: 1, policy: 0 }],
    ],
  );
});

test("N1: every parent is a node, for any set of owners", () => {
  const label = fc.constantFrom("a", "b", "c", "*", "d");
  const owner = fc.array(label, { minLength: 1, maxLength: 6 }).map((labels) => labels.join("."));
  fc.assert(
    fc.property(fc.uniqueArray(owner, { maxLength: 80 }), (owners) => {
      const nodes = nodesOf(owners.map((one) => `${one} 60 TXT x\n`).join(""));
      const expected = new Set(["example.org."]);
      for (const one of owners) {
        const labels = one.split(".");
        for (let i = 0; i < labels.length; i += 1) {
          expected.add(`${labels.slice(i).join(".")}.example.org.`);
        }
      }
      assert.deepEqual(new Set(Object.keys(nodes)), expected);
      for (const one of expected) {
        assert.equal(nodes[one]!.includes("WILDCARD"), expected.has(`*.${one}`), one);
      }
    }),
    { numRuns: 60 },
  );
});
