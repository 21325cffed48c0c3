// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { Breach, assert as check, unreachable } from "../../../src/base/assert.ts";

test("what holds passes, what does not is a breach with its reason", () => {
  check(true, "never said");
  assert.throws(() => check(false, "the reason"), { name: "Breach", message: "the reason" });
  assert.throws(() => check(false), Breach);
});

test("what cannot be reached says what reached it", () => {
  assert.throws(() => unreachable("odd" as never), { name: "Breach", message: "unreachable: odd" });
});
