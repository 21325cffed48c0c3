// SPDX-License-Identifier: Apache-2.0
/**
 * Response rate limiting: how much of what we say may go to one network, and what becomes of the rest.
 *
 * Each answer is accounted to what it is about (a name, the source of a synthesis, the apex whose
 * zone denies, a cut) and to the networks that its client lies in, from the address to the /18 or
 * /32. So a flood of random names below a wildcard, or of names that do not exist, fills one bucket,
 * and a flood from a whole network fills that of the network, though each address asks little.
 *
 * A bucket is one number, the time at which it would be empty again (GCRA: the arrival time of the
 * next cell that conforms). That forgets by itself, needs one word, and is exact in integers, so
 * that two kernels agree. All readers share the buckets: a client's datagrams reach every thread.
 *
 *   set = 8 ways: tag tag tag tag tag tag tag tag │ time time time time time time time time
 *
 * Invariants
 *   L1  Memory is fixed and each look takes one set: whoever sends from many networks takes buckets
 *       from each other, the idlest first, and no room.
 *   L2  What does not conform fills no bucket: exactly the rate gets through, however large the flood.
 *   L3  The hash is keyed (Settings.limitKeys), so nobody can choose whose bucket is shared.
 *   L4  Words of other threads may change between two looks. Any mix of them is a valid state: the
 *       worst that can come of it is an answer too many or too few.
 *
 * Rates, prefixes and multipliers are those of Knot's rrl module. Twin: native/src/limit.cc.
 */
import { get32 } from "../dns/sink.ts";
import {
  COUNTER_LIMITED_ADDRESS,
  COUNTER_LIMITED_DENIAL,
  COUNTER_LIMITED_DRY,
  COUNTER_LIMITED_ERROR,
  COUNTER_LIMITED_NETWORK,
  COUNTER_LIMITED_POSITIVE,
  COUNTER_LIMITED_REFERRAL,
  COUNTER_LIMITED_STREAM,
  COUNTER_LIMITED_WILDCARD,
} from "../layout/gen/counters.ts";
import { LIMIT_MODE_DRY, LIMIT_MODE_OFF } from "../layout/gen/enums.ts";
import * as at from "../layout/gen/settings.ts";
import {
  LIMIT_ALLOW_MAX,
  LIMIT_SETS,
  LIMIT_WAYS,
  LIMIT_WINDOW_MICROS_MAX,
} from "../layout/limits.ts";
import type { Settings } from "./settings.ts";

/** What an answer is about; also part of its key. */
export const CLASS_POSITIVE = 1;
export const CLASS_WILDCARD = 2;
export const CLASS_DENIAL = 3;
export const CLASS_REFERRAL = 4;
export const CLASS_ERROR = 5;
const CLASS_ADDRESS = 6;
const CLASS_NETWORK = 7;
/** The time of stream threads (limit-time.ts). */
export const CLASS_STREAM = 8;

export const PASS = 0;
export const OVER = 1;

/** How far the clocks of two readers' batches may lie apart when they look at one bucket. */
const SKEW_MICROS = 1_000_000;

/** 2^32 over the golden ratio: tells prefix lengths apart in bits where prefixes themselves differ. */
const LEVEL_SPREAD = 0x9e3779b9 | 0;

/** Words of a set. */
const SET_WORDS = 2 * LIMIT_WAYS;
const SET_MASK = LIMIT_SETS - 1;
export const LIMIT_MEMORY_WORDS = LIMIT_SETS * SET_WORDS;

/** Prefix lengths and how many times the rate of an address a network of each may have. */
export const V4_BITS = Uint8Array.of(32, 24, 20, 18);
export const V4_TIMES = Uint16Array.of(1, 32, 256, 768);
export const V6_BITS = Uint8Array.of(128, 64, 56, 48, 32);
export const V6_TIMES = Uint16Array.of(1, 2, 3, 4, 64);
const LEVELS_MAX = 5;
/** Networks of the request buckets (S19); for IPv6 the analogues of an address and a /24. */
const REQUEST_V4_BITS = Uint8Array.of(32, 24);
const REQUEST_V6_BITS = Uint8Array.of(64, 48);

