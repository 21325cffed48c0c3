// SPDX-License-Identifier: Apache-2.0
/**
 * The saved table at a start: read by the first UDP thread, in force, then proved by another one.
 *
 *   read     its octets are those that were saved, by their digest: it may be answered from
 *   proved   it is a sound table: the control thread may draw its picture and go on from it
 *
 * To read 65 MB takes 80 ms and to prove them 200: who asks meanwhile is answered, and what is
 * found then is withdrawn (docs/decisions/0008-served-on-its-digest.md).
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { type Fault, fault } from "../base/faults.ts";
import type { Ref } from "../base/units.ts";
import { createMemory, type Memory } from "../io/memory.ts";
import { clearTable, removeTable, SAVED_TABLE_NAME, type TableRead } from "../io/saved.ts";
import type { ProverData, ReaderMessage, ReadOrder, ReadReply } from "../io/threads.ts";
import type { ImageHeader } from "../table/image.ts";
import { minObserved, publishRoot } from "../table/publish.ts";
import { isAlive } from "./entries.ts";

/** How long readers may take to leave a table that is withdrawn. Milliseconds. */
const LEAVE_MS_MAX = 5000;

/** A saved table on its way into memories of its own. */
export interface Loading {
  readonly folder: string;
  readonly tableMiB: number;
  readonly memory: Memory;
  /** The thread that reads it, and is a UDP thread without data. */
  readonly reader: Worker;
  /** Never rejects. */
  readonly read: Promise<TableRead>;
}

/** Has `reader`, a spare UDP thread, read the saved table of `folder`, if there is one. */
export function beginLoading(folder: string, tableMiB: number, reader: Worker): Loading {
  const memory = createMemory(tableMiB);
  const base = { folder, tableMiB, memory, reader };
  if (!existsSync(join(folder, SAVED_TABLE_NAME))) {
    return { ...base, read: Promise.resolve({ header: null, faults: [] }) };
  }
  const { promise: read, resolve } = Promise.withResolvers<TableRead>();
  const lost = (detail: string): void => resolve({ header: null, faults: [damage(detail)] });
  // A promise is told once: all this is heard by nobody when the table was read.
  reader.on("message", (message: ReaderMessage | ReadReply) => {
    if (message.kind === "read") resolve(message.read);
  });
  reader.on("error", (error) => lost(`its reader died: ${error.message}`));
  reader.on("exit", () => lost("its reader ended"));
  if (!isAlive(reader)) lost("its reader ended");
  reader.ref();
  const order: ReadOrder = { memory: memory.shared, folder };
  reader.postMessage(order);
  return { ...base, read };
}

/** What a thread of `entry` finds wrong with what was read; empty if it is sound. Never rejects. */
export function prove(
  { memory }: Loading,
  header: ImageHeader,
  entry: URL,
): Promise<readonly Fault[]> {
  const { promise, resolve } = Promise.withResolvers<readonly Fault[]>();
  const data: ProverData = { memory: memory.shared, header };
  const worker = new Worker(entry, { workerData: data, name: "prover" });
  worker.on("message", resolve);
  worker.on("error", (error) => resolve([damage(`its prover died: ${error.message}`)]));
  worker.on("exit", () => resolve([damage("its prover ended")]));
  return promise;
}

function damage(detail: string): Fault {
  return fault("TABLE_IMAGE", { file: "", line: 0, column: 0 }, detail);
}

/**
 * Takes a table out of force that turned out not to be sound, together with its file; rejects if a
 * reader stays in it. Readers answer SERVFAIL from then on, as before the first table.
 */
export async function withdraw(loading: Loading, header: ImageHeader): Promise<void> {
  const { memory, folder } = loading;
  removeTable(folder);
  const epoch = publishRoot(memory.control, 0 as Ref);
  const deadline = performance.now() + LEAVE_MS_MAX;
  while (minObserved(memory.control) < epoch) {
    if (performance.now() > deadline) throw new Error("a thread is caught in a damaged table");
    await pause(1);
  }
  clearTable(memory, header);
}
