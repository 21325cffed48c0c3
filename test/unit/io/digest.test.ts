// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { sha256 } from "../../../src/io/digest.ts";

test("SHA-256, 32 octets", () => {
  const hex = Buffer.from(sha256(new TextEncoder().encode("abc"))).toString("hex");
  assert.equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});
