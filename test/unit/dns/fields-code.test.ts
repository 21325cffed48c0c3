// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { Field } from "../../../src/dns/fields.ts";
import {
  base32,
  base64,
  base64Optional,
  base64Text,
  eui48,
  hex,
  hexText,
  salt,
} from "../../../src/dns/fields-code.ts";
import { ROOT_NAME } from "../../../src/dns/names.ts";
import { beginRdata, createSink } from "../../../src/dns/sink.ts";
import { tokensFromText } from "../../../src/dns/tokens.ts";

function read(field: Field, text: string): string {
  const sink = createSink(ROOT_NAME);
  beginRdata(sink);
  if (field.read(tokensFromText(text)!, 0, sink) < 0) return sink.error;
  return Buffer.from(sink.octets.subarray(0, sink.at)).toString("hex");
}

test("agrees with the runtime on Base64 and hexadecimal", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), (octets) => {
      const buffer = Buffer.from(octets);
      assert.equal(base64Text(octets, 0, octets.length), buffer.toString("base64"));
      assert.equal(hexText(octets, 0, octets.length), buffer.toString("hex"));
      assert.equal(read(base64, buffer.toString("base64")), buffer.toString("hex"));
    }),
  );
});

test("groups may break anywhere between tokens", () => {
  assert.equal(read(base64, "A QI D"), "010203");
  assert.equal(read(hex, "a bc d"), "abcd");
});

test("what is refused", () => {
  for (const text of ["A", "AA", "AAA", "AA=", "AAAA=", "AA==A", "A*AA"]) {
    assert.match(read(base64, text), /Base64/, text);
  }
  assert.match(read(base64, ""), /missing/);
  assert.match(read(base64, '""'), /empty/);
  assert.equal(read(base64Optional, ""), "");
  assert.match(read(hex, "abc"), /odd/);
  assert.match(read(hex, "zz"), /not hexadecimal/);
  assert.match(read(hex, "00".repeat(65_536)), /65535/);
  assert.match(read(base64, "AAAA".repeat(22_000)), /65535/);
  assert.match(read(salt, "00".repeat(256)), /255/);
  assert.match(read(base32, "0".repeat(600)), /255/);
  assert.match(read(base32, "000"), /whole/);
  assert.match(read(eui48, "0-0-0-0-0-0"), /EUI/);
});

test("Base32 of any hash reads back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (octets) => {
      const rdata = Uint8Array.of(octets.length, ...octets);
      const text = base32.text(rdata, 0, rdata.length, 0);
      assert.equal(read(base32, text.toUpperCase()), Buffer.from(rdata).toString("hex"));
    }),
  );
});
