// SPDX-License-Identifier: Apache-2.0
/**
 * CMake as scripts, tests and benchmarks use it: whether it can be, in turns, target by target.
 *
 * Two builds in one folder break each other's objects, so they take turns where there is `flock`:
 * test files that run at once all ask for a build.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

/** Folder of the build. */
export const BUILD = join(ROOT, "native/build");

/** The compiler that CMake takes. */
export function compilerName(): string {
  return process.env["CXX"] ?? "c++";
}

/** Which program is not installed that every build needs; null if all are. */
export function missingTool(): string | null {
  for (const program of ["cmake", compilerName()]) {
    if (spawnSync(program, ["--version"]).status !== 0) return `${program} is not installed`;
  }
  return null;
}

/** The same command, waiting for its turn in the folder `build`, which is made. */
export function inTurn(command: readonly string[], build = BUILD): readonly string[] {
  mkdirSync(build, { recursive: true });
  const hasLock = spawnSync("flock", ["--version"]).status === 0;
  return hasLock ? ["flock", join(build, ".lock"), ...command] : command;
}

/** Builds targets of CMakeLists.txt; gives the folder they lie in. Throws what the compiler says. */
export function buildTargets(...targets: readonly string[]): string {
  for (const command of [
    ["cmake", "-S", ROOT, "-B", BUILD],
    ["cmake", "--build", BUILD, "--parallel", "2", "--target", ...targets],
  ]) {
    const [program = "", ...args] = inTurn(command);
    const run = spawnSync(program, args, { encoding: "utf8" });
    if (run.status !== 0) throw new Error(`${run.stdout}${run.stderr}${run.error?.message ?? ""}`);
  }
  return BUILD;
}
