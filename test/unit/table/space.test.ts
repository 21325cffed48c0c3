// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  createSpace,
  giveRun,
  reclaimRuns,
  retireRun,
  type Space,
  takeRun,
} from "../../../src/table/space.ts";

/** A1 and A2 against the runs that the test knows of. */
function assertSound(space: Space, held: ReadonlyMap<number, number>): void {
  const owner = new Array<string>(space.end).fill("");
  const claim = (at: number, units: number, who: string): void => {
    for (let i = at; i < at + units; i += 1) {
      assert.equal(owner[i], "", `unit ${i} is ${who} and ${owner[i]}`);
      owner[i] = who;
    }
  };
  for (const [at, units] of space.starts) {
    claim(at, units, "free");
    assert.equal(space.ends.get(at + units), units);
    assert.ok(!space.starts.has(at + units), "free runs do not touch");
  }
  for (const [at, units] of held) claim(at, units, "held");
  for (const run of space.retired) claim(run.at, run.units, "retired");
  assert.ok(
    owner.slice(space.first).every((who) => who !== ""),
    "no unit is lost",
  );
  assert.equal(space.freeUnits, owner.filter((who) => who === "free").length);
  assert.equal(space.retiredUnits, owner.filter((who) => who === "retired").length);
}

test("any sequence of taking, giving, retiring and reclaiming keeps A1 to A3", () => {
  const action = fc.tuple(fc.constantFrom("take", "give", "retire", "reclaim"), fc.nat(40));
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const space = createSpace(1, 128);
      const held = new Map<number, number>();
      let epoch = 0;
      for (const [kind, n] of actions) {
        const [first] = [...held].slice(n % Math.max(1, held.size));
        if (kind === "take") {
          const at = takeRun(space, n + 1);
          if (at >= 0) held.set(at, n + 1);
          else assert.ok([...space.starts.values()].every((units) => units < n + 1));
        } else if (kind === "reclaim") {
          const observed = Math.max(0, epoch - (n % 3));
          reclaimRuns(space, observed);
          assert.ok(space.retired.every((run) => run.epoch > observed));
        } else if (first !== undefined) {
          held.delete(first[0]);
          epoch += 1;
          if (kind === "give") giveRun(space, ...first);
          else retireRun(space, ...first, epoch);
        }
        assertSound(space, held);
      }
    }),
    { numRuns: 300 },
  );
});

test("a retired run comes back when its epoch was observed, not before", () => {
  const space = createSpace(0, 10);
  const at = takeRun(space, 10);
  retireRun(space, at, 10, 5);
  assert.equal(reclaimRuns(space, 4), 0);
  assert.equal(takeRun(space, 1), -1);
  const freed: number[] = [];
  assert.equal(
    reclaimRuns(space, 5, (from, units) => freed.push(from, units)),
    10,
  );
  assert.deepEqual(freed, [0, 10]);
  assert.equal(takeRun(space, 10), 0);
});

test("a run that is given up late under an older epoch does not hold up the others", () => {
  const space = createSpace(0, 4);
  for (let i = 0; i < 3; i += 1) takeRun(space, 1);
  retireRun(space, 0, 1, 9);
  retireRun(space, 1, 1, 0);
  retireRun(space, 2, 1, 9);
  assert.equal(reclaimRuns(space, 0), 1);
  assert.equal(reclaimRuns(space, 9), 2);
});

test("live runs are kept; overlapping ones are a breach", () => {
  const space = createSpace(1, 20, [
    { at: 10, units: 2 },
    { at: 1, units: 3 },
  ]);
  assert.deepEqual(
    [...space.starts],
    [
      [4, 6],
      [12, 8],
    ],
  );
  const twice = [
    { at: 1, units: 3 },
    { at: 3, units: 1 },
  ];
  assert.throws(() => createSpace(1, 20, twice), /overlap/);
  assert.throws(() => createSpace(1, 20, [{ at: 19, units: 2 }]), /overlap/);
});

test("the tightest of the runs that were looked at is taken", () => {
  const live = [10, 30, 45].map((at) => ({ at, units: 1 }));
  const space = createSpace(0, 60, live);
  // Free: 0..9 (10), 11..29 (19), 31..44 (14), 46..59 (14).
  assert.equal(takeRun(space, 10), 0);
  assert.equal(takeRun(space, 18), 11);
});
