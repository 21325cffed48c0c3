// SPDX-License-Identifier: Apache-2.0
/**
 * Partitions of an address space, and the folding of several into one.
 *
 * A layer is a *step function*: sorted starts, each with a value that holds until the next start.
 * Laying one layer over another is then one merge of two sorted lists, whatever their prefixes look
 * like. The obvious other way, a binary trie with pushed-down values, needs an object per node and
 * still has to find equal neighbours at the end; here they vanish while they are written.
 *
 *   geography  ──a────────b──────────────
 *   over it    ──────x─────────.─────────   `.` is NONE: transparent
 *   folded     ──a───x─────────b─────────
 *
 * Keys have 64 bits: an IPv6 address without its interface half, or an IPv4 address followed by
 * zeros. So both families share every line, and only the longest prefix length differs.
 *
 * Invariants
 *   P1  Starts rise strictly, the first is 0, and neighbours have different values.
 *   P2  The cover of a step function is disjoint, complete, aligned and minimal: each run of one
 *       value is cut greedily into the largest aligned networks, and that cover is unique.
 *   P3  So a folding depends on what its layers say of each address, never on their order in memory.
 */
import { assert } from "../base/assert.ts";
import { createList, push, toArray, type U32List } from "./list.ts";

/** The value of an address of which a layer says nothing. */
export const NONE = 0xffffffff;

/** Values are u32 of the caller's choice. */
export interface Steps {
  readonly high: U32List;
  readonly low: U32List;
  readonly values: U32List;
}

/** Networks of one layer: sorted by start, disjoint, aligned. `lows` is null for IPv4. */
export interface Networks {
  readonly highs: Uint32Array;
  readonly lows: Uint32Array | null;
  /** 0..32 for IPv4, 0..64 for IPv6. */
  readonly lengths: Uint8Array;
}

/** A partition as networks: starts, and values with their prefix lengths apart. */
export interface Cover {
  readonly highs: Uint32Array;
  readonly lows: Uint32Array;
  readonly values: Uint32Array;
  readonly lengths: Uint8Array;
}

const TWO_32 = 0x1_0000_0000;

/** The step function of networks; `valueAt` is asked once for each. Gaps are `otherwise`. */
export function stepsOf(
  networks: Networks,
  valueAt: (index: number) => number,
  otherwise: number = NONE,
): Steps {
  const { highs, lows, lengths } = networks;
  const steps = createSteps();
  append(steps, 0, 0, otherwise);
  let endHigh = 0;
  let endLow = 0;
  for (let i = 0; i < highs.length; i += 1) {
    const high = highs[i]!;
    const low = lows === null ? 0 : lows[i]!;
    const length = lengths[i]!;
    assert(
      high > endHigh || (high === endHigh && low >= endLow),
      "networks overlap or are unsorted",
    );
    append(steps, high, low, valueAt(i));
    endHigh = high;
    endLow = low;
    if (length <= 32) endHigh += 2 ** (32 - length);
    else endLow += 2 ** (64 - length);
    if (endLow === TWO_32) {
      endHigh += 1;
      endLow = 0;
    }
    if (endHigh < TWO_32) append(steps, endHigh, endLow, otherwise);
  }
  return steps;
}

/** `over` where it speaks, `under` where it is NONE. */
export function overlay(under: Steps, over: Steps): Steps {
  const out = createSteps(under.values.size + 2 * over.values.size);
  sweep(under, over, (high, low, valueUnder, valueOver) => {
    append(out, high, low, valueOver === NONE ? valueUnder : valueOver);
  });
  return out;
}

/** Visits the pieces of the common refinement of `a` and `b` in order, each by its start. */
export function sweep(
  a: Steps,
  b: Steps,
  visit: (high: number, low: number, valueA: number, valueB: number) => void,
): void {
  const [aHigh, aLow, aValues] = [a.high.items, a.low.items, a.values.items];
  const [bHigh, bLow, bValues] = [b.high.items, b.low.items, b.values.items];
  let i = 0;
  let j = 0;
  // By P1 both begin at 0, so the first piece is that of the first entries.
  let high = 0;
  let low = 0;
  for (;;) {
    visit(high, low, aValues[i]!, bValues[j]!);
    const isLastA = i + 1 >= a.values.size;
    const isLastB = j + 1 >= b.values.size;
    if (isLastA && isLastB) return;
    let order = isLastA ? 1 : -1;
    if (!isLastA && !isLastB) {
      order = aHigh[i + 1]! - bHigh[j + 1]! || aLow[i + 1]! - bLow[j + 1]!;
    }
    if (order <= 0) i += 1;
    if (order >= 0) j += 1;
    high = order <= 0 ? aHigh[i]! : bHigh[j]!;
    low = order <= 0 ? aLow[i]! : bLow[j]!;
  }
}

