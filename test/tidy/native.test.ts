// SPDX-License-Identifier: Apache-2.0
/** The generated headers, compiled: offsets and sizes hold for a compiler that did not write them. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { FINGERPRINT } from "../../src/layout/gen/enums.ts";
import { ROOT } from "./tree.ts";

const missing = ["cmake", "c++"].filter((name) => spawnSync(name, ["--version"]).status !== 0);

test("both languages hold the same layout", {
  skip: missing.length > 0 && `not installed: ${missing.join(", ")}`,
}, (t) => {
  const build = mkdtempSync(join(tmpdir(), "azimuth-native-"));
  t.after(() => rmSync(build, { recursive: true }));
  for (const args of [
    ["-S", ROOT, "-B", build],
    ["--build", build, "--target", "layout_test"],
  ]) {
    const run = spawnSync("cmake", args, { encoding: "utf8" });
    assert.equal(run.status, 0, `${run.stdout}${run.stderr}`);
  }
  const run = spawnSync(join(build, "layout_test"), { encoding: "utf8" });
  assert.equal(run.stdout, `fingerprint 0x${FINGERPRINT.toString(16)}\n`);
  assert.equal(run.status, 0);
});
