// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { addressFromText } from "../../../src/dns/address.ts";
import { writeAddress } from "../../../src/io/address.ts";

function octetsOf(text: string): { family: number; octets: number[] } {
  const out = new Uint8Array(24).fill(0xee);
  const family = writeAddress(text, out, 4);
  assert.ok(out.subarray(0, 4).every((octet) => octet === 0xee));
  assert.ok(out.subarray(4 + (family === 4 ? 4 : 16)).every((octet) => octet === 0xee));
  return { family, octets: [...out.subarray(4, family === 4 ? 8 : 20)] };
}

test("the same octets as the strict reader's, for every address", () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      const wanted = addressFromText(text)!;
      const { family, octets } = octetsOf(text);
      assert.equal(family, wanted.length === 4 ? 4 : 6);
      assert.deepEqual(octets, [...wanted]);
    }),
  );
});

test("a mapped address stays IPv6, a zone ends the address", () => {
  assert.deepEqual(octetsOf("::ffff:192.0.2.1").octets.slice(10), [255, 255, 192, 0, 2, 1]);
  assert.deepEqual(octetsOf("fe80::1%eth0").octets, [0xfe, 0x80, ...new Array(13).fill(0), 1]);
  assert.equal(octetsOf("::").family, 6);
});
