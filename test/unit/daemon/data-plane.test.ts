// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseDataPlane } from "../../../src/daemon/data-plane.ts";
import type { LoadedNative, NativeAddon } from "../../../src/io/native.ts";

const udp = {
  bufferKiB: 4096,
  pin: false,
  spread: "hash",
  busyPollMicros: 0,
  spinMicros: 0,
} as const;
const there: LoadedNative = { addon: {} as NativeAddon, file: "azimuth.node" };
const absent: LoadedNative = { addon: null, reason: "it is of another layout" };
const auto = { kernel: "auto", pump: "auto", udp } as const;

test("the configuration chooses, and what is left open is native where it can be", () => {
  const chosen = (kernel: "auto" | "native" | "ts", pump: "auto" | "native" | "dgram") =>
    chooseDataPlane({ kernel, pump, udp }, there, {}).dataPlane;
  assert.deepEqual(chosen("auto", "auto"), { kernel: "native", pump: "native" });
  assert.deepEqual(chosen("ts", "auto"), { kernel: "ts", pump: "native" });
  assert.deepEqual(chosen("native", "dgram"), { kernel: "native", pump: "dgram" });
  assert.deepEqual(chosen("ts", "dgram"), { kernel: "ts", pump: "dgram" });
});

test("D1: without the addon TypeScript serves, and one line says why", () => {
  const { dataPlane, notes } = chooseDataPlane(auto, absent, {});
  assert.deepEqual(dataPlane, { kernel: "ts", pump: "dgram" });
  const text = "without the addon, in TypeScript alone: it is of another layout";
  assert.deepEqual(notes, [{ level: "info", text }]);
  const demanded = chooseDataPlane({ ...auto, kernel: "native" }, absent, {});
  assert.deepEqual(demanded.dataPlane, { kernel: "ts", pump: "dgram" });
  assert.deepEqual(demanded.notes, [{ level: "warn", text }]);
  // Who asks for nothing native is not told what is missing.
  const plain = chooseDataPlane({ kernel: "ts", pump: "dgram", udp }, absent, {});
  assert.deepEqual(plain.notes, [{ level: "info", text: "kernel ts, pump dgram" }]);
});

test("the environment wins; a word that is none is passed over and told", () => {
  const env = { AZIMUTH_KERNEL: "ts", AZIMUTH_PUMP: "dgram" };
  assert.deepEqual(chooseDataPlane(auto, there, env).dataPlane, { kernel: "ts", pump: "dgram" });
  const odd = chooseDataPlane(auto, there, { AZIMUTH_KERNEL: "fast", AZIMUTH_PUMP: "" });
  assert.deepEqual(odd.dataPlane, { kernel: "native", pump: "native" });
  assert.deepEqual(odd.notes[0], {
    level: "warn",
    text: "AZIMUTH_KERNEL is none of auto, native, ts, and passed over",
  });
});

test("options that node:dgram does not have are told, those left as they are not", () => {
  const options = { ...udp, pin: true, spinMicros: 50 };
  const { notes } = chooseDataPlane({ ...auto, pump: "dgram", udp: options }, there, {});
  assert.deepEqual(notes.at(-1), {
    level: "warn",
    text: "pin, spinMicros of node.udp need the native pump, and are passed over",
  });
  assert.equal(chooseDataPlane({ ...auto, udp: options }, there, {}).notes.length, 1);
});
