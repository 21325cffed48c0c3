// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { createGuard, isSound, metadataStart } from "../../../src/io/mmdb-guard.ts";
import { encode, type MmdbValue, putPointer } from "../../support/mmdb-writer.ts";

const sound = (octets: readonly number[], at = 0) =>
  isSound(createGuard(Uint8Array.from(octets), octets.length), at, 0);

function octetsOf(value: MmdbValue): number[] {
  const out: number[] = [];
  encode(value, out, new Map());
  return out;
}

test("every type is gone over, and not an octet less will do", () => {
  const values: readonly MmdbValue[] = [
    "text",
    "x".repeat(28),
    "x".repeat(29),
    "x".repeat(285),
    "x".repeat(66000 - 285),
    7,
    0xffffffff,
    -1.5,
    10n ** 18n,
    Uint8Array.of(1, 2, 3),
    { type: "float", number: 1 },
    { type: "int32", number: -1 },
    { type: "uint16", number: 65535 },
    [1, [2, [3]], {}],
    { a: { b: ["c", true, "a"] }, c: "a" },
  ];
  for (const value of values) {
    const octets = octetsOf(value);
    assert.ok(sound(octets), JSON.stringify(octets.slice(0, 9)));
    assert.ok(!sound(octets.slice(0, -1)), `cut: ${JSON.stringify(octets.slice(0, 9))}`);
  }
});

test("wrong types and sizes are refused", () => {
  const wrong: readonly (readonly number[])[] = [
    [],
    [0x00], // extended, and then nothing
    [0x00, 0x05], // type 12: a cache container, never in a file
    [0x01, 0xff], // type 262
    [0x61, 0x00], // a double of one octet
    [0xa3, 1, 2, 3], // a uint16 of three
    [0xc5, 1, 2, 3, 4, 5], // a uint32 of five
    [0x02, 0x07], // a boolean of size 2
    [0x5d], // a string whose size is cut off
    [0xe1, 0xc1, 1, 0x41, 0x78], // a map with a number as key
    [0xe1, 0x41, 0x61], // a map without the value
  ];
  for (const octets of wrong) assert.ok(!sound(octets), JSON.stringify(octets));
});

test("a pointer may not lead outside, nor in a circle", () => {
  assert.ok(sound([0x20, 0x02, 0x41, 0x61]));
  assert.ok(!sound([0x20, 0x09, 0x41, 0x61]), "outside");
  assert.ok(!sound([0x20, 0x00]), "at itself");
  assert.ok(!sound([0x20, 0x02, 0x20, 0x00]), "at each other");
  assert.ok(!sound([0x38, 0xff, 0xff, 0xff, 0xff]), "far outside");
  assert.ok(!sound([0x30, 0x00]), "cut off");
});

test("what unfolds to too much is refused at once", () => {
  // Forty arrays, each of two pointers at the one before: 2^40 values in 240 octets.
  const octets = octetsOf("x");
  let last = 0;
  for (let level = 0; level < 20; level += 1) {
    const at = octets.length;
    octets.push(0x02, 0x04);
    putPointer(last, octets);
    putPointer(last, octets);
    last = at;
  }
  assert.ok(!sound(octets, last));
  const deep = new Array<number>(100).fill(0).flatMap(() => [0x01, 0x04]);
  assert.ok(!sound([...deep, 0x40]), "a hundred arrays inside each other");
});

test("the whole file has a budget too", () => {
  const octets = Uint8Array.from(octetsOf(new Array<number>(5000).fill(1)));
  const guard = createGuard(octets, octets.length);
  let times = 0;
  while (isSound(guard, 0, 0)) times += 1;
  assert.equal(times, Math.floor((octets.length * 4 + 1_000_000) / 5001));
});

test("the last marker begins the metadata", () => {
  const marker = [0xab, 0xcd, 0xef, ...new TextEncoder().encode("MaxMind.com")];
  assert.equal(metadataStart(Uint8Array.from([...marker, ...marker, 0xe0])), 14);
  assert.equal(metadataStart(Uint8Array.from([0, 0, ...marker, 0xe0])), 2);
  assert.equal(metadataStart(Uint8Array.from(marker.slice(1))), -1);
  assert.equal(metadataStart(new Uint8Array(0)), -1);
});
