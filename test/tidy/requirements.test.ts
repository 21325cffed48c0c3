// SPDX-License-Identifier: Apache-2.0
/** docs/requirements.md: every row once, a state in one of three forms, a test behind each claim. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { exists, read } from "./tree.ts";

/** How many rows each letter has: S the founding systems … M deployment. */
const COUNTS = {
  S: 26,
  A: 41,
  B: 20,
  C: 18,
  D: 7,
  E: 10,
  F: 5,
  G: 8,
  H: 10,
  I: 11,
  J: 6,
  K: 9,
  L: 7,
  M: 6,
};

const IDS = Object.entries(COUNTS).flatMap(([letter, count]) =>
  Array.from({ length: count }, (_, i) => letter + String(i + 1).padStart(2, "0")),
);

const rows = read("docs/requirements.md")
  .split("\n")
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
  .filter((cells) => /^[A-Z]\d\d$/.test(cells[1] ?? ""))
  .map(([, id = "", feature = "", state = "", proof = ""]) => ({ id, feature, state, proof }));

test("every id stands there exactly once, in order", () => {
  assert.deepEqual(
    rows.map((row) => row.id),
    IDS,
  );
});

test("a state is done, partial with what is missing, or not yet", () => {
  const wrong = rows.filter((row) => !/^(done|partial: \S.*|not yet)$/.test(row.state));
  assert.deepEqual(
    wrong.map((row) => `${row.id}: "${row.state}"`),
    [],
  );
});

test("what is claimed is proved by a test that exists", () => {
  const wrong = rows
    .filter((row) => row.state !== "not yet")
    .filter((row) => {
      const paths = [...row.proof.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
      return paths.length === 0 || !paths.every((path) => /\.test\.ts$/.test(path) && exists(path));
    });
  assert.deepEqual(
    wrong.map((row) => `${row.id} is ${row.state.split(":")[0]}, but its test is "${row.proof}"`),
    [],
  );
});

test("every row says what the feature is, and names no test before there is something to test", () => {
  for (const row of rows) {
    assert.notEqual(row.feature, "", row.id);
    if (row.state === "not yet") assert.equal(row.proof, "", `${row.id} is not yet`);
  }
});
