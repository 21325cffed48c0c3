// SPDX-License-Identifier: Apache-2.0
/**
 * A short stream of parity with an addon that is built with the sanitizers: a read beside a memory
 * ends the process, even where the octet read would not have shown in an answer.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { nativeForTests } from "../support/native.ts";
import { buildAddon } from "../support/parity.ts";

const QUESTIONS = 20_000;
const { reason } = nativeForTests();
const compiler = process.env["CXX"] ?? "c++";
const library = spawnSync(compiler, ["-print-file-name=libasan.so"], { encoding: "utf8" });
// A compiler that has none repeats the name.
const preload = library.status === 0 ? library.stdout.trim() : "";
const elsewhere = process.env["AZIMUTH_NATIVE"] !== undefined && "AZIMUTH_NATIVE chooses another";
const skip = reason || elsewhere || (!existsSync(preload) && "the compiler brings no libasan.so");

test("parity under the sanitizers", { skip }, () => {
  const env = {
    ...process.env,
    LD_PRELOAD: preload,
    AZIMUTH_NATIVE: buildAddon("azimuth_sanitized"),
    // What V8 never gives back is no finding.
    ASAN_OPTIONS: "detect_leaks=0",
  };
  delete (env as NodeJS.ProcessEnv)["NODE_TEST_CONTEXT"];
  const file = join(import.meta.dirname, "stream.test.ts");
  const args = [file, "--questions", String(QUESTIONS), "--seed", "11"];
  const run = spawnSync(process.execPath, args, { env, encoding: "utf8" });
  assert.equal(run.status, 0, `${run.stdout}${run.stderr}`);
  assert.match(run.stdout, new RegExp(`parity of ${QUESTIONS} questions`));
  assert.doesNotMatch(run.stdout, /skipped [1-9]/);
});
