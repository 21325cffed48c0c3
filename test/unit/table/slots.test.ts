// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PROBE_MAX } from "../../../src/layout/limits.ts";
import { placeEntries, shardOf, sortByHash } from "../../../src/table/slots.ts";

test("entries are ordered by hash, equal ones as they came", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(0xffffffff), fc.nat(5))), (hashes) => {
      const mixed = Uint32Array.from(hashes);
      const sorted = sortByHash(mixed, mixed.length);
      const expected = hashes.map((_, i) => i).sort((a, b) => mixed[a]! - mixed[b]! || a - b);
      assert.deepEqual([...sorted.order], expected);
      const keys = expected.map((i) => mixed[i]!);
      assert.deepEqual([...sorted.mixed], keys);
    }),
  );
});

test("every entry is found within probeMax, and a search may end at the first empty slot", () => {
  const hash = fc.oneof(fc.nat(0xffffffff), fc.nat(40));
  fc.assert(
    fc.property(fc.uniqueArray(hash, { maxLength: 300 }), (hashes) => {
      const mixed = Uint32Array.from(hashes);
      const { mixed: sorted } = sortByHash(mixed, mixed.length);
      const placement = placeEntries(sorted, 0, mixed.length);
      assert.ok(placement !== null);
      const { slotCount, probeMax, entries } = placement;
      assert.ok(slotCount * 4 >= mixed.length * 5 && probeMax <= PROBE_MAX);
      let longest = 0;
      mixed.forEach((one) => {
        let looks = 1;
        for (let slot = one & (slotCount - 1); ; slot = (slot + 1) & (slotCount - 1)) {
          assert.ok(entries[slot]! >= 0, "an empty slot ends the search too early");
          if (sorted[entries[slot]!] === one) break;
          looks += 1;
        }
        longest = Math.max(longest, looks);
      });
      assert.equal(longest, probeMax);
    }),
  );
});

test("a part of the order is placed by itself", () => {
  const mixed = Uint32Array.of(5, 1, 9, 3);
  const placement = placeEntries(sortByHash(mixed, 4).mixed, 1, 3)!;
  assert.deepEqual([...placement.entries.subarray(0, placement.slotCount)], [-1, 2, -1, 1]);
});

test("nothing makes one empty slot", () => {
  const { slotCount, probeMax } = placeEntries(new Uint32Array(0), 0, 0)!;
  assert.deepEqual([slotCount, probeMax], [1, 0]);
});

test("names that collide on purpose are refused, not given more memory for ever", () => {
  const mixed = new Uint32Array(PROBE_MAX + 1).fill(77);
  assert.equal(placeEntries(mixed, 0, mixed.length), null);
});

test("the top bits choose a shard", () => {
  assert.equal(shardOf(0xffff_ffff, 0), 0);
  assert.deepEqual(
    [0, 0x4000_0000, 0x8000_0000, 0xffff_ffff].map((one) => shardOf(one, 2)),
    [0, 1, 2, 3],
  );
});
