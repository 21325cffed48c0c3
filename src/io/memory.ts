// SPDX-License-Identifier: Apache-2.0
/**
 * Hands out the memories that threads share, as typed-array views; nobody else asks what lies
 * behind them.
 *
 * Why SharedArrayBuffers of full size and not growable ones: the operating system commits pages only
 * when they are written, so 1 GiB costs nothing until it is used, and the address never moves;
 * views that track a growable buffer's length were measured to read 30 times slower
 * (docs/decisions/0001-fixed-table-memory.md).
 */

import { LIMIT_MEMORY_WORDS } from "../answer/limit.ts";
import { COUNTER_BLOCK_WORDS } from "../layout/gen/counters.ts";
import { SETTINGS_SIZE } from "../layout/gen/settings.ts";
import { PLAN_ROWS_MAX, TABLE_SIZE_MAX, WORKERS_MAX } from "../layout/limits.ts";
import { PLAN_ROW_SIZE } from "../table/plans.ts";
import { CONTROL_MEMORY_SIZE, initControl } from "../table/publish.ts";
import { type TableViews, tableViews } from "../table/reader.ts";

/** The shared buffers, as they travel to a thread in its workerData. */
export interface SharedMemory {
  readonly table: SharedArrayBuffer;
  readonly plans: SharedArrayBuffer;
  readonly control: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
  readonly settings: SharedArrayBuffer;
  /** Buckets of the rate limiter. */
  readonly limits: SharedArrayBuffer;
}

/** The same as views. */
export interface Memory {
  readonly shared: SharedMemory;
  readonly table: TableViews;
  readonly plans: Int32Array;
  readonly control: Int32Array;
  readonly settings: Int32Array;
  readonly limits: Int32Array;
}

/** Makes all memories; `tableMiB` is rounded to what Refs can reach. */
export function createMemory(tableMiB: number): Memory {
  const size = Math.min(tableMiB * 1024 * 1024, TABLE_SIZE_MAX);
  const memory = mapMemory({
    table: new SharedArrayBuffer(size - (size % 64)),
    plans: new SharedArrayBuffer(PLAN_ROWS_MAX * PLAN_ROW_SIZE),
    control: new SharedArrayBuffer(CONTROL_MEMORY_SIZE),
    counters: new SharedArrayBuffer(WORKERS_MAX * COUNTER_BLOCK_WORDS * 8),
    settings: new SharedArrayBuffer(SETTINGS_SIZE),
    limits: new SharedArrayBuffer(LIMIT_MEMORY_WORDS * 4),
  });
  initControl(memory.control);
  return memory;
}

/** Views of memories that another thread made. */
export function mapMemory(shared: SharedMemory): Memory {
  return {
    shared,
    table: tableViews(shared.table),
    plans: new Int32Array(shared.plans),
    control: new Int32Array(shared.control),
    settings: new Int32Array(shared.settings),
    limits: new Int32Array(shared.limits),
  };
}

/** The counter block of one reader. Only its owner writes. */
export function counterBlock(shared: SharedMemory, reader: number): Float64Array {
  return new Float64Array(shared.counters, reader * COUNTER_BLOCK_WORDS * 8, COUNTER_BLOCK_WORDS);
}
