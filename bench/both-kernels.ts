// SPDX-License-Identifier: Apache-2.0
/** Both kernels over one world, and how long one answer takes them: for kernel-native.ts, signed.ts. */
import { answerBatch, UDP_SLOT_STRIDE } from "../src/answer/kernel.ts";
import { loadNative } from "../src/io/native.ts";
import { createNativeKernel } from "../src/io/native-kernel.ts";
import { COUNTER_BLOCK_WORDS } from "../src/layout/gen/counters.ts";
import { BATCH_MAX } from "../src/layout/limits.ts";
import { PLAN_ROW_WORDS } from "../src/table/plans.ts";
import { createSlab, fillSlab, type Traffic } from "../test/support/traffic.ts";
import type { World } from "../test/support/world.ts";

/** Milliseconds of one round. */
export const MS = Number(process.env["MS"] ?? 200);

export type Answer = (slab: ReturnType<typeof createSlab>) => void;

/** Both kernels over one world. */
export function kernelsOf(world: World): Readonly<Record<"native" | "script", Answer>> {
  const loaded = loadNative();
  if (loaded.addon === null) throw new Error(loaded.reason);
  const { table, plans, settings } = world.memory;
  const planRows = plans.length / PLAN_ROW_WORDS;
  const counters = new Float64Array(COUNTER_BLOCK_WORDS);
  const memory = { table, plans, settings, counters, planRows };
  const native = createNativeKernel(loaded.addon, memory, { udpSizeMax: 1232 });
  const { kernel } = world;
  return {
    native: (slab) => native.answerBatch(kernel.root, slab.u8, 0, UDP_SLOT_STRIDE, BATCH_MAX),
    script: (slab) => answerBatch(kernel, slab, 0, UDP_SLOT_STRIDE, BATCH_MAX),
  };
}

/** Nanoseconds of one answer: the fastest tenth of a round is left out, as is the slowest. */
export function measure(traffic: Traffic, answer: Answer): number {
  const slab = createSlab();
  const times: number[] = [];
  const end = performance.now() + MS;
  for (let now = 0; now < end; ) {
    fillSlab(slab, traffic);
    const before = performance.now();
    answer(slab);
    now = performance.now();
    times.push(now - before);
  }
  times.sort((a, b) => a - b);
  const tenth = Math.floor(times.length / 10);
  const middle = times.slice(tenth, times.length - tenth);
  const mean = middle.reduce((sum, one) => sum + one, 0) / middle.length;
  return (mean * 1e6) / BATCH_MAX;
}
