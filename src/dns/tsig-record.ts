// SPDX-License-Identifier: Apache-2.0
/**
 * The TSIG record (RFC 8945 §4): found at the end of raw octets, read, written, and what of it is
 * under its MAC. What a MAC means stands in tsig.ts.
 *
 * A record that stands anywhere else than last makes the message malformed (§5.1): a signature in
 * the middle would leave it open what it signs.
 */
import { Class, Type } from "./iana.ts";
import { concat, HEADER_SIZE, nameAt } from "./message.ts";
import { LABEL_SIZE_MAX, lowerName, nameFromText } from "./names.ts";
import { get16, get32 } from "./sink.ts";

/** RFC 8945 §6: the algorithms that we speak. SHA-1 and MD5 are not among them. */
const SIZES = { "hmac-sha256": 32, "hmac-sha384": 48, "hmac-sha512": 64 } as const;

export type TsigAlgorithm = keyof typeof SIZES;

export const tsigAlgorithms = Object.keys(SIZES) as readonly TsigAlgorithm[];

/** §10: the clocks of two servers may differ by so much. Seconds. */
export const TSIG_FUDGE_SECS = 300;
/** §5.3.1: messages of a stream that may follow each other unsigned. */
export const TSIG_UNSIGNED_MAX = 99;

/** The error field of a TSIG record (§3); 0 is none. They count on from the RCODEs. */
export const TsigError = { BADSIG: 16, BADKEY: 17, BADTIME: 18, BADTRUNC: 22 } as const;

/** A shared secret with its name. */
export interface TsigKey {
  /** Lower case. */
  readonly name: Uint8Array;
  readonly algorithm: TsigAlgorithm;
  readonly secret: Uint8Array;
}

/** A TSIG record as it stands at the end of a message. */
export interface TsigRecord {
  /** Where it begins. */
  readonly at: number;
  /** Lower case. */
  readonly keyName: Uint8Array;
  /** Lower case. */
  readonly algorithmName: Uint8Array;
  /** UNIX time, seconds; 48 bits. */
  readonly timeSecs: number;
  readonly fudgeSecs: number;
  readonly mac: Uint8Array;
  readonly originalId: number;
  readonly error: number;
  readonly other: Uint8Array;
}

/** The TSIG record of a message; null if it has none, "malformed" if one stands where none may. */
export function findTsig(octets: Uint8Array): TsigRecord | null | "malformed" {
  if (octets.length < HEADER_SIZE) return "malformed";
  let at = HEADER_SIZE;
  for (let i = get16(octets, 4); i > 0; i -= 1) {
    at = nameEnd(octets, at) + 4;
    if (at < HEADER_SIZE || at > octets.length) return "malformed";
  }
  const early = get16(octets, 6) + get16(octets, 8);
  const count = early + get16(octets, 10);
  for (let i = 1; i <= count; i += 1) {
    const fixed = nameEnd(octets, at);
    if (fixed < 0 || fixed + 10 > octets.length) return "malformed";
    const end = fixed + 10 + get16(octets, fixed + 8);
    if (end > octets.length) return "malformed";
    if (get16(octets, fixed) === Type.TSIG) {
      // §5.1: the last record of the additional section, or the message is malformed.
      if (i !== count || i <= early || end !== octets.length) return "malformed";
      return readRecord(octets, at, fixed, end) ?? "malformed";
    }
    at = end;
  }
  return null;
}

function readRecord(octets: Uint8Array, at: number, fixed: number, end: number): TsigRecord | null {
  if (get16(octets, fixed + 2) !== Class.ANY || get32(octets, fixed + 4) !== 0) return null;
  const keyName = nameAt(octets, at);
  const rdata = fixed + 10;
  const algorithmName = nameAt(octets, rdata);
  if (keyName === null || algorithmName === null) return null;
  // §4.2: the algorithm's name is not compressed, so its size is its length.
  const time = nameEnd(octets, rdata);
  if (time + 10 > end) return null;
  const macAt = time + 10;
  const after = macAt + get16(octets, time + 8);
  if (after + 6 > end) return null;
  if (after + 6 + get16(octets, after + 4) !== end) return null;
  return {
    at,
    keyName: lowerName(keyName),
    algorithmName: lowerName(algorithmName),
    timeSecs: get16(octets, time) * 2 ** 32 + get32(octets, time + 2),
    fudgeSecs: get16(octets, time + 6),
    mac: new Uint8Array(octets.subarray(macAt, after)),
    originalId: get16(octets, after),
    error: get16(octets, after + 2),
    other: new Uint8Array(octets.subarray(after + 6, end)),
  };
}

