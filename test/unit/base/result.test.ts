// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { fault } from "../../../src/base/faults.ts";
import { bad, good } from "../../../src/base/result.ts";

const finding = fault("ZONE_DUPLICATE", { file: "", line: 0, column: 0 }, "twice");

test("a value may stand beside warnings, an error leaves none", () => {
  assert.deepEqual(good(0), { value: 0, faults: [] });
  assert.deepEqual(good("x", [finding]), { value: "x", faults: [finding] });
  assert.deepEqual(bad([finding]), { value: null, faults: [finding] });
});
