// SPDX-License-Identifier: Apache-2.0
/**
 * Makes a folder and those above it.
 *
 * Why not `mkdirSync` with `recursive`: below /proc, and wherever a file system denies with ENOENT
 * what is there, it tries again and again and never returns (Node 24.21).
 */
import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { reasonOf } from "../base/reason.ts";

/** `mode` is that of the last one alone. Throws an error with words for people if the folder is not there afterwards. */
export function makeFolder(path: string, mode = 0o777): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  try {
    mkdirSync(path, mode);
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
      throw new Error(`cannot make the folder ${path}: ${reasonOf(error)}`, { cause: error });
    }
  }
}
