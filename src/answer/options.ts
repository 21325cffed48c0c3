// SPDX-License-Identifier: Apache-2.0
/**
 * Reads the options of a request's OPT: which were there, and whether they are as they must be.
 *
 * A form that only some transport or setting makes wrong is noted and judged later (judge of
 * answer.ts): parsing knows neither. Options that we do not know are passed over (RFC 6891 §6.1.2).
 *
 * Invariants
 *   O1  Of a repeated cookie the first one counts (RFC 7873 §5.2); a repeated client subnet is
 *       malformed, since it would leave it open whom the answer is for.
 *
 * RFC 5001 §2.1; RFC 7314 §2; RFC 7828 §3.2.1; RFC 7830 §3; RFC 7871 §7.1.2; RFC 7873 §5.2;
 * RFC 9660 §3.1. Twin: native/src/options.cc.
 */
import { VERDICT_FORMERR, VERDICT_OK } from "../layout/gen/enums.ts";
import { ECS_V4_BITS_MAX, ECS_V6_BITS_MAX } from "../layout/limits.ts";
import type { Question } from "./scratch.ts";

export const OPTION_NSID = 3;
export const OPTION_ECS = 8;
export const OPTION_EXPIRE = 9;
export const OPTION_COOKIE = 10;
export const OPTION_KEEPALIVE = 11;
export const OPTION_PADDING = 12;
export const OPTION_ERROR = 15;
export const OPTION_REPORT = 18;
export const OPTION_ZONEVERSION = 19;

/** Bits of Question.options. */
export const HAS_NSID = 1;
export const HAS_COOKIE = 2;
/** A cookie of a length that no cookie has. */
export const BAD_COOKIE = 4;
export const HAS_KEEPALIVE = 8;
/** A timeout that a client has no business to say. */
export const BAD_KEEPALIVE = 16;
export const HAS_PADDING = 32;
export const HAS_ZONEVERSION = 64;
export const HAS_EXPIRE = 128;

export const CLIENT_COOKIE_SIZE = 8;
const COOKIE_SIZE_MIN = 16;
export const COOKIE_SIZE_MAX = 40;

/** Reads the options in packet[from, end). */
export function parseOptions(packet: Uint8Array, from: number, end: number, q: Question): number {
  let at = from;
  while (at < end) {
    if (at + 4 > end) return VERDICT_FORMERR;
    const code = (packet[at]! << 8) | packet[at + 1]!;
    const size = (packet[at + 2]! << 8) | packet[at + 3]!;
    at += 4;
    if (at + size > end || !parseOption(packet, at, code, size, q)) return VERDICT_FORMERR;
    at += size;
  }
  return VERDICT_OK;
}

/** False if the option is malformed, whoever sent it. */
function parseOption(
  packet: Uint8Array,
  at: number,
  code: number,
  size: number,
  q: Question,
): boolean {
  if (code === OPTION_ECS) return parseEcs(packet, at, size, q);
  if (code === OPTION_COOKIE) parseCookie(packet, at, size, q);
  else if (code === OPTION_PADDING) q.options |= HAS_PADDING;
  else if (code === OPTION_KEEPALIVE) q.options |= size === 0 ? HAS_KEEPALIVE : BAD_KEEPALIVE;
  else if (code === OPTION_NSID) return parseEmpty(size, HAS_NSID, q);
  else if (code === OPTION_ZONEVERSION) return parseEmpty(size, HAS_ZONEVERSION, q);
  else if (code === OPTION_EXPIRE) return parseEmpty(size, HAS_EXPIRE, q);
  return true;
}

/** An option that asks, and so has nothing to say. */
function parseEmpty(size: number, bit: number, q: Question): boolean {
  if (size !== 0) return false;
  q.options |= bit;
  return true;
}

function parseCookie(packet: Uint8Array, at: number, size: number, q: Question): void {
  if ((q.options & (HAS_COOKIE | BAD_COOKIE)) !== 0) return;
  const sound = size === CLIENT_COOKIE_SIZE || (size >= COOKIE_SIZE_MIN && size <= COOKIE_SIZE_MAX);
  q.options |= sound ? HAS_COOKIE : BAD_COOKIE;
  if (!sound) return;
  q.cookieSize = size;
  for (let i = 0; i < size; i += 1) q.cookie[i] = packet[at + i]!;
}

/**
 * The client subnet option. False for every form that RFC 7871 §7.1.2 calls malformed: too short,
 * unknown family, lengths beyond the family, a scope in a query, octets that do not fit the source
 * length, bits set behind it; and a second option (O1).
 */
function parseEcs(packet: Uint8Array, at: number, size: number, q: Question): boolean {
  const repeated = q.ecsFamily !== 0;
  q.ecsFamily = 0;
  if (repeated || size < 4) return false;
  const family = (packet[at]! << 8) | packet[at + 1]!;
  const source = packet[at + 2]!;
  if (family !== 1 && family !== 2) return false;
  if (source > (family === 1 ? ECS_V4_BITS_MAX : ECS_V6_BITS_MAX)) return false;
  const octets = (source + 7) >> 3;
  if (packet[at + 3] !== 0 || size !== 4 + octets) return false;
  const address = q.ecsAddress;
  for (let i = 0; i < 16; i += 1) address[i] = i < octets ? packet[at + 4 + i]! : 0;
  if ((source & 7) !== 0 && (address[octets - 1]! & (0xff >> (source & 7))) !== 0) return false;
  q.ecsFamily = family;
  q.ecsSource = source;
  return true;
}
