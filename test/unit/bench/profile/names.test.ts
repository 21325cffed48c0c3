// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { readThreadNames } from "../../../../bench/profile/names.ts";

const FILE = join(import.meta.dirname, "../../../../bench/profile/names.ts");

function createFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-names-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("every thread of a process leaves its name, and V8 a profile of the same number", (t) => {
  const folder = createFolder(t);
  // A file, as the threads of the server are: code that is handed over as text is not preloaded.
  writeFileSync(join(folder, "worker.mjs"), "");
  const script = `import { Worker } from "node:worker_threads";
    const start = (options) => new Promise((done) => {
      new Worker(new URL("worker.mjs", import.meta.url), options).on("exit", done);
    });
    await start({ name: "udp-0" });
    await start({ name: "udp-0" });
    await start({});`;
  const main = join(folder, "main.mjs");
  writeFileSync(main, script);
  const flags = ["--cpu-prof", `--cpu-prof-dir=${folder}`, `--import=${pathToFileURL(FILE)}`];
  const { status, stderr } = spawnSync(process.execPath, [...flags, main], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  const names = readThreadNames(folder);
  assert.deepEqual(
    names.map(({ threadId, name }) => [threadId, name]),
    [
      [0, "main"],
      [1, "udp-0"],
      [2, "udp-0#2"],
      [3, "pool"],
    ],
  );
  const profiled = readdirSync(folder).flatMap((file) => {
    const thread = /^CPU\..*\.(\d+)\.\d+\.cpuprofile$/.exec(file)?.[1];
    return thread === undefined ? [] : [Number(thread)];
  });
  assert.deepEqual(profiled.sort(), [0, 1, 2, 3]);
  if (process.platform === "linux") assert.equal(new Set(names.map((one) => one.systemId)).size, 4);
});

test("other files are no threads", (t) => {
  const folder = createFolder(t);
  for (const file of ["thread-x-1-a", "CPU.1.2.3.4.5.cpuprofile", "thread-7-0-stream-1"]) {
    writeFileSync(join(folder, file), "");
  }
  assert.deepEqual(readThreadNames(folder), [{ threadId: 7, systemId: 0, name: "stream-1" }]);
});
