// SPDX-License-Identifier: Apache-2.0
/**
 * IPv4 clients that show themselves as IPv6: finds the IPv4 address inside transition prefixes.
 *
 * The rule. A form is recognised if the source prefix covers everything in front of the IPv4
 * address: at least `offset` bits. Of the IPv4 address, the bits inside the source prefix count and
 * the others are zero, as everywhere (an answer is decided on the zero-padded prefix). It is then
 * looked up as IPv4, and a scope of n bits is given back as offset + n.
 *
 *   form         prefix             IPv4 at    source needs
 *   mapped       ::ffff:0:0/96      96..127    96     RFC 4291 §2.5.5.2
 *   translated   ::ffff:0:0:0/96    96..127    96     RFC 7915 §1 (SIIT)
 *   NAT64        64:ff9b::/96       96..127    96     RFC 6052 §2.1
 *   Teredo       2001::/32          96..127    96     RFC 4380 §4, all bits inverted
 *   6to4         2002::/16          16..47     16     RFC 3056 §2
 *
 * A source prefix that is too short is looked up as plain IPv6. There the partition holds a PRIVATE
 * leaf for each of these prefixes (private.ts), so the resolver's address decides and no plain
 * answer ever claims a scope in which embedded clients get another one (semantics 2.4).
 *
 * The kernels inline these rules; this file is the reference.
 */

export interface Embedded {
  /** The IPv4 address, zero beyond `sourceBits`. */
  readonly address: number;
  /** Bits of the IPv4 address that the source prefix covers, 0..32. */
  readonly sourceBits: number;
  /** Where it stands; the scope of the IPv6 answer is `offset` plus that of the IPv4 lookup. */
  readonly offset: 16 | 96;
}

/** `octets` has 16, zero beyond `sourceBits` (0..128). Null if no IPv4 address can be told. */
export function findEmbedded(octets: Uint8Array, sourceBits: number): Embedded | null {
  const offset = embeddedOffset(octets);
  if (offset === 0 || sourceBits < offset) return null;
  const v4Bits = Math.min(32, sourceBits - offset);
  const raw = readU32(octets, offset >>> 3);
  const isInverted = offset === 96 && octets[0] === 0x20;
  return { address: cut(isInverted ? ~raw : raw, v4Bits), sourceBits: v4Bits, offset };
}

/** Where an address of this form holds its IPv4 address; 0 if it is of no such form. */
function embeddedOffset(octets: Uint8Array): 0 | 16 | 96 {
  const first = readU32(octets, 0);
  if (first >>> 16 === 0x2002) return 16;
  if (first === 0x2001_0000) return 96;
  const second = readU32(octets, 4);
  const third = readU32(octets, 8);
  if (first === 0x0064_ff9b) return second === 0 && third === 0 ? 96 : 0;
  if (first !== 0 || second !== 0) return 0;
  return third === 0x0000_ffff || third === 0xffff_0000 ? 96 : 0;
}

/** Keeps the first `bits` bits. A shift by 32 would be a shift by 0. */
function cut(address: number, bits: number): number {
  return bits === 0 ? 0 : (address & (-1 << (32 - bits))) >>> 0;
}

function readU32(octets: Uint8Array, at: number): number {
  const upper = (octets[at]! << 24) | (octets[at + 1]! << 16);
  return (upper | (octets[at + 2]! << 8) | octets[at + 3]!) >>> 0;
}
