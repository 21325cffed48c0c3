// SPDX-License-Identifier: Apache-2.0
/**
 * Where the thread entries stand, and threads that wait for something to do.
 *
 * In a file of its own that imports nothing: a thread takes 40 ms to come up, and the first one is
 * started before anything else is imported.
 */
import { Worker } from "node:worker_threads";

/** URLs of sources or of compiled output, which stand beside each other. */
export interface Entries {
  readonly udp: URL;
  readonly stream: URL;
  readonly control: URL;
  readonly prober: URL;
  readonly transfer: URL;
  readonly prover: URL;
}

/** Entries beside this file's folder: `.ts` in sources, `.js` in compiled output. */
export function threadEntries(): Entries {
  const ending = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const entry = (name: string): URL => new URL(`../../workers/${name}.${ending}`, import.meta.url);
  return {
    udp: entry("udp"),
    stream: entry("stream"),
    control: entry("control"),
    prober: entry("prober"),
    transfer: entry("transfer"),
    prover: entry("prover"),
  };
}

/** A thread that waits for a message with its work. It keeps no process alive. */
export function spareThread(entry: URL, name: string): Worker {
  const worker = new Worker(entry, { workerData: null, name });
  // Whoever wants it then sees that it is gone.
  worker.on("error", () => {});
  worker.unref();
  return worker;
}

/** Whether a spare thread can be given work: it may have died of what it imported. */
export function isAlive(worker: Worker): boolean {
  return worker.threadId >= 0;
}
