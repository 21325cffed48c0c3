// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import {
  type Field,
  quotedText,
  restText,
  string,
  strings,
  stringsOptional,
  tag,
  tokenNumber,
  tokenTtl,
  u8,
  u16,
  u32,
} from "../../../src/dns/fields.ts";
import { ROOT_NAME } from "../../../src/dns/names.ts";
import { beginRdata, createSink } from "../../../src/dns/sink.ts";
import { tokensFromText } from "../../../src/dns/tokens.ts";

/** Hexadecimal of what a field reads from a text, or its error. */
export function read(field: Field, text: string): string {
  const sink = createSink(ROOT_NAME);
  beginRdata(sink);
  if (field.read(tokensFromText(text)!, 0, sink) < 0) return sink.error;
  return Buffer.from(sink.octets.subarray(0, sink.at)).toString("hex");
}

const ttl = (text: string): number => tokenTtl(tokensFromText(text)!, 0);

test("TTLs in seconds and units", () => {
  assert.equal(ttl("0"), 0);
  assert.equal(ttl("4294967295"), 0xffff_ffff);
  assert.equal(ttl("1h30m"), 5400);
  assert.equal(ttl("1W2d3H4m5S"), 788_645);
  for (const text of ["4294967296", "1h30", "h", "1x", "-1", "1.5h", "9999999w", "1hh"]) {
    assert.equal(ttl(text), -1, text);
  }
});

test("integers keep to their width", () => {
  assert.equal(read(u8, "255"), "ff");
  assert.equal(read(u16, "256"), "0100");
  assert.equal(read(u32, "4294967295"), "ffffffff");
  assert.match(read(u8, "256"), /not a number/);
  assert.match(read(u16, "1a"), /not a number/);
  assert.match(read(u32, '""'), /not a number/);
  assert.equal(tokenNumber(tokensFromText("12")!, 0, 11), -1);
});

test("strings: escapes, bounds, lists", () => {
  assert.equal(read(string, "a\\.b\\001"), "04612e6201");
  assert.equal(read(strings, 'a "" b'), "0161000162");
  assert.match(read(strings, ""), /missing/);
  assert.equal(read(stringsOptional, ""), "");
  assert.equal(read(string, "\\097".repeat(255)).length, 512);
  assert.match(read(string, "\\097".repeat(256)), /longer than 255/);
  assert.equal(read(restText, "a".repeat(300)).length, 600);
  assert.match(read(strings, `"${"a".repeat(255)}" `.repeat(300)), /65535/);
  assert.match(read(tag, '""'), /not a tag/);
});

test("any octets read back from their quoted text", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 255 }), (octets) => {
      const got = read(restText, quotedText(octets, 0, octets.length));
      assert.equal(got, Buffer.from(octets).toString("hex"));
    }),
  );
});

test("sizes never reach beyond the end", () => {
  const octets = Uint8Array.of(3, 97, 98);
  assert.equal(u32.size(octets, 0, 3, 0), -1);
  assert.equal(string.size(octets, 0, 3, 0), -1);
  assert.equal(strings.size(octets, 0, 3, 0), -1);
  assert.equal(strings.size(octets, 3, 3, 0), -1);
});
