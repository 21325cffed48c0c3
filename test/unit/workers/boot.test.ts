// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { createMemory } from "../../../src/io/memory.ts";
import { CONTROL_BLOCK_STOP, READER_STATE, READER_TURNS } from "../../../src/layout/gen/control.ts";
import { READER_STATE_SERVING, READER_STATE_STOPPED } from "../../../src/layout/gen/enums.ts";
import { readerWord } from "../../../workers/boot.ts";
import { readerData } from "../../support/readers.ts";

test("a thread maps the memories, says its state, counts turns and sees the wish to stop", async (t) => {
  const memory = createMemory(16);
  const data = readerData(memory, { reader: 3 });
  const boot = new URL("../../../workers/boot.ts", import.meta.url).href;
  const code = `
    const { parentPort } = require("node:worker_threads");
    import(${JSON.stringify(boot)}).then(({ bootReader, setReaderState, countTurn, stopAsked }) => {
      const reader = bootReader();
      setReaderState(reader, ${READER_STATE_SERVING});
      countTurn(reader);
      countTurn(reader);
      parentPort.postMessage({ name: reader.name, stop: stopAsked(reader) });
      parentPort.once("message", () => {
        parentPort.postMessage({ name: reader.name, stop: stopAsked(reader) });
        setReaderState(reader, ${READER_STATE_STOPPED});
      });
    });`;
  const worker = new Worker(code, { eval: true, workerData: data, name: "udp-3" });
  t.after(() => worker.terminate());
  const said = (): Promise<unknown> => new Promise((resolve) => worker.once("message", resolve));
  assert.deepEqual(await said(), { name: "udp-3", stop: false });
  assert.equal(memory.control[readerWord(3, READER_STATE)], READER_STATE_SERVING);
  assert.equal(memory.control[readerWord(3, READER_TURNS)], 2);
  assert.equal(memory.control[readerWord(2, READER_TURNS)], 0);
  Atomics.store(memory.control, CONTROL_BLOCK_STOP >> 2, 1);
  worker.postMessage("again");
  assert.deepEqual(await said(), { name: "udp-3", stop: true });
  await new Promise((resolve) => worker.once("exit", resolve));
  assert.equal(memory.control[readerWord(3, READER_STATE)], READER_STATE_STOPPED);
});