/** The unique minimal cover by aligned networks (P2). `bits` is 32 or 64. */
export function coverOf(steps: Steps, bits: 32 | 64): Cover {
  const highs = createList(steps.values.size + 64);
  const lows = createList(bits === 32 ? 0 : steps.values.size + 64);
  const values = createList(steps.values.size + 64);
  const lengths = createList(steps.values.size + 64);
  for (let i = 0; i < steps.values.size; i += 1) {
    const value = steps.values.items[i]!;
    let high = steps.high.items[i]!;
    let low = steps.low.items[i]!;
    // The last key of the run: one before the next start, or the end of the space.
    const isLast = i + 1 === steps.values.size;
    let lastHigh = isLast ? 0xffffffff : steps.high.items[i + 1]!;
    let lastLow = isLast ? 0xffffffff : steps.low.items[i + 1]! - 1;
    if (lastLow < 0) {
      lastHigh -= 1;
      lastLow = 0xffffffff;
    }
    while (high < lastHigh || (high === lastHigh && low <= lastLow)) {
      const free = blockBits(high, low, lastHigh, lastLow);
      push(highs, high);
      if (bits === 64) push(lows, low);
      push(values, value);
      push(lengths, 64 - free);
      if (free >= 32) high += 2 ** (free - 32);
      else low += 2 ** free;
      if (low === TWO_32) {
        high += 1;
        low = 0;
      }
    }
  }
  return {
    highs: toArray(highs),
    lows: toArray(lows),
    values: toArray(values),
    lengths: Uint8Array.from(toArray(lengths)),
  };
}

/** Index of the network that holds a key: the last start that is not above it. */
export function findNetwork(
  highs: Uint32Array,
  lows: Uint32Array | null,
  high: number,
  low: number,
): number {
  let below = 0;
  let above = highs.length;
  while (above - below > 1) {
    const middle = (below + above) >>> 1;
    const isAbove =
      highs[middle]! > high || (lows !== null && highs[middle]! === high && lows[middle]! > low);
    if (isAbove) above = middle;
    else below = middle;
  }
  return below;
}

/** log2 of the largest aligned block that starts at (high, low) and does not pass the last key. */
function blockBits(high: number, low: number, lastHigh: number, lastLow: number): number {
  const aligned = low !== 0 ? trailingZeros(low) : 32 + (high !== 0 ? trailingZeros(high) : 32);
  let spanLow = lastLow - low;
  let spanHigh = lastHigh - high;
  if (spanLow < 0) {
    spanLow += TWO_32;
    spanHigh -= 1;
  }
  // A block of 2^k keys fits if 2^k − 1 ≤ span.
  const spanBits = spanHigh !== 0 ? 64 - Math.clz32(spanHigh) : 32 - Math.clz32(spanLow);
  const isAllOnes = spanLow === lowOnes(spanBits) && spanHigh === lowOnes(spanBits - 32);
  return Math.min(aligned, isAllOnes ? spanBits : spanBits - 1);
}

/** The number whose `count` lowest bits are ones, of 32. */
function lowOnes(count: number): number {
  return count <= 0 ? 0 : 0xffffffff >>> (32 - Math.min(32, count));
}

function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word);
}

function createSteps(capacity = 1024): Steps {
  return { high: createList(capacity), low: createList(capacity), values: createList(capacity) };
}

/** Says that `value` holds from here on. Starts come in order; a repeated start overrides. */
function append(steps: Steps, high: number, low: number, value: number): void {
  const { values } = steps;
  let last = values.size - 1;
  if (last >= 0 && steps.high.items[last] === high && steps.low.items[last] === low) {
    steps.high.size = steps.low.size = values.size = last;
    last -= 1;
  }
  if (last >= 0 && values.items[last] === value) return;
  push(steps.high, high);
  push(steps.low, low);
  push(values, value);
}
