// SPDX-License-Identifier: Apache-2.0
/**
 * Builds the addon, native/build/azimuth.node, or says why it cannot and ends well: without it the
 * TypeScript kernel serves. What a compiler refuses is a failure, since somebody wants to know.
 *
 *   npm run build:native              the addon alone
 *   npm run build:native -- --test    the native tests too, and runs them
 *
 * `npm ci` builds it by itself: scripts/prepare.mjs.
 */
import { build, whatIsMissing } from "./native/build.ts";

const missing = whatIsMissing();
if (missing !== null) {
  console.log(`the addon is not built, the TypeScript kernel serves: ${missing}`);
} else {
  const failed = build(process.argv.includes("--test"), "inherit");
  if (failed !== null) {
    console.error(failed);
    process.exitCode = 1;
  }
}
