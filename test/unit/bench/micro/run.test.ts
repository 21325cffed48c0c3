// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { partsOf } from "../../../../bench/micro/run.ts";
import { loadNative } from "../../../../src/io/native.ts";

const parts = partsOf([]);

test("U2: every part computes what another way of computing it gives, again and again", () => {
  for (const { group, name, work, expected } of parts) {
    assert.equal(work(), expected, `${group}, ${name}, first`);
    assert.equal(work(), expected, `${group}, ${name}, second`);
  }
});

test("every part of the kernel is there, and a name of its own for each", () => {
  assert.deepEqual(
    [...new Set(parts.map(({ group }) => group))],
    ["hash", "parse", "lookup", "respond", "map", "pick", "answer"],
  );
  const names = parts.map(({ group, name }) => `${group}, ${name}`);
  assert.equal(new Set(names).size, names.length);
  const natives = names.filter((name) => name.endsWith(", native"));
  assert.equal(natives.length, loadNative().addon === null ? 0 : 2);
});

test("words choose", () => {
  const names = partsOf(["map", "wrr"]).map(({ group, name }) => `${group}, ${name}`);
  assert.equal(names.length, 4);
  assert.ok(names.every((name) => /map|wrr/.test(name)));
});
