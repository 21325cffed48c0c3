// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { classNumber, RR_TYPES, typeNumber } from "../../../src/dns/iana.ts";
import { CLASS_FLAG, mnemonicCode } from "../../../src/zone/mnemonics.ts";
import { encode } from "./zones.ts";

const code = (text: string): number => mnemonicCode(encode(`.${text}.`), 1, 1 + text.length);

test("every type, in both cases, and the classes", () => {
  for (const row of RR_TYPES) {
    assert.equal(code(row.mnemonic), row.number);
    assert.equal(code(row.mnemonic.toLowerCase()), row.number);
  }
  assert.equal(code("In"), CLASS_FLAG | 1);
  assert.equal(code("CH"), CLASS_FLAG | 3);
  assert.equal(code("class32"), CLASS_FLAG | 32);
  assert.equal(code("tYPE65535"), 65535);
});

test("agrees with the tables for any word", () => {
  const part = fc.constantFrom(
    "A",
    "AAA",
    "TYPE",
    "CLASS",
    "1",
    "28",
    "65536",
    "N",
    "S",
    "X",
    "-",
    "\x10",
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
      const word = parts.join("");
      const type = typeNumber(word);
      const number = classNumber(word);
      const expected = type >= 0 ? type : number >= 0 ? CLASS_FLAG | number : -1;
      assert.equal(code(word), expected, word);
    }),
    { numRuns: 2000 },
  );
});
