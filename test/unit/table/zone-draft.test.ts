// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { mixHash } from "../../../src/base/hash.ts";
import { buildRange } from "../../../src/table/build-shard.ts";
import { buildZone, joinRanges, prepareZone, shardOctets } from "../../../src/table/build-zone.ts";
import { dealNodes, draftOf, gatherRange } from "../../../src/table/zone-draft.ts";
import { gatherNodes } from "../../../src/table/zone-nodes.ts";
import { indexZone } from "../../../src/zone/index.ts";
import { scanZone } from "../../../src/zone/scan.ts";
import { digest, name, type SteeredText, steeredOwners } from "../../support/tables.ts";
import { octetsOf, zoneLines } from "../../support/zone-edits.ts";

const STEERED: SteeredText[] = [
  ["s.t.example.org.", "A AAAA", "p"],
  ["h1.example.org.", "AAAA", "q"],
];

test("D2: pieces and ranges of any size give the zone that is built at once", () => {
  fc.assert(
    fc.property(
      fc.infiniteStream(fc.nat()),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 40, max: 2000 }),
      fc.boolean(),
      (chance, pieceCount, rangeNodes, isSteered) => {
        const text = octetsOf(zoneLines(() => chance.next().value as number, 900));
        const { value: zone } = scanZone(text, { apex: name("example.org."), file: "z" });
        const index = indexZone(zone);
        const steered = isSteered ? steeredOwners(STEERED) : [];
        const input = { zone, index, steered, digest };
        const whole = buildZone(input).value!;

        const draft = draftOf(gatherNodes(zone, index, steered), rangeNodes);
        const { count } = draft.nodes;
        const cut = (i: number): number => Math.floor((count * i) / pieceCount);
        const pieces = Array.from({ length: pieceCount }, (_, i) =>
          dealNodes(zone, index, draft, cut(i), cut(i + 1)),
        );
        const ranges = Array.from({ length: 2 ** draft.rangeBits }, (_, i) => {
          const range = buildRange(input, draft, pieces, i);
          assert.ok(!("key" in range));
          return range;
        });
        const zoned = joinRanges(input, draft, ranges);
        assert.deepEqual(zoned.shards.digests, whole.shards.digests);
        assert.deepEqual({ ...zoned, shards: null }, { ...whole, shards: null });
        for (let i = 0; i < 2 ** whole.shardBits; i += 1) {
          assert.deepEqual(shardOctets(zoned.shards, i), shardOctets(whole.shards, i));
        }
      },
    ),
    { numRuns: 15 },
  );
});

test("D1: a range is a zone value of its own, in the order of the table", () => {
  const text = octetsOf(zoneLines(() => 23, 600));
  const { value: zone } = scanZone(text, { apex: name("example.org."), file: "z" });
  const index = indexZone(zone);
  const draft = draftOf(gatherNodes(zone, index, []), 200);
  const before = zone.records.slice();
  const piece = dealNodes(zone, index, draft, 0, draft.nodes.count);
  let nodes = 0;
  let records = 0;
  for (let range = 0; range < 2 ** draft.rangeBits; range += 1) {
    const got = gatherRange(zone, draft, [piece], range);
    nodes += got.count;
    records += got.zone.recordCount;
    assert.deepEqual(
      [...got.mixed],
      [...got.hash].map((hash) => mixHash(hash)),
    );
    assert.deepEqual(
      [...got.mixed],
      [...got.mixed].sort((a, b) => a - b),
    );
  }
  assert.deepEqual([nodes, records], [draft.nodes.count, zone.recordCount]);
  assert.deepEqual(zone.records, before);
});

test("a zone without an SOA has no draft", () => {
  const { value: zone } = scanZone(new TextEncoder().encode("a 60 A 192.0.2.1\n"), {
    apex: name("example.org."),
    file: "z",
  });
  const draft = prepareZone({ zone, index: indexZone(zone), steered: [] });
  assert.equal("key" in draft && draft.key, "TABLE_NO_SOA");
});
