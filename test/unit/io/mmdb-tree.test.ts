// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { Corruption, type Tree, walkTree } from "../../../src/io/mmdb-tree.ts";

/** A tree of 32-bit records from pairs of branches; a negative branch −n is the data offset n − 1. */
function tree(nodes: readonly (readonly [number, number])[], ipVersion = 4): Tree {
  const octets = new Uint8Array(nodes.length * 8);
  const view = new DataView(octets.buffer);
  for (const [i, pair] of nodes.entries()) {
    for (const [j, branch] of pair.entries()) {
      view.setUint32(i * 8 + j * 4, branch < 0 ? nodes.length + 15 - branch : branch);
    }
  }
  return { octets, nodeCount: nodes.length, recordSize: 32, ipVersion, dataSize: 10 };
}

test("networks come in order with their data", () => {
  const walked = walkTree(
    tree(
      [
        [1, -1],
        [3, 2],
        [-2, -1],
      ].slice(0, 3) as [number, number][],
    ),
  );
  assert.deepEqual([...walked.v4Starts], [0x40000000, 0x60000000, 0x80000000]);
  assert.deepEqual([...walked.v4Lengths], [3, 3, 1]);
  assert.deepEqual([...walked.v4Values], [1, 0, 0]);
  assert.equal(walked.visits, 3);
});

test("a loop ends at the length of an address", () => {
  assert.throws(() => walkTree(tree([[0, 1]])), Corruption);
  assert.throws(() => walkTree(tree([[0, 1]], 6)), /circle/);
  assert.throws(
    () =>
      walkTree(
        tree(
          [
            [2, 1],
            [1, 2],
          ],
          6,
        ),
      ),
    Corruption,
  );
});

test("a web of shared nodes ends at the budget", () => {
  // 31 levels, both branches of each at the next: two thousand million paths.
  const web = Array.from(
    { length: 31 },
    (_, i) => (i < 30 ? [i + 1, i + 1] : [-1, -1]) as [number, number],
  );
  assert.throws(() => walkTree(tree(web)), /more paths than nodes/);
});

test("an offset outside the data is refused", () => {
  assert.throws(() => walkTree(tree([[-11, 1]])), /octet 10 of 10/);
  const into = tree([[-1, 1]]);
  new DataView(into.octets.buffer).setUint32(0, 2);
  assert.throws(() => walkTree(into), /octet -15 of 10/);
});

test("IPv4 is walked once, however often its node is met", () => {
  // ::/96 by 96 left branches; the right branch of the root leads there too, as an alias.
  const chain = Array.from({ length: 96 }, (_, i) => [i + 1, 97] as [number, number]);
  chain[0] = [1, 96];
  const walked = walkTree(tree([...chain, [-1, -2]], 6));
  assert.deepEqual([...walked.v4Starts], [0, 0x80000000]);
  assert.equal(walked.v6Values.length, 0);
  assert.equal(walked.visits, 97);
});

test("without an IPv4 subtree, IPv4 is what covers ::/96", () => {
  const walked = walkTree(tree([[-3, 1]], 6));
  assert.deepEqual(
    [[...walked.v4Starts], [...walked.v4Lengths], [...walked.v4Values]],
    [[0], [0], [2]],
  );
  assert.deepEqual([[...walked.v6High], [...walked.v6Lengths]], [[0], [1]]);
});

test("branches of every size keep all their bits", () => {
  const lefts = { 24: 0xfedcba, 28: 0xfedcba9, 32: 0xfedcba98 } as const;
  const rights = { 24: 0x123456, 28: 0x1234567, 32: 0x12345678 } as const;
  for (const recordSize of [24, 28, 32] as const) {
    const [left, right] = [lefts[recordSize], rights[recordSize]];
    const node = (BigInt(left) << BigInt(recordSize)) | BigInt(right);
    const whole = node.toString(16).padStart(recordSize / 2, "0");
    // With 28 bits the halves share an octet, and the format puts the left's top nibble first there.
    const nibbles =
      recordSize === 28 ? whole.slice(1, 7) + whole[0] + whole[7] + whole.slice(8) : whole;
    const octets = Uint8Array.from(nibbles.match(/../g)!, (pair) => Number.parseInt(pair, 16));
    const walked = walkTree({ octets, nodeCount: 1, recordSize, ipVersion: 4, dataSize: 2 ** 33 });
    assert.deepEqual([...walked.v4Values], [left - 17, right - 17], `${recordSize} bits`);
  }
});
