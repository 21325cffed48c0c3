// SPDX-License-Identifier: Apache-2.0
/**
 * Digests of segments: two nodes that hold equal digests of the root hold equal tables.
 *
 * A leaf (ZoneShard, Map, Steering) holds no absolute ref, so its digest is taken over its octets.
 * A Directory, IndexShard or Zone names other segments by where they lie, which is a matter of one
 * process; its digest is taken with these refs zeroed and the children's digests appended, so that
 * the digest of the root is a Merkle tree over everything (T1).
 *
 * Invariants
 *   D1  The digest depends on the state alone: not on places, not on the order of changes (law 3).
 *   D2  `Directory.planRows` is process-local and counts as zeros; what plans say is soft state.
 *
 * SHA-256 is handed in: the core imports nothing, and the shell has a native one.
 */
import * as at from "../layout/gen/table.ts";

/** SHA-256, 32 octets. The shell passes node:crypto's. */
export type Digest = (octets: Uint8Array) => Uint8Array;

/** Octets of SHA-256 that a segment keeps: 128 bits are beyond any accident. */
export const DIGEST_SIZE = 16;

/** Digest of a leaf segment that lies in `octets`; its digest field is taken as zeros. */
export function leafDigest(octets: Uint8Array, digest: Digest): Uint8Array {
  const saved = octets.slice(at.SEGMENT_DIGEST, at.SEGMENT_DIGEST + DIGEST_SIZE);
  octets.fill(0, at.SEGMENT_DIGEST, at.SEGMENT_DIGEST + DIGEST_SIZE);
  const result = digest(octets).slice(0, DIGEST_SIZE);
  octets.set(saved, at.SEGMENT_DIGEST);
  return result;
}

/** A run of u32 words inside a segment, by octet offset. */
export interface WordRun {
  readonly at: number;
  readonly count: number;
  /** Octets between two words: 4 in a list, SLOT_SIZE in slots. */
  readonly step: number;
}

/**
 * Digest of an inner segment: `masked` words are taken as zeros, and `children` (their digests in
 * order, DIGEST_SIZE octets each) are appended.
 */
export function innerDigest(
  octets: Uint8Array,
  masked: readonly WordRun[],
  children: Uint8Array,
  digest: Digest,
): Uint8Array {
  const input = new Uint8Array(octets.length + children.length);
  input.set(octets);
  input.fill(0, at.SEGMENT_DIGEST, at.SEGMENT_DIGEST + DIGEST_SIZE);
  for (const run of masked) {
    for (let i = 0; i < run.count; i += 1) {
      const word = run.at + i * run.step;
      input.fill(0, word, word + 4);
    }
  }
  input.set(children, octets.length);
  return digest(input).slice(0, DIGEST_SIZE);
}

/** Several digests one behind the other. */
export function joinDigests(list: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(list.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of list) {
    out.set(one, at);
    at += one.length;
  }
  return out;
}

/** True if the DIGEST_SIZE octets of `a` at `atA` are those of `b` at `atB`. */
export function equalDigests(a: Uint8Array, atA: number, b: Uint8Array, atB: number): boolean {
  for (let i = 0; i < DIGEST_SIZE; i += 1) if (a[atA + i] !== b[atB + i]) return false;
  return true;
}

/** For people and heartbeats: 32 hexadecimal digits. */
export function digestText(digest: Uint8Array): string {
  return Array.from(digest, (octet) => octet.toString(16).padStart(2, "0")).join("");
}
