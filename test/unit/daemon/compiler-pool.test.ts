// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { beginPool, THREADS, takePool } from "../../../src/daemon/compiler-pool.ts";
import { createFolder } from "../../support/control.ts";

test("a pool that was begun is taken once; without one a new one is made", async (t) => {
  const { write } = createFolder(t);
  const entry = pathToFileURL(write("double.mjs", "export const double = (n) => n * 2;"));
  beginPool(entry);
  beginPool(entry);
  const first = takePool(entry);
  const second = takePool(entry);
  assert.notEqual(first, second);
  assert.equal(await first.run(21, { name: "double" }), 42);
  assert.ok(first.threads.length >= 1 && first.threads.length <= THREADS);
  await Promise.all([first.destroy(), second.destroy()]);
});

test("a thread that dies before it has work ends nothing else", async (t) => {
  const { write } = createFolder(t);
  const pool = takePool(pathToFileURL(write("idle.mjs", "export default () => 1;")));
  // As the pool reports it: without a listener the report itself is thrown.
  assert.doesNotThrow(() => pool.emit("error", new Error("it died idle")));
  await pool.destroy();
});
