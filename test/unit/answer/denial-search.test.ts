// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { search } from "../../../src/answer/denial-search.ts";
import type { Kernel } from "../../../src/answer/scratch.ts";
import { compareOctets } from "../../../src/base/octets.ts";
import { ZONE_FLAG_NSEC3 } from "../../../src/layout/gen/enums.ts";
import * as at from "../../../src/layout/gen/table.ts";
import { signUnsoundly } from "../../support/unsound-sign.ts";
import { createWorld } from "../../support/world.ts";

const APEX = "example.org.";

/** A signed zone of that many hosts, and the keys of its chain in their order. */
function setUp(hosts: number, nsec3: boolean) {
  const lines = ["@ 300 SOA ns1 h 1 2 3 4 5", "@ 300 NS ns1", "ns1 300 A 192.0.2.53"];
  for (let i = 0; i < hosts; i += 1) lines.push(`h${i} 60 A 192.0.2.1`);
  const text = signUnsoundly(APEX, `${lines.join("\n")}\n`, nsec3 ? { nsec3: true } : {});
  const { kernel: k } = createWorld({ zones: { [APEX]: text }, tableMiB: 64 });
  const { u8, u16, u32 } = k.table;
  const [entry] = [...zonesOf(k)];
  const zone = entry!;
  const head = zone + at.SEGMENT_SIZE;
  k.proof.found.zone = zone;
  k.proof.hashed = (u16[(head + at.ZONE_FLAGS) >> 1]! & ZONE_FLAG_NSEC3) === 0 ? 0 : 1;
  assert.equal(k.proof.hashed, nsec3 ? 1 : 0);
  const keys: { key: Uint8Array; entry: number }[] = [];
  const list = zone + u32[(head + at.ZONE_DENIALS) >> 2]!;
  for (let s = 0; s < u32[(head + at.ZONE_DENIAL_COUNT) >> 2]!; s += 1) {
    const segment = u32[(list >> 2) + s]!;
    for (let i = 0; i < u32[(segment + at.SEGMENT_SIZE) >> 2]!; i += 1) {
      const one = segment + at.SEGMENT_SIZE + at.DENIAL_SIZE + i * at.DENIAL_ENTRY_SIZE;
      const from = segment + u32[(one + at.DENIAL_ENTRY_KEY) >> 2]!;
      keys.push({ key: u8.slice(from, from + u16[one >> 1]!), entry: one });
    }
  }
  return { k, keys };
}

function* zonesOf({ table: { u32 }, root }: Kernel): Generator<number> {
  const shards = root + u32[(root + at.SEGMENT_SIZE + at.DIRECTORY_INDEX_SHARDS) >> 2]!;
  const shard = u32[shards >> 2]!;
  const slots = u32[(shard + at.SEGMENT_SIZE) >> 2]!;
  for (let i = 0; i < slots; i += 1) {
    const slot = shard + at.SEGMENT_SIZE + at.INDEX_SHARD_SIZE + i * at.SLOT_SIZE;
    const zone = u32[(slot + at.SLOT_TARGET) >> 2]!;
    if (zone !== 0) yield zone;
  }
}

/** As the search has it, by looking at every key. */
function expected(keys: readonly { key: Uint8Array; entry: number }[], key: Uint8Array) {
  const order = (one: Uint8Array) => compareOctets(one, 0, one.length, key, 0, key.length);
  const last = keys.findLast((one) => order(one.key) <= 0) ?? keys.at(-1)!;
  return { entry: last.entry, exact: order(last.key) === 0 ? 1 : 0 };
}

for (const nsec3 of [true, false]) {
  for (const hosts of [0, 1, 40, 3000]) {
    test(`DS1: ${nsec3 ? "hashes" : "names"}, a zone of ${hosts}: the entry before, or the key's own`, () => {
      const { k, keys } = setUp(hosts, nsec3);
      const hashed = (i: number) => new Uint8Array(createHash("sha1").update(`${i}`).digest());
      const sought = [
        ...keys.slice(0, 500).map(({ key }) => key),
        ...keys.slice(0, 200).map(({ key }) => Uint8Array.of(...key, 0)),
        ...keys.slice(0, 200).map(({ key }) => key.subarray(0, Math.max(1, key.length - 1))),
        ...Array.from({ length: 500 }, (_, i) => hashed(i)),
        new Uint8Array(20),
        new Uint8Array(20).fill(255),
      ];
      for (const key of sought) {
        search(k, key, key.length);
        const { entry, exact } = k.proof;
        assert.deepEqual({ entry, exact }, expected(keys, key), Buffer.from(key).toString("hex"));
      }
    });
  }
}
