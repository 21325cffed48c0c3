// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { main, start } from "../../../src/daemon/main.ts";
import { createFolder } from "../../support/control.ts";

test("a configuration with errors does not start", async (t) => {
  const { write } = createFolder(t);
  await assert.rejects(start(write("azimuth.yaml", "zones: [\n")), /azimuth\.yaml has errors/);
});

test("the command line is reached, and its exit codes come back", async (t) => {
  const { write } = createFolder(t);
  const config = write("azimuth.yaml", 'node: { listen: ["127.0.0.1:0"], nonsense: 1 }\n');
  const before = process.exitCode;
  await main(["check", "--json", config]);
  assert.equal(process.exitCode, 1);
  process.exitCode = before;
});
