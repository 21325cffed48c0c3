// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { hashLabel, mixHash, NAME_HASH_ROOT, nameHash } from "../../../src/base/hash.ts";
import { nameFromText } from "../../../src/dns/names.ts";

const name = (text: string): Uint8Array => nameFromText(text)!;
const hash = (text: string): number => nameHash(name(text), 0, name(text).length);

test("the hash of a name is the hash of its parent extended by one label", () => {
  assert.equal(hash("."), NAME_HASH_ROOT);
  const label = new TextEncoder().encode("www");
  assert.equal(hash("www.example.org."), hashLabel(hash("example.org."), label, 0, 3));
});

test("values are part of the table format and never change", () => {
  assert.equal(NAME_HASH_ROOT, -2128831035);
  // FNV-1a over 03 "org" from the offset basis, by hand with 64-bit integers.
  let h = 0x811c9dc5n;
  for (const octet of [3, 0x6f, 0x72, 0x67]) h = ((h ^ BigInt(octet)) * 0x01000193n) & 0xffffffffn;
  assert.equal(hash("org.") >>> 0, Number(h));
  // murmur3's fmix32 of 1.
  assert.equal(mixHash(1), 0x514e28b7);
  assert.equal(mixHash(0), 0);
});

test("label borders count", () => {
  assert.notEqual(hash("ab.c."), hash("a.bc."));
  assert.notEqual(hash("abc."), hash("ab.c."));
});

test("the name may lie anywhere, and 127 labels fit", () => {
  const long = name("a.".repeat(127));
  const moved = new Uint8Array(300);
  moved.set(long, 17);
  assert.equal(nameHash(moved, 17, long.length), nameHash(long, 0, long.length));
});
