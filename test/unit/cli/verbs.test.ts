// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { VerbRow } from "../../../src/cli/verb-rows.ts";
import { exitCodes, exitRows, programExamples, verbGroups, verbs } from "../../../src/cli/verbs.ts";
import { run } from "./fake.ts";

const rows: readonly VerbRow[] = verbs;

test("a verb stands once, an option once per verb", () => {
  assert.equal(new Set(rows.map((row) => row.name)).size, rows.length);
  for (const row of rows) {
    const flags = row.options.flatMap((option) => option.flags.split(" ")[0]!);
    assert.equal(new Set(flags).size, flags.length, row.name);
  }
});

test("every verb of two words has its group, and every group verbs", () => {
  const firsts = rows.flatMap(({ name }) => (name.includes(" ") ? [name.split(" ")[0]!] : []));
  assert.deepEqual(
    [...new Set(firsts)],
    verbGroups.map(({ name }) => name),
  );
  for (const { summary, doc } of verbGroups) {
    assert.match(doc, /\.$/);
    assert.match(summary, /^[a-z].*[^.]$/);
  }
});

test("every exit code is documented once", () => {
  assert.deepEqual(
    exitRows.map(([code]) => code),
    Object.values(exitCodes),
  );
});

test("texts are sentences, summaries are phrases", () => {
  for (const row of rows) {
    assert.match(row.doc, /\.$/, row.name);
    assert.match(row.summary, /^[a-z].*[^.]$/, row.name);
    for (const each of [...row.arguments, ...row.options]) assert.match(each.doc, /^[A-Z].*\.$/);
    if (row.trouble !== undefined) assert.doesNotMatch(row.trouble, /\.$/, row.name);
    if (row.negative !== null) assert.doesNotMatch(row.negative, /\.$/, row.name);
  }
});

test("every example is understood", async () => {
  const examples = [...rows.flatMap((row) => row.examples), ...programExamples];
  for (const { line } of examples) {
    const { code, err } = await run(line.replace(/^azimuth /, ""));
    // There is no server here, and everything else about the line is good.
    assert.ok(code === 0 || code === 3, `${line}: ${code} ${err}`);
  }
});
