// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createWatcher } from "../../../src/daemon/watch.ts";
import { stampOf } from "../../../src/io/compile-zone.ts";
import { createFolder } from "../../support/control.ts";
import { until } from "../../support/daemon.ts";

function watching(t: TestContext, active = true) {
  const seen: string[] = [];
  const watcher = createWatcher((files) => seen.push(...files), active);
  t.after(() => watcher.close());
  return { seen, watcher };
}

const unread = (file: string) => ({ file, stamp: "" });

test("a change, a removal and a new member of a folder are noticed by themselves", async (t) => {
  const { folder, write } = createFolder(t);
  const file = write("a", "1");
  const { seen, watcher } = watching(t);
  watcher.setFiles([unread(file)], [folder]);
  write("a", "22");
  await until("the file", () => seen.includes(file));
  write("new", "");
  await until("the folder", () => seen.includes(folder));
  seen.length = 0;
  rmSync(file);
  await until("the removal", () => seen.includes(file));
});

test("a file that changed between its reading and its watching counts as changed", async (t) => {
  const { write } = createFolder(t);
  const file = write("a", "1");
  const stamp = stampOf(file);
  write("a", "22");
  const { seen, watcher } = watching(t);
  watcher.setFiles([{ file, stamp }], []);
  await until("it is noticed", () => seen.includes(file));
  assert.deepEqual(seen, [file]);
});

test("not active, it looks when it is told to, and not before", (t) => {
  const { folder, write } = createFolder(t);
  const file = write("a", "1");
  const { seen, watcher } = watching(t, false);
  watcher.setFiles([unread(file), unread(join(folder, "not-there"))], []);
  watcher.look();
  assert.deepEqual(seen, []);
  write("a", "22");
  write("not-there", "");
  watcher.look();
  assert.deepEqual(seen.toSorted(), [file, join(folder, "not-there")].toSorted());
  watcher.setFiles([], []);
  write("a", "333");
  seen.length = 0;
  watcher.look();
  assert.deepEqual(seen, []);
});

test("a folder in which something is always written is looked at all the same", async (t) => {
  const { write } = createFolder(t);
  const file = write("a", "1");
  const { seen, watcher } = watching(t);
  watcher.setFiles([unread(file)], []);
  write("a", "22");
  const noise = setInterval(() => write("noise", ""), 1);
  t.after(() => clearInterval(noise));
  await until("the file", () => seen.includes(file));
});
