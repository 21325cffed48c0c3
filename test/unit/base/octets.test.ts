// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { compareOctets, sameOctets } from "../../../src/base/octets.ts";

const octets = (...list: readonly number[]): Uint8Array => Uint8Array.from(list);

test("octets are without sign, and what ends first stands first (RFC 4034 §6.3)", () => {
  const ascending = [octets(), octets(0), octets(0, 0), octets(0, 255), octets(1), octets(128)];
  for (const [i, a] of ascending.entries()) {
    for (const [k, b] of ascending.entries()) {
      const order = compareOctets(a, 0, a.length, b, 0, b.length);
      assert.equal(Math.sign(order), Math.sign(i - k), `${i} and ${k}`);
    }
  }
});

test("a run inside an array is compared alone", () => {
  assert.equal(compareOctets(octets(9, 1, 2, 9), 1, 2, octets(1, 2, 7), 0, 2), 0);
  assert.ok(compareOctets(octets(9, 1, 2, 9), 1, 3, octets(1, 2, 7), 0, 2) > 0);
});

test("equal octets are the same, whatever array holds them", () => {
  const one = octets(1, 2);
  assert.ok(sameOctets(one, one));
  assert.ok(sameOctets(one, octets(1, 2)));
  assert.ok(sameOctets(octets(), octets()));
  assert.ok(!sameOctets(one, octets(1, 3)));
  assert.ok(!sameOctets(one, octets(1, 2, 0)));
});
