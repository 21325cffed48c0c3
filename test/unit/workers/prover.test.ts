// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { createMemory } from "../../../src/io/memory.ts";
import { readTable } from "../../../src/io/read-table.ts";
import type { ProverData } from "../../../src/io/threads.ts";
import { createFolder } from "../../support/control.ts";
import { saved } from "../../support/saved.ts";

test("the thread says once what is wrong with a table, and ends", async (t) => {
  const { folder } = createFolder(t);
  await saved(folder);
  const memory = createMemory(16);
  const { header } = readTable(memory, folder);
  for (const isSound of [true, false]) {
    if (!isSound) memory.table.u8.fill(0, header!.root, header!.root + 64);
    const workerData: ProverData = { memory: memory.shared, header: header! };
    const entry = new URL("../../../workers/prover.ts", import.meta.url);
    const worker = new Worker(entry, { workerData });
    const said: unknown[][] = [];
    worker.on("message", (faults: unknown[]) => said.push(faults));
    assert.equal(await new Promise((resolve) => worker.once("exit", resolve)), 0);
    assert.equal(said.length, 1);
    assert.equal(said[0]!.length === 0, isSound);
  }
});
