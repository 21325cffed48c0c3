// SPDX-License-Identifier: Apache-2.0
// Generated from src/layout by scripts/gen.ts. Not edited.

/** WORKERS_MAX Readers follow. */
export const CONTROL_BLOCK_SIZE = 64;
/** u32. Count of publications. Stored after `root` (P1). */
export const CONTROL_BLOCK_EPOCH = 0;
/** ref. Absolute ref of the Directory in force; null before the first publication. */
export const CONTROL_BLOCK_ROOT = 4;
/** u32. Not zero: readers finish and leave. */
export const CONTROL_BLOCK_STOP = 8;
/** u32. UNIX time of the data when it comes from the saved table; 0 when it is live. */
export const CONTROL_BLOCK_STALE_SINCE_SECS = 12;
/** bytes[48]. Fills the cache line: the readers' words begin on the next. */
export const CONTROL_BLOCK_SPARE = 16;

/** One reader's words, on a cache line of its own. */
export const READER_SIZE = 64;
/** u32. Epoch that the reader is in; EPOCH_MAX while it sleeps or is absent (P2). */
export const READER_OBSERVED = 0;
/** u32. readerStates. */
export const READER_STATE = 4;
/** u32. Turns of its loop, for the supervisor. */
export const READER_TURNS = 8;
/** bytes[52]. Fills the cache line. */
export const READER_SPARE = 12;
