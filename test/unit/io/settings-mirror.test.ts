// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSettings, observeSettings, SETTINGS_WORDS } from "../../../src/answer/settings.ts";
import { settingsOff, writeSettings } from "../../../src/io/settings.ts";
import { createSettingsMirror } from "../../../src/io/settings-mirror.ts";
import {
  SETTINGS_FLAGS,
  SETTINGS_KEEPALIVE_UNITS,
  SETTINGS_NSID,
  SETTINGS_NSID_SIZE,
} from "../../../src/layout/gen/settings.ts";

test("a kernel sees the node's settings with the thread's own idle timeout", () => {
  const shared = new Int32Array(new SharedArrayBuffer(SETTINGS_WORDS * 4));
  const mirror = createSettingsMirror(shared);
  const kernel = createSettings(mirror.words);
  const seen = () => {
    observeSettings(kernel);
    const { u8, u16 } = kernel;
    return [u16[SETTINGS_KEEPALIVE_UNITS >> 1], u8[SETTINGS_NSID_SIZE], u8[SETTINGS_NSID]];
  };
  mirror.follow(100);
  assert.deepEqual(seen(), [100, 0, 0]);
  writeSettings(shared, { ...settingsOff, keepaliveUnits: 7, nsid: Uint8Array.of(65, 66) });
  assert.deepEqual(seen(), [100, 0, 0]);
  mirror.follow(100);
  assert.deepEqual(seen(), [100, 2, 65]);
  mirror.follow(30);
  assert.deepEqual(seen(), [30, 2, 65]);
  const sequence = mirror.words[0];
  mirror.follow(30);
  assert.equal(mirror.words[0], sequence);
});

test("followed without some flags", () => {
  const shared = new Int32Array(new SharedArrayBuffer(SETTINGS_WORDS * 4));
  const mirror = createSettingsMirror(shared);
  const kernel = createSettings(mirror.words);
  writeSettings(shared, { ...settingsOff, flags: 7, keepaliveUnits: 9 });
  mirror.followWithout(4);
  observeSettings(kernel);
  assert.equal(kernel.i32[SETTINGS_FLAGS >> 2], 3);
  assert.equal(kernel.u16[SETTINGS_KEEPALIVE_UNITS >> 1], 9);
  const sequence = mirror.words[0];
  mirror.followWithout(4);
  assert.equal(mirror.words[0], sequence);
});
