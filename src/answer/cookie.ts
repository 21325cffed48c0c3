// SPDX-License-Identifier: Apache-2.0
/**
 * Server cookies: proof that whoever asks has got an answer at this address before.
 *
 *   server cookie := version 1 | reserved 3 | time 4 | SipHash-2-4 of
 *                    client cookie 8 | the 8 octets before | client address 4 or 16
 *
 * Nothing is remembered per client, and every server with the same secret takes the cookies of the
 * others: that is what an anycast service needs.
 *
 * Invariants
 *   C1  A cookie is taken if one of the secrets in use made it, at most COOKIE_AGE_MAX_SECS ago or
 *       COOKIE_AHEAD_MAX_SECS ahead.
 *   C2  A taken cookie is repeated while it is young and of the first secret; else it is made anew.
 *   C3  How long a comparison takes says nothing of where two hashes differ.
 *
 * RFC 7873 §5.2; RFC 9018 §4, §5. Twin: native/src/cookie.cc.
 */

import { get32 } from "../dns/sink.ts";
import {
  COUNTER_COOKIE_INVALID,
  COUNTER_COOKIE_NONE,
  COUNTER_COOKIE_VALID,
} from "../layout/gen/counters.ts";
import { SLOT_FLAG_VALID_COOKIE } from "../layout/gen/enums.ts";
import { SETTINGS_COOKIE_SECRET_COUNT, SETTINGS_COOKIE_SECRETS } from "../layout/gen/settings.ts";
import {
  PACKET_SLOT_CLIENT,
  PACKET_SLOT_FAMILY,
  PACKET_SLOT_FLAGS,
  PACKET_SLOT_UNIX_SECS,
} from "../layout/gen/slab.ts";
import {
  COOKIE_AGE_MAX_SECS,
  COOKIE_AHEAD_MAX_SECS,
  COOKIE_RENEW_SECS,
  COOKIE_SECRET_SIZE,
} from "../layout/limits.ts";
import type { TableViews } from "../table/reader.ts";
import { CLIENT_COOKIE_SIZE } from "./options.ts";
import type { Kernel } from "./scratch.ts";

/** Client cookie and server cookie of version 1. */
export const COOKIE_SIZE = 24;
const VERSION_AT = 8;
const TIME_AT = 12;
const HASH_AT = 16;
const VERSION = 1;

/**
 * Looks at the cookie of the request in the slot and prepares that of the answer in `k.opt`. True if
 * its server cookie is ours, which the slot's flags say too.
 */
export function checkCookie(k: Kernel, slab: TableViews, slot: number): boolean {
  const { question: q, opt, counters: c } = k;
  const now = slab.i32[(slot + PACKET_SLOT_UNIX_SECS) >> 2]!;
  const size = loadAddress(k, slab, slot);
  for (let i = 0; i < CLIENT_COOKIE_SIZE; i += 1) opt.cookieOut[i] = q.cookie[i]!;
  opt.cookie = 1;
  const secret = q.cookieSize === COOKIE_SIZE ? secretOf(k, now, size) : -1;
  if (secret < 0) {
    const counter =
      q.cookieSize === CLIENT_COOKIE_SIZE ? COUNTER_COOKIE_NONE : COUNTER_COOKIE_INVALID;
    c[counter] = c[counter]! + 1;
    makeCookie(k, now, size);
    return false;
  }
  c[COUNTER_COOKIE_VALID] = c[COUNTER_COOKIE_VALID]! + 1;
  slab.u8[slot + PACKET_SLOT_FLAGS] = SLOT_FLAG_VALID_COOKIE;
  if (secret === 0 && ageOf(q.cookie, now) <= COOKIE_RENEW_SECS) {
    for (let i = CLIENT_COOKIE_SIZE; i < COOKIE_SIZE; i += 1) opt.cookieOut[i] = q.cookie[i]!;
  } else {
    makeCookie(k, now, size);
  }
  return true;
}

/** Puts the client's address behind what is hashed; gives the octets of all. */
function loadAddress(k: Kernel, slab: TableViews, slot: number): number {
  const octets = slab.u8[slot + PACKET_SLOT_FAMILY] === 4 ? 4 : 16;
  const from = slot + PACKET_SLOT_CLIENT;
  for (let i = 0; i < octets; i += 1) k.opt.hashed[HASH_AT + i] = slab.u8[from + i]!;
  return HASH_AT + octets;
}

/** Which secret made the cookie of the request; -1 if none did, or too long ago. */
function secretOf(k: Kernel, now: number, size: number): number {
  const { question: q, opt, settings } = k;
  const age = ageOf(q.cookie, now);
  if (q.cookie[VERSION_AT] !== VERSION) return -1;
  if (age > COOKIE_AGE_MAX_SECS || age < -COOKIE_AHEAD_MAX_SECS) return -1;
  // The reserved octets are hashed as they came (RFC 9018 §4.4).
  for (let i = 0; i < HASH_AT; i += 1) opt.hashed[i] = q.cookie[i]!;
  const low = wordOf(q.cookie, HASH_AT);
  const high = wordOf(q.cookie, HASH_AT + 4);
  for (let i = 0; i < settings.u8[SETTINGS_COOKIE_SECRET_COUNT]!; i += 1) {
    sipHash(k, i, size);
    if (((opt.sip[0]! ^ low) | (opt.sip[1]! ^ high)) === 0) return i;
  }
  return -1;
}

