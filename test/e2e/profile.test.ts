// SPDX-License-Identifier: Apache-2.0
/** `npm run profile` from end to end: a real server, load of our own, the files that come of it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { threadFrames } from "../../bench/profile/frames.ts";
import type { CpuProfile } from "../../bench/profile/merge.ts";

const ROOT = join(import.meta.dirname, "../..");

function runProfile(t: TestContext, ...args: readonly string[]) {
  const out = mkdtempSync(join(tmpdir(), "azimuth-profile-"));
  t.after(() => rmSync(out, { recursive: true }));
  const command = ["bench/profile/run.ts", "--out", out, ...args];
  const got = spawnSync(process.execPath, command, {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  return { ...got, out };
}

test("a profile of all threads in three forms, and the functions of those that worked", (t) => {
  const options = ["--seconds", "1", "--rate", "3000", "--names", "100", "--generator", "own"];
  const choices = ["--workload", "mixed", "--kernel", "ts", "--pump", "dgram"];
  const { status, stdout, stderr, out } = runProfile(t, ...options, ...choices);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^### udp-0: /m);
  assert.match(stdout, /src\/answer\/|workers\/pump-dgram\.ts/);
  const [run] = readdirSync(out);
  const file = (name: string): Buffer => readFileSync(join(out, run!, name));
  const merged = JSON.parse(file("merged.cpuprofile").toString()) as CpuProfile;
  const threads = threadFrames(merged, ROOT);
  const names = threads.map(({ frame }) => frame.name);
  for (const name of ["main", "udp-0", "stream-0", "control", "prober"]) {
    assert.ok(names.includes(name), `${name} is among ${names.join(", ")}`);
  }
  const udp = threads.find(({ frame }) => frame.name === "udp-0")!;
  assert.ok(udp.frame.totalUs > 0, "the thread worked");
  // A second of load, and neither the start nor the warm-up.
  assert.ok(udp.frame.totalUs + udp.idleUs < 2_000_000);
  assert.ok(gunzipSync(file("merged.pb.gz")).includes("udp-0"));
  assert.match(file("flame.html").toString(), /<div class="thread"[^>]*>udp-0</);
  assert.ok(file("top.txt").includes("udp-0"));
});

test("what cannot be understood is refused with the usage, and nothing is started", (t) => {
  for (const args of [["--seconds", "0"], ["--kernel", "fast"], ["--rate", "-3"], ["--frob"]]) {
    const { status, stdout, out } = runProfile(t, ...args);
    assert.equal(status, 2, args.join(" "));
    assert.match(stdout, /^profile: .*\n\nnpm run profile/);
    assert.deepEqual(readdirSync(out), []);
  }
});
