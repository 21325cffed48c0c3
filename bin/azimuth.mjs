#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
/**
 * The launcher. Plain JavaScript that any Node from 16 on can read, because its first duty is to
 * notice that the Node that runs it is too old for the rest.
 *
 *   Node is new enough       the command line is imported into this process
 *   too old, but npm package `node` is installed    that one is started, and stands in for us
 *   too old otherwise        says which version is needed, exit code 1
 *
 * The compiled command line (dist) goes before the sources, so that an installed package never
 * depends on type stripping, which Node refuses below node_modules.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import * as module from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The first version that strips types without a flag; the same as `engines` in package.json. */
const NEEDED = [22, 18];
/** Set for the Node that we start, so that a wrong package cannot make us start it again and again. */
const MARK = "AZIMUTH_LAUNCHED";
/** What a supervisor or a terminal sends to end, to reload or to ask for a profile. */
const FORWARDED = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR2"];

const script = fileURLToPath(import.meta.url);
const root = dirname(dirname(script));

function newEnough() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}

function fail(text) {
  process.stderr.write(`azimuth: ${text}\n`);
  process.exit(1);
}

/** The binary of the npm package `node`, ours or one beside us, or null. */
function packagedNode() {
  const candidates = [join(root, "node_modules/node/bin/node")];
  try {
    const manifest = module.createRequire(import.meta.url).resolve("node/package.json");
    candidates.push(join(dirname(manifest), "bin/node"));
  } catch {
    // The package is not installed: the first candidate decides.
  }
  return candidates.find((path) => existsSync(path)) ?? null;
}

function startInstead(binary) {
  const child = spawn(binary, [script, ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { ...process.env, [MARK]: "1" },
  });
  for (const signal of FORWARDED) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the child as well; a second one would mean "at once".
      if (signal === "SIGINT" && process.stdin.isTTY) return;
      child.kill(signal);
    });
  }
  child.on("error", (error) => fail(`cannot start ${binary}: ${error.message}`));
  child.on("exit", (code, signal) => {
    process.exit(signal === null ? code : 128 + constants.signals[signal]);
  });
}

/**
 * Keeps what Node makes of the program beside the program, which saves a quarter of its start. Not
 * in the state folder or a temporary one: what lies there is run, so it belongs where only those write
 * who may write the program. Where nobody may, there is none.
 */
function keepCompiled(folder) {
  if (process.env.NODE_COMPILE_CACHE !== undefined) return;
  const status = module.enableCompileCache?.(folder).status;
  // Threads look for it by themselves.
  if (status === module.constants?.compileCacheStatus?.ENABLED) {
    process.env.NODE_COMPILE_CACHE = folder;
  }
}

async function runHere() {
  const compiled = join(root, "dist/src/daemon/main.js");
  const source = join(root, "src/daemon/main.ts");
  const entry = existsSync(compiled) ? compiled : source;
  if (!existsSync(entry)) fail(`neither ${compiled} nor ${source} is there`);
  await import("./v8-flags.mjs");
  if (entry === compiled) keepCompiled(join(root, "dist/.cache"));
  const { main } = await import(pathToFileURL(entry).href);
  const code = await main(process.argv.slice(2));
  if (typeof code === "number") process.exitCode = code;
}

if (newEnough()) {
  await runHere();
} else {
  const binary = process.env[MARK] === undefined ? packagedNode() : null;
  if (binary === null) {
    fail(`needs Node ${NEEDED.join(".")} or later, and this is ${process.versions.node}`);
  } else {
    startInstead(binary);
  }
}
