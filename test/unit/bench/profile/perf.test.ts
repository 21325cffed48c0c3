// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { PERF_NODE_FLAGS, recordPerf, reportPerf } from "../../../../bench/profile/perf.ts";

/** Whether perf is there and this user may use it. */
const usable = spawnSync("perf", ["stat", "-e", "task-clock", "true"]).status === 0;

/** Busy until it is told to end; says when it begins. */
const BUSY = `
  process.on("SIGTERM", () => process.exit(0));
  function spinForPerf(until) { let sum = 0; while (Date.now() < until) sum += Math.sqrt(sum + 1); return sum; }
  console.log("ready");
  setInterval(() => spinForPerf(Date.now() + 50), 0);
`;

test("functions of the program and of the system are told apart by thread", {
  skip: !usable && "no perf here, or not for this user",
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-perf-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const child = spawn(process.execPath, [...PERF_NODE_FLAGS, "-e", BUSY]);
  const ended = once(child, "exit");
  await once(child.stdout, "data");
  const recording = recordPerf(child.pid!, folder);
  await new Promise((resolve) => setTimeout(resolve, 700));
  assert.equal(await recording.stop(), null);
  child.kill("SIGTERM");
  await ended;
  reportPerf(child.pid!, folder);
  const text = readFileSync(join(folder, "perf.txt"), "utf8");
  assert.match(text, /\bspinForPerf\b/);
  assert.doesNotMatch(text, / $/m);
  assert.ok(readdirSync(folder).some((file) => file.endsWith(".map")));
});

test("a process that is not there is a complaint and no exception", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-perf-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const recording = recordPerf(2 ** 22 + 1, folder);
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.notEqual(await recording.stop(), null);
});
