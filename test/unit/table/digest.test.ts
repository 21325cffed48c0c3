// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DIGEST_SIZE,
  digestText,
  equalDigests,
  innerDigest,
  joinDigests,
  leafDigest,
} from "../../../src/table/digest.ts";
import { digest } from "../../support/tables.ts";

const octets = (): Uint8Array => Uint8Array.from({ length: 64 }, (_, i) => i);

test("a leaf's digest covers everything but its own field, and leaves the octets alone", () => {
  const one = octets();
  const value = leafDigest(one, digest);
  assert.deepEqual(one, octets());
  assert.equal(value.length, DIGEST_SIZE);
  one.set(value, 8);
  assert.deepEqual(leafDigest(one, digest), value);
  for (const at of [0, 4, 24, 63]) {
    const other = octets();
    other[at]! ^= 1;
    assert.notDeepEqual(leafDigest(other, digest), value, `octet ${at}`);
  }
});

test("an inner digest is blind for masked words and sees the children", () => {
  const masked = [
    { at: 32, count: 2, step: 8 },
    { at: 60, count: 1, step: 4 },
  ];
  const children = joinDigests([new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)]);
  const value = innerDigest(octets(), masked, children, digest);
  for (let at = 0; at < 64; at += 1) {
    const other = octets();
    other[at]! ^= 0x80;
    const blind = (at >= 8 && at < 24) || [32, 40, 60].some((from) => at >= from && at < from + 4);
    const same = equalDigests(innerDigest(other, masked, children, digest), 0, value, 0);
    assert.equal(same, blind, `octet ${at}`);
  }
  const swapped = joinDigests([new Uint8Array(16).fill(2), new Uint8Array(16).fill(1)]);
  assert.notDeepEqual(innerDigest(octets(), masked, swapped, digest), value);
});

test("digests as text", () => {
  assert.equal(digestText(Uint8Array.of(0, 0xab, 7)), "00ab07");
});
