// SPDX-License-Identifier: Apache-2.0
/**
 * Addresses and prefixes: text to octets and back.
 *
 * Strict on purpose: `010.0.0.1` is eight to some readers and ten to others, and a prefix with bits
 * beyond its length is a typing error more often than carelessness. Both are refused.
 *
 * Prefixes also have a *key*: their first 64 bits as two numbers. IPv4 addresses stand in its upper
 * half, so one set of algorithms serves both families (see partition.ts).
 *
 * RFC 4291 §2.2, §2.3 text forms; RFC 5952 the one form that is printed.
 */

export interface Address {
  readonly family: 4 | 6;
  /** 4 or 16, in network order. */
  readonly octets: Uint8Array;
}

export interface Prefix extends Address {
  /** 0..32 or 0..128; all bits beyond are zero. */
  readonly length: number;
}

export type PrefixRefusal =
  | "no length"
  | "not an address"
  | "length out of range"
  | "host bits set";

/** Reads an IPv4 or IPv6 address; null if it is neither. No zone, no leading zeros in IPv4. */
export function parseAddress(text: string): Address | null {
  if (text.includes(":")) {
    const octets = parseV6(text);
    return octets && { family: 6, octets };
  }
  const octets = parseV4(text);
  return octets && { family: 4, octets };
}

/** Reads `address/length`. A refusal is a phrase for people. */
export function parsePrefix(text: string): Prefix | PrefixRefusal {
  const slash = text.indexOf("/");
  if (slash < 0) return "no length";
  const address = parseAddress(text.slice(0, slash));
  if (address === null) return "not an address";
  const lengthText = text.slice(slash + 1);
  const length = Number(lengthText);
  if (!/^(0|[1-9]\d{0,2})$/.test(lengthText) || length > address.octets.length * 8) {
    return "length out of range";
  }
  if (!isZeroBeyond(address.octets, length)) return "host bits set";
  return { ...address, length };
}

/** RFC 5952: lower case, no leading zeros, the first longest run of zero groups as `::`. */
export function printAddress(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join(".");
  const groups = Array.from({ length: 8 }, (_, i) => (octets[2 * i]! << 8) | octets[2 * i + 1]!);
  // RFC 5952 §5: a mapped address is known by its prefix and shown with its IPv4 part.
  if (groups.slice(0, 5).every((g) => g === 0) && groups[5] === 0xffff) {
    return `::ffff:${octets.subarray(12).join(".")}`;
  }
  let runAt = -1;
  let runSize = 1;
  for (let i = 0; i < 8; i += 1) {
    let size = 0;
    while (i + size < 8 && groups[i + size] === 0) size += 1;
    if (size > runSize) [runAt, runSize] = [i, size];
  }
  const hex = (list: readonly number[]) => list.map((g) => g.toString(16)).join(":");
  if (runAt < 0) return hex(groups);
  return `${hex(groups.slice(0, runAt))}::${hex(groups.slice(runAt + runSize))}`;
}

export function printPrefix(prefix: Prefix): string {
  return `${printAddress(prefix.octets)}/${prefix.length}`;
}

/** Bits 0..31: the whole of an IPv4 address. */
export function keyHigh(octets: Uint8Array): number {
  return readU32(octets, 0);
}

/** Bits 32..63 of an IPv6 address; 0 for IPv4. */
export function keyLow(octets: Uint8Array): number {
  return octets.length === 4 ? 0 : readU32(octets, 4);
}

/** The IPv4 address of a number, as octets. */
export function v4Octets(address: number): Uint8Array {
  return Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address);
}

/** The IPv6 address whose first 64 bits are given and whose others are zero. */
export function v6Octets(high: number, low: number): Uint8Array {
  const octets = new Uint8Array(16);
  octets.set(v4Octets(high), 0);
  octets.set(v4Octets(low), 4);
  return octets;
}

/** Whether `inner` lies in `outer` or is equal to it. */
export function covers(outer: Prefix, inner: Prefix): boolean {
  return outer.length <= inner.length && contains(outer, inner.octets);
}

/** Whether an address of 4 or 16 octets lies in the network; never one of the other family. */
export function contains({ octets, length }: Prefix, address: Uint8Array): boolean {
  if (octets.length !== address.length) return false;
  for (let bit = 0; bit < length; bit += 8) {
    const mask = length - bit >= 8 ? 0xff : 0xff00 >>> (length - bit);
    if (((octets[bit >>> 3]! ^ address[bit >>> 3]!) & mask & 0xff) !== 0) return false;
  }
  return true;
}

function readU32(octets: Uint8Array, at: number): number {
  const upper = (octets[at]! << 24) | (octets[at + 1]! << 16);
  return (upper | (octets[at + 2]! << 8) | octets[at + 3]!) >>> 0;
}

function isZeroBeyond(octets: Uint8Array, length: number): boolean {
  for (let bit = length; bit < octets.length * 8; bit += 1) {
    if ((octets[bit >>> 3]! & (0x80 >>> (bit & 7))) !== 0) return false;
  }
  return true;
}

function parseV4(text: string): Uint8Array | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  if (!parts.every((p) => /^(0|[1-9]\d{0,2})$/.test(p) && Number(p) <= 255)) return null;
  return Uint8Array.from(parts, Number);
}

/** The groups of one side of `::`; an IPv4 address may stand in the place of the last two. */
function parseGroups(text: string, mayEndInV4: boolean): number[] | null {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [i, part] of parts.entries()) {
    if (mayEndInV4 && i === parts.length - 1 && part.includes(".")) {
      const v4 = parseV4(part);
      if (v4 === null) return null;
      groups.push((v4[0]! << 8) | v4[1]!, (v4[2]! << 8) | v4[3]!);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return null;
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}

function parseV6(text: string): Uint8Array | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const front = parseGroups(halves[0]!, halves.length === 1);
  const back = halves.length === 2 ? parseGroups(halves[1]!, true) : [];
  if (front === null || back === null) return null;
  const missing = 8 - front.length - back.length;
  // RFC 5952 §4.2.2 would have `::` stand for two groups at least; RFC 4291 allows one.
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const groups = [...front, ...new Array<number>(missing).fill(0), ...back];
  return Uint8Array.from(groups.flatMap((g) => [g >>> 8, g & 0xff]));
}
