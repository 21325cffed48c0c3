// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { openTable } from "../../../src/table/open.ts";
import { brokenTable } from "../../support/broken.ts";
import { brokenRows } from "../../support/broken-rows.ts";

const rows = brokenRows.filter((one) => one.opener === "open-hints");

for (const row of rows) {
  test(`${row.name} is ${row.key}`, () => {
    const { views, root } = brokenTable(row);
    const [first] = openTable(views, root, { planRowCount: 4 });
    assert.equal(first?.key, row.key, first?.detail);
  });
}

test("each row is refused for a reason of its own", () => {
  const told = rows.map((row) => {
    const { views, root } = brokenTable(row);
    return openTable(views, root, { planRowCount: 4 })[0]!.detail.replace(/ \(.*/, "");
  });
  assert.deepEqual(told, [
    "hints are of SVCB and HTTPS",
    "hints have a target and no signatures",
    "hints have a target and no signatures",
    "the target is elsewhere",
    "a target is compressed",
    "a parameter is cut off",
    "a parameter is cut off",
  ]);
});
