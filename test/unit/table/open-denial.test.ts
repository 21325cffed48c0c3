// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { openSegment, openTable } from "../../../src/table/open.ts";
import { brokenTable, sitesOf, soundTable } from "../../support/broken.ts";
import { brokenRows } from "../../support/broken-rows.ts";
import { digest } from "../../support/tables.ts";

for (const base of ["nsec", "nsec3"] as const) {
  test(`a sound table has no faults, as a whole and segment by segment: ${base}`, () => {
    const { views, directory } = soundTable(base);
    assert.deepEqual(openTable(views, directory!.ref, { digest, planRowCount: 4 }), []);
    const { denials } = sitesOf(views, directory!.ref);
    assert.ok(denials.length > 1);
    for (const ref of denials) assert.equal(openSegment(views, ref), null);
  });
}

for (const row of brokenRows.filter((one) => one.opener === "open-denial")) {
  test(`${row.name} is ${row.key}`, () => {
    const { views, root } = brokenTable(row);
    const [first] = openTable(views, root, { planRowCount: 4 });
    assert.equal(first?.key, row.key, first?.detail);
  });
}