/** The offset behind the name at `at`, not following pointers; −1 if it is none. */
function nameEnd(octets: Uint8Array, at: number): number {
  for (let i = at; i < octets.length; ) {
    const size = octets[i]!;
    if (size === 0) return i + 1;
    if (size >= 0xc0) return i + 2 <= octets.length ? i + 2 : -1;
    if (size > LABEL_SIZE_MAX) return -1;
    i += 1 + size;
  }
  return -1;
}

export function tsigName(algorithm: TsigAlgorithm): Uint8Array {
  return nameFromText(algorithm)!;
}

/** §5.2.2.1: neither longer than the hash, nor shorter than its half or ten octets. */
export function macCut(mac: Uint8Array, algorithm: TsigAlgorithm): "whole" | "cut" | "malformed" {
  const whole = SIZES[algorithm];
  if (mac.length === whole) return "whole";
  return mac.length > whole || mac.length < Math.max(10, whole / 2) ? "malformed" : "cut";
}

/** What of a record is under its MAC besides the message. */
export type Signed = Pick<TsigRecord, "timeSecs" | "fudgeSecs" | "error" | "other">;

/** §4.3.3: the variables of a record, names in lower case and whole. */
export function variables(
  keyName: Uint8Array,
  algorithm: TsigAlgorithm,
  signed: Signed,
): Uint8Array {
  const { error, other } = signed;
  return concat([
    keyName,
    new Uint8Array([0, Class.ANY, 0, 0, 0, 0]),
    tsigName(algorithm),
    timers(signed),
    words(error, other.length),
    other,
  ]);
}

/** §5.3.1: what is under a MAC of a stream after the first message. */
export function timers({
  timeSecs,
  fudgeSecs,
}: Pick<Signed, "timeSecs" | "fudgeSecs">): Uint8Array {
  return concat([time48(timeSecs), words(fudgeSecs)]);
}

export function time48(timeSecs: number): Uint8Array {
  const low = timeSecs % 2 ** 32;
  return words(Math.floor(timeSecs / 2 ** 32), Math.floor(low / 65536), low & 0xffff);
}

export function words(...values: readonly number[]): Uint8Array {
  const out = new Uint8Array(values.length * 2);
  for (const [i, value] of values.entries()) set16(out, i * 2, value);
  return out;
}

/** A MAC in front of what it is chained to, with its length (§5.3). */
export function lengthAnd(mac: Uint8Array): Uint8Array {
  return concat([words(mac.length), mac]);
}

/** The message with a TSIG record behind it. */
export function withRecord(
  octets: Uint8Array,
  keyName: Uint8Array,
  algorithm: Uint8Array,
  signed: Signed,
  mac: Uint8Array,
): Uint8Array {
  const { error, other } = signed;
  const rdata = concat([
    algorithm,
    timers(signed),
    lengthAnd(mac),
    words(get16(octets, 0), error, other.length),
    other,
  ]);
  const fixed = words(Type.TSIG, Class.ANY, 0, 0, rdata.length);
  const out = concat([octets, keyName, fixed, rdata]);
  set16(out, 10, get16(octets, 10) + 1);
  return out;
}

/** Octets that a signature with `key` adds to a message at most. */
export function tsigSize(key: TsigKey): number {
  const fixed = 10 + 8 + 2 + 6 + 6;
  return key.name.length + tsigName(key.algorithm).length + fixed + SIZES[key.algorithm];
}

export function set16(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >>> 8;
  octets[at + 1] = value;
}
