// SPDX-License-Identifier: Apache-2.0
/**
 * A segment under examination: reads that first ask whether what they read is there.
 *
 * The openers meet octets that may say anything. All of their reads go through a Part, whose bounds
 * are known to lie in the memory, and lists are asked for with their size before they are walked.
 *
 * Invariants
 *   E1  [ref, ref + length) lies in the memory, ref is a multiple of SEGMENT_ALIGN, length of 4.
 *   E2  A list is walked only after `holds` said yes.
 */
import { type Fault, type FaultKey, fault } from "../base/faults.ts";
import * as layout from "../layout/gen/table.ts";
import { LABEL_SIZE_MAX, NAME_SIZE_MAX } from "../layout/limits.ts";
import type { TableViews } from "./reader.ts";

export interface Part {
  readonly views: TableViews;
  /** Absolute offset of the segment. */
  readonly ref: number;
  /** Its octets. */
  readonly length: number;
}

/** True if `count` things of `width` octets lie inside the part at `at`, aligned to 4, behind its head. */
export function holds(part: Part, at: number, count: number, width: number): boolean {
  return at >= layout.SEGMENT_SIZE && at % 4 === 0 && at + count * width <= part.length;
}

/** The u32 at an offset inside the part. */
export function word(part: Part, at: number): number {
  return part.views.u32[(part.ref + at) >> 2]!;
}

/** The u16 at an even offset inside the part. */
export function half(part: Part, at: number): number {
  return part.views.u16[(part.ref + at) >> 1]!;
}

/** The octet at an offset inside the part. */
export function octet(part: Part, at: number): number {
  return part.views.u8[part.ref + at]!;
}

/** A field of the struct that follows the segment's head. */
export function field(part: Part, offset: number): number {
  return word(part, layout.SEGMENT_SIZE + offset);
}

/** True if a Text stands at `at`. */
export function holdsText(part: Part, at: number): boolean {
  return (
    holds(part, at, 1, layout.TEXT_SIZE) &&
    holds(part, at, 1, layout.TEXT_SIZE + word(part, at + layout.TEXT_LENGTH))
  );
}

/**
 * Walks labels from `at` to at most `end`: lower case, 1 to 63 octets. Gives the offset of what
 * ends them, the root's zero octet, a pointer, or `end`; −1 if they are malformed.
 */
export function walkLabels(part: Part, at: number, end: number, anyCase = false): number {
  let here = at;
  while (here < end) {
    const size = octet(part, here);
    if (size === 0 || size >= 0xc0) return here;
    if (size > LABEL_SIZE_MAX || here + 1 + size > end) return -1;
    if (here + 1 + size - at >= NAME_SIZE_MAX) return -1;
    if (!anyCase && hasUpperCase(part, here + 1, size)) return -1;
    here += 1 + size;
  }
  return here;
}

function hasUpperCase(part: Part, at: number, size: number): boolean {
  for (let i = 0; i < size; i += 1) {
    const one = octet(part, at + i);
    if (one >= 0x41 && one <= 0x5a) return true;
  }
  return false;
}

/** True if a whole uncompressed name of `size` octets stands at `at`. */
export function holdsName(part: Part, at: number, size: number): boolean {
  if (size < 1 || size > NAME_SIZE_MAX || !holds(part, at, size, 1)) return false;
  return walkLabels(part, at, at + size) === at + size - 1 && octet(part, at + size - 1) === 0;
}

/** A fault with the place in the table. */
export function found(key: FaultKey, part: Part, at: number, detail: string): Fault {
  const where = `${detail} (segment ${part.ref}, offset ${at})`;
  return fault(key, { file: "", line: 0, column: 0 }, where);
}
