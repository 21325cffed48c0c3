// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Epoch, Ref } from "../../../src/base/units.ts";
import { SEGMENT_ALIGN } from "../../../src/layout/limits.ts";
import {
  allocate,
  arenaUse,
  createArena,
  POISON,
  reclaim,
  release,
  retire,
} from "../../../src/table/arena.ts";

test("places are aligned, never at 0, and end when the memory does", () => {
  const arena = createArena(new Uint8Array(1024));
  const refs = new Set<number>();
  for (;;) {
    const ref = allocate(arena, 100);
    if (ref === null) break;
    assert.ok(ref > 0 && ref % SEGMENT_ALIGN === 0 && ref + 100 <= 1024);
    assert.ok(!refs.has(ref));
    refs.add(ref);
  }
  // 1008 octets behind the null reference, 112 octets each.
  assert.equal(refs.size, 9);
  assert.deepEqual(arenaUse(arena), { total: 1008, free: 0, retired: 0 });
});

test("a retired place is poisoned and reused when its epoch was observed", () => {
  const arena = createArena(new Uint8Array(64), { poison: true });
  const ref = allocate(arena, 48)!;
  arena.memory.fill(1, ref, ref + 48);
  retire(arena, ref, 48, 3 as Epoch);
  assert.equal(reclaim(arena, 2 as Epoch), 0);
  assert.equal(arena.memory[ref], 1);
  assert.deepEqual(arenaUse(arena), { total: 48, free: 0, retired: 48 });
  assert.equal(reclaim(arena, 3 as Epoch), 48);
  assert.ok(arena.memory.subarray(ref, ref + 48).every((octet) => octet === POISON));
  assert.equal(allocate(arena, 33), ref);
});

test("without poison the octets stay", () => {
  const arena = createArena(new Uint8Array(64));
  const ref = allocate(arena, 48)!;
  arena.memory.fill(1, ref, ref + 48);
  release(arena, ref, 48);
  assert.equal(arena.memory[ref], 1);
  assert.equal(arenaUse(arena).free, 48);
});

test("an arena over loaded segments gives out what lies between them", () => {
  const live = [
    { ref: 512 as Ref, size: 20 },
    { ref: 64 as Ref, size: 64 },
  ];
  const arena = createArena(new Uint8Array(1024), { live });
  assert.equal(arenaUse(arena).free, 1008 - 32 - 64);
  assert.equal(allocate(arena, 400), 544);
  assert.equal(allocate(arena, 384), 128);
  assert.equal(allocate(arena, 48), 16);
  const crooked = [{ ref: 24 as Ref, size: 16 }];
  assert.throws(() => createArena(new Uint8Array(64), { live: crooked }), /aligned/);
});
