// SPDX-License-Identifier: Apache-2.0
/**
 * Builds the addon, native/build/azimuth.node, or says why it cannot and ends well: without it the
 * TypeScript kernel serves. What a compiler refuses is a failure, since somebody wants to know.
 *
 *   npm run build:native              the addon alone
 *   npm run build:native -- --test    the native tests too, and runs them
 *
 * Two builds in one folder break each other's objects, so they take turns where there is `flock`:
 * test files that run at once all call this script.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const BUILD = join(ROOT, "native/build");

const missing = whatIsMissing();
if (missing !== null) {
  console.log(`the addon is not built, the TypeScript kernel serves: ${missing}`);
} else {
  build(process.argv.includes("--test"));
}

/** Why nothing can be built here; null if it can. */
function whatIsMissing(): string | null {
  if (process.platform !== "linux") return `recvmmsg is Linux's, and this is ${process.platform}`;
  const compiler = process.env["CXX"] ?? "c++";
  for (const program of ["cmake", compiler]) {
    if (spawnSync(program, ["--version"]).status !== 0) return `${program} is not installed`;
  }
  const args = ["-std=c++20", "-fsyntax-only", "-x", "c++", "-"];
  const probe = spawnSync(compiler, args, { input: "#include <span>\n#include <atomic>\n" });
  if (probe.status !== 0) return `${compiler} knows no C++20`;
  if (headers() === null) return "the packages node-api-headers and node-addon-api are missing";
  return null;
}

/** Folders with node_api.h and napi.h; null if npm ci did not bring them. */
function headers(): { readonly api: string; readonly addon: string } | null {
  const { resolve } = createRequire(import.meta.url);
  try {
    return {
      api: join(dirname(resolve("node-api-headers/package.json")), "include"),
      addon: dirname(resolve("node-addon-api/package.json")),
    };
  } catch {
    return null;
  }
}

function build(tests: boolean): void {
  const { api, addon } = headers()!;
  const defines = [`-DNODE_API_HEADERS=${api}`, `-DNODE_ADDON_API=${addon}`];
  mkdirSync(BUILD, { recursive: true });
  const hasLock = spawnSync("flock", ["--version"]).status === 0;
  const lock = hasLock ? ["flock", join(BUILD, ".lock")] : [];
  run(...lock, "cmake", "-S", ROOT, "-B", BUILD, ...defines);
  run(...lock, "cmake", "--build", BUILD, "--parallel", ...(tests ? [] : ["--target", "azimuth"]));
  if (tests) run("ctest", "--test-dir", BUILD, "--output-on-failure");
}

/** Runs a program and shows what it says; ends with its status if it fails. */
function run(...command: readonly string[]): void {
  const [program = "", ...args] = command;
  const { status, error } = spawnSync(program, args, { stdio: "inherit" });
  if (status === 0) return;
  console.error(`${command.join(" ")} failed${error === undefined ? "" : `: ${error.message}`}`);
  process.exit(1);
}
