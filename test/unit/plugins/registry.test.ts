// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { probePluginOf, probePlugins } from "../../../src/plugins/registry.ts";

test("each probe plug-in is found by its kind and has a folder with a README", () => {
  assert.deepEqual(Object.values(probePluginOf), probePlugins);
  for (const [kind, plugin] of Object.entries(probePluginOf)) {
    assert.equal(plugin.kind, kind);
    const readme = new URL(`../../../src/plugins/probe-${kind}/README.md`, import.meta.url);
    assert.ok(existsSync(readme), kind);
  }
});
