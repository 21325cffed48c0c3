// SPDX-License-Identifier: Apache-2.0
/**
 * TSIG (RFC 8945): messages and streams of messages signed with a shared secret.
 *
 * Over the raw octets and not over a read message: the MAC covers what was sent, with its
 * compression and its case. The record is found by a walk over the sections, cut off, and the count
 * and the id put right in a copy of the header. The hash function and the comparison in constant
 * time are handed in (src/io/tsig.ts), and so is the clock.
 *
 * Invariants
 *   G1  A MAC is compared before the time is looked at, and in constant time (§5.2.3).
 *   G2  Whoever does not hold the key gets no signed octet: BADKEY and BADSIG are unsigned (§5.3.2).
 *   G3  In a stream at most TSIG_UNSIGNED_MAX messages follow each other unsigned, and the last one
 *       is signed (§5.3.1).
 */
import { sameOctets } from "../base/octets.ts";
import { HEADER_SIZE } from "./message.ts";
import { get16 } from "./sink.ts";
import {
  findTsig,
  lengthAnd,
  macCut,
  type Signed,
  set16,
  TSIG_FUDGE_SECS,
  TSIG_UNSIGNED_MAX,
  type TsigAlgorithm,
  TsigError,
  type TsigKey,
  type TsigRecord,
  time48,
  timers,
  tsigName,
  variables,
  withRecord,
} from "./tsig-record.ts";

export {
  findTsig,
  type TsigAlgorithm,
  TsigError,
  type TsigKey,
  type TsigRecord,
  tsigAlgorithms,
  tsigSize,
} from "./tsig-record.ts";

/** One MAC under way. */
export interface Mac {
  update(octets: Uint8Array): unknown;
  digest(): Uint8Array;
}

