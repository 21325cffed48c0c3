// SPDX-License-Identifier: Apache-2.0
/**
 * Saves the last good table a little after it changed, and once more at the end.
 *
 * The control thread does it itself, between two events, because the octets must not change while
 * they are written; the data plane needs no event and does not notice. The pause between two saves
 * grows with their cost, so that a large table that changes all the time is not saved all the time.
 */
import { join } from "node:path";
import { reasonOf } from "../base/reason.ts";
import type { Publisher } from "../io/publisher.ts";
import { SAVED_TABLE_NAME, saveTable } from "../io/saved.ts";
import type { Log } from "../telemetry/log.ts";

/** From a change to its save, at least. Milliseconds. */
const PAUSE_MS = 500;
/** Saving may take this part of the control thread's time at most. */
const SHARE_MAX = 1 / 20;

export interface Saver {
  /** The table changed. */
  soon(): void;
  /** Saves what is not saved yet. */
  close(): Promise<void>;
}

export function createSaver(publisher: Publisher, folder: string, log: Log): Saver {
  const file = join(folder, SAVED_TABLE_NAME);
  let timer: NodeJS.Timeout | null = null;
  let pauseMs = PAUSE_MS;
  let dirty = false;

  const save = (): void => {
    timer = null;
    dirty = false;
    const startedAt = performance.now();
    try {
      const savedAtSecs = Math.floor(Date.now() / 1000);
      const octets = saveTable(file, {
        image: publisher.image,
        plans: publisher.plans.words,
        savedAtSecs,
      });
      const tookMs = performance.now() - startedAt;
      pauseMs = Math.max(PAUSE_MS, tookMs / SHARE_MAX);
      log.debug({ octets, tookMs: Math.round(tookMs) }, "table saved");
    } catch (error) {
      // A full disk must not stop steering; the next change tries again.
      log.error({ file, reason: reasonOf(error) }, "the table could not be saved");
    }
  };

  return {
    soon() {
      dirty = true;
      timer ??= setTimeout(save, pauseMs);
    },
    async close() {
      if (timer !== null) clearTimeout(timer);
      if (dirty) save();
    },
  };
}
