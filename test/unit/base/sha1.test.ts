// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { sha1 } from "../../../src/base/sha1.ts";

test("every size around the blocks hashes as OpenSSL does", () => {
  const memory = new Uint8Array(randomBytes(700));
  const out = new Uint8Array(24);
  for (let size = 0; size <= 600; size += 1) {
    const octets = memory.subarray(7, 7 + size);
    sha1(memory, 7, size, out, 2);
    const hex = Buffer.from(out.subarray(2, 22)).toString("hex");
    assert.equal(hex, createHash("sha1").update(octets).digest("hex"), `${size} octets`);
  }
});

test("input and output may be one memory", () => {
  const memory = new Uint8Array(20).fill(7);
  const expected = createHash("sha1").update(memory).digest("hex");
  sha1(memory, 0, 20, memory, 0);
  assert.equal(Buffer.from(memory).toString("hex"), expected);
});
