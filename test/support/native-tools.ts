// SPDX-License-Identifier: Apache-2.0
/** Programs of the native build for tests: built under the lock of the build, or a reason to skip. */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");
const BUILD = join(ROOT, "native/build");

/** Why no program can be built; false if they can. */
export function whyNoPrograms(): string | false {
  const compiler = process.env["CXX"] ?? "c++";
  for (const program of ["cmake", compiler]) {
    if (spawnSync(program, ["--version"]).status !== 0) return `${program} is not installed`;
  }
  return false;
}

/** Builds targets of CMakeLists.txt; gives the folder they lie in. Throws what the compiler says. */
export function buildPrograms(...targets: readonly string[]): string {
  mkdirSync(BUILD, { recursive: true });
  const hasLock = spawnSync("flock", ["--version"]).status === 0;
  const lock = hasLock ? ["flock", join(BUILD, ".lock")] : [];
  for (const command of [
    [...lock, "cmake", "-S", ROOT, "-B", BUILD],
    [...lock, "cmake", "--build", BUILD, "--parallel", "2", "--target", ...targets],
  ]) {
    const [program = "", ...args] = command;
    const run = spawnSync(program, args, { encoding: "utf8" });
    if (run.status !== 0) throw new Error(`${run.stdout}${run.stderr}`);
  }
  return BUILD;
}
