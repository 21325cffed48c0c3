// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { isIP, SocketAddress } from "node:net";
import test from "node:test";
import fc from "fast-check";
import { addressFromText, addressText, hexDigit } from "../../../src/dns/address.ts";

test("RFC 5952 forms", () => {
  const forms: readonly (readonly [string, string])[] = [
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:0DB8::0001", "2001:db8::1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["::", "::"],
    ["1::", "1::"],
    ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
    ["1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
  ];
  for (const [text, out] of forms) assert.equal(addressText(addressFromText(text)!), out, text);
});

test("what is no address", () => {
  const bad = [
    "",
    "1",
    "1.2.3",
    "1.2.3.4.",
    "1.2.3.4.5",
    "01.2.3.4",
    "256.1.1.1",
    ":",
    ":::",
    "1:2",
  ];
  bad.push("1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1::", "12345::", "1:", "g::", "::1.2.3");
  bad.push("1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4:1", "1.2.3.4::", "1::2:", ":1:2:3:4:5:6:7");
  for (const text of bad) assert.equal(addressFromText(text), null, text);
});

test("accepts what the runtime accepts and nothing else", () => {
  const char = fc.constantFrom("0", "1", "9", "a", "f", ":", "::", ".", "25", "ffff", "1.2.3.4");
  fc.assert(
    fc.property(fc.array(char, { maxLength: 12 }), (parts) => {
      const text = parts.join("");
      assert.equal(addressFromText(text) !== null, isIP(text) !== 0, text);
    }),
    { numRuns: 3000 },
  );
});

test("any octets print as the runtime prints them, and read back", () => {
  const group = fc.constantFrom(0, 0, 0, 1, 0xff, 0xabcd);
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const octets = Uint8Array.from(groups.flatMap((g) => [g >> 8, g & 255]));
      const text = addressText(octets);
      assert.deepEqual(addressFromText(text), octets);
      assert.equal(isIP(text), 6);
      assert.equal(new SocketAddress({ address: text, family: "ipv6" }).family, "ipv6");
    }),
  );
});

test("hexadecimal digits", () => {
  for (let octet = 0; octet < 256; octet += 1) {
    const value = Number.parseInt(String.fromCharCode(octet), 16);
    assert.equal(hexDigit(octet), Number.isNaN(value) ? -1 : value, String(octet));
  }
});
