// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { mixHash, nameHash } from "../../../src/base/hash.ts";
import { PROBE_MAX } from "../../../src/layout/limits.ts";
import { buildEmptyZone, buildZone, shardOctets } from "../../../src/table/build-zone.ts";
import { checkShard } from "../../../src/table/open-zone.ts";
import { viewsOf } from "../../../src/table/reader.ts";
import { shardOf } from "../../../src/table/slots.ts";
import { indexZone } from "../../../src/zone/index.ts";
import { collidingLabels } from "../../support/collisions.ts";
import { apexText, builtZone, digest, name, zoneValue } from "../../support/tables.ts";

const hosts = (count: number): string =>
  Array.from({ length: count }, (_, i) => `h${i} 60 A 192.0.2.${i & 255}\n`).join("");

test("a zone tells its serial, its nodes and its negative SOA", () => {
  const zone = builtZone("example.org.", `${apexText(2026)}a.b 60 A 192.0.2.1\n`);
  assert.equal(zone.serial, 2026);
  assert.equal(zone.ownerCount, 3);
  assert.equal(zone.shardBits, 0);
  assert.deepEqual(zone.apex, name("example.org."));
  // TTL 120 = MINIMUM, below the 3600 of the record (RFC 2308 §3).
  assert.equal(new DataView(zone.negativeSoa.buffer).getUint32(8 + 6), 120);
});

test("the placeholder of a zone without data is one sound shard without nodes", () => {
  const zone = buildEmptyZone(name("example.org."), digest);
  assert.deepEqual([zone.ownerCount, zone.shardBits, zone.negativeSoa.length], [0, 0, 0]);
  const octets = shardOctets(zone.shards, 0);
  assert.deepEqual([...zone.shards.at], [0, octets.length]);
  const part = { views: viewsOf(octets), ref: 0, length: octets.length };
  const context = { apexHash: 0, apexSize: 13, policyCount: 0, shard: 0, shardBits: 0 };
  assert.equal(checkShard(part, context), null);
});

test("B1: the order of the text does not matter", () => {
  const lines = `${apexText()}${hosts(40)}h1 60 AAAA ::1\nh1 60 A 192.0.2.77\nx.y 60 TXT a\n`
    .trim()
    .split("\n");
  const expected = builtZone("example.org.", lines.join("\n"));
  const shuffled = fc.shuffledSubarray(lines, { minLength: lines.length });
  fc.assert(
    fc.property(shuffled, (some) => {
      assert.deepEqual(builtZone("example.org.", `${some.join("\n")}\n`), expected);
    }),
    { numRuns: 20 },
  );
});

test("B2: shards are sound and hold the owners of their bits", () => {
  const zone = builtZone("example.org.", apexText() + hosts(2000));
  assert.equal(zone.shardBits, 3);
  const apexHash = nameHash(zone.apex, 0, zone.apex.length);
  for (let shard = 0; shard < 8; shard += 1) {
    const octets = shardOctets(zone.shards, shard);
    const part = { views: viewsOf(octets), ref: 0, length: octets.length };
    const context = { apexHash, apexSize: zone.apex.length, policyCount: 0, shard, shardBits: 3 };
    assert.equal(checkShard(part, context), null);
    assert.notEqual(checkShard(part, { ...context, shard: shard ^ 1 }), null);
  }
});

test("an edit of one owner changes one shard, and only that one is given", () => {
  const before = builtZone("example.org.", apexText() + hosts(2000));
  const text = (apexText() + hosts(2000)).replace("h7 60 A 192.0.2.7\n", "h7 60 A 192.0.2.8\n");
  const after = builtZone("example.org.", text, [], before.shards.digests);
  const owner = name("h7.example.org.");
  const expected = shardOf(mixHash(nameHash(owner, 0, owner.length)), 3);
  const sizes = Array.from({ length: 8 }, (_, i) => after.shards.at[i + 1]! - after.shards.at[i]!);
  assert.deepEqual(
    sizes.map((size) => size > 0),
    sizes.map((_, i) => i === expected),
  );
  const whole = builtZone("example.org.", text);
  assert.deepEqual(after.shards.digests, whole.shards.digests);
  const given = shardOctets(whole.shards, expected);
  assert.deepEqual(shardOctets(after.shards, expected), given);
});

test("B3: another policy's number is no matter for the shards", () => {
  const text = apexText() + hosts(3);
  const one = builtZone("example.org.", text, [["w.example.org.", "A", "m"]]);
  const other = builtZone("example.org.", text, [["w.example.org.", "A", "z"]]);
  assert.deepEqual(one.shards, other.shards);
  assert.deepEqual([one.policies, other.policies], [["m"], ["z"]]);
});

function refused(text: string): string {
  const zone = zoneValue("example.org.", text);
  const built = buildZone({ zone, index: indexZone(zone), steered: [], digest });
  assert.equal(built.value, null);
  assert.equal(built.faults[0]!.place.file, "example.org.zone");
  return `${built.faults[0]!.key} ${built.faults[0]!.place.line}`;
}

test("what cannot be built is a fault with its place", () => {
  assert.equal(refused("@ 60 NS ns1\n"), "TABLE_NO_SOA 0");
  assert.equal(refused("www 60 A 192.0.2.1\n"), "TABLE_NO_SOA 0");
  const types = Array.from({ length: 256 }, (_, i) => `t 60 TYPE${i + 1000} \\# 0\n`).join("");
  assert.equal(refused(apexText() + types), "TABLE_NODE_TOO_FULL 3");
  const long = "x".repeat(250);
  const texts = Array.from({ length: 250 }, (_, i) => `t 60 TXT "${i}" "${long}"\n`).join("");
  assert.equal(refused(apexText() + texts).split(" ")[0], "TABLE_RRSET_TOO_LARGE");
});

test("a hundred thousand owners", () => {
  const zone = builtZone("example.org.", apexText() + hosts(100_000));
  assert.equal(zone.ownerCount, 100_001);
  assert.equal(zone.shardBits, 9);
});

test("owners that were made to collide are refused with TABLE_HASH_FLOOD, and cost no time", () => {
  const apex = name("example.org.");
  const labels = collidingLabels(nameHash(apex, 0, apex.length), PROBE_MAX + 1);
  assert.equal(new Set(labels).size, PROBE_MAX + 1);
  const built = (count: number) => {
    const text = labels.slice(0, count).map((label) => `${label} 60 A 192.0.2.1`);
    const zone = zoneValue("example.org.", `${apexText()}\n${text.join("\n")}\n`);
    return buildZone({ zone, index: indexZone(zone), steered: [], digest });
  };
  assert.deepEqual(
    built(PROBE_MAX + 1).faults.map((one) => one.key),
    ["TABLE_HASH_FLOOD"],
  );
  assert.deepEqual(built(PROBE_MAX / 2).faults, []);
});