const CLASS_COUNTERS = Int32Array.of(
  0,
  COUNTER_LIMITED_POSITIVE,
  COUNTER_LIMITED_WILDCARD,
  COUNTER_LIMITED_DENIAL,
  COUNTER_LIMITED_REFERRAL,
  COUNTER_LIMITED_ERROR,
  COUNTER_LIMITED_ADDRESS,
  COUNTER_LIMITED_NETWORK,
  COUNTER_LIMITED_STREAM,
);

/** One kernel's way to the buckets. */
export interface Limiter {
  /** Shared by all readers. */
  readonly words: Int32Array;
  /** The client's address as four words, in wire order. */
  readonly address: Int32Array;
  /** Buckets of the levels under work, and what they will hold. */
  readonly places: Int32Array;
  readonly times: Int32Array;
}

export function createLimiter(words: Int32Array): Limiter {
  return {
    words,
    address: new Int32Array(4),
    places: new Int32Array(LEVELS_MAX),
    times: new Int32Array(LEVELS_MAX),
  };
}

/** Whether a request passes the buckets of its address and network; they come before any answer. */
export function limitRequest(
  l: Limiter,
  s: Settings,
  counters: Float64Array,
  packet: Uint8Array,
  client: number,
  family: number,
  nowMs: number,
): number {
  const mode = s.u8[at.SETTINGS_REQUEST_MODE]!;
  if (mode === LIMIT_MODE_OFF) return PASS;
  loadAddress(l, packet, client, family);
  const bits = family === 4 ? REQUEST_V4_BITS : REQUEST_V6_BITS;
  const now = Math.imul(nowMs, 1000);
  const window = s.i32[at.SETTINGS_REQUEST_WINDOW_MICROS >> 2]!;
  const each = s.i32[at.SETTINGS_ADDRESS_INTERVAL_MICROS >> 2]!;
  const all = s.i32[at.SETTINGS_NETWORK_INTERVAL_MICROS >> 2]!;
  const seed = seedOf(s, CLASS_ADDRESS, family, 0);
  const own = look(l, s, 0, seed, bits[0]!, now, each, window + each);
  const seedOfAll = seedOf(s, CLASS_NETWORK, family, 0);
  const net = look(l, s, 1, seedOfAll, bits[1]!, now, all, window + all);
  if (own <= window && net <= window) {
    fill(l, 2);
    return PASS;
  }
  if (isAllowed(l, s, family)) return PASS;
  return over(counters, own <= window ? CLASS_NETWORK : CLASS_ADDRESS, mode);
}

/**
 * Whether an answer about `what`, a name hash, may be sent. `kind` is one of CLASS_; OVER is counted,
 * and what becomes of the answer is the caller's to see to.
 */
export function limitAnswer(
  l: Limiter,
  s: Settings,
  counters: Float64Array,
  packet: Uint8Array,
  client: number,
  family: number,
  nowMs: number,
  kind: number,
  what: number,
): number {
  const mode = s.u8[at.SETTINGS_ANSWER_MODE]!;
  if (mode === LIMIT_MODE_OFF) return PASS;
  loadAddress(l, packet, client, family);
  const bits = family === 4 ? V4_BITS : V6_BITS;
  const times = family === 4 ? V4_TIMES : V6_TIMES;
  const now = Math.imul(nowMs, 1000);
  const window = s.i32[at.SETTINGS_ANSWER_WINDOW_MICROS >> 2]!;
  const interval = s.i32[at.SETTINGS_ANSWER_INTERVAL_MICROS >> 2]!;
  const seed = seedOf(s, kind, family, what);
  let conforms = true;
  for (let i = 0; i < bits.length; i += 1) {
    const share = Math.max(1, (interval / times[i]!) | 0);
    if (look(l, s, i, seed, bits[i]!, now, share, window + share) > window) conforms = false;
  }
  if (conforms) {
    fill(l, bits.length);
    return PASS;
  }
  if (isAllowed(l, s, family)) return PASS;
  return over(counters, kind, mode);
}

/** Counts what is over its limit; PASS all the same in a dry run. */
export function over(counters: Float64Array, kind: number, mode: number): number {
  const counter = CLASS_COUNTERS[kind]!;
  counters[counter] = counters[counter]! + 1;
  if (mode !== LIMIT_MODE_DRY) return OVER;
  counters[COUNTER_LIMITED_DRY] = counters[COUNTER_LIMITED_DRY]! + 1;
  return PASS;
}

