// SPDX-License-Identifier: Apache-2.0
/**
 * Publication: how a new root reaches the readers, and how the writer learns that an old one is free.
 *
 * Quiescent states and not reference counts: a reader says once per batch which epoch it is in, and
 * pays two loads and one store for any number of segments. A reader that sleeps holds nothing back.
 *
 *        control                          reader, between batches
 *        root  = new                      e        = epoch
 *        epoch = epoch + 1                observed = e
 *        …                                take root
 *        free what was retired at ≤ min(observed)
 *
 * Invariants
 *   P1  `root` is stored before `epoch`, so who sees an epoch sees its root, or a later one.
 *   P2  A reader says which epoch it is in before it takes the root. Taken the other way round, the
 *       control thread could find the reader offline, free what the root reaches, and be right.
 *   P3  What a publication makes unreachable is retired at the epoch of that publication, and is
 *       reused when every reader that is awake has observed at least that epoch.
 *   P4  A reader that is offline touches no table; it calls observeRoot before it reads again.
 *
 * The block is an Int32Array over CONTROL_BLOCK_SIZE + WORKERS_MAX × READER_SIZE octets.
 */
import { assert } from "../base/assert.ts";
import type { Epoch, Ref } from "../base/units.ts";
import * as at from "../layout/gen/control.ts";
import { EPOCH_MAX, WORKERS_MAX } from "../layout/limits.ts";

/** Octets of the control block with the words of all readers. */
export const CONTROL_MEMORY_SIZE = at.CONTROL_BLOCK_SIZE + WORKERS_MAX * at.READER_SIZE;

const EPOCH = at.CONTROL_BLOCK_EPOCH >> 2;
const ROOT = at.CONTROL_BLOCK_ROOT >> 2;
const READERS = at.CONTROL_BLOCK_SIZE >> 2;
const READER = at.READER_SIZE >> 2;
const OBSERVED = READERS + (at.READER_OBSERVED >> 2);

/** Puts the block into its first state: no root, epoch 0, every reader absent. Before any reader. */
export function initControl(block: Int32Array): void {
  assert(block.length >= CONTROL_MEMORY_SIZE >> 2, "the control block has room for all readers");
  block.fill(0);
  for (let worker = 0; worker < WORKERS_MAX; worker += 1) goOffline(block, worker);
}

/** Makes `root` the root in force. Control thread only. Returns the epoch to retire the old parts at. */
export function publishRoot(block: Int32Array, root: Ref): Epoch {
  const epoch = Atomics.load(block, EPOCH) + 1;
  assert(epoch < EPOCH_MAX, "epochs last for 68 years at one per second");
  Atomics.store(block, ROOT, root);
  Atomics.store(block, EPOCH, epoch);
  return epoch as Epoch;
}

/** Takes the root for one batch, and says so. Reader `worker` only, between batches. */
export function observeRoot(block: Int32Array, worker: number): Ref {
  const epoch = Atomics.load(block, EPOCH);
  Atomics.store(block, OBSERVED + worker * READER, epoch);
  return Atomics.load(block, ROOT) as Ref;
}

/**
 * Says that the reader is in `epoch`, which it read before the root that it goes on with: for one
 * that stays in an epoch while it looks at what was published since. Reader `worker` only.
 */
export function observeEpoch(block: Int32Array, worker: number, epoch: Epoch): void {
  Atomics.store(block, OBSERVED + worker * READER, epoch);
}

/** Says that the reader holds nothing: before it sleeps, and for it when it has died (P4). */
export function goOffline(block: Int32Array, worker: number): void {
  Atomics.store(block, OBSERVED + worker * READER, EPOCH_MAX);
}

/** The oldest epoch that a reader may still be in; EPOCH_MAX if all of them sleep. Control thread. */
export function minObserved(block: Int32Array): Epoch {
  let least: number = EPOCH_MAX;
  for (let worker = 0; worker < WORKERS_MAX; worker += 1) {
    const observed = Atomics.load(block, OBSERVED + worker * READER);
    if (observed < least) least = observed;
  }
  return least as Epoch;
}

/** The epoch that one reader is in; EPOCH_MAX while it is offline. */
export function observedBy(block: Int32Array, worker: number): Epoch {
  return Atomics.load(block, OBSERVED + worker * READER) as Epoch;
}

/** The last publication's epoch; 0 before the first. */
export function currentEpoch(block: Int32Array): Epoch {
  return Atomics.load(block, EPOCH) as Epoch;
}

/** The root in force; null (0) before the first publication. For the control thread and for people. */
export function currentRoot(block: Int32Array): Ref {
  return Atomics.load(block, ROOT) as Ref;
}
