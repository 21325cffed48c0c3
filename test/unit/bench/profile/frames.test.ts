// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { functionTimes, threadFrames } from "../../../../bench/profile/frames.ts";
import type { CpuProfile, ProfileNode } from "../../../../bench/profile/merge.ts";

const node = (id: number, name: string, url: string, children: number[] = []): ProfileNode => ({
  id,
  callFrame: { functionName: name, scriptId: "1", url, lineNumber: 9, columnNumber: 0 },
  hitCount: 1,
  children,
});

/** A thread in which f calls g and g calls f again, and which waits as well. */
const merged: CpuProfile = {
  nodes: [
    node(1, "(root)", "", [2]),
    node(2, "udp-0", "", [3, 6, 7, 8]),
    node(3, "f", "file:///home/a%20b/src/f.ts", [4]),
    node(4, "g", "node:dgram", [5]),
    node(5, "f", "file:///home/a%20b/src/f.ts"),
    node(6, "(idle)", ""),
    node(7, "f", "file:///home/a%20b/src/f.ts"),
    node(8, "atomicsWaitLoop", "file:///x/node_modules/piscina/dist/worker.js"),
  ],
  startTime: 0,
  endTime: 150,
  samples: [3, 4, 5, 6, 7, 8],
  timeDeltas: [0, 10, 20, 30, 40, 25],
};

test("waiting is counted apart, wherever it hides; places are short", () => {
  const [thread] = threadFrames(merged, "/home/a b");
  assert.equal(thread!.idleUs, 40 + 25);
  assert.equal(thread!.frame.name, "udp-0");
  assert.equal(thread!.frame.totalUs, 10 + 20 + 30 + 25);
  const [f] = thread!.frame.children;
  // Nodes 3 and 7 are one function at one place of the tree.
  assert.equal(thread!.frame.children.length, 1);
  assert.deepEqual([f!.name, f!.place, f!.selfUs, f!.totalUs], ["f", "src/f.ts:10", 35, 85]);
  assert.equal(f!.children[0]!.place, "node:dgram:10");
});

test("a function's own times add up, and a recursion is counted once", () => {
  const [thread] = threadFrames(merged, "/home/a b");
  const rows = functionTimes(thread!.frame);
  assert.deepEqual(
    rows.map(({ name, selfUs, totalUs }) => [name, selfUs, totalUs]),
    [
      ["f", 65, 85],
      ["g", 20, 50],
    ],
  );
});
