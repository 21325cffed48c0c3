// SPDX-License-Identifier: Apache-2.0
/**
 * The C++ side under sanitizers: the fuzzers over their kept corpora with the compiler at hand, a
 * bounded run with libFuzzer where there is clang, fuzzers that lack one check, which must fail, what
 * is allocated while it serves, and what the library parts call from outside.
 *
 * AZIMUTH_FUZZ_SECONDS makes the run with libFuzzer longer; docs/guide/fuzz.md has the hours.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { buildTargets, missingTool, ROOT } from "../../scripts/native/cmake.ts";

const SECONDS = process.env["AZIMUTH_FUZZ_SECONDS"] ?? "3";
const skip = missingTool() ?? false;
const corpus = (target: string): string => join(ROOT, "test/fuzz/corpus", `native-${target}`);
const targets = { parse: 50_000, lookup: 50_000, respond: 30_000, image: 1500 };

/** Runs a fuzzer without libFuzzer: the corpus, then `runs` spoiled inputs. */
function drive(folder: string, program: string, target: string, runs: number) {
  const args = [String(runs), corpus(target)];
  return spawnSync(join(folder, program), args, { encoding: "utf8" });
}

test("the corpora are there and small", () => {
  const files = Object.keys(targets).flatMap((target) =>
    readdirSync(corpus(target)).map((file) => statSync(join(corpus(target), file)).size),
  );
  assert.ok(files.length > 40 && files.length < 400, `${files.length} files`);
  const octets = files.reduce((sum, size) => sum + size, 0);
  assert.ok(octets < 1_000_000, `${octets} octets`);
});

test("the kept corpora under the sanitizers", { skip }, () => {
  const folder = buildTargets(...Object.keys(targets).map((target) => `fuzz_${target}`));
  for (const [target, runs] of Object.entries(targets)) {
    const run = drive(folder, `fuzz_${target}`, target, runs);
    assert.equal(run.status, 0, `${target}: ${run.stdout}${run.stderr}`);
    assert.match(run.stdout, new RegExp(`\\d+ seeds, ${runs} runs`));
    if (target !== "image") continue;
    const [, opened, accepted] = /(\d+) opened, (\d+) accepted/.exec(run.stderr)!.map(Number);
    assert.ok(accepted! > opened! / 20, "accepted images were put to the kernel");
    assert.ok(accepted! < opened! * 0.9, "and others were refused");
  }
});

test("a check that is left out is found", { skip }, () => {
  const planted = {
    planted_options: "parse",
    planted_image_zone: "image",
    planted_image_steering: "image",
  };
  const folder = buildTargets(...Object.keys(planted));
  for (const [program, target] of Object.entries(planted)) {
    // Without a finding it takes a while; with one it ends at once.
    const run = drive(folder, program, target, 100_000);
    assert.notEqual(run.status, 0, `${program} found nothing`);
    assert.match(run.stderr, /AddressSanitizer|runtime error|Assertion/, program);
  }
});

test("a bounded run with libFuzzer", { skip }, (t) => {
  const script = join(ROOT, "scripts/fuzz-native.ts");
  const run = spawnSync(process.execPath, [script, "--seconds", SECONDS], { encoding: "utf8" });
  assert.equal(run.status, 0, `${run.stdout}${run.stderr}`);
  if (run.stdout.startsWith("skipped")) {
    t.skip(run.stdout.trim());
    return;
  }
  for (const target of Object.keys(targets)) {
    assert.match(run.stdout, new RegExp(`^${target} +[1-9]\\d* runs`, "m"));
  }
  t.diagnostic(run.stdout.trim());
});

test("nothing is allocated while pump, kernel and opener serve", { skip }, () => {
  const folder = buildTargets("allocation_test");
  const image = join(ROOT, "test/golden/image/steering.bin");
  const run = spawnSync(join(folder, "allocation_test"), [image], { encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  assert.match(run.stdout, /[1-9]\d* answers, no allocation/);
});

/** What pump, kernel and opener may call: copies, the sockets, the clock. No heap, no exception. */
const CALLED = new RegExp(
  `^(${[
    "mem(cpy|cmp|move|set|chr)|bcmp|__(errno_location|stack_chk_fail|mem\\w+_chk)",
    "(_GLOBAL_OFFSET_TABLE_|__dso_handle)",
    "(recv|send)m?msg|(recv|send)mmsg|sendto|socket|bind|listen|close|poll|ppoll|ioctl|fcntl",
    "(get|set)sockopt|getsockname|getpeername|clock_gettime|sched_\\w+|pthread_setaffinity_np",
    "htons|ntohs|inet_\\w+|open|open64|read|str(len|cmp|tol|toul)|__cpuid\\w*|__sched_\\w+|__isoc23_\\w+",
  ].join("|")})$`,
);

test("the library parts call neither the heap nor what throws", { skip }, () => {
  const folder = buildTargets("azimuth_plain");
  const run = spawnSync("nm", ["--undefined-only", join(folder, "libazimuth_plain.a")], {
    encoding: "utf8",
  });
  assert.equal(run.status, 0, run.stderr);
  const names = [...run.stdout.matchAll(/^ +[Uwv] (\S+)$/gm)].map((match) => match[1]!);
  assert.ok(names.includes("memcpy") && names.includes("recvmmsg"), "it was the right file");
  const foreign = [...new Set(names)].filter(
    (name) =>
      !name.startsWith("_ZN7azimuth") && !name.startsWith("_ZNK7azimuth") && !CALLED.test(name),
  );
  assert.deepEqual(foreign, []);
});
