// SPDX-License-Identifier: Apache-2.0
/**
 * IPv4 and IPv6 addresses between text octets and wire octets.
 *
 * By hand over octets and not through the runtime's parser: the core has no `node:net`, the zone
 * scanner has no strings, and half of a large zone's lines are addresses.
 *
 * RFC 4291 §2.2 text forms of IPv6; RFC 5952 the one we write. IPv4 is the strict dotted quad.
 */

/** Writes the four octets of a dotted quad to `out` at `at`; false if it is none. */
export function writeIPv4(
  text: Uint8Array,
  from: number,
  end: number,
  out: Uint8Array,
  at: number,
): boolean {
  let part = 0;
  let digits = 0;
  let parts = 0;
  for (let i = from; i < end; i += 1) {
    const octet = text[i]!;
    if (octet === 0x2e) {
      if (digits === 0 || parts === 3) return false;
      out[at + parts] = part;
      parts += 1;
      part = 0;
      digits = 0;
      continue;
    }
    const digit = octet - 0x30;
    // A leading zero is refused: some read it as octal, and we shall not choose.
    if (digit < 0 || digit > 9 || (digits > 0 && part === 0)) return false;
    part = part * 10 + digit;
    digits += 1;
    if (part > 255) return false;
  }
  if (digits === 0 || parts !== 3) return false;
  out[at + 3] = part;
  return true;
}

/** The value of a hexadecimal digit, or -1. */
export function hexDigit(octet: number): number {
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
  const lower = octet | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Writes the sixteen octets of an IPv6 address to `out` at `at`; false if it is none. */
export function writeIPv6(
  text: Uint8Array,
  from: number,
  end: number,
  out: Uint8Array,
  at: number,
): boolean {
  let filled = 0;
  let gap = -1;
  let i = from;
  if (text[i] === 0x3a) {
    // Only a double colon may stand in front.
    if (i + 1 >= end || text[i + 1] !== 0x3a) return false;
    gap = 0;
    i += 2;
  }
  while (i < end) {
    if (filled >= 16) return false;
    const groupAt = i;
    let value = 0;
    while (i < end) {
      const digit = hexDigit(text[i]!);
      if (digit < 0) break;
      value = (value << 4) | digit;
      i += 1;
      if (i - groupAt > 4) return false;
    }
    if (i < end && text[i] === 0x2e) {
      if (filled > 12 || !writeIPv4(text, groupAt, end, out, at + filled)) return false;
      filled += 4;
      break;
    }
    if (i === groupAt) return false;
    out[at + filled] = value >>> 8;
    out[at + filled + 1] = value;
    filled += 2;
    if (i >= end) break;
    if (text[i] !== 0x3a) return false;
    i += 1;
    if (i < end && text[i] === 0x3a) {
      if (gap >= 0) return false;
      gap = filled;
      i += 1;
    } else if (i >= end) return false;
  }
  if (gap < 0) return filled === 16;
  if (filled > 14) return false;
  out.copyWithin(at + 16 - (filled - gap), at + gap, at + filled);
  out.fill(0, at + gap, at + 16 - (filled - gap));
  return true;
}

export function ipv4Text(octets: Uint8Array, at = 0): string {
  return `${octets[at]}.${octets[at + 1]}.${octets[at + 2]}.${octets[at + 3]}`;
}

/** RFC 5952: lower case, the longest run of two or more zero groups shortened, or the first. */
export function ipv6Text(octets: Uint8Array, at = 0): string {
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((octets[at + i]! << 8) | octets[at + i + 1]!);
  let runAt = -1;
  let runSize = 1;
  for (let i = 0; i < 8; i += 1) {
    let size = 0;
    while (i + size < 8 && groups[i + size] === 0) size += 1;
    if (size > runSize) {
      runAt = i;
      runSize = size;
    }
  }
  // §5: a mapped IPv4 address is written as one.
  if (runAt === 0 && runSize === 5 && groups[5] === 0xffff) {
    return `::ffff:${ipv4Text(octets, at + 12)}`;
  }
  const hex = groups.map((group) => group.toString(16));
  if (runAt < 0) return hex.join(":");
  return `${hex.slice(0, runAt).join(":")}::${hex.slice(runAt + runSize).join(":")}`;
}

/** Four or sixteen octets from text, whichever it is; null if it is neither. */
export function addressFromText(text: string): Uint8Array | null {
  const octets = new TextEncoder().encode(text);
  const v4 = new Uint8Array(4);
  if (writeIPv4(octets, 0, octets.length, v4, 0)) return v4;
  const v6 = new Uint8Array(16);
  return writeIPv6(octets, 0, octets.length, v6, 0) ? v6 : null;
}

/** The text of four or sixteen octets. */
export function addressText(octets: Uint8Array): string {
  return octets.length === 4 ? ipv4Text(octets) : ipv6Text(octets);
}
