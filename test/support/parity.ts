// SPDX-License-Identifier: Apache-2.0
/**
 * Two kernels over one table, asked the same: whatever differs afterwards is a fault of one of them.
 *
 * The whole slab is compared, not only what would be sent: also what was written and then taken
 * back tells of a difference, one question before it would be seen.
 */
import { join } from "node:path";
import { buildTargets } from "../../scripts/native/cmake.ts";
import { answerBatch } from "../../src/answer/kernel.ts";
import { LIMIT_MEMORY_WORDS } from "../../src/answer/limit.ts";
import { createKernel, type Kernel } from "../../src/answer/scratch.ts";
import { loadNative, type NativeAddon } from "../../src/io/native.ts";
import { createNativeKernel, type NativeKernel } from "../../src/io/native-kernel.ts";
import { COUNTER_BLOCK_WORDS } from "../../src/layout/gen/counters.ts";
import * as slot from "../../src/layout/gen/slab.ts";
import { PLAN_ROW_WORDS } from "../../src/table/plans.ts";
import { type TableViews, tableViews } from "../../src/table/reader.ts";

/** The two kernels, each with counters, cursors and a slab of its own. */
export interface Pair {
  readonly script: Kernel;
  readonly native: NativeKernel;
  readonly nativeCounters: Float64Array;
  readonly nativeLimits: Int32Array;
  readonly nativeSlab: Uint8Array;
}

/** Thrown by askBoth: what was asked and what the two said. */
/** What both say of themselves. */
const WORKER = 107;

export class Difference extends Error {}

export function createPair(
  addon: NativeAddon,
  memory: { readonly table: TableViews; readonly plans: Int32Array; readonly settings: Int32Array },
  root: number,
  slabSize: number,
  udpSizeMax = 1232,
): Pair {
  const planRows = Math.floor(memory.plans.length / PLAN_ROW_WORDS);
  const block = () => new Float64Array(COUNTER_BLOCK_WORDS);
  const limits = () => new Int32Array(LIMIT_MEMORY_WORDS);
  const own = { ...memory, counters: block(), planRows, limits: limits() };
  const script = createKernel(own, { udpSizeMax, worker: WORKER });
  script.root = root;
  const nativeCounters = block();
  const nativeLimits = limits();
  const its = { ...memory, counters: nativeCounters, planRows, limits: nativeLimits };
  return {
    script,
    native: createNativeKernel(addon, its, { udpSizeMax, worker: WORKER }),
    nativeCounters,
    nativeLimits,
    nativeSlab: new Uint8Array(slabSize),
  };
}

/** Has both answer the slots of `slab`, in place and in a copy; throws a Difference if there is one. */
export function askBoth(
  pair: Pair,
  slab: TableViews,
  stride: number,
  count: number,
  story: string,
): void {
  const { script, native, nativeSlab, nativeCounters } = pair;
  const end = stride * count;
  nativeSlab.set(slab.u8.subarray(0, end));
  const asked = story === "" ? null : nativeSlab.slice(0, end);
  answerBatch(script, slab, 0, stride, count);
  native.answerBatch(script.root, nativeSlab, 0, stride, count);
  if (!same(slab.u8.subarray(0, end), nativeSlab.subarray(0, end))) {
    throw new Difference(`${story}\n${tell(slab.u8, nativeSlab, asked, stride, count)}`);
  }
  if (!same(octets(script.counters), octets(nativeCounters))) {
    const list = [...script.counters].map((n, i) => `${i}: ${n} / ${nativeCounters[i]}`);
    throw new Difference(`${story}\ncounters differ: ${list.join(", ")}`);
  }
}

/** Compares what outlives a batch: to be called now and then, and at the end. */
export function compareCursors(pair: Pair): void {
  if (!same(octets(pair.script.limiter.words), octets(pair.nativeLimits))) {
    throw new Difference("the buckets of the rate limiter differ");
  }
  if (same(octets(pair.script.cursors), octets(pair.native.cursors))) return;
  const row = pair.script.cursors.findIndex((n, i) => n !== pair.native.cursors[i]);
  throw new Difference(`the cursors of row ${row} differ`);
}

const octets = (words: Float64Array | Uint32Array | Int32Array): Uint8Array =>
  new Uint8Array(words.buffer, words.byteOffset, words.byteLength);

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** The first slot that differs, in hexadecimal. */
function tell(
  a: Uint8Array,
  b: Uint8Array,
  asked: Uint8Array | null,
  stride: number,
  count: number,
): string {
  for (let i = 0; i < count; i += 1) {
    const from = i * stride;
    const [one, other] = [a.subarray(from, from + stride), b.subarray(from, from + stride)];
    if (same(one, other)) continue;
    const where = one.findIndex((octet, at) => octet !== other[at]);
    const message = (slab: Uint8Array, field: number): string => {
      const size = new DataView(slab.buffer, slab.byteOffset).getUint32(field, true);
      return Buffer.from(
        slab.subarray(slot.PACKET_SLOT_SIZE, slot.PACKET_SLOT_SIZE + size),
      ).toString("hex");
    };
    const lines = [`slot ${i} differs at octet ${where - slot.PACKET_SLOT_SIZE} of the message`];
    if (asked !== null) {
      const request = asked.subarray(from, from + stride);
      lines.push(`asked      ${message(request, slot.PACKET_SLOT_SIZE_IN)}`);
      lines.push(
        `slot       ${Buffer.from(request.subarray(0, slot.PACKET_SLOT_SIZE)).toString("hex")}`,
      );
    }
    lines.push(`TypeScript ${message(one, slot.PACKET_SLOT_SIZE_OUT)}`);
    lines.push(`native     ${message(other, slot.PACKET_SLOT_SIZE_OUT)}`);
    return lines.join("\n");
  }
  return "";
}

/** A slab of `count` slots, `stride` octets each, which say that they hold `room`. */
export function createSlots(count: number, stride: number, room: number): TableViews {
  const slab = tableViews(new ArrayBuffer(count * stride));
  for (let i = 0; i < count; i += 1) {
    slab.u32[(i * stride + slot.PACKET_SLOT_ROOM) >> 2] = room;
  }
  return slab;
}

/** Builds one of the addons that only tests want; gives its file. Throws what the compiler says. */
export function buildAddon(target: "azimuth_planted" | "azimuth_sanitized"): string {
  return join(buildTargets(target), `${target}.node`);
}

/** The addon that is wrong in one comparison. */
export function plantedAddon(): NativeAddon {
  const loaded = loadNative(buildAddon("azimuth_planted"));
  if (loaded.addon === null) throw new Error(loaded.reason);
  return loaded.addon;
}
