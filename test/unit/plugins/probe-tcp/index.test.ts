// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { probeTcp } from "../../../../src/plugins/probe-tcp/index.ts";
import { assertReadme } from "../readme.ts";

test("its README names each option, and its examples are probes of its kind", () => {
  assert.equal(probeTcp.kind, "tcp");
  assertReadme(probeTcp);
});
