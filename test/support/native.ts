// SPDX-License-Identifier: Apache-2.0
/** The addon for tests: built if it can be, else a reason to skip. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadNative, type NativeAddon } from "../../src/io/native.ts";

const ROOT = join(import.meta.dirname, "../..");
const SCRIPT = join(ROOT, "scripts/build-native.ts");

/**
 * Brings the addon up to date and loads it. A build that fails is an error, one that cannot be
 * tried a reason. AZIMUTH_NATIVE decides as it does for the server. Test files that run at once
 * build one after the other, where the system has `flock`.
 */
export function nativeForTests(): { addon: NativeAddon | null; reason: string | false } {
  if ((process.env["AZIMUTH_NATIVE"] ?? "") === "") {
    const run = spawnSync(process.execPath, [SCRIPT], { encoding: "utf8" });
    if (run.status !== 0) throw new Error(`${run.stdout}${run.stderr}`);
    if (!existsSync(join(ROOT, "native/build/azimuth.node"))) {
      return { addon: null, reason: run.stdout.trim() };
    }
  }
  const loaded = loadNative();
  if (loaded.addon !== null) return { addon: loaded.addon, reason: false };
  return { addon: null, reason: loaded.reason };
}
