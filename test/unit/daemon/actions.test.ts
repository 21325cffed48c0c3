// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { createActions, start } from "../../../src/daemon/actions.ts";
import { version } from "../../../src/daemon/version.ts";
import { CONFIG, createFolder } from "../../support/control.ts";

test("verbs that need no server do their work", async (t) => {
  const { folder, write } = createFolder(t);
  const config = write("azimuth.yaml", `${CONFIG}node: { state: ./here }\n`);
  const actions = createActions(null);
  assert.equal(actions.version, version);
  assert.deepEqual((await actions.check(config)).faults, []);
  assert.ok((await actions.compile(config, join(folder, "out"))).written);
  assert.equal(await actions.controlSocket(config), join(folder, "here/control.sock"));
  assert.equal(await actions.controlSocket(write("bad.yaml", "zones: [\n")), null);
});

test("a start that fails says why", async (t) => {
  const { folder, write } = createFolder(t);
  const config = write("azimuth.yaml", "zones: [\n");
  await assert.rejects(start(config), /azimuth\.yaml has errors/);
  assert.equal(await createActions(null).serve(join(folder, "none")), 1);
});
