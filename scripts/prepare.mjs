// SPDX-License-Identifier: Apache-2.0
/**
 * Runs at the end of `npm ci` in a checkout, and builds the addon if that can be done. It says one
 * line, or nothing where the addon is up to date, and it never makes an install fail.
 *
 * Plain JavaScript, because `npm ci --omit=dev` may meet a Node that cannot read types: the one of
 * node_modules is a development dependency. `prepare` and not `postinstall`, because npm runs the
 * former in a checkout alone and never for a package from a registry.
 */
import { existsSync } from "node:fs";

/** As in bin/azimuth.mjs. */
const NEEDED = [22, 18];

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const newEnough = major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
const builder = new URL("native/build.ts", import.meta.url);
const sources = new URL("../CMakeLists.txt", import.meta.url);

// A layer of an image that holds the dependencies alone has nothing to build.
if (existsSync(builder) && existsSync(sources)) {
  let line;
  if (newEnough) {
    try {
      line = (await import(builder.href)).buildOnInstall();
    } catch (error) {
      line = `the addon is not built, the TypeScript kernel serves: ${error.message}`;
    }
  } else {
    line = `the addon is not built: this is Node ${process.versions.node}, older than ${NEEDED.join(".")}`;
  }
  if (line !== null) console.log(`azimuth: ${line}`);
}
