// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import * as gen from "../../../src/layout/gen/settings.ts";
import { LIMIT_ALLOW_MAX } from "../../../src/layout/limits.ts";
import { offsets, sizeOf } from "../../../src/layout/schema.ts";
import { settings, settingsFlags } from "../../../src/layout/settings.ts";

test("generated offsets are those of the rows, and the sequence is the first word", () => {
  assert.equal(gen.SETTINGS_SIZE, sizeOf(settings));
  assert.equal(gen.SETTINGS_SEQUENCE, 0);
  assert.equal(gen.SETTINGS_ALLOW, offsets(settings).at(-1));
  assert.equal(gen.SETTINGS_COOKIE_SECRETS % 4, 0);
  assert.equal(gen.SETTINGS_SIZE - gen.SETTINGS_ALLOW, LIMIT_ALLOW_MAX * gen.ALLOW_ROW_SIZE);
});

test("flags are bits", () => {
  const bits = Object.values(settingsFlags);
  assert.ok(bits.every((bit) => (bit & (bit - 1)) === 0));
  assert.equal(new Set(bits).size, bits.length);
});
