// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import {
  covers,
  keyHigh,
  keyLow,
  type Prefix,
  parseAddress,
  parsePrefix,
  printAddress,
  printPrefix,
  v4Octets,
  v6Octets,
} from "../../../src/geo/prefix.ts";

const prefix = (text: string) => parsePrefix(text) as Prefix;
const normal = (text: string) => printAddress(parseAddress(text)!.octets);

test("addresses are printed as RFC 5952 says", () => {
  assert.equal(normal("2001:DB8:0:0:0:0:0:1"), "2001:db8::1");
  assert.equal(normal("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1"); // §4.2.2: one group stays
  assert.equal(normal("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1"); // §4.2.3: the longest run
  assert.equal(normal("2001:db8:0:0:1:0:0:1"), "2001:db8::1:0:0:1"); // … or the first
  assert.equal(normal("0:0:0:0:0:0:0:0"), "::");
  assert.equal(normal("::1"), "::1");
  assert.equal(normal("1::"), "1::");
  assert.equal(normal("::ffff:c000:201"), "::ffff:192.0.2.1"); // §5
  assert.equal(normal("64:ff9b::192.0.2.33"), "64:ff9b::c000:221");
  assert.equal(normal("255.0.10.1"), "255.0.10.1");
});

test("what is no address is refused", () => {
  const wrong = [
    "",
    "1",
    "1.2.3",
    "1.2.3.4.5",
    "01.2.3.4",
    "1.2.3.256",
    "1.2.3.4 ",
    "0x1.2.3.4",
    "1.2.3.-4",
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "12345::",
    "g::",
    "fe80::1%eth0",
    "::1.2.3",
    "1.2.3.4::",
    "::1.2.3.4:5",
    "1:2:3:4:5:6:7:1.2.3.4",
    ":1::",
  ];
  for (const text of wrong) assert.equal(parseAddress(text), null, text);
});

test("prefixes say why they are refused", () => {
  assert.equal(parsePrefix("192.0.2.0"), "no length");
  assert.equal(parsePrefix("192.0.2.0/33"), "length out of range");
  assert.equal(parsePrefix("192.0.2.0/024"), "length out of range");
  assert.equal(parsePrefix("192.0.2.0/"), "length out of range");
  assert.equal(parsePrefix("192.0.2.0/24/24"), "length out of range");
  assert.equal(parsePrefix("::/129"), "length out of range");
  assert.equal(parsePrefix("192.0.2.1/24"), "host bits set");
  assert.equal(parsePrefix("2001:db8::1/64"), "host bits set");
  assert.equal(parsePrefix("2001:db9::/31"), "host bits set");
  assert.equal(parsePrefix("x/24"), "not an address");
  assert.equal(printPrefix(prefix("2001:DB8::/32")), "2001:db8::/32");
  assert.equal(prefix("0.0.0.0/0").length, 0);
});

test("keys are the first 64 bits", () => {
  assert.equal(keyHigh(prefix("192.0.2.0/24").octets), 0xc0000200);
  assert.equal(keyLow(prefix("192.0.2.0/24").octets), 0);
  const v6 = prefix("fe80:1:ffff:2::/64").octets;
  assert.deepEqual([keyHigh(v6), keyLow(v6)], [0xfe800001, 0xffff0002]);
  assert.deepEqual(v6Octets(keyHigh(v6), keyLow(v6)), v6);
  assert.equal(printAddress(v4Octets(0xfffefd01)), "255.254.253.1");
});

test("covering is lying inside, in one family", () => {
  const yes = [
    ["0.0.0.0/0", "192.0.2.0/24"],
    ["192.0.0.0/13", "192.7.0.0/16"],
    ["10.0.0.0/8", "10.0.0.0/8"],
    ["2001:db8::/33", "2001:db8:7fff::/48"],
  ] as const;
  const no = [
    ["192.0.0.0/13", "192.8.0.0/16"],
    ["192.7.0.0/16", "192.0.0.0/13"],
    ["0.0.0.0/0", "::/0"],
    ["2001:db8::/33", "2001:db8:8000::/48"],
  ] as const;
  for (const [a, b] of yes) assert.ok(covers(prefix(a), prefix(b)), `${a} ${b}`);
  for (const [a, b] of no) assert.ok(!covers(prefix(a), prefix(b)), `${a} ${b}`);
});

test("what is printed is read back, whatever the octets", () => {
  const octets = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  );
  fc.assert(
    fc.property(octets, (list) => {
      const bytes = Uint8Array.from(list);
      assert.deepEqual(parseAddress(printAddress(bytes))?.octets, bytes);
    }),
  );
});

test("reader and platform agree on what an address is", () => {
  const piece = fc.constantFrom(
    ":",
    "::",
    ".",
    "0",
    "1",
    "25",
    "255",
    "256",
    "01",
    "f",
    "abcd",
    "g",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 17 }), (pieces) => {
      const text = pieces.join("");
      assert.equal(parseAddress(text)?.family ?? 0, isIP(text), text);
    }),
    { numRuns: 2000 },
  );
});
