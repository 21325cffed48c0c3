// SPDX-License-Identifier: Apache-2.0
/** What every worker does first: map the memories, make its kernel, say in the control block that it is there. */
import { parentPort, threadName, workerData } from "node:worker_threads";
import { type Answerer, createAnswerer } from "../src/io/answerer.ts";
import { counterBlock, type Memory, mapMemory } from "../src/io/memory.ts";
import type { ReaderData, ReadOrder, ReadReply } from "../src/io/threads.ts";
import {
  CONTROL_BLOCK_SIZE,
  CONTROL_BLOCK_STOP,
  READER_SIZE,
  READER_STATE,
  READER_TURNS,
} from "../src/layout/gen/control.ts";
import { PLAN_ROWS_MAX } from "../src/layout/limits.ts";

export interface Reader {
  readonly data: ReaderData;
  readonly memory: Memory;
  readonly answerer: Answerer;
  readonly counters: Float64Array;
  readonly name: string;
}

/**
 * Maps everything a data-plane thread needs. Call once, at its start. A thread that was started
 * without data waits for a message that brings it, and reads the saved table meanwhile if it is told
 * to: it has nothing else to do yet, and every further thread would delay the first answer.
 * `settingsFor` gives the settings of its kernel, if they are others than those of the node.
 */
export async function bootReader(
  settingsFor: (memory: Memory) => Int32Array = ({ settings }) => settings,
): Promise<Reader> {
  const data = (workerData as ReaderData | null) ?? (await dataToCome());
  const memory = mapMemory(data.memory);
  const counters = counterBlock(data.memory, data.reader);
  const answerer = createAnswerer(
    data.dataPlane.kernel,
    {
      ...{ table: memory.table, plans: memory.plans, settings: settingsFor(memory) },
      limits: memory.limits,
      ...{ counters, planRows: PLAN_ROWS_MAX },
    },
    { udpSizeMax: data.udpSizeMax, worker: data.reader },
  );
  return { data, memory, answerer, counters, name: threadName ?? `reader-${data.reader}` };
}

function dataToCome(): Promise<ReaderData> {
  const port = parentPort!;
  return new Promise((resolve, reject) => {
    const heard = (message: ReaderData | ReadOrder): void => {
      if ("folder" in message) {
        readSaved(message).then((reply) => port.postMessage(reply), reject);
        return;
      }
      port.off("message", heard);
      resolve(message);
    };
    port.on("message", heard);
  });
}

async function readSaved({ memory, folder }: ReadOrder): Promise<ReadReply> {
  const { readTable } = await import("../src/io/read-table.ts");
  return { kind: "read", read: readTable(mapMemory(memory), folder) };
}

/** Writes this reader's state word. */
export function setReaderState(reader: Reader, state: number): void {
  const at = readerWord(reader.data.reader, READER_STATE);
  Atomics.store(reader.memory.control, at, state);
}

/** Counts a turn of the loop: the supervisor sees that the thread lives. */
export function countTurn(reader: Reader): void {
  const at = readerWord(reader.data.reader, READER_TURNS);
  reader.memory.control[at] = (reader.memory.control[at]! + 1) | 0;
}

export function stopAsked(reader: Reader): boolean {
  return Atomics.load(reader.memory.control, CONTROL_BLOCK_STOP >> 2) !== 0;
}

export function readerWord(reader: number, field: number): number {
  return (CONTROL_BLOCK_SIZE + reader * READER_SIZE + field) >> 2;
}
