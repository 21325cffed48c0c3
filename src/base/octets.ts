// SPDX-License-Identifier: Apache-2.0
/** Runs of octets against each other: DNS orders and tells apart by octets, never by characters. */

/**
 * Negative, zero or positive as a[aAt, aAt + aSize) stands before, at or behind b[bAt, bAt + bSize):
 * by octets, and the shorter of two that begin alike first (RFC 4034 §6.3).
 */
export function compareOctets(
  a: Uint8Array,
  aAt: number,
  aSize: number,
  b: Uint8Array,
  bAt: number,
  bSize: number,
): number {
  const common = Math.min(aSize, bSize);
  for (let i = 0; i < common; i += 1) {
    const order = a[aAt + i]! - b[bAt + i]!;
    if (order !== 0) return order;
  }
  return aSize - bSize;
}

/** Whether two arrays hold the same octets. */
export function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}
