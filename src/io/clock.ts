// SPDX-License-Identifier: Apache-2.0
/**
 * The time that a slot carries: milliseconds of CLOCK_MONOTONIC, in 32 bits.
 *
 * Buckets of the rate limiter are shared by all readers, in both languages, so all must go by one
 * clock. `performance.now()` counts from the start of each thread: one that was started again would
 * be behind, find every bucket full for as long, and refuse whoever asks it. The native pump reads
 * the same clock (native/src/batch.cc).
 */

/** Wraps every 49 days. */
export function monotonicMs(): number {
  const [secs, nanos] = process.hrtime();
  return (secs * 1000 + Math.floor(nanos / 1e6)) % 0x1_0000_0000;
}
