// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { makeFolder } from "../../../src/io/folder.ts";

test("a folder and those above it; twice is as good as once", (t) => {
  const root = mkdtempSync(join(tmpdir(), "azimuth-folder-"));
  t.after(() => rmSync(root, { recursive: true }));
  makeFolder(join(root, "a/b/c"), 0o700);
  makeFolder(join(root, "a/b/c"), 0o700);
  assert.equal(statSync(join(root, "a/b/c")).mode & 0o777, 0o700);
  writeFileSync(join(root, "file"), "");
  assert.throws(
    () => makeFolder(join(root, "file")),
    /cannot make the folder .*file: something of that name/,
  );
  assert.throws(() => makeFolder(join(root, "file/below")), /cannot make the folder .*: /);
});

test("what cannot be made is an error and not an endless loop", () => {
  assert.throws(() => makeFolder("/proc/nobody/here"));
});
