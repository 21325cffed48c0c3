// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ref } from "../../../src/base/units.ts";
import { EPOCH_MAX, WORKERS_MAX } from "../../../src/layout/limits.ts";
import {
  CONTROL_MEMORY_SIZE,
  currentEpoch,
  currentRoot,
  goOffline,
  initControl,
  minObserved,
  observedBy,
  observeRoot,
  publishRoot,
} from "../../../src/table/publish.ts";
import { everyInterleaving } from "../../support/interleavings.ts";

type Step = "epoch" | "observed" | "root";

/** Roots are numbered; `freed` holds those whose octets are gone. `holding` is what the reader reads. */
interface Model {
  epoch: number;
  root: number;
  observed: number;
  freed: Set<number>;
  holding: number | null;
}

/** One batch: the reader's three steps in the given order, then a read, then the end of the batch. */
function* batch(m: Model, order: readonly Step[]): Generator<void, void> {
  let epoch = 0;
  let root: number | null = null;
  for (const step of order) {
    if (step === "epoch") epoch = m.epoch;
    if (step === "observed") m.observed = epoch;
    if (step === "root") root = m.root;
    // A root in hand is a root that will be read.
    m.holding = root;
    yield;
  }
  m.holding = null;
}

/** Publishes root `next`, retires the one before, frees what the reader has left. */
function* publication(m: Model, next: number, rootFirst: boolean): Generator<void, void> {
  const before = m.root;
  if (rootFirst) m.root = next;
  else m.epoch += 1;
  yield;
  if (rootFirst) m.epoch += 1;
  else m.root = next;
  const retiredAt = m.epoch;
  yield;
  if (m.observed >= retiredAt) m.freed.add(before);
  yield;
}

function* inTurn(...parts: Array<() => Generator<void, void>>): Generator<void, void> {
  for (const part of parts) yield* part();
}

/** Two publications against two batches; with `sleeps` the reader is offline around them. */
function explore(order: readonly Step[], rootFirst = true, sleeps = false): number {
  return everyInterleaving<Model>(
    () => {
      const m: Model = {
        epoch: 0,
        root: 0,
        observed: sleeps ? EPOCH_MAX : 0,
        freed: new Set(),
        holding: null,
      };
      function* sleep(): Generator<void, void> {
        if (!sleeps) return;
        m.observed = EPOCH_MAX;
        yield;
      }
      const control = inTurn(
        () => publication(m, 1, rootFirst),
        () => publication(m, 2, rootFirst),
      );
      const reader = inTurn(
        () => batch(m, order),
        sleep,
        () => batch(m, order),
        sleep,
      );
      return { state: m, actors: [control, reader] };
    },
    (m) => {
      if (m.holding !== null) assert.ok(!m.freed.has(m.holding), `root ${m.holding} was freed`);
    },
  );
}

test("P2: no reader reads what was freed", () => {
  assert.ok(explore(["epoch", "observed", "root"]) > 1000);
});

test("P2: nor one that sleeps and wakes", () => {
  assert.ok(explore(["epoch", "observed", "root"], true, true) > 1000);
});

test("P2 is needed: root first is caught", () => {
  assert.throws(() => explore(["root", "epoch", "observed"]), /was freed/);
});

test("P2 is needed: root before observed is caught", () => {
  assert.throws(() => explore(["epoch", "root", "observed"], true, true), /was freed/);
});

test("P1 is needed: epoch before root is caught", () => {
  assert.throws(() => explore(["epoch", "observed", "root"], false), /was freed/);
});

test("the functions do the model's steps in the model's order", (t) => {
  const block = newBlock();
  const steps: string[] = [];
  const { load, store } = Atomics;
  t.mock.method(Atomics, "load", (words: Int32Array, at: number) => {
    steps.push(`load ${at}`);
    return load(words, at);
  });
  t.mock.method(Atomics, "store", (words: Int32Array, at: number, value: number) => {
    steps.push(`store ${at}`);
    return store(words, at, value);
  });
  publishRoot(block, 64 as Ref);
  observeRoot(block, 3);
  t.mock.restoreAll();
  // Words 0 and 1 are epoch and root; readers begin at word 16 and have 16 words each.
  assert.deepEqual(steps, ["load 0", "store 1", "store 0", "load 0", "store 64", "load 1"]);
});

function newBlock(): Int32Array {
  const block = new Int32Array(new SharedArrayBuffer(CONTROL_MEMORY_SIZE));
  initControl(block);
  return block;
}

test("absent and sleeping readers hold nothing back", () => {
  const block = newBlock();
  assert.equal(currentRoot(block), 0);
  assert.equal(minObserved(block), EPOCH_MAX);
  assert.equal(publishRoot(block, 160 as Ref), 1);
  assert.equal(observeRoot(block, 0), 160);
  assert.equal(observeRoot(block, WORKERS_MAX - 1), 160);
  publishRoot(block, 320 as Ref);
  assert.equal(currentEpoch(block), 2);
  assert.equal(minObserved(block), 1);
  assert.equal(observeRoot(block, 0), 320);
  assert.equal(observedBy(block, WORKERS_MAX - 1), 1);
  goOffline(block, WORKERS_MAX - 1);
  assert.equal(minObserved(block), 2);
});
