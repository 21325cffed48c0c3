// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { rateLimitFields } from "../../../src/config/schema-limits.ts";

test("nothing is limited unless it is asked for", () => {
  const { mode, requestMode, requestAction, streamMode } = rateLimitFields.parse({});
  assert.deepEqual([mode, requestMode, requestAction], ["off", "off", "truncate"]);
  assert.equal(streamMode, "off");
});

test("rates, networks and modes have bounds", () => {
  for (const wrong of [
    { answersPerSecond: 0 },
    { slip: 256 },
    { mode: "yes" },
    { allow: ["192.0.2.1/24"] },
    { allow: Array.from({ length: 33 }, () => "192.0.2.0/24") },
    { requestAction: "drop" },
    { streamMode: true },
    { streamMicrosPerSecond: 0 },
    { streamMicrosPerSecond: 1_000_001 },
    { streamMicrosAtOnce: 60_000_001 },
  ]) {
    assert.ok(!rateLimitFields.safeParse(wrong).success, JSON.stringify(wrong));
  }
});
