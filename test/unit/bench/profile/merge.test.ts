// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type CpuProfile,
  cutProfile,
  mergeProfiles,
  type ProfileNode,
  sampleTimes,
} from "../../../../bench/profile/merge.ts";

export const node = (id: number, functionName: string, children: number[] = []): ProfileNode => ({
  id,
  callFrame: { functionName, scriptId: "1", url: "", lineNumber: 0, columnNumber: 0 },
  hitCount: 0,
  children,
});

/** root → a → b, root → c; ten microseconds a sample. */
const small: CpuProfile = {
  nodes: [node(1, "(root)", [2, 4]), node(2, "a", [3]), node(3, "b"), node(4, "c")],
  startTime: 1000,
  endTime: 1040,
  samples: [3, 2, 3, 4],
  timeDeltas: [0, 10, 10, 10],
};

/** Microseconds by path of names, so that ids do not matter. */
function timesByPath(profile: CpuProfile): Record<string, number> {
  const parent = new Map<number, ProfileNode>();
  const byId = new Map(profile.nodes.map((one) => [one.id, one]));
  for (const one of profile.nodes) for (const child of one.children ?? []) parent.set(child, one);
  const out: Record<string, number> = {};
  const times = sampleTimes(profile);
  for (const [i, id] of profile.samples.entries()) {
    const path: string[] = [];
    for (let at = byId.get(id); at !== undefined; at = parent.get(at.id)) {
      path.unshift(at.callFrame.functionName);
    }
    const key = path.join("/");
    out[key] = (out[key] ?? 0) + times[i]!;
  }
  return out;
}

test("a sample lasts until the next one, the last until the end; a late one takes nothing", () => {
  assert.deepEqual([...sampleTimes(small)], [10, 10, 10, 10]);
  const late = { ...small, timeDeltas: [0, 30, -20, 10] };
  assert.deepEqual([...sampleTimes(late)], [30, 0, 10, 20]);
});

test("F1, F3: what is cut keeps its times, and nodes without a sample are gone", () => {
  const cut = cutProfile(small, 1010, 1025);
  assert.deepEqual(timesByPath(cut), { "(root)/a": 10, "(root)/a/b": 5 });
  assert.deepEqual(
    cut.nodes.map((one) => [one.id, one.hitCount, one.children]),
    [
      [1, 0, [2]],
      [2, 1, [3]],
      [3, 1, []],
    ],
  );
  assert.equal(cut.startTime, 1010);
  assert.equal(cut.endTime, 1025);
  assert.deepEqual(cutProfile(small, 5000, 6000).samples, []);
});

test("F2: threads stand below the root, in order, with their names", () => {
  const other = { ...small, startTime: 5, endTime: 25, samples: [4, 4], timeDeltas: [0, 7] };
  const merged = mergeProfiles([
    { name: "udp-0", profile: small },
    { name: "control", profile: other },
  ]);
  assert.equal(merged.nodes[0]!.id, 1);
  const byId = new Map(merged.nodes.map((one) => [one.id, one.callFrame.functionName]));
  assert.deepEqual(
    merged.nodes[0]!.children!.map((id) => byId.get(id)),
    ["udp-0", "control"],
  );
  assert.deepEqual(timesByPath(merged), {
    "(root)/udp-0/a": 10,
    "(root)/udp-0/a/b": 20,
    "(root)/udp-0/c": 10,
    "(root)/control/c": 20,
  });
});

const profileArbitrary: fc.Arbitrary<CpuProfile> = fc
  .record({
    parents: fc.array(fc.nat(), { minLength: 1, maxLength: 20 }),
    samples: fc.array(fc.record({ node: fc.nat(), delta: fc.nat(5000) }), { maxLength: 30 }),
    startTime: fc.nat(1_000_000),
    rest: fc.nat(100),
  })
  .map(({ parents, samples, startTime, rest }) => {
    const children = parents.map((): number[] => []);
    for (let i = 1; i < parents.length; i += 1) children[parents[i]! % i]!.push(i + 1);
    const deltas = samples.map(({ delta }) => delta);
    return {
      nodes: parents.map((_, i) => node(i + 1, `f${i}`, children[i])),
      startTime,
      endTime: deltas.reduce((sum, delta) => sum + delta, startTime) + rest,
      samples: samples.map((one) => (one.node % parents.length) + 1),
      timeDeltas: deltas,
    };
  });

test("F1, F3 for any threads: every path keeps its time below its thread", () => {
  fc.assert(
    fc.property(fc.array(profileArbitrary, { maxLength: 4 }), (profiles) => {
      const threads = profiles.map((profile, i) => ({ name: `t${i}`, profile }));
      const merged = mergeProfiles(threads);
      const wanted = Object.fromEntries(
        threads.flatMap(({ name, profile }) =>
          Object.entries(timesByPath(profile)).map(([path, us]) => [
            ["(root)", name, ...path.split("/").slice(1)].join("/"),
            us,
          ]),
        ),
      );
      assert.deepEqual(timesByPath(merged), wanted);
      assert.equal(new Set(merged.nodes.map((one) => one.id)).size, merged.nodes.length);
      assert.equal(
        merged.nodes.reduce((sum, one) => sum + one.hitCount, 0),
        merged.samples.length,
      );
    }),
  );
});
