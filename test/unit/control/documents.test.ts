// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { routes } from "../../../src/api/routes.ts";
import { verbs } from "../../../src/cli/verbs.ts";
import { zoneActions } from "../../../src/control/documents.ts";

test("whatever can be asked of a zone has a route and a word on the command line", () => {
  for (const action of zoneActions) {
    const path = `/api/v1/zones/:zone/${action}`;
    assert.equal(routes.filter((row) => row.path === path && row.method === "POST").length, 1);
    assert.equal(verbs.filter(({ name }) => name === `zone ${action}`).length, 1, action);
  }
});
