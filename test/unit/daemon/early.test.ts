// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { chdir, cwd } from "node:process";
import { test } from "node:test";
import type { Worker } from "node:worker_threads";
import { CONFIG_PLACES } from "../../../src/cli/verb-rows.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { beginEarly, guessNode } from "../../../src/daemon/early.ts";
import { isAlive, spareThread, threadEntries } from "../../../src/daemon/entries.ts";
import { createFolder } from "../../support/control.ts";
import { saved } from "../../support/saved.ts";

const TEXTS: readonly string[] = [
  "zones: {}\n",
  "node: { state: ./elsewhere, limits: { tableMiB: 32 } }\nzones: {}\n",
  "# first\nzones: {}\nnode:\n  # a comment\n\n  state: /var/lib/x\n# another\n  limits:\n    tableMiB: 64\n",
  "zones: {}\nnode:\n  workers: 1\n",
  '{ "node": { "workers": 1 }, "zones": {} }\n',
];

test("the guess is what the configuration says", (t) => {
  const { write } = createFolder(t);
  for (const text of TEXTS) {
    const file = write("azimuth.yaml", text);
    const { node } = loadConfig(file, { defaultCountryFile: "" }).value!;
    const expected = { folder: node.stateFolder, tableMiB: node.limits.tableMiB };
    assert.deepEqual(guessNode([file]), expected, text);
    assert.deepEqual(guessNode(["--config", file]), expected, text);
  }
});

test("without a configuration to see there is no guess; the usual places are looked at", (t) => {
  const { folder, write } = createFolder(t);
  assert.equal(guessNode([write("bad", "node: [\n")]), null);
  assert.equal(guessNode([write("bad", "node: { limits: { tableMiB: many } }\n")]), null);
  assert.equal(guessNode([`${folder}/none`]), null);
  assert.equal(guessNode([write("large", `# ${"x".repeat(1024 * 1024)}\n`)]), null);
  const before = cwd();
  t.after(() => chdir(before));
  chdir(folder);
  write(CONFIG_PLACES[0], "node: { state: here }\n");
  assert.deepEqual(guessNode([]), { folder: `${cwd()}/here`, tableMiB: 1024 });
});

/** A thread as main.ts starts it. */
const spare = () => spareThread(threadEntries().udp, "udp-0");
const gone = (worker: Worker) =>
  isAlive(worker) ? new Promise((resolve) => worker.once("exit", resolve)) : Promise.resolve();

test("what was guessed is handed out once, and to him only who asks for the same", async (t) => {
  const { folder, write } = createFolder(t);
  await saved(folder);
  const reader = spare();
  const config = write("azimuth.yaml", `node: { state: ${folder}, limits: { tableMiB: 16 } }\n`);
  const early = beginEarly([config], reader);
  assert.equal(early.take(folder, 17), null);
  assert.equal(early.take(`${folder}x`, 16), null);
  const loading = early.take(folder, 16);
  assert.equal(loading!.reader, reader);
  assert.ok((await loading!.read).header !== null);
  assert.equal(early.take(folder, 16), null);
  early.end();
  assert.ok(isAlive(reader), "it is somebody's by now");
  await reader.terminate();
});

test("what nobody takes is ended", async (t) => {
  const { folder, write } = createFolder(t);
  const unwanted = spare();
  beginEarly([`${folder}/none`], unwanted).end();
  await gone(unwanted);
  await saved(folder);
  const reader = spare();
  beginEarly([write("azimuth.yaml", `node: { state: ${folder} }\n`)], reader).end();
  await gone(reader);
});
