// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { z } from "zod";
import { referenceList } from "../../../src/resource/fields.ts";
import { check, describe, keysAt, keysOf, salvage } from "../../../src/resource/issues.ts";
import { type Path, pathText } from "../../../src/resource/place.ts";

const schema = z.strictObject({
  count: z.number().int().min(1).max(5).default(2),
  word: z.enum(["alpha", "beta"]).optional(),
  list: referenceList("").optional(),
  items: z.array(z.string()).max(2).optional(),
  rows: z.record(z.string(), z.strictObject({ name: z.string().min(2) })).optional(),
});

/** Faults as `place KEY detail`; the place is the path itself. */
function faultsOf(raw: unknown): string[] {
  const asked: string[] = [];
  const placeOf = (path: Path, part?: "key") => {
    asked.push(`${part === "key" ? "key " : ""}${pathText(path)}`);
    return { file: asked.at(-1)!, line: 1, column: 1 };
  };
  return check(schema, raw, ["top"], placeOf).faults.map(
    (f) => `${f.place.file} ${f.key}: ${f.detail}`,
  );
}

test("a right value comes back with its defaults", () => {
  const result = check(schema, {}, [], () => ({ file: "", line: 0, column: 0 }));
  assert.deepEqual(result, { value: { count: 2 }, faults: [], issues: [] });
});

test("an unknown key stands at itself and says which was meant", () => {
  assert.deepEqual(faultsOf({ cuont: 1, other: 2 }), [
    "key top.cuont CONFIG_KEY_UNKNOWN: top.cuont is unknown; did you mean count?",
    "key top.other CONFIG_KEY_UNKNOWN: top.other is unknown",
  ]);
  assert.deepEqual(faultsOf({ rows: { a: { name: "xy", nam: 1 } } }), [
    "key top.rows.a.nam CONFIG_KEY_UNKNOWN: top.rows.a.nam is unknown; did you mean name?",
  ]);
});

test("types and bounds are named in the words of the text", () => {
  assert.deepEqual(faultsOf({ count: "1" }), [
    'top.count CONFIG_TYPE: top.count is "1", but must be a number',
  ]);
  assert.deepEqual(faultsOf({ count: 1.5 }), [
    "top.count CONFIG_TYPE: top.count is 1.5, but must be a whole number",
  ]);
  assert.deepEqual(faultsOf({ count: 9 }), [
    "top.count CONFIG_RANGE: top.count is 9, but must be at most 5",
  ]);
  assert.deepEqual(faultsOf({ rows: { a: { name: "x" } } }), [
    "top.rows.a.name CONFIG_RANGE: top.rows.a.name is 1 characters, but must have at least 2 characters",
  ]);
  assert.deepEqual(faultsOf({ items: ["a", "b", "c"] }), [
    "top.items CONFIG_RANGE: top.items is a list of 3, but must have at most 2 entries",
  ]);
});

test("a missing key is missing and not of another type", () => {
  assert.deepEqual(faultsOf({ rows: { a: {} } }), [
    "top.rows.a.name CONFIG_KEY_MISSING: top.rows.a.name is missing",
  ]);
});

test("a word that is none of the words gets a suggestion", () => {
  assert.deepEqual(faultsOf({ word: "bta" }), [
    'top.word CONFIG_VALUE: top.word is "bta", but must be alpha or beta; did you mean beta?',
  ]);
  assert.deepEqual(faultsOf({ word: 1 }), [
    "top.word CONFIG_TYPE: top.word is 1, but must be alpha or beta",
  ]);
});

test("of a union the meant branch speaks; if none was meant, all are named", () => {
  assert.deepEqual(faultsOf({ list: ["a", 2] }), [
    "top.list[1] CONFIG_TYPE: top.list[1] is 2, but must be a text",
  ]);
  assert.deepEqual(faultsOf({ list: 3 }), [
    "top.list CONFIG_TYPE: top.list is 3, but must be a text or a list",
  ]);
});

test("values are described shortly", () => {
  assert.equal(describe(null), "empty");
  assert.equal(describe([1]), "a list");
  assert.equal(describe({}), "a mapping");
  assert.ok(describe("x".repeat(200)).length < 90);
});

test("known keys are found through defaults, records and unions", () => {
  assert.deepEqual(keysOf(schema), ["count", "word", "list", "items", "rows"]);
  assert.deepEqual(keysAt(schema, ["rows", "any"]), ["name"]);
  assert.deepEqual(keysAt(schema, ["nowhere", "at", "all"]), []);
});

test("what is sound of a broken value is kept, row by row", () => {
  const salvaged = (raw: unknown) => {
    const placeOf = () => ({ file: "", line: 0, column: 0 });
    return salvage(schema, raw, check(schema, raw, [], placeOf).issues);
  };
  const rows = { a: { name: "xy" }, b: { name: 1 }, c: { nam: "xy" } };
  assert.deepEqual(salvaged({ x: 1, rows }), { count: 2, rows: { a: { name: "xy" } } });
  assert.equal(salvaged({ count: 9, rows }), null);
  assert.equal(salvaged({ rows: 1 }), null);
  assert.equal(salvaged([]), null);
});
