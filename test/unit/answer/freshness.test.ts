// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { freshness } from "../../../src/answer/freshness.ts";

/** A message of one question and records `[section, ttl]`, with compressed names. */
function message(
  rcode: number,
  answers: readonly number[],
  authority: readonly number[],
): number[] {
  const record = (ttl: number): number[] => [
    ...[0xc0, 12, 0, 1, 0, 1],
    ...[ttl >>> 24, (ttl >>> 16) & 255, (ttl >>> 8) & 255, ttl & 255, 0, 4, 1, 2, 3, 4],
  ];
  return [
    ...[0, 0, 0x84, rcode, 0, 1, 0, answers.length, 0, authority.length, 0, 0],
    ...[1, 97, 0, 0, 1, 0, 1],
    ...answers.flatMap(record),
    ...authority.flatMap(record),
  ];
}

const of = (...args: Parameters<typeof message>) => freshness(Uint8Array.from(message(...args)));

test("RFC 8484 §5.1: the smallest TTL of the answer, or else of the authority", () => {
  assert.equal(of(0, [300, 20, 60], [5]), 20);
  assert.equal(of(3, [], [50]), 50);
  assert.equal(of(0, [], []), 0);
  assert.equal(of(2, [300], []), 0);
  assert.equal(of(5, [300], []), 0);
  assert.equal(of(0, [0x7fff_ffff], []), 0x7fff_ffff);
  assert.equal(of(0, [0x8000_0000], []), 0);
});

test("N1: a message that is cut anywhere is worth nothing, and no octets make it throw", () => {
  const whole = Uint8Array.from(message(0, [300, 300], []));
  for (let size = 0; size < whole.length; size += 1) {
    assert.equal(freshness(whole.subarray(0, size)), 0, `${size}`);
  }
  assert.equal(freshness(whole), 300);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (octets) => freshness(octets) >= 0));
});
