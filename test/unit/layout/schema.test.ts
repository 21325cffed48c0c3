// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  bytes,
  constantCase,
  f64,
  offsets,
  ref,
  sizeOf,
  snakeCase,
  struct,
  u8,
  u16,
  u32,
} from "../../../src/layout/schema.ts";

const of = (...fields: ReturnType<typeof u8>[]) => ({ name: "S", doc: "", fields });

test("fields follow each other without a hole", () => {
  const s = of(
    u8("a", ""),
    u8("b", ""),
    u16("c", ""),
    u32("d", ""),
    f64("e", ""),
    bytes("f", 3, ""),
    u8("g", ""),
  );
  assert.deepEqual(offsets(s), [0, 1, 2, 4, 8, 16, 19]);
  assert.equal(sizeOf(s), 20);
  assert.equal(struct(s), s);
  assert.equal(sizeOf(of()), 0);
});

test("S1: a field that would need padding is refused, by its name", () => {
  assert.throws(() => struct(of(u8("a", ""), u16("b", ""))), /S\.b would need padding/);
  assert.throws(() => struct(of(u16("a", ""), u32("b", ""))), /S\.b/);
  assert.throws(
    () =>
      struct(
        of(bytes("a", 3, ""), u8("b", ""), ref("c", ""), f64("d", ""), u8("e", ""), u16("f", "")),
      ),
    /S\.f/,
  );
  assert.throws(() => struct(of(u32("a", ""), f64("b", ""))), /S\.b/);
});

test("S3: a size that is no multiple of 4 is refused", () => {
  for (const fields of [[u8("a", "")], [u16("a", "")], [bytes("a", 7, "")]]) {
    assert.throws(() => struct(of(...fields)), /not a multiple of 4/);
  }
});

test("S1: what is accepted is aligned, and as large as its fields", () => {
  const field = fc.constantFrom(
    u8("f", ""),
    u16("f", ""),
    u32("f", ""),
    ref("f", ""),
    f64("f", ""),
    bytes("f", 5, ""),
  );
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(field, { minLength: 1, maxLength: 8 }), (fields) => {
      const s = of(...fields);
      const sum = fields.reduce((all, one) => all + one.width * one.count, 0);
      try {
        assert.equal(sizeOf(s), sum);
      } catch (error) {
        assert.match((error as Error).message, /padding|multiple/);
        return;
      }
      accepted += 1;
      offsets(s).forEach((at, i) => {
        assert.equal(at % fields[i]!.width, 0);
      });
    }),
    { numRuns: 500 },
  );
  assert.ok(accepted > 20, `${accepted} accepted`);
});

test("names in the forms of both languages", () => {
  assert.equal(constantCase("ownerSize"), "OWNER_SIZE");
  assert.equal(constantCase("v4Buckets"), "V4_BUCKETS");
  assert.equal(constantCase("stickyV6Bits"), "STICKY_V6_BITS");
  assert.equal(snakeCase("ownerSize"), "owner_size");
  assert.equal(snakeCase("epoch"), "epoch");
});
