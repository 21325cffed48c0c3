// SPDX-License-Identifier: Apache-2.0
/**
 * What is compiled for speed elsewhere, once more with the sanitizers: a read beside a memory ends
 * the process, even where the octet read would not have shown in an answer.
 *
 *   the addon      a short stream of parity, the vectors, and its opener, inside of Node
 *   the programs   kernel, pump, sockets and opener over the golden images, without Node
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { buildTargets, missingTool, ROOT } from "../../scripts/native/cmake.ts";
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

/** Runs a script of Node, or a file of tests, with the addon under the sanitizers. */
function runSanitized(...args: readonly string[]) {
  const env = {
    ...process.env,
    LD_PRELOAD: preload,
    AZIMUTH_NATIVE: buildAddon("azimuth_sanitized"),
    // What V8 never gives back is no finding.
    ASAN_OPTIONS: "detect_leaks=0",
  };
  delete (env as NodeJS.ProcessEnv)["NODE_TEST_CONTEXT"];
  return spawnSync(process.execPath, args, { env, encoding: "utf8" });
}

test("parity under the sanitizers", { skip }, () => {
  const file = join(import.meta.dirname, "stream.test.ts");
  const run = runSanitized(file, "--questions", String(QUESTIONS), "--seed", "11");
  assert.equal(run.status, 0, `${run.stdout}${run.stderr}`);
  assert.match(run.stdout, new RegExp(`parity of ${QUESTIONS} questions`));
  assert.doesNotMatch(run.stdout, /skipped [1-9]/);
});

for (const [story, file] of [
  ["the vectors", "test/parity/vectors.test.ts"],
  ["the opener of the addon", "test/fuzz/native-image.test.ts"],
] as const) {
  test(`${story} under the sanitizers`, { skip }, () => {
    const run = runSanitized(join(ROOT, file));
    assert.equal(run.status, 0, `${run.stdout}${run.stderr}`);
    assert.match(run.stdout, /pass [1-9]/);
  });
}

const golden = join(ROOT, "test/golden");
const programs: Readonly<Record<string, readonly string[]>> = {
  kernel_test: [join(golden, "image"), join(ROOT, "test/fuzz/corpus/packet/known.hex")],
  image_test: [golden],
  cpus_test: [],
  pump_test: [],
  socket_test: [],
};

test("the native tests under the sanitizers", {
  skip: skip || (missingTool() ?? false),
}, async (t) => {
  const folder = buildTargets(...Object.keys(programs));
  for (const [program, args] of Object.entries(programs)) {
    await t.test(program, () => {
      const symbols = spawnSync("nm", ["--dynamic", "--undefined-only", join(folder, program)], {
        encoding: "utf8",
      });
      assert.match(symbols.stdout, /__asan_init/, "it was built with them");
      const run = spawnSync(join(folder, program), args, { encoding: "utf8" });
      assert.equal(run.status, 0, `${run.stdout}${run.stderr}`);
    });
  }
});
