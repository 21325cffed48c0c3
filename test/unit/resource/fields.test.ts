// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import type { z } from "zod";
import {
  addressField,
  decimal,
  idField,
  integer,
  nameField,
  optionalText,
  pathField,
  prefixField,
  referenceList,
  text,
} from "../../../src/resource/fields.ts";

function accepts(field: z.ZodType, values: readonly unknown[]): void {
  for (const value of values) assert.ok(field.safeParse(value).success, JSON.stringify(value));
}

function refuses(field: z.ZodType, values: readonly unknown[], key?: string): void {
  for (const value of values) {
    const result = field.safeParse(value);
    assert.ok(!result.success, JSON.stringify(value));
    const issue = result.error.issues[0] as { params?: { fault?: string } };
    if (key !== undefined) assert.equal(issue.params?.fault, key, JSON.stringify(value));
  }
}

test("integers and decimals keep to both bounds", () => {
  accepts(integer({ min: 1, max: 5, doc: "" }), [1, 5]);
  refuses(integer({ min: 1, max: 5, doc: "" }), [0, 6, 1.5, "1", null, Number.NaN]);
  accepts(decimal({ min: -90, max: 90, doc: "" }), [-90, 90, 0.5]);
  refuses(decimal({ min: -90, max: 90, doc: "" }), [-90.1, Number.POSITIVE_INFINITY]);
});

test("the unit of a field is kept for the reference", () => {
  const field = integer({ min: 0, max: 1, unit: "seconds", doc: "How long." });
  assert.deepEqual(field.meta(), { description: "How long.", "x-unit": "seconds" });
});

test("texts have no line ends", () => {
  accepts(text({ max: 5, doc: "" }), ["a b"]);
  refuses(text({ max: 5, doc: "" }), ["", "abcdef"]);
  refuses(text({ max: 5, doc: "" }), ["a\nb"], "CONFIG_VALUE");
  accepts(optionalText({ max: 5, doc: "" }), [""]);
  refuses(optionalText({ max: 5, doc: "" }), ["\u0000"], "CONFIG_VALUE");
  refuses(pathField(""), ["a\u0000b"], "CONFIG_VALUE");
});

test("ids are words", () => {
  accepts(idField, ["www", "fra-1", "a.b_c", "4"]);
  refuses(idField, ["", "-a", "a b", "a/b", "ä", "x".repeat(64), "__proto__"]);
});

test("addresses are strict and of the asked family", () => {
  accepts(addressField(4, ""), ["192.0.2.1"]);
  refuses(addressField(4, ""), ["192.0.2", "192.0.2.01", "::1", "192.0.2.1:53"], "CONFIG_ADDRESS");
  accepts(addressField(6, ""), ["::1", "2001:DB8::1"]);
  refuses(addressField(6, ""), ["192.0.2.1", "[::1]", "fe80::1%eth0"], "CONFIG_ADDRESS");
  accepts(addressField(0, ""), ["192.0.2.1", "::1"]);
});

test("prefixes have a length and no host bits", () => {
  accepts(prefixField, ["192.0.2.0/24", "2001:db8::/32", "0.0.0.0/0"]);
  refuses(prefixField, ["192.0.2.0", "192.0.2.1/24", "192.0.2.0/33", "x/8"], "CONFIG_PREFIX");
});

test("domain names keep to the limits of RFC 1035", () => {
  accepts(nameField(""), ["example.org.", "cdn", "a\\.b.example."]);
  refuses(nameField(""), ["a..b", `${"x".repeat(64)}.org`, "a.".repeat(128)], "CONFIG_NAME");
});

test("one id is as good as a list of one", () => {
  accepts(referenceList(""), ["a", ["a", "b"]]);
  refuses(referenceList(""), [[], 3, ""]);
});
