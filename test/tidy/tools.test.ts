// SPDX-License-Identifier: Apache-2.0
/** The tools have nothing to say: types, lint and format, generated files. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { test } from "node:test";
import { ROOT } from "./tree.ts";

/** Runs a program of the tree with the Node that runs this test; gives its last lines on failure. */
function assertPasses(program: string, ...args: readonly string[]): void {
  const path = [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter);
  const run = spawnSync(program, args, {
    cwd: ROOT,
    encoding: "utf8",
    // A child of the test runner would otherwise report to it in its own protocol.
    env: { ...process.env, PATH: path, NO_COLOR: "1", NODE_TEST_CONTEXT: undefined },
  });
  const said = `${run.stdout}${run.stderr}${run.error?.message ?? ""}`.trim().split("\n");
  const shown = said.length > 80 ? [...said.slice(0, 60), "…", ...said.slice(-20)] : said;
  assert.equal(run.status, 0, `${program} ${args.join(" ")}\n${shown.join("\n")}`);
}

const bin = (name: string) => join(ROOT, "node_modules/.bin", name);

test("generated files are what their rows say", () => {
  assertPasses(process.execPath, "scripts/gen.ts", "--check");
});

test("types are sound", () => {
  assertPasses(bin("tsc"), "-p", ".", "--noEmit");
});

test("lint and format have no complaint", () => {
  assertPasses(bin("biome"), "check", "--max-diagnostics=60", ".");
});
