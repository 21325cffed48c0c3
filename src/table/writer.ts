// SPDX-License-Identifier: Apache-2.0
/**
 * The pen of the builders: octets that grow, with integers in the table's order.
 *
 * A builder writes a segment from its first octet to its last and keeps offsets, never pointers, so
 * the memory may move while it grows. Several segments may stand in one writer, one behind the
 * other; refs are then taken from the start of each.
 *
 * Invariants
 *   W1  What was skipped is zero: padding is zeros on every machine, so digests are equal.
 */
import { assert } from "../base/assert.ts";
import * as at from "../layout/gen/table.ts";
import { TABLE_SIZE_MAX } from "../layout/limits.ts";
import { type Digest, leafDigest } from "./digest.ts";

export interface Writer {
  octets: Uint8Array;
  view: DataView;
  /** Where the next octet goes. */
  at: number;
}

/** A writer with room for `room` octets, more if needed. */
export function createWriter(room = 4096): Writer {
  const octets = new Uint8Array(Math.max(64, room));
  return { octets, view: new DataView(octets.buffer), at: 0 };
}

/** A writer that begins in `octets`, which are zeros; what does not fit moves to own memory. */
export function writerOver(octets: Uint8Array): Writer {
  return { octets, view: new DataView(octets.buffer, octets.byteOffset, octets.length), at: 0 };
}

/** Makes sure that `size` more octets can be written. */
export function reserve(w: Writer, size: number): void {
  const needed = w.at + size;
  if (needed <= w.octets.length) return;
  assert(needed <= TABLE_SIZE_MAX, "what is built fits into table memory");
  const grown = new Uint8Array(Math.min(TABLE_SIZE_MAX, Math.max(needed, w.octets.length * 2)));
  grown.set(w.octets.subarray(0, w.at));
  w.octets = grown;
  w.view = new DataView(grown.buffer);
}

/** Leaves `size` octets as zeros and gives the offset of the first. */
export function skip(w: Writer, size: number): number {
  reserve(w, size);
  const here = w.at;
  w.at += size;
  return here;
}

/** Goes on at a multiple of `width`. */
export function align(w: Writer, width: number): void {
  skip(w, (width - (w.at % width)) % width);
}

export function put8(w: Writer, offset: number, value: number): void {
  w.view.setUint8(offset, value);
}

export function put16(w: Writer, offset: number, value: number): void {
  w.view.setUint16(offset, value, true);
}

export function put32(w: Writer, offset: number, value: number): void {
  w.view.setUint32(offset, value, true);
}

/** Appends octets as they are and gives the offset of the first. */
export function putOctets(w: Writer, octets: Uint8Array): number {
  const here = skip(w, octets.length);
  w.octets.set(octets, here);
  return here;
}

/** Appends a list of u32 and gives the offset of the first. */
export function putWords(w: Writer, words: ArrayLike<number>): number {
  const here = skip(w, words.length * 4);
  for (let i = 0; i < words.length; i += 1) w.view.setUint32(here + i * 4, words[i]!, true);
  return here;
}

/** Appends a Text and gives its offset. */
export function putText(w: Writer, text: string): number {
  const octets = new TextEncoder().encode(text);
  const here = skip(w, at.TEXT_SIZE);
  put32(w, here + at.TEXT_LENGTH, octets.length);
  putOctets(w, octets);
  align(w, 4);
  return here;
}

/** Begins a segment of `kind` whose own struct has `size` octets; gives the segment's offset. */
export function beginSegment(w: Writer, kind: number, size: number): number {
  const here = skip(w, at.SEGMENT_SIZE + size);
  put32(w, here + at.SEGMENT_KIND, kind);
  return here;
}

/** Ends the segment that began at `from`: its length is known now. */
export function endSegment(w: Writer, from: number): void {
  align(w, 4);
  put32(w, from + at.SEGMENT_LENGTH, w.at - from);
}

/** A segment that stands by itself, with its digest in place. */
export interface BuiltSegment {
  readonly octets: Uint8Array;
  readonly digest: Uint8Array;
}

/** Cuts a finished leaf segment out of its writer and seals it with its digest. */
export function sealLeaf(w: Writer, digest: Digest): BuiltSegment {
  const octets = w.octets.slice(0, w.at);
  const value = leafDigest(octets, digest);
  octets.set(value, at.SEGMENT_DIGEST);
  return { octets, digest: value };
}

/** The smallest b with count / 2^b ≤ meanMax: how many bits of a hash choose among shards. */
export function bitsFor(count: number, meanMax: number): number {
  let bits = 0;
  while (count > meanMax * 2 ** bits) bits += 1;
  return bits;
}
