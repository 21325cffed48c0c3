// SPDX-License-Identifier: Apache-2.0
/**
 * Keys of denial segments: octets that compare as what they stand for is ordered.
 *
 *   NSEC   the labels in front of the apex from the apex outwards, each octet 0 and 1 escaped as
 *          1 1 and 1 2, each label closed by 0: octet order is canonical order (RFC 4034 §6.1)
 *   NSEC3  the hash of the owner: octet order is hash order (RFC 5155 §7.1)
 *
 * Why a key and not the name: canonical order compares labels from their right, so every step of a
 * search would take two names apart; keys compare octet by octet, and one search serves both forms.
 *
 * Twins: native/src/denial.cc, native/src/denial_key.hh.
 */

/**
 * Writes the key of the labels [from, to) of a name to `out`; labelAt[i] is where label i lies in
 * `octets`, lower case. Gives its size. `out` has DENIAL_KEY_SIZE_MAX octets.
 */
export function putNameKey(
  out: Uint8Array,
  octets: Uint8Array,
  labelAt: ArrayLike<number>,
  from: number,
  to: number,
): number {
  let size = 0;
  for (let label = to - 1; label >= from; label -= 1) {
    const at = labelAt[label]!;
    const end = at + 1 + octets[at]!;
    for (let i = at + 1; i < end; i += 1) {
      const octet = octets[i]!;
      if (octet <= 1) {
        out[size] = 1;
        size += 1;
      }
      out[size] = octet <= 1 ? octet + 1 : octet;
      size += 1;
    }
    out[size] = 0;
    size += 1;
  }
  return size;
}

/**
 * The first 4 octets of the key octets[at, at + size) as a number, zeros behind a shorter key: keys
 * whose prefixes differ are in the order of these, and nearly all differ. Unsigned result.
 */
export function keyPrefix(octets: Uint8Array, at: number, size: number): number {
  let prefix = 0;
  for (let i = 0; i < 4; i += 1) prefix = (prefix << 8) | (i < size ? octets[at + i]! : 0);
  return prefix >>> 0;
}
