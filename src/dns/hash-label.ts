// SPDX-License-Identifier: Apache-2.0
/** How hashes of names are spelled: Base32 with the extended hex alphabet (RFC 4648 §7, RFC 5155). */

export const BASE32_DIGITS = "0123456789abcdefghijklmnopqrstuv";

const CODES = Uint8Array.from(BASE32_DIGITS, (digit) => digit.charCodeAt(0));

/** Octets of a SHA-1 hash, and of the label that spells it, length octet included. */
const HASH_SIZE = 20;
export const HASH_LABEL_SIZE = 33;

/** Writes the label of the hash octets[from, from + 20) to `out` at `at` (RFC 5155 §3). */
export function putHashLabel(out: Uint8Array, at: number, octets: Uint8Array, from: number): void {
  let bits = 0;
  let held = 0;
  let to = at + 1;
  for (let i = 0; i < HASH_SIZE; i += 1) {
    bits = ((bits << 8) | octets[from + i]!) & 0xfff;
    for (held += 8; held >= 5; held -= 5) {
      out[to] = CODES[(bits >> (held - 5)) & 31]!;
      to += 1;
    }
  }
  out[at] = HASH_LABEL_SIZE - 1;
}

/** The hash that the label at `at` spells in lower case; null if it spells none of 20 octets. */
export function hashOfLabel(octets: Uint8Array, at: number): Uint8Array | null {
  if (octets[at] !== HASH_LABEL_SIZE - 1) return null;
  const out = new Uint8Array(HASH_SIZE);
  let bits = 0;
  let held = 0;
  let size = 0;
  for (let i = at + 1; i < at + HASH_LABEL_SIZE; i += 1) {
    const digit = CODES.indexOf(octets[i]!);
    if (digit < 0) return null;
    bits = ((bits << 5) | digit) & 0xfff;
    held += 5;
    if (held < 8) continue;
    held -= 8;
    out[size] = bits >> held;
    size += 1;
  }
  return out;
}
