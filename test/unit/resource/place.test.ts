// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { pathText, placeNowhere, valueAt } from "../../../src/resource/place.ts";

test("a path is written as people write it, odd keys in quotes", () => {
  assert.equal(pathText(["pools", "www", "probes", 0]), "pools.www.probes[0]");
  assert.equal(pathText(["policies", "p", "match", "EU/DE"]), "policies.p.match.EU/DE");
  assert.equal(pathText(["zones", "a b"]), 'zones."a b"');
  assert.equal(pathText(["a\nb", 1]), '"a\\nb"[1]');
});

test("a value is found by own keys only", () => {
  const value = { a: [{ b: 1 }] };
  assert.equal(valueAt(value, ["a", 0, "b"]), 1);
  assert.equal(valueAt(value, []), value);
  assert.equal(valueAt(value, ["a", 1, "b"]), undefined);
  assert.equal(valueAt(value, ["constructor"]), undefined);
  assert.equal(valueAt(null, ["a"]), undefined);
});

test("input without lines stands for the whole of it", () => {
  assert.deepEqual(placeNowhere("api")(["pools", 1], "key"), { file: "api", line: 0, column: 0 });
});
