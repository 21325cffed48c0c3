// SPDX-License-Identifier: Apache-2.0
/**
 * Gives back at once what a large job left behind.
 *
 * A thread that waits for work never collects garbage, and the engine knows little of the shared
 * memory that its handles keep alive: a zone of a million records would hold 100 MiB in a thread
 * that is done with it. A collection costs some milliseconds, in threads that nobody waits for.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: (() => void) | null = null;

/** Collects all garbage of this thread. */
export function collectGarbage(): void {
  if (collect === null) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  collect();
  // What the first one found is swept while nobody looks; the second waits for that.
  collect();
}
