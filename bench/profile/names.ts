// SPDX-License-Identifier: Apache-2.0
/**
 * Loaded by --import into every thread of a profiled server, the main one included: tells which
 * thread of the program is which thread of V8 and of the system.
 *
 * A .cpuprofile bears the number of its thread, and the scheduler knows threads by other numbers;
 * only the thread itself knows its name and both. It leaves them as the name of a file in the folder
 * of the profiles, and does nothing else.
 */
import { readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isMainThread, threadId, threadName } from "node:worker_threads";

const FLAG = "--cpu-prof-dir=";

/** A thread of a profiled process. */
export interface ThreadName {
  /** As V8 counts: the main one is 0. */
  readonly threadId: number;
  /** As the system counts; 0 where it does not tell. */
  readonly systemId: number;
  readonly name: string;
}

const ENTRY = /^thread-(\d+)-(\d+)-(.*)$/;

/** What the threads left in the folder. Two of one name, as after a restart, get numbers. */
export function readThreadNames(folder: string): readonly ThreadName[] {
  const threads = readdirSync(folder)
    .flatMap((entry) => {
      const [, id, systemId, name] = ENTRY.exec(entry) ?? [];
      if (name === undefined) return [];
      return [{ threadId: Number(id), systemId: Number(systemId), name }];
    })
    .sort((a, b) => a.threadId - b.threadId);
  const seen = new Map<string, number>();
  return threads.map((thread) => {
    const count = (seen.get(thread.name) ?? 0) + 1;
    seen.set(thread.name, count);
    return count === 1 ? thread : { ...thread, name: `${thread.name}#${count}` };
  });
}

/** The number of the system for this thread, where there is /proc. */
function systemIdOfThread(): number {
  try {
    return Number(readlinkSync("/proc/thread-self").split("/").at(-1));
  } catch {
    return 0;
  }
}

const folder = process.execArgv.find((flag) => flag.startsWith(FLAG))?.slice(FLAG.length);
if (folder !== undefined) {
  // Node's own name for threads that were given none: here, those of the pool of compilers.
  const given = threadName === "WorkerThread" ? "pool" : threadName;
  const own = isMainThread ? "main" : given || "pool";
  const name = own.replaceAll(/[^\w.-]/g, "_");
  writeFileSync(join(folder, `thread-${threadId}-${systemIdOfThread()}-${name}`), "");
}
