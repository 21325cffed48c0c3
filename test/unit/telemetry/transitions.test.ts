// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Breach } from "../../../src/base/assert.ts";
import {
  createTransitionRing,
  type Transition,
  type TransitionKind,
} from "../../../src/telemetry/transitions.ts";

const turn = (subject: string, kind: TransitionKind = "endpoint", from = "up", to = "down") => ({
  atMs: 1_700_000_000_000,
  kind,
  subject,
  from,
  to,
  reason: "3 probes failed",
});

test("a transition keeps what was said and gains number and time", () => {
  const ring = createTransitionRing();
  assert.deepEqual(ring.record(turn("fra")), {
    sequence: 1,
    at: "2023-11-14T22:13:20.000Z",
    ...turn("fra"),
  });
  assert.deepEqual(ring.counts(), { recorded: 1, dropped: 0 });
});

test("T1, T2: the newest are kept, oldest first, numbered without a gap", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 40 }), (capacity, n) => {
      const ring = createTransitionRing({ capacity });
      for (let i = 1; i <= n; i += 1) ring.record(turn(`s${i}`));
      const kept = Math.min(n, capacity);
      assert.deepEqual(
        ring.list().map((t) => [t.sequence, t.subject]),
        Array.from({ length: kept }, (_, i) => [n - kept + 1 + i, `s${n - kept + 1 + i}`]),
      );
      assert.deepEqual(ring.counts(), { recorded: n, dropped: n - kept });
    }),
  );
});

test("T3: what did not turn is not recorded", () => {
  const seen: Transition[] = [];
  const ring = createTransitionRing({ onRecord: (t) => seen.push(t) });
  assert.equal(ring.record(turn("fra", "endpoint", "up", "up")), null);
  ring.record(turn("fra"));
  assert.deepEqual(
    seen.map((t) => t.sequence),
    [1],
  );
});

test("a reader asks for what it missed, by kind, by subject, the newest so many", () => {
  const ring = createTransitionRing({ capacity: 4 });
  for (const subject of ["a", "b", "a", "c", "a"]) ring.record(turn(subject));
  ring.record(turn("example.org.", "zone", "42", "43"));
  const numbers = (query: Parameters<typeof ring.list>[0]) =>
    ring.list(query).map((t) => t.sequence);
  assert.deepEqual(numbers({ after: 4 }), [5, 6]);
  assert.deepEqual(numbers({ after: 6 }), []);
  assert.deepEqual(numbers({ subject: "a" }), [3, 5]);
  assert.deepEqual(numbers({ subject: "a", limit: 1 }), [5]);
  assert.deepEqual(numbers({ kind: "zone" }), [6]);
  assert.deepEqual(numbers({ limit: 0 }), []);
});

test("a ring without room is a breach", () => {
  assert.throws(() => createTransitionRing({ capacity: 0 }), Breach);
});
