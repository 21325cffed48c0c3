// SPDX-License-Identifier: Apache-2.0
/**
 * The native kernel as TypeScript sees it: the twin of src/answer, behind the same call per batch.
 *
 * The checks stand here and not in C++, because here a wrong argument can be explained. What stands
 * in a slot is checked on the other side, since it comes with every packet: a slot that says more
 * than the slab holds is left alone.
 *
 * Invariants
 *   N1  The same memories and the same slab give the same octets, counters and cursors as
 *       answerBatch of src/answer/kernel.ts. test/parity holds it.
 *   N2  The memories live for as long as the kernel does; nothing is allocated after its making.
 *
 * Other side: native/src/kernel_handle.cc.
 */
import { LIMIT_MEMORY_WORDS } from "../answer/limit.ts";
import type { KernelMemory, KernelOptions } from "../answer/scratch.ts";
import { assert } from "../base/assert.ts";
import { COUNTER_BLOCK_WORDS } from "../layout/gen/counters.ts";
import { SETTINGS_SIZE } from "../layout/gen/settings.ts";
import { PACKET_SLOT_SIZE } from "../layout/gen/slab.ts";
import { PLAN_ROWS_MAX, SEGMENT_ALIGN, UDP_PLAIN_SIZE_MAX } from "../layout/limits.ts";
import { PLAN_ROW_WORDS } from "../table/plans.ts";
import type { NativeAddon, NativeKernelHandle } from "./native.ts";

/** A kernel in C++. It belongs to the thread that made it. */
export interface NativeKernel {
  /** Steps of picker `wrr`, one per plan row, as Kernel.cursors. */
  readonly cursors: Uint32Array;
  /** What a native pump takes. */
  readonly handle: NativeKernelHandle;
  /**
   * Answers `count` slots of `slab`, the first at `first`, from the table at `root`; 0 refuses
   * everything. Offsets are octets, multiples of 4. Slots with sizeOut 0 send nothing.
   */
  answerBatch(root: number, slab: Uint8Array, first: number, stride: number, count: number): void;
}

/** Makes a kernel over memories of which only `counters` is written. Throws a Breach only. */
export function createNativeKernel(
  addon: NativeAddon,
  memory: KernelMemory,
  options: KernelOptions,
): NativeKernel {
  const { plans, counters, planRows, settings } = memory;
  const limits = memory.limits ?? new Int32Array(LIMIT_MEMORY_WORDS);
  const table = memory.table.u8;
  const { udpSizeMax, worker = 0 } = options;
  assert(table.byteOffset % SEGMENT_ALIGN === 0, "segments lie where the table says");
  assert(counters.length >= COUNTER_BLOCK_WORDS, "the counters are a whole block");
  assert(settings.byteLength === SETTINGS_SIZE, "the settings are a whole block");
  assert(limits.length === LIMIT_MEMORY_WORDS, "the limiter has all its buckets");
  assert(isWhole(planRows) && planRows <= PLAN_ROWS_MAX, "plan rows are counted");
  assert(planRows * PLAN_ROW_WORDS <= plans.length, "plan memory holds its rows");
  assert(isWhole(udpSizeMax), "the largest answer is a number of octets");
  assert(udpSizeMax >= UDP_PLAIN_SIZE_MAX && udpSizeMax <= 0xffff, "512 octets may always be sent");
  assert(isWhole(worker), "workers are numbered");
  const cursors = new Uint32Array(planRows);
  const handle = new addon.Kernel(
    ...([table, plans, counters, cursors, settings, limits, udpSizeMax, worker] as const),
  );
  return {
    cursors,
    handle,
    answerBatch: (root, slab, first, stride, count) => {
      assert(isWhole(root) && root < Math.max(table.length, 1), "the root lies in the table");
      assert(isWhole(first) && isWhole(stride) && isWhole(count), "slots are counted");
      assert((slab.byteOffset | first | stride) % 4 === 0, "slots are words");
      const end = first + (count - 1) * stride + PACKET_SLOT_SIZE;
      assert(count === 0 || end <= slab.length, "the slab holds all slots");
      handle.answerBatch(root, slab, first, stride, count);
    },
  };
}

function isWhole(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xffffffff;
}
