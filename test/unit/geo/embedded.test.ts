// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findEmbedded } from "../../../src/geo/embedded.ts";
import { parseAddress, printAddress, v4Octets } from "../../../src/geo/prefix.ts";

const look = (text: string, bits: number) => {
  const found = findEmbedded(parseAddress(text)!.octets, bits);
  return found && [printAddress(v4Octets(found.address)), found.sourceBits, found.offset];
};

test("each form is found", () => {
  assert.deepEqual(look("::ffff:192.0.2.1", 128), ["192.0.2.1", 32, 96]);
  assert.deepEqual(look("::ffff:0:192.0.2.1", 128), ["192.0.2.1", 32, 96]);
  assert.deepEqual(look("64:ff9b::192.0.2.1", 128), ["192.0.2.1", 32, 96]);
  assert.deepEqual(look("2002:c000:201::", 128), ["192.0.2.1", 32, 16]);
  assert.deepEqual(look("2002:c000:201:1234::9", 56), ["192.0.2.1", 32, 16]);
  // RFC 4380 §4: the client 192.0.2.45, all bits inverted.
  assert.deepEqual(look("2001:0:4136:e378:8000:63bf:3fff:fdd2", 128), ["192.0.2.45", 32, 96]);
});

test("what is near a form is none", () => {
  for (const text of [
    "::1",
    "::192.0.2.1",
    "::fffe:192.0.2.1",
    "64:ff9b:1::192.0.2.1",
    "64:ff9b::1:0:0",
    "2001:1::",
    "2001:db8::",
    "2003::",
    "::1:ffff:0:1",
  ]) {
    assert.equal(look(text, 128), null, text);
  }
});

test("a source prefix that ends before the IPv4 address tells nothing", () => {
  assert.equal(look("::ffff:0.0.0.0", 95), null);
  assert.equal(look("2002::", 15), null);
  assert.equal(look("2001:0:4136:e378::", 64), null);
});

test("a source prefix that ends inside it cuts it there", () => {
  assert.deepEqual(look("::ffff:192.0.2.0", 120), ["192.0.2.0", 24, 96]);
  assert.deepEqual(look("::ffff:0.0.0.0", 96), ["0.0.0.0", 0, 96]);
  assert.deepEqual(look("2002:c000::", 32), ["192.0.0.0", 16, 16]);
  // The octets beyond the source are zero; inverted they must not become ones.
  assert.deepEqual(look("2001:0:4136:e378:8000:63bf:3fff:0", 112), ["192.0.0.0", 16, 96]);
});

test("whatever the octets: inside the source prefix, and nothing beyond", () => {
  const octets = fc.uint8Array({ minLength: 16, maxLength: 16 });
  const heads = [
    [0x20, 2],
    [0x20, 1, 0, 0],
    [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0],
  ];
  fc.assert(
    fc.property(octets, fc.constantFrom(...heads), fc.nat(128), (tail, head, bits) => {
      const all = Uint8Array.from(tail, (o, i) => head[i] ?? o);
      const found = findEmbedded(all, bits);
      if (found === null) return;
      assert.ok(bits >= found.offset && found.sourceBits === Math.min(32, bits - found.offset));
      assert.equal(found.address % 2 ** (32 - found.sourceBits), 0);
    }),
  );
});
