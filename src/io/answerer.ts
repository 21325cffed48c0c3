// SPDX-License-Identifier: Apache-2.0
/**
 * Whoever answers in a data-plane thread: the TypeScript kernel, or its twin in the addon, behind
 * one face. Which of them it is was decided by the main thread (src/daemon/data-plane.ts).
 */
import { answer } from "../answer/answer.ts";
import { answerBatch } from "../answer/kernel.ts";
import { createKernel, type KernelMemory, type KernelOptions } from "../answer/scratch.ts";
import { observeSettings } from "../answer/settings.ts";
import { refuseSlow } from "../answer/slow.ts";
import { PACKET_SLOT_SIZE_OUT } from "../layout/gen/slab.ts";
import type { TableViews } from "../table/reader.ts";
import { loadNative, type NativeKernelHandle } from "./native.ts";
import { createNativeKernel } from "./native-kernel.ts";

export interface Answerer {
  /** Where answers come from: the observed root, 0 while there is none. */
  root: number;
  /** The slot at octet `at` of the slab; gives the octets of its answer, 0 for none. */
  readonly answer: (slab: TableViews, at: number) => number;
  /** `count` slots, the first at octet `first`, each `stride` octets after the one before. */
  readonly answerBatch: (slab: TableViews, first: number, stride: number, count: number) => void;
  /** Answers the slot at octet `at`, whose verdict is SLOW, when nobody takes it. */
  readonly refuseSlow: (slab: TableViews, at: number) => number;
  /** What a native pump calls without a way through JavaScript; null if it must come this way. */
  readonly native: NativeKernelHandle | null;
}

/** Makes the kernel of one thread. Throws if the native one is asked for and cannot be loaded. */
export function createAnswerer(
  kind: "ts" | "native",
  memory: KernelMemory,
  options: KernelOptions,
): Answerer {
  if (kind === "native") return createNative(memory, options);
  const kernel = createKernel(memory, options);
  const answerer: Answerer = {
    root: 0,
    answer: (slab, at) => {
      kernel.root = answerer.root;
      observeSettings(kernel.settings);
      return answer(kernel, slab, at);
    },
    answerBatch: (slab, first, stride, count) => {
      kernel.root = answerer.root;
      answerBatch(kernel, slab, first, stride, count);
    },
    refuseSlow: (slab, at) => refuseSlow(kernel, slab, at),
    native: null,
  };
  return answerer;
}

function createNative(memory: KernelMemory, options: KernelOptions): Answerer {
  const loaded = loadNative();
  if (loaded.addon === null) throw new Error(`no native kernel: ${loaded.reason}`);
  const kernel = createNativeKernel(loaded.addon, memory, options);
  const refuser = createKernel(memory, options);
  const answerer: Answerer = {
    root: 0,
    answer: (slab, at) => {
      kernel.answerBatch(answerer.root, slab.u8, at, 0, 1);
      return slab.u32[(at + PACKET_SLOT_SIZE_OUT) >> 2]!;
    },
    answerBatch: (slab, first, stride, count) => {
      kernel.answerBatch(answerer.root, slab.u8, first, stride, count);
    },
    refuseSlow: (slab, at) => {
      observeSettings(refuser.settings);
      return refuseSlow(refuser, slab, at);
    },
    native: kernel.handle,
  };
  return answerer;
}
