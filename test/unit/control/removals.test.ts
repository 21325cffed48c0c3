// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { noteRemovals, refuseRemoval, removedZones } from "../../../src/control/removals.ts";
import type { Zone } from "../../../src/resource/types.ts";

const state = (...apexes: readonly string[]): { zones: readonly Zone[] } => ({
  zones: apexes.map((apex) => ({ apex: `${apex}.`, file: apex, steered: [] })) as never,
});
const many = (count: number) => state(...Array.from({ length: count }, (_, i) => `z${i}`));

test("what is gone, whatever came", () => {
  assert.deepEqual(removedZones(state("a", "b", "c"), state("c", "d")), ["a.", "b."]);
  assert.deepEqual(removedZones(state(), many(3)), []);
});

test("most of the zones, or all, do not go unasked; fewer do", () => {
  const refused = (before: number, after: number): boolean =>
    refuseRemoval(many(before), many(after), "x.yaml") !== null;
  const table: readonly (readonly [number, number, boolean])[] = [
    [0, 0, false],
    [1, 0, true],
    [2, 1, false],
    [2, 0, true],
    [3, 1, true],
    [4, 2, false],
    [4, 1, true],
    [100, 50, false],
    [100, 49, true],
    [3, 9, false],
  ];
  for (const [before, after, expected] of table) {
    assert.equal(refused(before, after), expected, `${before} to ${after}`);
  }
  // Others in their place do not make up for them.
  assert.notEqual(refuseRemoval(state("a", "b"), state("c", "d"), "x.yaml"), null);
  const { key, place, detail } = refuseRemoval(many(7), state(), "x.yaml")!;
  assert.equal(key, "CONFIG_ZONES_REMOVED");
  assert.equal(place.file, "x.yaml");
  assert.match(detail, /^7 of 7 zones would go: z0\., z1\., z2\., z3\., z4\. and 2 more; /);
});

test("a removal is one note with its count", () => {
  assert.deepEqual(noteRemovals(many(2), many(2)), []);
  const [note, ...more] = noteRemovals(many(3), many(1));
  assert.equal(more.length, 0);
  assert.deepEqual([note!.from, note!.to], ["3 zones", "2 removed"]);
  assert.match(note!.reason, /z1\., z2\.$/);
});
