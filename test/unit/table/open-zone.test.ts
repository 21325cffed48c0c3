// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { openTable } from "../../../src/table/open.ts";
import { brokenTable, soundTable } from "../../support/broken.ts";
import { brokenRows } from "../../support/broken-rows.ts";
import { digest } from "../../support/tables.ts";

for (const base of ["plain", "steered"] as const) {
  test(`a sound table has no faults: ${base}`, () => {
    const { views, directory } = soundTable(base);
    assert.deepEqual(openTable(views, directory!.ref, { digest, planRowCount: 4 }), []);
  });
}

for (const row of brokenRows.filter((one) => one.opener === "open-zone")) {
  test(`${row.name} is ${row.key}`, () => {
    const { views, root } = brokenTable(row);
    const [first] = openTable(views, root, { planRowCount: 4 });
    assert.equal(first?.key, row.key, first?.detail);
  });
}
