// SPDX-License-Identifier: Apache-2.0
/**
 * Builds the addon, native/build/azimuth.node, where that can be done, and knows whether it is up
 * to date.
 *
 * CMake knows that too, but takes a second to say so. An install must not: it compares a hash of
 * what the addon is made of with the one that was kept at the last build. Contents and not times,
 * since npm gives all files of a package one time, and git gives each checkout new ones.
 *
 * Invariants
 *   I1  An install never fails for want of an addon, or of a compiler that takes the sources: it
 *       says one line at most. `npm run build:native` fails, because somebody asked for it.
 */
import { type StdioOptions, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { BUILD, compilerName, inTurn, missingTool, ROOT } from "./cmake.ts";

export const ADDON = join(BUILD, "azimuth.node");

/** What the last build was made of. */
const STAMP = join(BUILD, ".inputs.json");

/** Why nothing can be built here; null if it can. */
export function whatIsMissing(): string | null {
  if (process.platform !== "linux") return `recvmmsg is Linux's, and this is ${process.platform}`;
  const missing = missingTool();
  if (missing !== null) return missing;
  const compiler = compilerName();
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

/**
 * Builds, and with `tests` runs the native tests too; `stdio` is where the tools talk to. Gives null,
 * or the command that failed. Needs what whatIsMissing looks for.
 */
export function build(tests: boolean, stdio: StdioOptions): string | null {
  const { api, addon } = headers()!;
  const inputs = inputsDigest();
  const defines = [`-DNODE_API_HEADERS=${api}`, `-DNODE_ADDON_API=${addon}`];
  const commands = [
    inTurn(["cmake", "-S", ROOT, "-B", BUILD, ...defines]),
    inTurn(["cmake", "--build", BUILD, "--parallel", ...(tests ? [] : ["--target", "azimuth"])]),
    ...(tests ? [["ctest", "--test-dir", BUILD, "--output-on-failure"]] : []),
  ];
  for (const command of commands) {
    const failed = run(command, stdio);
    if (failed !== null) return failed;
  }
  writeFileSync(STAMP, stampOf(inputs));
  return null;
}

function run(command: readonly string[], stdio: StdioOptions): string | null {
  const [program = "", ...args] = command;
  const { status, error } = spawnSync(program, args, { stdio });
  if (status === 0) return null;
  return `${command.join(" ")} failed${error === undefined ? "" : `: ${error.message}`}`;
}

/**
 * What an install has to say, after it has built what had to be built: one line, or null where all
 * was there already. Throws nothing.
 */
export function buildOnInstall(): string | null {
  const choice = process.env["AZIMUTH_NATIVE"] ?? "";
  if (choice === "off") return "the addon is not built: AZIMUTH_NATIVE is off";
  if (choice !== "") return `the addon is not built: AZIMUTH_NATIVE names ${choice}`;
  if (isUpToDate()) return null;
  const missing = whatIsMissing();
  if (missing !== null) return `the addon is not built, the TypeScript kernel serves: ${missing}`;
  if (build(false, "ignore") === null) return "the addon is built";
  return "the addon cannot be built, the TypeScript kernel serves: npm run build:native shows why";
}

function isUpToDate(): boolean {
  try {
    return readFileSync(STAMP, "utf8") === stampOf(inputsDigest());
  } catch {
    return false;
  }
}

/** Both sides of a build: the inputs, and the addon that was made of them. Throws without one. */
function stampOf(inputs: string): string {
  const { size, mtimeMs } = statSync(ADDON);
  return `${JSON.stringify({ inputs, size, mtimeMs })}\n`;
}

/** Digest of the sources, the headers of Node-API by their versions, the compiler by its name. */
function inputsDigest(): string {
  const hash = createHash("sha256");
  const put = (name: string, content: string | Uint8Array) => {
    hash.update(`${name} ${content.length}\n`).update(content);
  };
  put("CMakeLists.txt", readFileSync(join(ROOT, "CMakeLists.txt")));
  for (const folder of ["native/gen", "native/src"]) {
    for (const name of readdirSync(join(ROOT, folder)).sort()) {
      put(`${folder}/${name}`, readFileSync(join(ROOT, folder, name)));
    }
  }
  const { resolve } = createRequire(import.meta.url);
  for (const name of ["node-addon-api", "node-api-headers"]) {
    put(name, readFileSync(resolve(`${name}/package.json`)));
  }
  const chosen = ["CXX", "CXXFLAGS", "LDFLAGS"].map((name) => process.env[name] ?? "");
  put("platform", [process.platform, process.arch, ...chosen].join("\n"));
  return hash.digest("hex");
}
