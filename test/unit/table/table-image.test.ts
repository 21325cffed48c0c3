// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ref } from "../../../src/base/units.ts";
import { arenaUse } from "../../../src/table/arena.ts";
import {
  apexKey,
  createImage,
  findZone,
  indexShardOf,
  liveExtents,
  liveRows,
  nameHashOf,
  readZoneHeader,
  restoreImage,
} from "../../../src/table/table-image.ts";
import { soundTable } from "../../support/broken.ts";
import { apexText, applied, builtZone, name, newImage } from "../../support/tables.ts";

test("P1: a picture is restored from memory and root alone", () => {
  for (const base of ["plain", "steered"] as const) {
    const image = soundTable(base);
    const restored = restoreImage(image.views.u8.slice(), image.directory!.ref, { poison: true });
    const { arena, views: _, ...rest } = image;
    const { arena: arenaRestored, views: __, ...restRestored } = restored;
    const plain = (one: typeof rest) => JSON.parse(JSON.stringify(one, sortedMaps));
    assert.deepEqual(plain(restRestored), plain(rest));
    assert.deepEqual(arenaUse(arenaRestored), arenaUse(arena));
  }
});

/** Maps as sorted lists: the order of zones in an index shard is no part of the picture. */
function sortedMaps(_key: string, value: unknown): unknown {
  return value instanceof Map ? [...value].sort(([a], [b]) => (a < b ? -1 : 1)) : value;
}

test("zones are found by their apex", () => {
  const image = soundTable("plain");
  const entry = findZone(image, name("example.org."))!;
  assert.equal(readZoneHeader(image.views, entry.header.ref).serial, 7);
  assert.equal(findZone(image, name("example.com.")), null);
  assert.equal(findZone(createImage(image.arena), name("example.org.")), null);
});

test("a header that is read has the parts that it was made of", () => {
  const image = newImage();
  const hosts = Array.from({ length: 700 }, (_, i) => `h${i} 60 A 192.0.2.1\n`).join("");
  const zone = builtZone("example.org.", apexText(9) + hosts);
  applied(image, { revision: 1, put: [zone] });
  const header = readZoneHeader(image.views, findZone(image, zone.apex)!.header.ref);
  assert.equal(header.shardBits, 2);
  assert.equal(header.ownerCount, 701);
  assert.deepEqual(header.shardDigests, zone.shards.digests);
  assert.deepEqual(header.negativeSoa, zone.negativeSoa);
  assert.deepEqual(header.apex, zone.apex);
  assert.deepEqual([...header.policies], []);
});

test("every segment is counted once", () => {
  const image = soundTable("steered");
  const refs = liveExtents(image).map((one) => one.ref as Ref);
  // Directory, steering, map, index shard, two headers, two shards.
  assert.equal(refs.length, 8);
  assert.equal(new Set(refs).size, 8);
  assert.deepEqual(liveRows(image), [
    { row: 0, count: 2 },
    { row: 2, count: 2 },
  ]);
});

test("keys and shards", () => {
  assert.equal(apexKey(Uint8Array.of(1, 255, 0)), "\u0001\u00ff\u0000");
  const hash = nameHashOf(name("example.org."));
  assert.equal(indexShardOf(hash, 1), 0);
  assert.equal(indexShardOf(hash, 4), indexShardOf(hash, 8) >> 1);
});
