// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compareOctets } from "../../../src/base/octets.ts";
import { compareNames } from "../../../src/dns/names.ts";
import { DENIAL_KEY_SIZE_MAX } from "../../../src/layout/limits.ts";
import { putNameKey } from "../../../src/table/denial-key.ts";

/** Octets that keys treat in their own way, and some others. */
const octet = fc.constantFrom(0, 1, 2, 3, 0x2a, 0x61, 0x62, 0xff);
const label = fc
  .uint8Array({ minLength: 1, maxLength: 4 })
  .chain((one) => fc.array(octet, { minLength: one.length, maxLength: one.length }));
const name = fc
  .array(label, { maxLength: 5 })
  .map((labels) => Uint8Array.from([...labels.flatMap((one) => [one.length, ...one]), 0]));

function keyOf(wire: Uint8Array): Uint8Array {
  const labelAt: number[] = [];
  for (let at = 0; wire[at]! > 0; at += 1 + wire[at]!) labelAt.push(at);
  const out = new Uint8Array(DENIAL_KEY_SIZE_MAX);
  return out.subarray(0, putNameKey(out, wire, labelAt, 0, labelAt.length));
}

test("octet order of keys is canonical order of names (RFC 4034 §6.1)", () => {
  fc.assert(
    fc.property(name, name, (a, b) => {
      const [x, y] = [keyOf(a), keyOf(b)];
      const order = compareOctets(x, 0, x.length, y, 0, y.length);
      assert.equal(Math.sign(order), Math.sign(compareNames(a, b)));
    }),
    { numRuns: 2000 },
  );
});

test("the longest name of octets that are all escaped fills the largest key", () => {
  const labels = [63, 63, 63, 61].flatMap((size) => [size, ...new Array<number>(size).fill(0)]);
  const wire = Uint8Array.from([...labels, 0]);
  assert.equal(wire.length, 255);
  assert.ok(keyOf(wire).length <= DENIAL_KEY_SIZE_MAX);
});

test("the apex is the first of all", () => assert.equal(keyOf(Uint8Array.of(0)).length, 0));
