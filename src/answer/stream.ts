// SPDX-License-Identifier: Apache-2.0
/**
 * TCP framing as a machine: chunks in, whole messages out (RFC 1035 §4.2.2, RFC 7766 §8).
 *
 * A connection holds no buffer while nothing is pending: thousands of idle ones cost only their
 * sockets. A frame that arrives in one chunk, which is nearly every frame, is handed on in place.
 *
 * Invariants
 *   F1  However the octets are cut into chunks, the same frames come out in the same order.
 *   F2  At most one partial frame is kept, and no more room for it than twice what has arrived: who
 *       announces 65,535 octets and sends two takes the memory of two.
 *   F3  Who takes a frame may stop: what is behind it is not touched, and is to be given again.
 */
import { HEADER_SIZE } from "../layout/limits.ts";

/** Room for a partial frame, at first. */
const PARTIAL_SIZE_MIN = 64;

export interface Framer {
  /** Octets of a frame that is not whole, its length in front; null if there is none. */
  partial: Uint8Array | null;
  /** Octets of `partial` in use. */
  filled: number;
}

export function createFramer(): Framer {
  return { partial: null, filled: 0 };
}

/**
 * Takes a chunk; calls `onFrame(octets, at, size)` for each whole message in it, in order, until it
 * gives false. The octets are only lent. Gives how many of the chunk were taken, or -1 if a frame is
 * too short to be a message, which is malformed: the connection is to be closed, since its frames
 * can no longer be told apart from noise.
 */
export function pushChunk(
  framer: Framer,
  chunk: Uint8Array,
  onFrame: (octets: Uint8Array, at: number, size: number) => boolean,
): number {
  let at = 0;
  if (framer.partial !== null) {
    at = complete(framer, chunk);
    if (at < 0) return chunk.length;
    const frame = framer.partial;
    const size = framer.filled - 2;
    framer.partial = null;
    framer.filled = 0;
    if (size < HEADER_SIZE) return -1;
    if (!onFrame(frame, 2, size)) return at;
  }
  while (chunk.length - at >= 2) {
    const size = (chunk[at]! << 8) | chunk[at + 1]!;
    if (size < HEADER_SIZE) return -1;
    if (at + 2 + size > chunk.length) break;
    const goOn = onFrame(chunk, at + 2, size);
    at += 2 + size;
    if (!goOn) return at;
  }
  if (at < chunk.length) add(framer, chunk.subarray(at));
  return chunk.length;
}

/** Adds to the partial frame; gives the octets of `chunk` used if it is whole now, else -1. */
function complete(framer: Framer, chunk: Uint8Array): number {
  let at = 0;
  if (framer.filled < 2) {
    if (chunk.length === 0) return -1;
    add(framer, chunk.subarray(0, 1));
    at = 1;
  }
  const partial = framer.partial!;
  const end = 2 + ((partial[0]! << 8) | partial[1]!);
  const size = Math.min(end - framer.filled, chunk.length - at);
  add(framer, chunk.subarray(at, at + size));
  return framer.filled === end ? at + size : -1;
}

/** Keeps octets of a frame that is not whole; the room is doubled as they come. */
function add(framer: Framer, octets: Uint8Array): void {
  const size = framer.filled + octets.length;
  if (framer.partial === null || framer.partial.length < size) {
    const grown = new Uint8Array(Math.max(PARTIAL_SIZE_MIN, 2 * framer.filled, size));
    if (framer.partial !== null) grown.set(framer.partial.subarray(0, framer.filled));
    framer.partial = grown;
  }
  framer.partial.set(octets, framer.filled);
  framer.filled = size;
}
