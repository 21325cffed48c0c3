// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { appendFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
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

test("W2: a file that is written in place is reported once, when its writer has paused", async (t) => {
  const { write } = createFolder(t);
  const file = write("a", "1\n");
  const sizes: number[] = [];
  const watcher = createWatcher((files: readonly string[]) => {
    if (files.includes(file)) sizes.push(statSync(file).size);
  });
  t.after(() => watcher.close());
  watcher.setFiles([unread(file)], []);
  for (let i = 0; i < 12; i += 1) {
    appendFileSync(file, "line\n");
    await pause(60);
  }
  await until("it is noticed", () => sizes.length > 0);
  assert.deepEqual(sizes, [statSync(file).size]);
});

test("W1: a rename is reported though a neighbour is written in place", async (t) => {
  const { folder, write } = createFolder(t);
  const [renamed, growing] = [write("a", "1\n"), write("b", "1\n")];
  const { seen, watcher } = watching(t);
  watcher.setFiles([unread(renamed), unread(growing)], []);
  const writer = setInterval(() => appendFileSync(growing, "line\n"), 20);
  t.after(() => clearInterval(writer));
  await pause(50);
  renameSync(write("new/a", "2\n"), join(folder, "a"));
  await until("the rename", () => seen.includes(renamed));
  assert.deepEqual(seen, [renamed]);
});

test("W5: what somebody has read and came by rename is reported alone, what follows together", async (t) => {
  const { write } = createFolder(t);
  const names = ["a", "b", "c", "d"];
  const files = names.map((name) => write(name, "1\n"));
  const unknown = write("e", "1\n");
  const calls: string[][] = [];
  const watcher = createWatcher((list) => calls.push([...list]));
  t.after(() => watcher.close());
  const reads = files.map((file) => ({ file, stamp: stampOf(file) }));
  watcher.setFiles([...reads, unread(unknown)], []);
  const fresh = [...names, "e"].map((name) => write(`new/${name}`, "2\n"));
  // All events are there before the first one is heard.
  for (const [i, file] of [...files, unknown].entries()) renameSync(fresh[i]!, file);
  await until("all are reported", () => calls.flat().length >= 5);
  assert.deepEqual(calls[0], [files[0]]);
  assert.deepEqual(calls.flat().toSorted(), [...files, unknown].toSorted());
  assert.ok(calls.length < 5, `${calls.length} calls`);
  assert.ok(!calls.some((list) => list.length === 1 && list[0] === unknown));
});

test("W3: a text whose last line was cut is held until the rest comes; W4: unless one is told to look", async (t) => {
  const { write } = createFolder(t);
  const file = write("a", "1\n2\n");
  const { seen, watcher } = watching(t);
  watcher.setFiles([unread(file)], []);
  write("a", "1\n2\n3");
  await pause(900);
  assert.equal(seen.length, 0);
  appendFileSync(file, "3\n");
  await until("the whole", () => seen.includes(file));
  seen.length = 0;
  write("a", "1");
  watcher.look();
  assert.deepEqual(seen, [file]);
});

test("a new member of a folder is not reported while it is written", async (t) => {
  const { folder, write } = createFolder(t);
  write("zones/a", "1\n");
  const place = join(folder, "zones");
  const sizes: number[] = [];
  const watcher = createWatcher((): void => void sizes.push(statSync(join(place, "b")).size));
  t.after(() => watcher.close());
  watcher.setFiles([], [place]);
  const member = write("zones/b", "1\n");
  for (let i = 0; i < 12; i += 1) {
    appendFileSync(member, "line\n");
    await pause(60);
  }
  await until("it is noticed", () => sizes.length > 0);
  assert.equal(sizes[0], statSync(member).size);
});
