// SPDX-License-Identifier: Apache-2.0
/**
 * The threads that compile, begun before anybody knows what for.
 *
 * At a start without a saved table the first answer waits for a compiler, and a thread takes a tenth
 * of a second to come up. The control thread therefore begins the pool first and imports its own
 * program meanwhile; whoever makes the compilers then takes the pool that is there.
 */
import { availableParallelism } from "node:os";
import { Piscina } from "piscina";

/** A pool of more threads than this would only compete with the data plane. */
const THREADS_MAX = 4;
/** MiB of JavaScript objects of one thread; segments and texts do not count. */
const HEAP_MIB_MAX = 2048;

/** How many threads a pool may have. */
export const THREADS = Math.max(1, Math.min(THREADS_MAX, availableParallelism()));

const begun = new Map<string, Piscina>();

/** Begins a pool for the compiler at `entry`, unless there is one. */
export function beginPool(entry: URL): void {
  if (!begun.has(entry.href)) begun.set(entry.href, createPool(entry));
}

/** The pool that was begun for `entry`, else a new one; it is the caller's from now on. */
export function takePool(entry: URL): Piscina {
  const pool = begun.get(entry.href) ?? createPool(entry);
  begun.delete(entry.href);
  return pool;
}

function createPool(entry: URL): Piscina {
  const pool = new Piscina({
    filename: entry.href,
    minThreads: 1,
    maxThreads: THREADS,
    idleTimeout: 30_000,
    name: "zones",
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB_MAX },
  });
  // Whoever waits for a job hears of its end. One that died idle is nobody's; without a listener it
  // would end the control thread.
  pool.on("error", () => {});
  return pool;
}
