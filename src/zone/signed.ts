// SPDX-License-Identifier: Apache-2.0
/**
 * What is special about the records of a signed zone: signatures belong to what they cover, and NSEC3
 * owners are no names of the zone.
 *
 * The parts of a zone value that the table keeps apart are told apart here once, for the builder and
 * for the checks.
 *
 * RFC 4034 §3 RRSIG, §4 NSEC; RFC 5155 §4 NSEC3PARAM, §7.1 which chain is in force.
 */
import { HASH_LABEL_SIZE, putHashLabel } from "../dns/hash-label.ts";
import { Type } from "../dns/iana.ts";
import { get16 } from "../dns/sink.ts";
import { findRRset, indexZone, type MakeBuffer, rrsetEnd, type ZoneIndex } from "./index.ts";
import { coveredType, recordRdata, recordType } from "./records.ts";
import { RECORD_WORDS, type ZoneValue } from "./value.ts";

/** NSEC3 by SHA-1, the only algorithm there is. */
const ALGORITHM_SHA1 = 1;

/** How a zone proves absence. */
export interface DenialForm {
  readonly kind: "nsec" | "nsec3";
  readonly iterations: number;
  readonly salt: Uint8Array;
}

/**
 * Of the signatures of one owner, order[at, end), the run [from, to) that covers `type`. RRSIGs are
 * sorted by what they cover, since RDATA begins with it; `at` is where the run before ended.
 */
export function signaturesFrom(
  zone: ZoneValue,
  order: Uint32Array,
  at: number,
  end: number,
  type: number,
): readonly [from: number, to: number] {
  const covers = (i: number, below: number): boolean =>
    i < end && recordType(zone, order[i]!) === Type.RRSIG && coveredType(zone, order[i]!) < below;
  let from = at;
  while (covers(from, type)) from += 1;
  let to = from;
  while (covers(to, type + 1)) to += 1;
  return [from, to];
}

/** The signatures of an owner that cover `type`, as a run of `index.order`. */
export function signaturesOf(
  zone: ZoneValue,
  index: ZoneIndex,
  owner: number,
  type: number,
): readonly [from: number, to: number] {
  const first = findRRset(zone, index, owner, Type.RRSIG);
  if (first < 0) return [0, 0];
  return signaturesFrom(zone, index.order, first, index.start[owner + 1]!, type);
}

/**
 * How the zone proves absence; null if it does not. An NSEC3PARAM says that its chain is whole, so it
 * goes before an NSEC that may be on its way in or out (RFC 5155 §10.4, §10.5).
 */
export function denialForm(zone: ZoneValue, index: ZoneIndex): DenialForm | null {
  const apex = index.find(zone.apex, 0, zone.apex.length);
  if (apex < 0) return null;
  const param = findRRset(zone, index, apex, Type.NSEC3PARAM);
  const end = param < 0 ? -1 : rrsetEnd(zone, index, apex, param);
  for (let i = param; i < end; i += 1) {
    const rdata = recordRdata(zone, index.order[i]!);
    // RFC 5155 §4.1.2: with any flag set it is no statement about the zone.
    if (rdata[0] !== ALGORITHM_SHA1 || rdata[1] !== 0) continue;
    return {
      kind: "nsec3",
      iterations: get16(rdata, 2),
      salt: rdata.slice(5, 5 + rdata[4]!),
    };
  }
  if (findRRset(zone, index, apex, Type.NSEC) < 0) return null;
  return { kind: "nsec", iterations: 0, salt: new Uint8Array(0) };
}

/** A zone without its NSEC3 records and their signatures; they are no data of their owners. */
export function withoutNsec3(
  zone: ZoneValue,
  make?: MakeBuffer,
): { readonly zone: ZoneValue; readonly index: ZoneIndex } {
  const records =
    make === undefined
      ? new Uint32Array(zone.recordCount * RECORD_WORDS)
      : new Uint32Array(make(zone.recordCount * RECORD_WORDS * 4));
  let count = 0;
  for (let i = 0; i < zone.recordCount; i += 1) {
    if (isNsec3Data(zone, i)) continue;
    records.set(
      zone.records.subarray(i * RECORD_WORDS, (i + 1) * RECORD_WORDS),
      count * RECORD_WORDS,
    );
    count += 1;
  }
  const rest: ZoneValue = { ...zone, records, recordCount: count };
  return { zone: rest, index: indexZone(rest, make) };
}

/** Is it an NSEC3, or the signature of one? */
export function isNsec3Data(zone: ZoneValue, record: number): boolean {
  const type = recordType(zone, record);
  return type === Type.NSEC3 || (type === Type.RRSIG && coveredType(zone, record) === Type.NSEC3);
}

/** Do the parameters of an NSEC3 name this chain? */
export function isOfChain(rdata: Uint8Array, { iterations, salt }: DenialForm): boolean {
  if (rdata[0] !== ALGORITHM_SHA1 || get16(rdata, 2) !== iterations) return false;
  if (rdata[4] !== salt.length) return false;
  return salt.every((octet, i) => octet === rdata[5 + i]);
}

/** The owner of the NSEC3 of a hash: its label in front of the apex (RFC 5155 §3). */
export function ownerOfHash(octets: Uint8Array, at: number, apex: Uint8Array): Uint8Array {
  const owner = new Uint8Array(HASH_LABEL_SIZE + apex.length);
  putHashLabel(owner, 0, octets, at);
  owner.set(apex, HASH_LABEL_SIZE);
  return owner;
}
