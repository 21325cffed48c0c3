// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import {
  Class,
  classNumber,
  classText,
  ednsOptionText,
  extendedErrorText,
  isMetaType,
  opcodeText,
  Rcode,
  RR_TYPES,
  rcodeText,
  Type,
  typeNumber,
  typeText,
} from "../../../src/dns/iana.ts";

test("types by mnemonic and number, in any case", () => {
  assert.equal(typeNumber("aaaa"), 28);
  assert.equal(typeText(28), "AAAA");
  assert.equal(Type["NSAP-PTR"], 23);
  for (const row of RR_TYPES) assert.equal(typeNumber(typeText(row.number)), row.number);
});

test("RFC 3597 §5: TYPEnnn and CLASSnnn", () => {
  assert.equal(typeNumber("TYPE731"), 731);
  assert.equal(typeNumber("type28"), 28);
  assert.equal(typeText(731), "TYPE731");
  assert.equal(classNumber("CLASS32"), 32);
  assert.equal(classText(32), "CLASS32");
  for (const text of ["TYPE", "TYPE65536", "TYPE-1", "TYPE1x", "", "TYPE999999"]) {
    assert.equal(typeNumber(text), -1, text);
  }
});

test("no number and no mnemonic stands twice", () => {
  assert.equal(new Set(RR_TYPES.map((row) => row.number)).size, RR_TYPES.length);
  assert.equal(new Set(RR_TYPES.map((row) => row.mnemonic)).size, RR_TYPES.length);
});

test("meta types are those marked so in the rows, and the reserved range", () => {
  for (const row of RR_TYPES) assert.equal(isMetaType(row.number), "meta" in row, row.mnemonic);
  assert.ok(isMetaType(0));
  assert.ok(isMetaType(200));
});

test("other texts", () => {
  assert.equal(rcodeText(Rcode.NXDOMAIN), "NXDOMAIN");
  assert.equal(rcodeText(3000), "RCODE3000");
  assert.equal(opcodeText(4), "NOTIFY");
  assert.equal(opcodeText(9), "OPCODE9");
  assert.equal(classNumber("in"), Class.IN);
  assert.equal(ednsOptionText(8), "ECS");
  assert.equal(ednsOptionText(65001), "OPT65001");
  assert.equal(extendedErrorText(18), "Prohibited");
});
