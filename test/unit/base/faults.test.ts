// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type FaultKey,
  type FaultRow,
  fault,
  faults,
  hasError,
  severityOf,
} from "../../../src/base/faults.ts";

const rows: [string, FaultRow][] = Object.entries(faults);
const place = { file: "zone", line: 3, column: 7 };

test("a row's code is its key, and begins with the room it speaks of", () => {
  for (const [key, row] of rows) {
    assert.equal(row.code, key);
    assert.match(row.code, /^[A-Z]+(_[A-Z0-9]+)+$/);
  }
});

test("a rule is one sentence in lower case or a name, without a full stop", () => {
  for (const [key, { text, see }] of rows) {
    assert.ok(text.length >= 12 && text.length <= 160, key);
    assert.doesNotMatch(text, /\.$|\s{2}|\n|^\s/, key);
    assert.ok(see === undefined || see.length > 3, key);
  }
});

test("no two rules say the same", () => {
  const texts = rows.map(([, row]) => row.text);
  const twice = texts.filter((text, i) => texts.indexOf(text) !== i);
  assert.deepEqual(twice, []);
});

test("a finding carries its place and the severity of its row", () => {
  const bySeverity = (severity: string) =>
    rows.find(([, row]) => row.severity === severity)![0] as FaultKey;
  const error = fault(bySeverity("error"), place, "what was found");
  const warning = fault(bySeverity("warning"), place, "something");
  assert.deepEqual(error, { key: bySeverity("error"), place, detail: "what was found" });
  assert.equal(severityOf(error), "error");
  assert.equal(severityOf(warning), "warning");
  assert.ok(hasError([warning, error]) && !hasError([warning]) && !hasError([]));
});
