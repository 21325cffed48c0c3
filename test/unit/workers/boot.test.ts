// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { createMemory } from "../../../src/io/memory.ts";
import type { ReaderMessage, ReadReply } from "../../../src/io/threads.ts";
import { CONTROL_BLOCK_STOP, READER_STATE, READER_TURNS } from "../../../src/layout/gen/control.ts";
import { READER_STATE_SERVING, READER_STATE_STOPPED } from "../../../src/layout/gen/enums.ts";
import { readerWord } from "../../../workers/boot.ts";
import { createFolder } from "../../support/control.ts";
import { readerData } from "../../support/readers.ts";
import { saved } from "../../support/saved.ts";

for (const given of ["with its start", "by a message"]) {
  test(`a thread maps the memories, says its state, counts turns and sees the wish to stop; its data comes ${given}`, async (t) => {
    const memory = createMemory(16);
    const data = readerData(memory, { reader: 3 });
    const boot = new URL("../../../workers/boot.ts", import.meta.url).href;
    const code = `
    const { parentPort } = require("node:worker_threads");
    import(${JSON.stringify(boot)}).then(async ({ bootReader, setReaderState, countTurn, stopAsked }) => {
      const reader = await bootReader();
      setReaderState(reader, ${READER_STATE_SERVING});
      countTurn(reader);
      countTurn(reader);
      parentPort.postMessage({ name: reader.name, stop: stopAsked(reader) });
      parentPort.once("message", () => {
        parentPort.postMessage({ name: reader.name, stop: stopAsked(reader) });
        setReaderState(reader, ${READER_STATE_STOPPED});
      });
    });`;
    const worker = new Worker(code, {
      ...{ eval: true, name: "udp-3" },
      workerData: given === "by a message" ? null : data,
    });
    if (given === "by a message") worker.postMessage(data);
    t.after(() => worker.terminate());
    // An end that comes at once with the last word is heard as well.
    const ended = new Promise((resolve) => worker.once("exit", resolve));
    const said = (): Promise<unknown> => new Promise((resolve) => worker.once("message", resolve));
    assert.deepEqual(await said(), { name: "udp-3", stop: false });
    assert.equal(memory.control[readerWord(3, READER_STATE)], READER_STATE_SERVING);
    assert.equal(memory.control[readerWord(3, READER_TURNS)], 2);
    assert.equal(memory.control[readerWord(2, READER_TURNS)], 0);
    Atomics.store(memory.control, CONTROL_BLOCK_STOP >> 2, 1);
    worker.postMessage("again");
    assert.deepEqual(await said(), { name: "udp-3", stop: true });
    await ended;
    assert.equal(memory.control[readerWord(3, READER_STATE)], READER_STATE_STOPPED);
  });
}

test("a thread without data reads the saved table if it is told to, and waits on", async (t) => {
  const { folder } = createFolder(t);
  const { octets } = await saved(folder);
  const memory = createMemory(16);
  const entry = new URL("../../../workers/udp.ts", import.meta.url);
  const worker = new Worker(entry, { workerData: null });
  t.after(() => worker.terminate());
  const said = (): Promise<ReadReply | ReaderMessage> =>
    new Promise((resolve) => worker.once("message", resolve));
  worker.postMessage({ memory: memory.shared, folder });
  const reply = await said();
  assert.ok(reply.kind === "read" && reply.read.header !== null);
  assert.equal(reply.read.octets, octets);
  worker.postMessage(readerData(memory));
  assert.deepEqual(await said(), { kind: "ready", addresses: [] });
});
