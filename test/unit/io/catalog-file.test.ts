// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type CatalogMemory, readCatalogs, writeCatalogs } from "../../../src/io/catalog-file.ts";

const row = (zone: string, label: string) => ({ zone, label, groups: ["g", "ü→😀"], coo: "c2." });
const memory: CatalogMemory = {
  lists: new Map([
    ["c1.", { serial: 7, members: [row("a.", "x"), row("b.", "y")] }],
    ["c2.", { serial: 4_294_967_295, members: [row("b.", "z")] }],
    ["c3.", { serial: 0, members: [] }],
  ]),
  memberships: [
    { ...row("a.", "x"), catalog: "c1." },
    { ...row("b.", "z"), catalog: "c2." },
  ],
};
const nothing: CatalogMemory = { lists: new Map(), memberships: [] };

test("what is written is read; M1: what cannot be read says nothing", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-unit-"));
  t.after(() => rmSync(folder, { recursive: true }));
  assert.deepEqual(readCatalogs(folder), nothing);
  writeCatalogs(folder, memory);
  assert.deepEqual(readCatalogs(folder), memory);
  const file = join(folder, "catalogs.json");
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const text = readFileSync(file, "utf8");
  for (const [from, to] of [
    ['"format":1', '"format":2'],
    ['"serial":7', '"serial":"7"'],
    ['"owned":true', '"owned":1'],
    ['"label":"x"', '"label":null'],
    ['"groups":["g",', '"groups":[1,'],
    ['"coo":"c2."', '"coo":2'],
    ["{", "["],
    ["}", ""],
  ] as const) {
    const changed = text.replace(from, to);
    assert.notEqual(changed, text, from);
    writeFileSync(file, changed);
    assert.deepEqual(readCatalogs(folder), nothing, to);
  }
});
