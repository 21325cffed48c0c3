// SPDX-License-Identifier: Apache-2.0
/** The control block: which root is in force, and who still reads an older one. */
import { bytes, ref, struct, u32 } from "./schema.ts";

export const readerStates = { ABSENT: 0, STARTING: 1, SERVING: 2, STOPPED: 3 } as const;

export const controlBlock = struct({
  name: "ControlBlock",
  doc: "WORKERS_MAX Readers follow.",
  fields: [
    u32("epoch", "Count of publications. Stored after `root` (P1)."),
    ref("root", "Absolute ref of the Directory in force; null before the first publication."),
    u32("stop", "Not zero: readers finish and leave."),
    u32(
      "staleSinceSecs",
      "UNIX time of the data when it comes from the saved table; 0 when it is live.",
    ),
    bytes("spare", 48, "Fills the cache line: the readers' words begin on the next."),
  ],
});

export const reader = struct({
  name: "Reader",
  doc: "One reader's words, on a cache line of its own.",
  fields: [
    u32("observed", "Epoch that the reader is in; EPOCH_MAX while it sleeps or is absent (P2)."),
    u32("state", "readerStates."),
    u32("turns", "Turns of its loop, for the supervisor."),
    bytes("spare", 52, "Fills the cache line."),
  ],
});

export const controlStructs = [controlBlock, reader] as const;
