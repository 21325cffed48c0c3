// SPDX-License-Identifier: Apache-2.0
/**
 * Writes every generated file from its rows; with --check fails if one would change.
 *
 * A generated file is checked in, so that a reader of the tree and the C++ compiler need no run of
 * this script, and verified by `npm run gen:check`, so that nobody edits it.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { layoutFiles } from "./gen/layout.ts";

const root = join(import.meta.dirname, "..");
const check = process.argv.includes("--check");

/** Each generator gives path → content; the path is relative to the top of the tree. */
const generators: (() => Record<string, string> | Promise<Record<string, string>>)[] = [
  layoutFiles,
];
for (const name of ["iana", "config", "faults", "log2", "cli"] as const) {
  try {
    const module = (await import(`./gen/${name}.ts`)) as { files: () => Record<string, string> };
    generators.push(module.files);
  } catch (error) {
    if ((error as { code?: string }).code !== "ERR_MODULE_NOT_FOUND") throw error;
  }
}

let stale = 0;
for (const generate of generators) {
  for (const [path, content] of Object.entries(await generate())) {
    const file = join(root, path);
    let before = "";
    try {
      before = readFileSync(file, "utf8");
    } catch {
      // A file that is not there yet is a file that would change.
    }
    if (before === content) continue;
    stale += 1;
    if (check) {
      console.error(`${path} is not what its rows say: run npm run gen`);
    } else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      console.log(`wrote ${path}`);
    }
  }
}
if (check && stale > 0) process.exit(1);
