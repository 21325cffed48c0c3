// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { collectGarbage } from "../../../src/io/garbage.ts";

test("memory that nobody holds any more is given back", () => {
  const size = 64 * 1024 * 1024;
  const before = process.memoryUsage().arrayBuffers;
  let held: Uint8Array | null = new Uint8Array(size);
  assert.ok(process.memoryUsage().arrayBuffers >= before + held.length);
  held = null;
  collectGarbage();
  assert.ok(process.memoryUsage().arrayBuffers < before + size);
});
