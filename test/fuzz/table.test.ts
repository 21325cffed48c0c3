// SPDX-License-Identifier: Apache-2.0
/**
 * Mutated tables: openTable says yes or no to any octets, without throwing or hanging; and after a
 * yes every read of a walk over the whole table lies inside of it.
 *
 * The views end where the table does, so a read beyond gives `undefined` and the walk of dump.ts
 * shows it or throws.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { openSegment, openTable } from "../../src/table/open.ts";
import { type TableViews, viewsOf } from "../../src/table/reader.ts";
import { liveExtents, restoreImage } from "../../src/table/table-image.ts";
import { soundTable } from "../support/broken.ts";
import { dumpTable } from "../support/dump.ts";
import { digest } from "../support/tables.ts";

const image = soundTable("plain");
const root = image.directory!.ref;
const end = liveExtents(image).reduce((most, one) => Math.max(most, one.ref + one.size), 0);
const used = Math.ceil(end / 16) * 16;
const sound = image.views.u8.slice(0, used);

interface Mutation {
  readonly word: number;
  readonly width: number;
  readonly value: number;
  readonly part: number;
}

/** One mutation: where, how wide, and what is put there. */
const mutation = fc.record({
  word: fc.nat(used / 4 - 1),
  width: fc.constantFrom(8, 16, 32),
  value: fc.oneof(
    fc.nat(255),
    fc.constantFrom(0, 1, 3, 4, 16, 63, 64, 0xc0, 0xffff, 0x7fffffff, 0xffffffff, used),
    fc.nat(used),
  ),
  part: fc.nat(3),
});

function mutate(views: TableViews, list: readonly Mutation[]): void {
  for (const { word, width, value, part } of list) {
    if (width === 32) views.u32[word] = value;
    else if (width === 16) views.u16[word * 2 + (part & 1)] = value;
    else views.u8[word * 4 + part] = value;
  }
}

/** The sound table with some of its words changed. */
function mutated(list: readonly Mutation[]): TableViews {
  const views = viewsOf(sound.slice());
  mutate(views, list);
  return views;
}

let accepted = 0;

test("any mutation is refused, or the table is sound in every read", () => {
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (list) => {
      const views = mutated(list);
      if (openTable(views, root).length > 0) return;
      accepted += 1;
      const text = dumpTable(views, root);
      assert.doesNotMatch(text, /undefined|NaN/);
      assert.equal(restoreImage(views.u8, root).zoneCount, 2);
    }),
    { numRuns: 12_000 },
  );
  // Both ways must have been walked: TTLs, addresses and serials may be anything.
  assert.ok(accepted > 100, `${accepted} accepted`);
});

test("with digests any mutation that changes something is refused", () => {
  fc.assert(
    fc.property(mutation, (one) => {
      const views = mutated([one]);
      const ranges = liveExtents(image);
      const changed = ranges.some(({ ref, size }) =>
        Buffer.compare(views.u8.subarray(ref, ref + size), sound.subarray(ref, ref + size)),
      );
      assert.equal(openTable(views, root, { digest }).length > 0, changed);
    }),
    { numRuns: 500 },
  );
});

test("any octets at all: no throw, no hang", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 400 }), fc.nat(500), (octets, ref) => {
      const views = viewsOf(octets);
      openTable(views, ref, { digest, planRowCount: 1 });
      openSegment(views, ref & ~15);
    }),
    { numRuns: 1000 },
  );
});

test("any segment that claims a kind: no throw, no hang", () => {
  const body = fc.uint8Array({ minLength: 64, maxLength: 1024 });
  fc.assert(
    fc.property(body, fc.nat(5), (octets, kind) => {
      const views = viewsOf(octets);
      views.u32.set([0x415a0001 + kind, views.u8.length - 16], 4);
      openSegment(views, 16);
    }),
    { numRuns: 1000 },
  );
});

test("a mutated map or steering segment is refused, or sound", () => {
  const steered = soundTable("steered");
  const parts = [...steered.maps, steered.steering!];
  const place = fc.tuple(fc.constantFrom(...parts), fc.nat(0xffffffff), fc.nat(0xffffffff));
  fc.assert(
    fc.property(place, ([one, at, value]) => {
      const word = (one.ref >> 2) + (at % (one.size >> 2));
      const before = steered.views.u32[word]!;
      steered.views.u32[word] = value;
      openTable(steered.views, steered.directory!.ref, { planRowCount: 4 });
      steered.views.u32[word] = before;
    }),
    { numRuns: 150 },
  );
});
