// SPDX-License-Identifier: Apache-2.0
/**
 * How long an answer may be kept by what lies between us and the client (RFC 8484 §5.1): the
 * smallest TTL of its answer section; without one, that of the authority section, where the SOA of a
 * negative answer says it (RFC 2308 §5).
 *
 * N1  Octets that are no message are worth nothing: 0. Nothing is read beyond them.
 */
import { HEADER_SIZE } from "../layout/limits.ts";
import { RCODE_NXDOMAIN } from "./codes.ts";
import { skipName } from "./parse.ts";

/** RFC 2181 §8: a TTL has 31 bits. */
const TTL_MAX = 0x7fff_ffff;

/** Seconds for which the message may be kept; 0 if it may not. */
export function freshness(message: Uint8Array): number {
  if (message.length < HEADER_SIZE) return 0;
  const rcode = message[3]! & 15;
  if (rcode !== 0 && rcode !== RCODE_NXDOMAIN) return 0;
  let at: number = HEADER_SIZE;
  for (let i = read16(message, 4); i > 0; i -= 1) {
    at = skipName(message, at, message.length);
    if (at === 0) return 0;
    at += 4;
  }
  const answers = read16(message, 6);
  const count = answers > 0 ? answers : read16(message, 8);
  return count === 0 ? 0 : smallest(message, at, count);
}

function smallest(message: Uint8Array, from: number, count: number): number {
  let least = TTL_MAX;
  let at = from;
  for (let i = 0; i < count; i += 1) {
    at = skipName(message, at, message.length);
    if (at === 0 || at + 10 > message.length) return 0;
    const ttl = read16(message, at + 4) * 0x1_0000 + read16(message, at + 6);
    least = Math.min(least, ttl > TTL_MAX ? 0 : ttl);
    at += 10 + read16(message, at + 8);
  }
  return at <= message.length ? least : 0;
}

function read16(octets: Uint8Array, at: number): number {
  return at + 1 < octets.length ? (octets[at]! << 8) | octets[at + 1]! : 0;
}
