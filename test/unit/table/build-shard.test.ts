// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildRange, buildShard, roomFor } from "../../../src/table/build-shard.ts";
import { buildZone, prepareZone, shardOctets } from "../../../src/table/build-zone.ts";
import { dealNodes, type ZoneDraft } from "../../../src/table/zone-draft.ts";
import { gatherNodes } from "../../../src/table/zone-nodes.ts";
import { indexZone } from "../../../src/zone/index.ts";
import { apexText, digest, zoneValue } from "../../support/tables.ts";

function inputOf(text: string) {
  const zone = zoneValue("example.org.", apexText() + text);
  return { zone, index: indexZone(zone), steered: [], digest };
}

const hosts = (count: number): string =>
  Array.from({ length: count }, (_, i) => `h${i} 60 A 192.0.2.${i % 250}\n`).join("");

test("memory that is given is used, and left when it does not suffice", () => {
  const input = inputOf(hosts(600));
  const draft = prepareZone(input) as ZoneDraft;
  const pieces = [dealNodes(input.zone, input.index, draft, 0, draft.nodes.count)];
  const whole = buildZone(input).value!;
  const large = new Uint8Array(roomFor(700, 700) + 300_000);
  for (const memory of [large, new Uint8Array(64), null]) {
    const range = buildRange(input, draft, pieces, 0, memory);
    assert.ok(!("key" in range));
    assert.deepEqual(range.digests, whole.shards.digests);
    assert.deepEqual(range.octets.subarray(0, range.ends[0]), shardOctets(whole.shards, 0));
  }
  assert.ok(large.some((octet) => octet !== 0));
});

test("a shard by itself is the shard of a zone that has one", () => {
  const input = inputOf(hosts(100));
  const shard = buildShard(input, gatherNodes(input.zone, input.index, []));
  assert.ok(!("key" in shard));
  assert.deepEqual(shard.octets, shardOctets(buildZone(input).value!.shards, 0));
});

test("the place of what cannot be stored is told", () => {
  const types = Array.from({ length: 256 }, (_, i) => `full 60 TYPE${1000 + i} \\# 1 00\n`);
  const { value, faults } = buildZone(inputOf(hosts(5) + types.join("")));
  assert.equal(value, null);
  assert.deepEqual([faults[0]!.key, faults[0]!.place.line], ["TABLE_NODE_TOO_FULL", 8]);
});
