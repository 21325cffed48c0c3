// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import * as enums from "../../../src/layout/gen/enums.ts";
import * as gen from "../../../src/layout/gen/table.ts";
import { constantCase, offsets, type Struct, sizeOf } from "../../../src/layout/schema.ts";
import {
  endpointFlags,
  leafLayers,
  nodeFlags,
  policyFlags,
  rrsetFlags,
  segment,
  segmentKinds,
  tableStructs,
} from "../../../src/layout/table.ts";

/** The generated constants say what the rows say. */
export function checkGenerated(structs: readonly Struct[], constants: object): void {
  const values = constants as Record<string, number>;
  for (const s of structs) {
    const name = constantCase(s.name.replace("RRset", "Rrset"));
    assert.equal(values[`${name}_SIZE`], sizeOf(s), s.name);
    s.fields.forEach((field, i) => {
      assert.equal(values[`${name}_${constantCase(field.name)}`], offsets(s)[i], field.name);
    });
  }
}

test("generated offsets are those of the rows", () => checkGenerated(tableStructs, gen));

test("what a generated file says wrongly is found", () => {
  assert.throws(() => checkGenerated([segment], { ...gen, SEGMENT_DIGEST: 4 }));
});

test("kinds of segments are distinct and not zero, so that empty memory is refused", () => {
  const kinds = Object.values(segmentKinds);
  assert.equal(new Set(kinds).size, kinds.length);
  assert.ok(!(kinds as number[]).includes(0));
});

test("flags are single bits that fit their fields", () => {
  for (const flags of [nodeFlags, rrsetFlags, policyFlags, endpointFlags]) {
    const values: number[] = Object.values(flags);
    assert.equal(new Set(values).size, values.length);
    for (const value of values) {
      assert.ok(value > 0 && (value & (value - 1)) === 0 && value <= 0x8000);
    }
  }
  assert.equal(enums.NODE_FLAG_DNAME, nodeFlags.DNAME);
});

test("layers fit the leaf word and none reaches its sign", () => {
  for (const layer of Object.values(leafLayers)) assert.ok(layer < 0x80);
});
