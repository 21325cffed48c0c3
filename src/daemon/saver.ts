// SPDX-License-Identifier: Apache-2.0
/**
 * Saves the last good table a little after it changed, and once more at the end.
 *
 * A save runs beside everything else that the control thread does (io/save-table.ts); the data plane
 * does not notice. The pause between two saves grows with their cost, so that a large table that
 * changes all the time is not saved all the time.
 *
 * Invariants
 *   S1  One save at a time. What changes while one runs is saved by another one.
 *   S2  After close() what was in force at its call is on the disk, or the log says why not.
 */
import { join } from "node:path";
import { reasonOf } from "../base/reason.ts";
import type { Publisher } from "../io/publisher.ts";
import { saveTable } from "../io/save-table.ts";
import { SAVED_TABLE_NAME } from "../io/saved.ts";
import type { Log } from "../telemetry/log.ts";

/** From a change to its save, at least. Milliseconds. */
const PAUSE_MS = 500;
/** Saving may take this part of the time at most. */
const SHARE_MAX = 1 / 20;

export interface Saver {
  /** The table changed. */
  soon(): void;
  /** Saves what is not saved yet; nothing is saved afterwards. */
  close(): Promise<void>;
}

export function createSaver(publisher: Publisher, folder: string, log: Log): Saver {
  const file = join(folder, SAVED_TABLE_NAME);
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> | null = null;
  let pauseMs = PAUSE_MS;
  let dirty = false;
  let closed = false;

  const save = async (): Promise<void> => {
    dirty = false;
    const startedAt = performance.now();
    try {
      const octets = await saveTable(file, publisher, Math.floor(Date.now() / 1000));
      const tookMs = performance.now() - startedAt;
      pauseMs = Math.max(PAUSE_MS, tookMs / SHARE_MAX);
      log.debug({ octets, tookMs: Math.round(tookMs) }, "table saved");
    } catch (error) {
      // A full disk must not stop steering; the next change tries again.
      log.error({ file, reason: reasonOf(error) }, "the table could not be saved");
    }
  };

  const wake = (): void => {
    if (closed || !dirty || timer !== null || running !== null) return;
    timer = setTimeout(() => {
      timer = null;
      running = save().finally(() => {
        running = null;
        wake();
      });
    }, pauseMs);
  };

  return {
    soon() {
      dirty = true;
      wake();
    },
    async close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      await running;
      while (dirty) await save();
    },
  };
}
