// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { nameHash } from "../../../src/base/hash.ts";
import type { Ref } from "../../../src/base/units.ts";
import {
  buildDirectory,
  buildIndexShard,
  buildZoneHeader,
  type PlacedSegment,
} from "../../../src/table/build-directory.ts";
import { apexText, builtZone, digest, name } from "../../support/tables.ts";

const zone = builtZone("example.org.", apexText());
const shardDigests = zone.shards.digests;
const header = {
  ...{ ...zone, shardRefs: [160], shardDigests, policies: [4] },
  ...{ denialFlag: 0, denialRefs: [], denialDigests: new Uint8Array(0), nsec3: zone.denial },
};

function placed(ref: number, fill: number): PlacedSegment {
  return { ref: ref as Ref, size: 32, digest: new Uint8Array(16).fill(fill) };
}

test("I1: a zone header's digest does not see where the shards lie, but what they are", () => {
  const one = buildZoneHeader(header, digest);
  assert.deepEqual(buildZoneHeader({ ...header, shardRefs: [320] }, digest).digest, one.digest);
  const others = [
    { ...header, shardDigests: new Uint8Array(16) },
    { ...header, policies: [5] },
    { ...header, serial: 2 },
    { ...header, apex: name("example.net.") },
  ];
  for (const other of others) {
    assert.notDeepEqual(buildZoneHeader(other, digest).digest, one.digest);
  }
});

test("I1 and K1: an index shard sees neither places nor the order of its zones", () => {
  const entries = Array.from({ length: 50 }, (_, i) => {
    const apex = name(`z${i}.`);
    return { apex, hash: nameHash(apex, 0, apex.length), header: placed(16 * (i + 1), i) };
  });
  const one = buildIndexShard(entries, digest)!;
  const moved = entries.map((entry) => ({
    ...entry,
    header: { ...entry.header, ref: (entry.header.ref + 1600) as Ref },
  }));
  assert.deepEqual(buildIndexShard(moved.reverse(), digest)!.digest, one.digest);
  const other = entries.map((entry, i) => (i === 7 ? { ...entry, header: placed(16, 99) } : entry));
  assert.notDeepEqual(buildIndexShard(other, digest)!.digest, one.digest);
  assert.notEqual(buildIndexShard([], digest), null);
});

test("D2: a directory's digest does not see plan rows, but everything else", () => {
  const input = {
    revision: 7,
    zoneCount: 1,
    apexDepths: [4, 0, 0, 0],
    indexBits: 0,
    indexShards: [placed(16, 1)],
    maps: [placed(32, 2), placed(64, 3)],
    steering: placed(96, 4),
    planRows: [10, 20],
  };
  const one = buildDirectory(input, digest);
  const alike = { ...input, planRows: [0, 5], steering: placed(128, 4) };
  assert.deepEqual(buildDirectory(alike, digest).digest, one.digest);
  const others = [
    { ...input, revision: 7 + 2 ** 32 },
    { ...input, zoneCount: 2 },
    { ...input, apexDepths: [8, 0, 0, 0] },
    { ...input, maps: [placed(64, 3), placed(32, 2)] },
    { ...input, steering: placed(96, 5) },
    { ...input, steering: null, planRows: [] },
  ];
  for (const other of others) {
    assert.notDeepEqual(buildDirectory(other, digest).digest, one.digest);
  }
});
