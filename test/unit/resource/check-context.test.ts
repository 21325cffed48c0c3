// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { add, addAtKey, createContext, refer } from "../../../src/resource/check-context.ts";
import { decodeState } from "../../../src/resource/decode.ts";
import { type Path, pathText } from "../../../src/resource/place.ts";

/** Places tell the path that was asked for. */
function placeOf(path: Path, part?: "key") {
  return { file: `${part ?? "value"} ${pathText(path)}`, line: 0, column: 0 };
}

function context() {
  const raw = { pops: { fra: { latitude: 1, longitude: 2 }, iad: { latitude: "north" } } };
  const { decoded } = decodeState(raw, {
    placeOf,
    resolvePath: (path) => path,
    defaultCountryFile: "",
    foundZones: [],
    zonesFolder: "/zones",
  });
  return createContext(decoded, raw, placeOf);
}

test("findings stand at the value or at the key of a path", () => {
  const checks = context();
  add(checks, "CONFIG_VALUE", ["a", 0], "one");
  addAtKey(checks, "CONFIG_VALUE", ["a"], "two");
  assert.deepEqual(
    checks.faults.map((f) => f.place.file),
    ["value a[0]", "key a"],
  );
});

test("what exists can be referred to, even if it is broken", () => {
  const checks = context();
  assert.ok(refer(checks, "pops", "fra", ["p"]));
  assert.ok(refer(checks, "pops", "iad", ["p"]));
  assert.deepEqual(checks.faults, []);
});

test("what does not exist is a finding that says what was meant", () => {
  const checks = context();
  assert.ok(!refer(checks, "pops", "fre", ["pools", "p", "pop"]));
  assert.deepEqual(
    checks.faults.map((f) => [f.key, f.place.file, f.detail]),
    [
      [
        "CONFIG_REFERENCE",
        "value pools.p.pop",
        'pools.p.pop: there is no POP "fre"; did you mean fra?',
      ],
    ],
  );
});
