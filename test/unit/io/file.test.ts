// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { openRegular, readRegular } from "../../../src/io/file.ts";
import { createFolder } from "../../support/control.ts";

test("a regular file is read whole, an empty one and one without a size, too", (t) => {
  const { write } = createFolder(t);
  assert.deepEqual(readRegular(write("a", "text")), new TextEncoder().encode("text"));
  assert.deepEqual(readRegular(write("b", "")), new Uint8Array(0));
  const status = readRegular("/proc/self/status");
  assert.ok(typeof status !== "string" && status.length > 100);
});

test("pipes and devices are refused and not waited for; folders and what is not there are named", (t) => {
  const { folder } = createFolder(t);
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  assert.equal(readRegular(pipe), "a pipe or device, not a file");
  assert.equal(readRegular("/dev/zero"), "a pipe or device, not a file");
  assert.equal(readRegular(folder), "a folder, not a file");
  assert.equal(readRegular(join(folder, "none")), "no such file or folder");
  assert.throws(() => openRegular(pipe), /not a file/);
});

test("more octets than allowed are a reason, not a text", (t) => {
  const { write } = createFolder(t);
  const file = write("a", "12345");
  assert.equal(readRegular(file, 4), "its 5 octets are more than 4");
  assert.equal((readRegular(file, 5) as Uint8Array).length, 5);
});
