// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { VerbRow } from "../../../src/cli/verb-rows.ts";
import { zoneGroup, zonesRow, zoneVerbs } from "../../../src/cli/zone-verbs.ts";
import { zoneActions } from "../../../src/control/documents.ts";
import { run } from "./fake.ts";

const rows: readonly VerbRow[] = zoneVerbs;

test("every verb is of the group, and whatever can be asked of a zone has one", () => {
  for (const { name } of rows) assert.equal(name.split(" ")[0], zoneGroup.name);
  for (const action of zoneActions) {
    assert.equal(rows.filter(({ name }) => name === `zone ${action}`).length, 1, action);
  }
});

test("the help of the group has a line for each, that of a verb its exit codes", async () => {
  const { code, out } = await run("zone --help");
  assert.equal(code, 0);
  for (const { name, summary } of rows) {
    assert.match(out, new RegExp(`^ {2}${name.slice(5)} .*  ${summary}$`, "m"));
  }
  const diff = await run("zone diff --help");
  assert.match(diff.out, /^ {2}1 {3}There are differences\.$/m);
  assert.match(diff.out, /^ {2}2 {3}The file has errors, .*; or the command line is not unde/m);
});

test("status takes what zones takes", () => {
  const status = rows.find(({ name }) => name === "zone status")!;
  assert.equal(status.options, zonesRow.options);
  assert.equal(status.arguments[0]!.required, zonesRow.arguments[0].required);
});
