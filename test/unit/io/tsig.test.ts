// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { tsigCrypto } from "../../../src/io/tsig.ts";

/** RFC 4231 §4.2, test case 1. */
const VECTORS = {
  "hmac-sha256": "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
  "hmac-sha384":
    "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
  "hmac-sha512":
    "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
} as const;

test("the algorithms give what RFC 4231 says", () => {
  for (const [algorithm, expected] of Object.entries(VECTORS)) {
    const mac = tsigCrypto.begin(algorithm as keyof typeof VECTORS, new Uint8Array(20).fill(0x0b));
    mac.update(new TextEncoder().encode("Hi "));
    mac.update(new TextEncoder().encode("There"));
    assert.equal(Buffer.from(mac.digest()).toString("hex"), expected);
  }
});

test("octets are compared, and lengths first", () => {
  const a = new Uint8Array([1, 2, 3]);
  assert.ok(tsigCrypto.equal(a, new Uint8Array([1, 2, 3])));
  assert.ok(!tsigCrypto.equal(a, new Uint8Array([1, 2, 4])));
  assert.ok(!tsigCrypto.equal(a, new Uint8Array([1, 2])));
});
