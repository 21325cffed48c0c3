// SPDX-License-Identifier: Apache-2.0
/**
 * The transfer thread as a reader of the table: it may stay in an epoch for longer than a batch,
 * so that it can compare what was published with what was before.
 *
 * Invariants
 *   W1  While it holds an epoch, every root of this epoch or a later one may be read: what they
 *       reach is retired at later epochs, and reused only when all readers have left this one.
 *   W2  It moves on to an epoch that was read before the root that was looked at, so the epoch it
 *       says is never newer than that root.
 */
import {
  currentEpoch,
  currentRoot,
  goOffline,
  observeEpoch,
  observeRoot,
} from "../table/publish.ts";

export interface TableWatch {
  /** Reads the root in force, without an end of the turn in between. 0 is none. */
  read<T>(look: (root: number) => T): T;
  /**
   * Compares the root that is held with the one in force, and holds that one from now on. `look`
   * gets 0 for the old root the first time.
   */
  advance(look: (before: number, now: number) => void): void;
  /** Holds nothing any more: what is published is not compared until `advance` begins anew. */
  release(): void;
}

export function createTableWatch(control: Int32Array, reader: number): TableWatch {
  let held = 0;
  return {
    read(look) {
      if (held !== 0) return look(currentRoot(control));
      const root = observeRoot(control, reader);
      try {
        return look(root);
      } finally {
        goOffline(control, reader);
      }
    },
    advance(look) {
      if (held === 0) {
        const root = observeRoot(control, reader);
        if (root === 0) goOffline(control, reader);
        held = root;
        if (root !== 0) look(0, root);
        return;
      }
      const epoch = currentEpoch(control);
      const root = currentRoot(control);
      if (root !== held) look(held, root);
      held = root;
      observeEpoch(control, reader, epoch);
    },
    release() {
      held = 0;
      goOffline(control, reader);
    },
  };
}
