// SPDX-License-Identifier: Apache-2.0
/**
 * TCP framing as a machine: chunks in, whole messages out (RFC 1035 §4.2.2, RFC 7766 §8).
 *
 * A connection holds no buffer while nothing is pending: thousands of idle ones cost only their
 * sockets. A frame that arrives in one chunk, which is nearly every frame, is handed on in place.
 *
 * Invariants
 *   F1  However the octets are cut into chunks, the same frames come out in the same order.
 *   F2  At most one partial frame is kept, 2 + 65,535 octets.
 */
import { HEADER_SIZE } from "../layout/limits.ts";

export interface Framer {
  /** Octets of a frame that is not whole, its length prefix included; null if there is none. */
  partial: Uint8Array | null;
  /** Octets of `partial` in use. */
  filled: number;
}

export function createFramer(): Framer {
  return { partial: null, filled: 0 };
}

/**
 * Takes a chunk; calls `onFrame(octets, at, size)` for each whole message in it, in order. The
 * octets are only lent. Gives false if a frame is too short to be a message, which is malformed:
 * the connection is to be closed, since its frames can no longer be told apart from noise.
 */
export function pushChunk(
  framer: Framer,
  chunk: Uint8Array,
  onFrame: (octets: Uint8Array, at: number, size: number) => void,
): boolean {
  let at = 0;
  if (framer.partial !== null) {
    at = complete(framer, chunk);
    if (at < 0) return true;
    const frame = framer.partial;
    const size = framer.filled - 2;
    framer.partial = null;
    framer.filled = 0;
    if (size < HEADER_SIZE) return false;
    onFrame(frame, 2, size);
  }
  while (chunk.length - at >= 2) {
    const size = (chunk[at]! << 8) | chunk[at + 1]!;
    if (size < HEADER_SIZE) return false;
    if (at + 2 + size > chunk.length) break;
    onFrame(chunk, at + 2, size);
    at += 2 + size;
  }
  if (at < chunk.length) keep(framer, chunk, at);
  return true;
}

/** Keeps the beginning of a frame; the room is that of the whole frame if its length is known. */
function keep(framer: Framer, chunk: Uint8Array, at: number): void {
  const left = chunk.length - at;
  const size = left >= 2 ? (chunk[at]! << 8) | chunk[at + 1]! : 0;
  framer.partial = new Uint8Array(Math.max(2 + size, left));
  framer.partial.set(chunk.subarray(at));
  framer.filled = left;
}

/** Adds to the partial frame; gives the octets of `chunk` used if it is whole now, else -1. */
function complete(framer: Framer, chunk: Uint8Array): number {
  let at = 0;
  if (framer.filled < 2) {
    if (chunk.length === 0) return -1;
    const first = framer.partial![0]!;
    const second = chunk[0]!;
    framer.partial = new Uint8Array(2 + ((first << 8) | second));
    framer.partial[0] = first;
    framer.partial[1] = second;
    framer.filled = 2;
    at = 1;
  }
  const partial = framer.partial!;
  const size = Math.min(partial.length - framer.filled, chunk.length - at);
  partial.set(chunk.subarray(at, at + size), framer.filled);
  framer.filled += size;
  return framer.filled === partial.length ? at + size : -1;
}
