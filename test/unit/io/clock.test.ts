// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { monotonicMs } from "../../../src/io/clock.ts";
import { codeOf, read, sources } from "../../tidy/tree.ts";

/** Whether `b` is not before `a`, though the count may have begun again. */
const inOrder = (a: number, b: number): boolean => ((b - a) | 0) >= 0;

test("all threads go by one clock, whenever they were started", async () => {
  const module = new URL("../../../src/io/clock.ts", import.meta.url).href;
  const text = `
    const { parentPort } = require("node:worker_threads");
    import(${JSON.stringify(module)}).then((c) => parentPort.postMessage(c.monotonicMs()));`;
  const before = monotonicMs();
  const worker = new Worker(text, { eval: true });
  const [there] = (await once(worker, "message")) as [number];
  const after = monotonicMs();
  assert.ok(inOrder(before, there), `${before} ${there}`);
  assert.ok(inOrder(there, after), `${there} ${after}`);
  await worker.terminate();
});

test("the clock is that of the native pump: the system's", {
  skip: process.platform !== "linux" && "only Linux has /proc/uptime",
}, () => {
  const before = monotonicMs();
  const [uptime] = readFileSync("/proc/uptime", "latin1").split(" ");
  // Time of a suspended machine is in the one and not in the other; there is none in a test.
  assert.ok(Math.abs(Number(uptime) * 1000 - before) < 60_000, `${uptime} ${before}`);
});

test("whoever fills in a slot's time takes it from here", () => {
  const wrong = sources().filter((path) => {
    const code = codeOf(path);
    return /PACKET_SLOT_NOW_MS\b[^\n]*\] = /.test(code) && !code.includes("io/clock.ts");
  });
  assert.deepEqual(wrong, []);
  assert.ok(read("workers/pump-dgram.ts").includes("PACKET_SLOT_NOW_MS"));
});
