// SPDX-License-Identifier: Apache-2.0
/** The version of this program: package.json is its one home. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The nearest package.json above this file: the same for sources and for compiled output. */
function findVersion(): string {
  let folder = import.meta.dirname;
  for (;;) {
    const file = join(folder, "package.json");
    if (existsSync(file)) {
      return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
    }
    const parent = dirname(folder);
    if (parent === folder) return "0.0.0";
    folder = parent;
  }
}

export const version = findVersion();
