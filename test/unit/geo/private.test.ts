// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { covers, type Prefix, parsePrefix } from "../../../src/geo/prefix.ts";
import { embeddedPrefixes, privatePrefixes } from "../../../src/geo/private.ts";

const read = (text: string) => parsePrefix(text) as Prefix;

test("all prefixes are sound, disjoint and within the grain of a map", () => {
  const list = privatePrefixes.map(read);
  for (const [i, a] of list.entries()) {
    assert.equal(typeof a, "object", privatePrefixes[i]);
    assert.ok(a.length <= 64);
    for (const [j, b] of list.entries()) assert.ok(i === j || !covers(a, b));
  }
});

test("documentation and public space is not private", () => {
  const open = [
    "192.0.2.0/24",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "2001:db8::/32",
    "3fff::/20",
    "8.8.8.0/24",
    "2600::/12",
  ];
  for (const text of open) {
    assert.ok(!privatePrefixes.some((p) => covers(read(p), read(text))), text);
  }
});

test("the transition prefixes are among them", () => {
  for (const text of embeddedPrefixes) assert.ok(privatePrefixes.includes(text));
});
