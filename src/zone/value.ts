// SPDX-License-Identifier: Apache-2.0
/**
 * A zone value: all records of a zone in two flat memories.
 *
 * Why flat and not an object per record: a million objects cost a second to make and 200 MB to
 * keep, and they cannot pass between threads without a copy. Here a record is RECORD_WORDS words
 * that point into one pool of octets; both lie in (Shared)ArrayBuffers and cross threads for free.
 *
 * Invariants
 *   V1  Owners are uncompressed wire form, lower case, absolute, at or below `apex`.
 *   V2  RDATA is uncompressed wire form; case inside it is kept as written.
 *   V3  Records stand in the order of the text. No order is promised to readers.
 *   V4  The owner octets of equal neighbours may be shared; offsets say nothing about identity.
 */

/** Words of one record. */
export const RECORD_WORDS = 6;
/** Offset of the owner in `octets`. */
export const RECORD_OWNER = 0;
/** Owner size in octets (high 16 bits), RR type (low 16 bits). */
export const RECORD_SIZE_TYPE = 1;
/** TTL in seconds. */
export const RECORD_TTL = 2;
/** Offset of the RDATA in `octets`. */
export const RECORD_RDATA = 3;
/** RDATA size in octets (low 16 bits), index of the file in `files` (high 16 bits). */
export const RECORD_FILE_RDATA_SIZE = 4;
/** Line in that file, counted from 1. */
export const RECORD_LINE = 5;

export interface ZoneValue {
  /** Apex in lower-case wire form. */
  readonly apex: Uint8Array;
  /** Names and RDATA. */
  readonly octets: Uint8Array;
  /** RECORD_WORDS words per record. */
  readonly records: Uint32Array;
  readonly recordCount: number;
  /** Files read, in the order of opening; index 0 is the zone file itself. */
  readonly files: readonly string[];
}

/** Where an owner and type take their answer from a steering policy instead of from records. */
export interface SteeredOwner {
  /** Lower-case wire form, absolute. */
  readonly owner: Uint8Array;
  /** RR types, each of A, AAAA, CNAME. */
  readonly types: readonly number[];
  /** Id of the policy. */
  readonly policy: string;
}
