// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createCatalogs } from "../../../src/daemon/catalogs.ts";
import { createMemory } from "../../../src/io/memory.ts";
import { createPublisher, publish } from "../../../src/io/publisher.ts";
import { NO_TRANSFER } from "../../../src/resource/decode-transfer.ts";
import type { DesiredState, Zone } from "../../../src/resource/types.ts";
import { currentRoot } from "../../../src/table/publish.ts";
import { apexText, builtZone } from "../../support/tables.ts";

const place = { file: "", line: 0, column: 0 };
const catalog: Zone = {
  ...{ apex: "catalog.example.", file: "f", steered: [], place },
  transfer: { ...NO_TRANSFER, primaries: ["p"], notify: ["n"], catalog: true },
};
const own: Zone = { apex: "own.example.", file: "g", steered: [], transfer: NO_TRANSFER, place };
const state: DesiredState = {
  ...{ pops: [], pools: [], probes: [], maps: [], policies: [], keys: [], remotes: [] },
  zones: [catalog, own],
};

test("members of the catalog in the table, until it says otherwise and not when it is broken", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-unit-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const warnings: unknown[] = [];
  const log = { warn: (fields: unknown) => warnings.push(fields), info: () => {} };
  const catalogs = createCatalogs(folder, log as never);
  const memory = createMemory(64);
  const publisher = createPublisher(memory);
  let serial = 0;
  const look = (...lines: readonly string[]): boolean => {
    serial += 1;
    const text = `${apexText(serial)}${lines.join("\n")}\n`;
    const put = [builtZone("catalog.example.", text)];
    assert.ok("epoch" in publish(publisher, { revision: serial, put }));
    return catalogs.look(state, memory.table, currentRoot(memory.control));
  };
  const zones = (): string[] => catalogs.extend(state).zones.map((zone) => zone.apex);
  assert.equal(catalogs.extend(state), state);
  const members = ["a.zones PTR z.example.", "b.zones PTR own.example."];
  assert.equal(look('version TXT "2"', ...members), true);
  assert.deepEqual(zones(), ["catalog.example.", "own.example.", "z.example."]);
  assert.equal(warnings.length, 1, "own.example. is the operator's");
  const member = catalogs.extend(state).zones.find((zone) => zone.apex === "z.example.")!;
  assert.deepEqual(
    [member.transfer.primaries, member.transfer.notify, member.file],
    [["p"], ["n"], `${folder}/z.example.zone`],
  );
  assert.equal(catalogs.look(state, memory.table, currentRoot(memory.control)), false);
  assert.equal(look('version TXT "7"'), false);
  assert.equal(warnings.length, 2);
  assert.ok(zones().includes("z.example."));
  assert.equal(look('version TXT "2"'), true);
  assert.deepEqual(zones(), ["catalog.example.", "own.example."]);
});