export function loadAddress(l: Limiter, packet: Uint8Array, client: number, family: number): void {
  const words = family === 4 ? 1 : 4;
  for (let i = 0; i < words; i += 1) {
    l.address[i] = get32(packet, client + i * 4);
  }
}

/** What the places of all levels have in common. */
export function seedOf(s: Settings, kind: number, family: number, what: number): number {
  return mix(mix(s.i32[at.SETTINGS_LIMIT_KEY0 >> 2]!, (kind << 8) | family), what);
}

/**
 * Finds the bucket of one level and what it will hold after `interval` more. Gives how far it is
 * ahead now; `most` is how far it can have been filled, as readers see it.
 */
export function look(
  l: Limiter,
  s: Settings,
  level: number,
  seed: number,
  bits: number,
  now: number,
  interval: number,
  most: number,
): number {
  let h = seed ^ Math.imul(bits, LEVEL_SPREAD);
  for (let i = 0; i * 32 < bits; i += 1) {
    h = mix(h, headOf(l.address[i]!, bits - i * 32));
  }
  const tag = mix(h, s.i32[at.SETTINGS_LIMIT_KEY1 >> 2]!) | 1;
  const place = bucketOf(l.words, (h & SET_MASK) * SET_WORDS, tag, now);
  let ahead = (l.words[place]! - now) | 0;
  // Further ahead than it can have been filled, it slept for most of the circle.
  if (ahead < 0 || ahead > most + SKEW_MICROS) ahead = 0;
  l.places[level] = place;
  l.times[level] = (now + ahead + interval) | 0;
  return ahead;
}

export function fill(l: Limiter, levels: number): void {
  for (let i = 0; i < levels; i += 1) l.words[l.places[i]!] = l.times[i]!;
}

/** The word of the time of the bucket with that tag in the set at `base`; taken over if need be. */
function bucketOf(words: Int32Array, base: number, tag: number, now: number): number {
  for (let i = 0; i < LIMIT_WAYS; i += 1) {
    if (words[base + i] === tag) return base + LIMIT_WAYS + i;
  }
  const idlest = idlestOf(words, base, now);
  words[idlest] = tag;
  words[idlest + LIMIT_WAYS] = now;
  return idlest + LIMIT_WAYS;
}

/** The word of the tag of the bucket that can best be spared: never used, slept, else the idlest. */
function idlestOf(words: Int32Array, base: number, now: number): number {
  let idlest = base;
  let least = 0x7fffffff;
  for (let i = 0; i < LIMIT_WAYS; i += 1) {
    let ahead = (words[base + LIMIT_WAYS + i]! - now) | 0;
    if (words[base + i] === 0 || ahead > 2 * LIMIT_WINDOW_MICROS_MAX) ahead = -0x80000000;
    if (ahead < least) {
      least = ahead;
      idlest = base + i;
    }
  }
  return idlest;
}

/** Asked only of what is over its limit, so a list is quick enough. */
export function isAllowed(l: Limiter, s: Settings, family: number): boolean {
  const count = s.u8[at.SETTINGS_ALLOW_COUNT]!;
  for (let i = 0; i < count && i < LIMIT_ALLOW_MAX; i += 1) {
    const row = at.SETTINGS_ALLOW + i * at.ALLOW_ROW_SIZE;
    if (s.u8[row + at.ALLOW_ROW_FAMILY] !== family) continue;
    const bits = s.u8[row + at.ALLOW_ROW_BITS]!;
    let same = true;
    for (let w = 0; w * 32 < bits && w < 4; w += 1) {
      const word = get32(s.u8, row + at.ALLOW_ROW_ADDRESS + w * 4);
      if (headOf(word ^ l.address[w]!, bits - w * 32) !== 0) same = false;
    }
    if (same) return true;
  }
  return false;
}

/** The first `bits` bits of a word, the rest zero. `bits` is 1 to 31 or more. */
function headOf(word: number, bits: number): number {
  return bits >= 32 ? word : word & ~(0xffffffff >>> bits);
}

/** A step of a hash of 32 bits: two rounds of multiplication, each between shifts. */
function mix(h: number, word: number): number {
  let x = h ^ word;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}
