// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { reasonOf } from "../../../src/base/reason.ts";
import { createFolder } from "../../support/control.ts";

function reasonFor(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return reasonOf(error);
  }
  return "it worked";
}

test("what the system says is said in words, without call and code", (t) => {
  const { folder, write } = createFolder(t);
  const file = write("a", "");
  mkdirSync(join(folder, "b"));
  assert.equal(
    reasonFor(() => readFileSync(join(folder, "none"))),
    "no such file or folder",
  );
  assert.equal(
    reasonFor(() => readFileSync(folder)),
    "a folder, not a file",
  );
  assert.equal(
    reasonFor(() => renameSync(file, join(folder, "b"))),
    "a folder, not a file",
  );
  assert.equal(
    reasonFor(() => mkdirSync(file)),
    "something of that name is there already",
  );
  assert.equal(
    reasonFor(() => writeFileSync(join(file, "x"), "")),
    "not a folder",
  );
});

test("what is not known keeps its own words, and nothing throws", () => {
  assert.equal(reasonOf(new Error("odd")), "odd");
  assert.equal(reasonOf("text"), "text");
  assert.equal(reasonOf(null), "null");
});
