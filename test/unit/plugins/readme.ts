// SPDX-License-Identifier: Apache-2.0
/** What every probe plug-in's README must hold. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { ProbePlugin } from "../../../src/plugins/probe.ts";
import { probeFields } from "../../../src/resource/schema.ts";

/** Options are in the table and in the schema; examples are valid probes of this kind. */
export function assertReadme(plugin: ProbePlugin): void {
  const file = new URL(`../../../src/plugins/probe-${plugin.kind}/README.md`, import.meta.url);
  const text = readFileSync(file, "utf8");
  for (const heading of ["Description", "Options", "Examples", "Metrics", "Faults"]) {
    assert.ok(text.includes(`**${heading}`), heading);
  }
  for (const { key } of plugin.options) {
    assert.match(text, new RegExp(`\\| \`${key}\` \\|`));
    assert.ok(key in probeFields.shape, key);
  }
  const examples = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml]) =>
    parse(yaml ?? ""),
  );
  assert.ok(examples.length > 0);
  for (const { probes } of examples) {
    for (const probe of Object.values(probes)) {
      assert.equal(probeFields.parse(probe).kind, plugin.kind);
    }
  }
}
