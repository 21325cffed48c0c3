// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSettings, observeSettings, SETTINGS_WORDS } from "../../../src/answer/settings.ts";
import { settingsOff, writeSettings } from "../../../src/io/settings.ts";
import * as at from "../../../src/layout/gen/settings.ts";

test("S1, S2: a copy is renewed when the writer is done, and not before", () => {
  const shared = new Int32Array(SETTINGS_WORDS);
  const settings = createSettings(shared);
  observeSettings(settings);
  assert.ok(settings.i32.every((word) => word === 0));
  writeSettings(shared, { ...settingsOff, nsid: Uint8Array.of(1, 2, 3), keepaliveUnits: 300 });
  assert.equal(settings.u8[at.SETTINGS_NSID_SIZE], 0);
  observeSettings(settings);
  assert.equal(settings.u8[at.SETTINGS_NSID_SIZE], 3);
  assert.equal(settings.u8[at.SETTINGS_NSID + 2], 3);
  assert.equal(settings.u16[at.SETTINGS_KEEPALIVE_UNITS >> 1], 300);
  // As the writer leaves the memory in the middle of a change.
  shared[0] = shared[0]! + 1;
  shared[at.SETTINGS_FLAGS >> 2] = 1;
  observeSettings(settings);
  assert.equal(settings.i32[at.SETTINGS_FLAGS >> 2], 0);
  shared[0] = shared[0]! + 1;
  observeSettings(settings);
  assert.equal(settings.i32[at.SETTINGS_FLAGS >> 2], 1);
});

test("whatever was written, sizes stay within their places", () => {
  const shared = new Int32Array(SETTINGS_WORDS).fill(-1);
  shared[0] = 2;
  const settings = createSettings(shared);
  observeSettings(settings);
  assert.equal(settings.u8[at.SETTINGS_COOKIE_SECRET_COUNT], 3);
  assert.equal(settings.u8[at.SETTINGS_NSID_SIZE], 128);
  assert.equal(settings.u8[at.SETTINGS_SERVER_ID_SIZE], 128);
  assert.equal(settings.u8[at.SETTINGS_VERSION_SIZE], 128);
  assert.equal(settings.u8[at.SETTINGS_AGENT_SIZE], 255);
});
