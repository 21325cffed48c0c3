// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import {
  compareNames,
  equalName,
  isSubdomain,
  isSubdomainAt,
  joinNames,
  labelCount,
  lowerName,
  NAME_SIZE_MAX,
  NameError,
  nameErrorText,
  nameFromText,
  nameSize,
  nameToText,
  parentName,
  ROOT_NAME,
  writeName,
} from "../../../src/dns/names.ts";

const name = (text: string): Uint8Array => nameFromText(text)!;
const hex = (octets: Uint8Array | null): string => Buffer.from(octets!).toString("hex");

/** Any name: labels of any octets, within the limits. */
export const anyName = fc
  .array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 8 })
  .map((labels) => Uint8Array.from([...labels.flatMap((label) => [label.length, ...label]), 0]));

function errorOf(text: string): number {
  const octets = new TextEncoder().encode(text);
  return writeName(octets, 0, octets.length, ROOT_NAME, new Uint8Array(300), 0);
}

test("text to wire", () => {
  assert.equal(hex(name("Ab.c.")), "0241620163" + "00");
  assert.equal(hex(name(".")), "00");
  assert.equal(hex(nameFromText("a", name("b."))), "0161016200");
  assert.equal(hex(nameFromText("@", name("b."))), "016200");
  assert.equal(hex(name("\\@.")), "014000");
  assert.equal(hex(name("a\\.b\\046\\\\.")), "05612e622e5c00");
});

test("what is no name", () => {
  assert.equal(errorOf(""), NameError.EMPTY);
  assert.equal(errorOf("a..b"), NameError.EMPTY_LABEL);
  assert.equal(errorOf(".a"), NameError.EMPTY_LABEL);
  assert.equal(errorOf(`${"a".repeat(64)}.`), NameError.LABEL_TOO_LONG);
  assert.equal(errorOf("a".repeat(64)), NameError.LABEL_TOO_LONG);
  assert.equal(errorOf("a.".repeat(128)), NameError.NAME_TOO_LONG);
  assert.equal(errorOf("a".repeat(500)), NameError.NAME_TOO_LONG);
  for (const text of ["\\", "\\25", "\\256", "\\2x5"])
    assert.equal(errorOf(text), NameError.BAD_ESCAPE);
  for (const error of Object.values(NameError)) assert.ok(nameErrorText(error).length > 0);
});

test("the largest name fits, with an origin too", () => {
  assert.equal(name("a.".repeat(127)).length, NAME_SIZE_MAX);
  const origin = name(`${"b".repeat(63)}.`.repeat(3));
  assert.equal(nameFromText("c".repeat(61), origin)!.length, NAME_SIZE_MAX);
  assert.equal(nameFromText("c".repeat(62), origin), null);
});

test("any name reads back from its text", () => {
  fc.assert(
    fc.property(anyName, (octets) => {
      assert.deepEqual(nameFromText(nameToText(octets)), octets);
      assert.equal(nameSize(octets, 0, octets.length), octets.length);
    }),
  );
});

test("no text makes it throw or overrun", () => {
  const char = fc.constantFrom("a", ".", "\\", "1", "@", "é");
  fc.assert(
    fc.property(fc.array(char, { maxLength: 400 }), (chars) => {
      const got = nameFromText(chars.join(""));
      assert.ok(got === null || nameSize(got, 0, got.length) === got.length);
    }),
  );
});

test("nameSize refuses pointers, long labels, long names and cut names", () => {
  assert.equal(nameSize(Uint8Array.of(1, 97, 0xc0, 0), 0, 4), -1);
  assert.equal(nameSize(Uint8Array.of(1, 97), 0, 2), -1);
  assert.equal(nameSize(new Uint8Array(400).fill(1), 0, 400), -1);
  assert.equal(nameToText(Uint8Array.of(5, 97)), "a.");
});

test("kinship", () => {
  assert.ok(isSubdomain(name("a.Example.org."), name("eXample.org.")));
  assert.ok(isSubdomain(name("example.org."), name("example.org.")));
  assert.ok(isSubdomain(name("example.org."), ROOT_NAME));
  assert.ok(!isSubdomain(name("anexample.org."), name("example.org.")));
  assert.ok(!isSubdomain(name("org."), name("example.org.")));
  // The octets of the ancestor at the end are not enough: \007example is within a label here.
  assert.ok(!isSubdomain(name("x\\007example.org."), name("example.org.")));
  const held = Uint8Array.from([9, 9, ...name("a.b."), 9]);
  assert.ok(isSubdomainAt(held, 2, 5, name("b.")));
  assert.deepEqual(parentName(name("a.b.")), name("b."));
  assert.equal(parentName(ROOT_NAME), null);
  assert.equal(labelCount(name("*.example.org.")), 3);
  assert.ok(equalName(name("A.b."), name("a.B.")));
  assert.ok(!equalName(name("[."), name("{.")));
  assert.deepEqual(joinNames(name("a."), name("b.")), name("a.b."));
  assert.equal(joinNames(name("a.".repeat(100)), name("a.".repeat(100))), null);
  assert.deepEqual(lowerName(name("AZ[\\193.")), name("az[\\193."));
});

test("RFC 4034 §6.1: canonical order", () => {
  const ordered = [
    "example.",
    "a.example.",
    "yljkjljk.a.example.",
    "Z.a.example.",
    "zABC.a.EXAMPLE.",
    "z.example.",
    "\\001.z.example.",
    "*.z.example.",
    "\\200.z.example.",
  ].map(name);
  for (const [i, a] of ordered.entries()) {
    for (const [k, b] of ordered.entries()) {
      assert.equal(
        Math.sign(compareNames(a, b)),
        Math.sign(i - k),
        `${nameToText(a)} ${nameToText(b)}`,
      );
    }
  }
});