/** What the shell hands in. */
export interface TsigCrypto {
  begin(algorithm: TsigAlgorithm, secret: Uint8Array): Mac;
  /** In constant time; false for unequal lengths. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
}

/**
 * What TSIG says of a request. `malformed`: FORMERR (§5.1, §5.2.2.1). `failed`: NOTAUTH with `error`
 * in the record of the reply, which `signError` makes.
 */
export type TsigCheck =
  | { readonly status: "none" }
  | { readonly status: "malformed" }
  | { readonly status: "good"; readonly key: TsigKey; readonly record: TsigRecord }
  | {
      readonly status: "failed";
      readonly error: number;
      readonly record: TsigRecord;
      /** Null for BADKEY and BADSIG: the reply is unsigned (G2). */
      readonly key: TsigKey | null;
    };

/**
 * Checks a request. `keyOf` knows the keys by their name in lower case. `wholeMac` is the local
 * policy of §5.2.2.1: a MAC that is cut, even as far as is allowed, is then BADTRUNC.
 */
export function verifyRequest(
  octets: Uint8Array,
  keyOf: (name: Uint8Array) => TsigKey | null,
  nowSecs: number,
  crypto: TsigCrypto,
  wholeMac = true,
): TsigCheck {
  const record = findTsig(octets);
  if (record === null) return { status: "none" };
  if (record === "malformed") return { status: "malformed" };
  const failed = (error: number, key: TsigKey | null = null): TsigCheck => ({
    ...{ status: "failed", error, record, key },
  });
  const key = keyOf(record.keyName);
  if (key === null || !isAlgorithm(record, key)) return failed(TsigError.BADKEY);
  const cut = macCut(record.mac, key.algorithm);
  if (cut === "malformed") return { status: "malformed" };
  const mac = crypto.begin(key.algorithm, key.secret);
  putMessage(mac, octets, record);
  mac.update(variables(record.keyName, key.algorithm, record));
  if (!sameMac(mac, record.mac, crypto)) return failed(TsigError.BADSIG);
  if (outOfTime(record, nowSecs)) return failed(TsigError.BADTIME, key);
  if (cut === "cut" && wholeMac) return failed(TsigError.BADTRUNC, key);
  return { status: "good", key, record };
}

function isAlgorithm(record: TsigRecord, key: TsigKey): boolean {
  return sameOctets(record.algorithmName, tsigName(key.algorithm));
}

function sameMac(mac: Mac, given: Uint8Array, crypto: TsigCrypto): boolean {
  return crypto.equal(mac.digest().subarray(0, given.length), given);
}

function outOfTime({ timeSecs, fudgeSecs }: TsigRecord, nowSecs: number): boolean {
  return Math.abs(nowSecs - timeSecs) > fudgeSecs;
}

/** §4.3.2: the message as it was before its record: one additional less, the id of its maker. */
function putMessage(mac: Mac, octets: Uint8Array, record: TsigRecord): void {
  // A copy even if these octets are a Buffer, whose slice() is none.
  const header = new Uint8Array(octets.subarray(0, HEADER_SIZE));
  set16(header, 0, record.originalId);
  set16(header, 10, get16(octets, 10) - 1);
  mac.update(header);
  mac.update(octets.subarray(HEADER_SIZE, record.at));
}

/** A signed message, and the MAC that a reply to it is chained to. */
export interface SignedMessage {
  readonly octets: Uint8Array;
  readonly mac: Uint8Array;
}

/** Signs a request (§5.1). */
export function signRequest(
  octets: Uint8Array,
  key: TsigKey,
  nowSecs: number,
  crypto: TsigCrypto,
): SignedMessage {
  return signWhole(octets, key, null, plain(nowSecs), crypto);
}

function plain(nowSecs: number): Signed {
  return { timeSecs: nowSecs, fudgeSecs: TSIG_FUDGE_SECS, error: 0, other: new Uint8Array(0) };
}

function signWhole(
  octets: Uint8Array,
  key: TsigKey,
  requestMac: Uint8Array | null,
  signed: Signed,
  crypto: TsigCrypto,
): SignedMessage {
  const running = crypto.begin(key.algorithm, key.secret);
  if (requestMac !== null) running.update(lengthAnd(requestMac));
  running.update(octets);
  running.update(variables(key.name, key.algorithm, signed));
  const mac = new Uint8Array(running.digest());
  return { octets: withRecord(octets, key.name, tsigName(key.algorithm), signed, mac), mac };
}

/** Signs what answers a request: one message, or a stream of them (§5.3, §5.3.1). */
export interface TsigSigner {
  /** The next message of the answer, signed. */
  sign(octets: Uint8Array, nowSecs: number): Uint8Array;
}

export function createSigner(key: TsigKey, requestMac: Uint8Array, crypto: TsigCrypto): TsigSigner {
  let previous: Uint8Array | null = null;
  const algorithm = tsigName(key.algorithm);
  return {
    sign(octets, nowSecs) {
      const signed = plain(nowSecs);
      if (previous === null) {
        const first = signWhole(octets, key, requestMac, signed, crypto);
        previous = first.mac;
        return first.octets;
      }
      const running = crypto.begin(key.algorithm, key.secret);
      running.update(lengthAnd(previous));
      running.update(octets);
      running.update(timers(signed));
      previous = new Uint8Array(running.digest());
      return withRecord(octets, key.name, algorithm, signed, previous);
    },
  };
}

/**
 * The reply to a request whose check failed: `octets` is the reply without a record, its RCODE set
 * (NOTAUTH, §5.2). A wrong time and a MAC too short are told to the key's holder alone, signed; the
 * time with the client's own in the record, so that it can check it, and ours as other data (§5.2.3).
 */
export function signError(
  octets: Uint8Array,
  check: TsigCheck & { status: "failed" },
  nowSecs: number,
  crypto: TsigCrypto,
): Uint8Array {
  const { error, record, key } = check;
  const { timeSecs, fudgeSecs } = record;
  const other = error === TsigError.BADTIME ? time48(nowSecs) : new Uint8Array(0);
  const signed: Signed =
    error === TsigError.BADTIME
      ? { timeSecs, fudgeSecs, error, other }
      : { ...plain(nowSecs), error, other };
  if (key !== null) return signWhole(octets, key, record.mac, signed, crypto).octets;
  const unsigned = new Uint8Array(0);
  return withRecord(octets, record.keyName, record.algorithmName, signed, unsigned);
}

/** What a reply of a stream is worth to its reader. */
export type StreamCheck =
  | { readonly good: true; readonly signed: boolean }
  /** `error` is of the record, or 0 with the reason in words. */
  | { readonly good: false; readonly error: number; readonly reason: string };

/** Checks the replies to a request that we signed; in the order in which they come. */
export interface StreamVerifier {
  check(octets: Uint8Array, nowSecs: number): StreamCheck;
  /** Whether the stream may end here: the last message was signed (G3). */
  mayEnd(): boolean;
}

export function createVerifier(
  key: TsigKey,
  requestMac: Uint8Array,
  crypto: TsigCrypto,
): StreamVerifier {
  let running = crypto.begin(key.algorithm, key.secret);
  running.update(lengthAnd(requestMac));
  let first = true;
  let unsigned = 0;
  const bad = (reason: string, error = 0): StreamCheck => ({ good: false, error, reason });
  return {
    mayEnd: () => !first && unsigned === 0,
    check(octets, nowSecs) {
      const record = findTsig(octets);
      if (record === "malformed") return bad("the TSIG record is malformed");
      if (record === null) {
        unsigned += 1;
        if (first) return bad("the first message is not signed");
        if (unsigned > TSIG_UNSIGNED_MAX) return bad("too many messages are not signed");
        running.update(octets);
        return { good: true, signed: false };
      }
      // §5.4.1: an error without a MAC proves nothing, but is worth a word to the operator.
      if (record.mac.length === 0) return bad("the answer is an unsigned error", record.error);
      const same = sameOctets(record.keyName, key.name) && isAlgorithm(record, key);
      if (!same) return bad("signed with another key");
      if (macCut(record.mac, key.algorithm) !== "whole") return bad("the MAC is cut");
      putMessage(running, octets, record);
      if (first) running.update(variables(record.keyName, key.algorithm, record));
      else running.update(timers(record));
      if (!sameMac(running, record.mac, crypto)) return bad("the MAC is wrong");
      if (record.error !== 0) return bad("the server found fault with our signature", record.error);
      if (outOfTime(record, nowSecs)) return bad("signed at another time", TsigError.BADTIME);
      running = crypto.begin(key.algorithm, key.secret);
      running.update(lengthAnd(record.mac));
      first = false;
      unsigned = 0;
      return { good: true, signed: true };
    },
  };
}