/** Seconds since a cookie was made: differences are what counts (RFC 1982). */
function ageOf(cookie: Uint8Array, now: number): number {
  return (now - get32(cookie, TIME_AT)) | 0;
}

function wordOf(octets: Uint8Array, at: number): number {
  return octets[at]! | (octets[at + 1]! << 8) | (octets[at + 2]! << 16) | (octets[at + 3]! << 24);
}

function makeCookie(k: Kernel, now: number, size: number): void {
  const { cookieOut, hashed, sip } = k.opt;
  for (let i = 0; i < CLIENT_COOKIE_SIZE; i += 1) hashed[i] = cookieOut[i]!;
  hashed[VERSION_AT] = VERSION;
  for (let i = VERSION_AT + 1; i < TIME_AT; i += 1) hashed[i] = 0;
  for (let i = 0; i < 4; i += 1) hashed[TIME_AT + i] = now >>> (24 - 8 * i);
  sipHash(k, 0, size);
  for (let i = VERSION_AT; i < HASH_AT; i += 1) cookieOut[i] = hashed[i]!;
  for (let i = 0; i < 4; i += 1) {
    cookieOut[HASH_AT + i] = sip[0]! >>> (8 * i);
    cookieOut[HASH_AT + 4 + i] = sip[1]! >>> (8 * i);
  }
}

/**
 * SipHash-2-4 of hashed[0, size) with a secret into sip[0] and sip[1]: 20 or 32 octets.
 *
 * Words of 64 bits are two of 32, in variables, so that nothing is allocated. The turns of the loop
 * are the whole words, the last one with the length, and the end.
 */
function sipHash(k: Kernel, secret: number, size: number): void {
  const { hashedWords: words, sip } = k.opt;
  const key = k.settings.i32;
  const at = (SETTINGS_COOKIE_SECRETS + secret * COOKIE_SECRET_SIZE) >> 2;
  let a = key[at]! ^ 0x70736575;
  let aHigh = key[at + 1]! ^ 0x736f6d65;
  let b = key[at + 2]! ^ 0x6e646f6d;
  let bHigh = key[at + 3]! ^ 0x646f7261;
  let c = key[at]! ^ 0x6e657261;
  let cHigh = key[at + 1]! ^ 0x6c796765;
  let d = key[at + 2]! ^ 0x79746573;
  let dHigh = key[at + 3]! ^ 0x74656462;
  const whole = size >> 3;
  for (let i = 0; i <= whole + 1; i += 1) {
    const isEnd = i > whole;
    const low = isEnd || (i === whole && (size & 4) === 0) ? 0 : words[2 * i]!;
    let high = isEnd ? 0 : size << 24;
    if (i < whole) high = words[2 * i + 1]!;
    if (isEnd) c ^= 0xff;
    d ^= low;
    dHigh ^= high;
    for (let round = isEnd ? 4 : 2; round > 0; round -= 1) {
      // a += b; b = rotate(b, 13) ^ a; a = rotate(a, 32)
      let sum = (a + b) | 0;
      aHigh = (aHigh + bHigh + (sum >>> 0 < b >>> 0 ? 1 : 0)) | 0;
      let turned = (b << 13) | (bHigh >>> 19);
      bHigh = ((bHigh << 13) | (b >>> 19)) ^ aHigh;
      b = turned ^ sum;
      a = aHigh;
      aHigh = sum;
      // c += d; d = rotate(d, 16) ^ c
      c = (c + d) | 0;
      cHigh = (cHigh + dHigh + (c >>> 0 < d >>> 0 ? 1 : 0)) | 0;
      turned = (d << 16) | (dHigh >>> 16);
      dHigh = ((dHigh << 16) | (d >>> 16)) ^ cHigh;
      d = turned ^ c;
      // a += d; d = rotate(d, 21) ^ a
      a = (a + d) | 0;
      aHigh = (aHigh + dHigh + (a >>> 0 < d >>> 0 ? 1 : 0)) | 0;
      turned = (d << 21) | (dHigh >>> 11);
      dHigh = ((dHigh << 21) | (d >>> 11)) ^ aHigh;
      d = turned ^ a;
      // c += b; b = rotate(b, 17) ^ c; c = rotate(c, 32)
      sum = (c + b) | 0;
      cHigh = (cHigh + bHigh + (sum >>> 0 < b >>> 0 ? 1 : 0)) | 0;
      turned = (b << 17) | (bHigh >>> 15);
      bHigh = ((bHigh << 17) | (b >>> 15)) ^ cHigh;
      b = turned ^ sum;
      c = cHigh;
      cHigh = sum;
    }
    a ^= low;
    aHigh ^= high;
  }
  sip[0] = a ^ b ^ c ^ d;
  sip[1] = aHigh ^ bHigh ^ cHigh ^ dHigh;
}
