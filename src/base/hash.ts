// SPDX-License-Identifier: Apache-2.0
/**
 * The hash of names, one for every index in the house: table shards, zone indexes, statistics.
 *
 * It is taken label by label from the root inwards, and not octet by octet from the left, because
 * a lookup walks a name in that direction: the hash of a child is the hash of its parent extended
 * by one label, so the whole search for the closest encloser costs one pass over the name.
 * FNV-1a suffices: the slots it chooses are bounded by a stored longest probe distance, and the
 * finaliser spreads its weak low bits.
 *
 * Invariants
 *   H1  Input is lower case; the hash does not fold case.
 *   H2  The length octet of a label is hashed before its octets, so `ab.c` and `a.bc` differ.
 *   H3  The results are part of the table format: changing them is a change of format.
 */

/** The hash of the root name: FNV-1a's offset basis. */
export const NAME_HASH_ROOT = 0x811c9dc5 | 0;

const FNV_PRIME = 0x01000193;

/**
 * Extends the hash of a parent name by one label in front of it: FNV-1a over the label's length
 * octet and then its octets. `at` is the offset of the first octet after the length octet, `size`
 * the label's size. Lower-case input. Signed 32-bit result.
 */
export function hashLabel(parent: number, octets: Uint8Array, at: number, size: number): number {
  let hash = Math.imul(parent ^ size, FNV_PRIME);
  for (let i = at, end = at + size; i < end; i += 1) hash = Math.imul(hash ^ octets[i]!, FNV_PRIME);
  return hash;
}

/** Spreads a name hash for use as slot or shard number (murmur3's fmix32). Unsigned result. */
export function mixHash(hash: number): number {
  let h = hash | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** At most 127 labels and the root fit into a name of 255 octets (RFC 1035 §2.3.4). */
const labelAt = new Uint32Array(128);

/**
 * The hash of a whole uncompressed name: labels taken from the root inwards. `size` counts the
 * root's octet. Lower-case input, well-formed. Signed 32-bit result.
 */
export function nameHash(octets: Uint8Array, at: number, size: number): number {
  const end = at + size - 1;
  let count = 0;
  for (let i = at; i < end && count < 128; i += 1 + octets[i]!) {
    labelAt[count] = i;
    count += 1;
  }
  let hash = NAME_HASH_ROOT;
  for (let i = count - 1; i >= 0; i -= 1) {
    const label = labelAt[i]!;
    hash = hashLabel(hash, octets, label + 1, octets[label]!);
  }
  return hash;
}
