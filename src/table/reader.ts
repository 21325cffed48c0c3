// SPDX-License-Identifier: Apache-2.0
/**
 * Views of table memory: the same octets as numbers of 8, 16 and 32 bits.
 *
 * Why four typed arrays and not a DataView: an aligned element of a typed array is one load in the
 * hot path, and the layout promises alignment (S1). The views are made once per memory; whoever
 * reads holds the record and never asks what kind of buffer lies behind it.
 *
 * Invariants
 *   V1  The memory's size is a multiple of 4 and its first octet is octet 0 of the table.
 *   V2  Integers are little-endian. A machine of the other order is refused (`littleEndian`).
 */
import { assert } from "../base/assert.ts";
import * as at from "../layout/gen/table.ts";
import { DIGEST_SIZE } from "./digest.ts";

/** One memory, four ways to read it. `u16[offset >> 1]`, `u32[offset >> 2]`, `i32[offset >> 2]`. */
export interface TableViews {
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
}

/** Views of a whole buffer. Throws a Breach if its size is no multiple of 4. */
export function tableViews(buffer: ArrayBufferLike): TableViews {
  assert(buffer.byteLength % 4 === 0, "the size of table memory is a multiple of 4");
  return {
    u8: new Uint8Array(buffer),
    u16: new Uint16Array(buffer),
    u32: new Uint32Array(buffer),
    i32: new Int32Array(buffer),
  };
}

/** Views of octets that lie anywhere; they are copied if they do not start on a multiple of 4. */
export function viewsOf(octets: Uint8Array): TableViews {
  const whole = octets.length - (octets.length % 4);
  const aligned = octets.byteOffset % 4 === 0 ? octets : octets.slice();
  const { buffer, byteOffset } = aligned;
  return {
    u8: new Uint8Array(buffer, byteOffset, whole),
    u16: new Uint16Array(buffer, byteOffset, whole / 2),
    u32: new Uint32Array(buffer, byteOffset, whole / 4),
    i32: new Int32Array(buffer, byteOffset, whole / 4),
  };
}

/** True where integers in memory have the table's order of octets. */
export function littleEndian(): boolean {
  return new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
}

/** Kind of the segment at `ref`, one of segmentKinds in a sound table. */
export function segmentKind(views: TableViews, ref: number): number {
  return views.u32[(ref + at.SEGMENT_KIND) >> 2]!;
}

/** Octets of the segment at `ref`. */
export function segmentLength(views: TableViews, ref: number): number {
  return views.u32[(ref + at.SEGMENT_LENGTH) >> 2]!;
}

/** A copy of the digest of the segment at `ref`, DIGEST_SIZE octets. */
export function segmentDigestAt(views: TableViews, ref: number): Uint8Array {
  const from = ref + at.SEGMENT_DIGEST;
  return views.u8.slice(from, from + DIGEST_SIZE);
}

/** The octets of a Text at the absolute offset `ref`, as a string. For people, never in the hot path. */
export function readText(views: TableViews, ref: number): string {
  const from = ref + at.TEXT_SIZE;
  return new TextDecoder().decode(views.u8.slice(from, from + views.u32[ref >> 2]!));
}

/** True if the Text at the absolute offset `a` stands before the one at `b`, by their octets. */
export function textBefore(views: TableViews, a: number, b: number): boolean {
  const sizeA = views.u32[a >> 2]!;
  const sizeB = views.u32[b >> 2]!;
  for (let i = at.TEXT_SIZE; i < at.TEXT_SIZE + Math.min(sizeA, sizeB); i += 1) {
    const difference = views.u8[a + i]! - views.u8[b + i]!;
    if (difference !== 0) return difference < 0;
  }
  return sizeA < sizeB;
}

/** Where the RRset of signatures begins that follows the one at `rrset` (T5). */
export function signaturesAt(views: TableViews, rrset: number): number {
  const length = views.u16[(rrset + at.RRSET_LENGTH) >> 1]!;
  const fixups = views.u16[(rrset + at.RRSET_FIXUP_COUNT) >> 1]!;
  return (rrset + at.RRSET_SIZE + length + (length & 1) + fixups * 2 + 3) & ~3;
}
