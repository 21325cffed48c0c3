// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsOff, settingsOff, writeSettings, writeStale } from "../../../src/io/settings.ts";
import * as at from "../../../src/layout/gen/settings.ts";
import { LIMIT_WINDOW_MICROS_MAX } from "../../../src/layout/limits.ts";

const octets = (text: string): Uint8Array => new TextEncoder().encode(text);

test("values lie where the layout says, and the sequence is even and new", () => {
  const words = new Int32Array(at.SETTINGS_SIZE / 4);
  const secrets = [new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)];
  writeStale(words, 7);
  writeSettings(words, {
    ...{ flags: 3, keepaliveUnits: 301, cookieSecrets: secrets },
    ...{ nsid: octets("n"), serverId: octets("server"), version: octets("v1") },
    limits: limitsOff,
    agent: Uint8Array.of(1, 97, 0),
  });
  const view = new DataView(words.buffer);
  const text = (from: number, size: number) =>
    Buffer.from(words.buffer, from, view.getUint8(size)).toString();
  assert.equal(words[0], 4);
  assert.equal(view.getUint32(at.SETTINGS_FLAGS, true), 3);
  assert.equal(view.getUint32(at.SETTINGS_STALE_SINCE_SECS, true), 7);
  assert.equal(view.getUint16(at.SETTINGS_KEEPALIVE_UNITS, true), 301);
  assert.equal(view.getUint8(at.SETTINGS_COOKIE_SECRET_COUNT), 2);
  assert.equal(view.getUint8(at.SETTINGS_COOKIE_SECRETS + 16), 2);
  assert.equal(text(at.SETTINGS_NSID, at.SETTINGS_NSID_SIZE), "n");
  assert.equal(text(at.SETTINGS_SERVER_ID, at.SETTINGS_SERVER_ID_SIZE), "server");
  assert.equal(text(at.SETTINGS_VERSION, at.SETTINGS_VERSION_SIZE), "v1");
  assert.equal(text(at.SETTINGS_AGENT, at.SETTINGS_AGENT_SIZE), "\u0001a\u0000");
  for (const _ of [1, 2]) writeStale(words, 0);
  assert.deepEqual([words[0], view.getUint32(at.SETTINGS_STALE_SINCE_SECS, true)], [6, 0]);
  writeSettings(words, settingsOff);
  assert.equal(words[0], 8);
  assert.ok(words.subarray(1).every((word) => word === 0));
});

test("limits are written as intervals; a list as rows", () => {
  const words = new Int32Array(at.SETTINGS_SIZE / 4);
  const limits = { ...limitsOff, answerMode: 2, slip: 3, allow: ["192.0.2.0/24"] };
  writeSettings(words, { ...settingsOff, limits: { ...limits, answersPerSecond: 100 } });
  const view = new DataView(words.buffer);
  assert.equal(view.getUint32(at.SETTINGS_ANSWER_INTERVAL_MICROS, true), 10_000);
  assert.equal(view.getUint32(at.SETTINGS_ANSWER_WINDOW_MICROS, true), 1_250_000);
  assert.equal(view.getUint8(at.SETTINGS_SLIP), 3);
  assert.equal(view.getUint8(at.SETTINGS_ALLOW_COUNT), 1);
  assert.equal(view.getUint8(at.SETTINGS_ALLOW + at.ALLOW_ROW_BITS), 24);
  const slow = { ...limits, answersPerSecond: 1, answersAtOnce: 1000 };
  writeSettings(words, { ...settingsOff, limits: slow });
  assert.equal(view.getUint32(at.SETTINGS_ANSWER_WINDOW_MICROS, true), LIMIT_WINDOW_MICROS_MAX);
});

test("time of streams is written as a rate, and as how far ahead it lets a bucket be", () => {
  const words = new Int32Array(at.SETTINGS_SIZE / 4);
  const view = new DataView(words.buffer);
  const put = (streamMicrosPerSecond: number, streamMicrosAtOnce: number): number => {
    const limits = { ...limitsOff, streamMode: 2, streamMicrosPerSecond, streamMicrosAtOnce };
    writeSettings(words, { ...settingsOff, limits });
    assert.equal(view.getUint32(at.SETTINGS_STREAM_MICROS_PER_SECOND, true), streamMicrosPerSecond);
    return view.getUint32(at.SETTINGS_STREAM_WINDOW_MICROS, true);
  };
  assert.equal(put(5000, 50_000), 10_000_000);
  assert.equal(put(1_000_000, 1), 1);
  assert.equal(put(1, 50_000), LIMIT_WINDOW_MICROS_MAX);
  assert.equal(view.getUint8(at.SETTINGS_STREAM_MODE), 2);
  writeSettings(words, settingsOff);
  assert.ok(words.subarray(1).every((one) => one === 0));
});

test("what does not fit is a breach", () => {
  const words = new Int32Array(at.SETTINGS_SIZE / 4);
  const long = new Uint8Array(129);
  assert.throws(() => writeSettings(words, { ...settingsOff, nsid: long }), /fits/);
  assert.throws(() => writeSettings(words, { ...settingsOff, cookieSecrets: [long] }), /SipHash/);
  assert.equal(words[0], 0);
});
