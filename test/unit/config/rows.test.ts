// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { optionRows, yamlOf } from "../../../src/config/rows.ts";
import { fileFields } from "../../../src/config/schema.ts";

const sections = optionRows();
const row = (section: string, key: string) =>
  sections.find((s) => s.key === section)?.rows.find((r) => r.key === key);

test("every section of the file has its rows", () => {
  assert.deepEqual(
    sections.map((section) => section.key),
    Object.keys(fileFields.shape),
  );
  for (const section of sections)
    assert.ok(section.rows.length > 0 && section.doc !== "", section.key);
});

test("every row has a type and a meaning", () => {
  for (const section of sections) {
    for (const r of section.rows) {
      assert.ok(r.type !== "" && r.doc !== "", `${section.key} ${JSON.stringify(r)}`);
    }
  }
});

test("a row has its default, bounds and unit", () => {
  assert.deepEqual(row("node", "udpPayloadSizeMax"), {
    key: "udpPayloadSizeMax",
    type: "integer",
    default: "1232",
    bounds: "512..4096",
    unit: "octets",
    doc: "The largest UDP answer, whatever the client offers. Larger ones are fetched over TCP.",
  });
  assert.equal(row("node", "log.level")?.bounds, "trace, debug, info, warn, error, silent");
});

test("nested, chosen and listed keys are told apart", () => {
  assert.equal(row("pools", "<id>.endpoints.<id>.pop")?.default, "");
  assert.equal(row("policies", "<id>.sticky.v4")?.default, "24");
  assert.equal(row("zones", "<id>.steer.<id>.types")?.default, "[A, AAAA]");
  assert.equal(row("zoneFolders", "[].folder")?.default, "none");
  assert.equal(row("zones", "<id>.catalog")?.default, "false");
  assert.equal(row("zones", "<id>.catalog.groups.<id>.notify")?.default, "none");
});

test("defaults are written as YAML", () => {
  assert.equal(yamlOf(["a", 1]), "[a, 1]");
  assert.equal(yamlOf({ a: "b c" }), '{ a: "b c" }');
  assert.equal(yamlOf({}), "{}");
  assert.equal(yamlOf("[::1]:53"), '"[::1]:53"');
});
