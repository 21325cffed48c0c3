// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { cell, listText, paint, printable, tableText } from "../../../src/cli/table.ts";

const columns = [{ heading: "NAME" }, { heading: "N", right: true }, { heading: "WHY" }] as const;

test("columns are aligned, numbers to the right, lines without trailing spaces", () => {
  const rows = [
    [cell("a"), cell(1), cell("because")],
    [cell("longer"), cell(1000), cell("")],
  ];
  const expected = ["NAME       N  WHY", "a          1  because", "longer  1000", ""];
  assert.equal(tableText(columns, rows, false), expected.join("\n"));
});

test("colours take no room", () => {
  const rows = [
    [cell("a", "good"), cell(1), cell("x", "bad")],
    [cell("bc"), cell(2), cell("y")],
  ];
  const coloured = tableText(columns, rows, true);
  assert.match(coloured, /\u001b\[32ma\u001b\[0m {5}1 {2}\u001b\[31mx\u001b\[0m\n/);
  // biome-ignore lint/complexity/useRegexLiterals: an escape in a literal is refused as a mistake.
  const stripped = coloured.replaceAll(new RegExp("\\u001b\\[\\d+m", "g"), "");
  assert.equal(stripped, tableText(columns, rows, false));
});

test("a list puts its words into one column", () => {
  const rows = [["a", cell("x")] as const, ["long", cell("y")] as const];
  assert.equal(listText(rows, false), "a     x\nlong  y\n");
});

test("what comes from outside cannot drive the terminal", () => {
  assert.equal(printable("a\u001b[2Jb\nc\u009b"), "a\\x1b[2Jb\\x0ac\\x9b");
  assert.equal(paint("\u001b[31m", "good", true), "\u001b[32m\\x1b[31m\u001b[0m");
  const text = tableText([{ heading: "A" }, { heading: "B" }], [[cell("\n"), cell("b")]], false);
  assert.equal(text, "A     B\n\\x0a  b\n");
});
