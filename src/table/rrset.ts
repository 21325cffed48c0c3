// SPDX-License-Identifier: Apache-2.0
/**
 * RRset templates: wire form that a kernel copies into an answer, finished except for some pointers.
 *
 *   RRset │ RR RR … │ pad 2 │ fix-ups: u16 offsets, counted from the first RR │ pad 4
 *   RR = C0 0C │ type │ class IN │ TTL │ RDLENGTH │ RDATA
 *
 * Why the apex is cut off the names in RDATA: in an answer the apex always stands at a known place,
 * inside the question, and most names in a zone end in it. A pointer there costs the kernel one
 * store, and a general search for common suffixes would cost it a table per answer.
 *
 * Invariants
 *   T4a Only names that may be compressed are cut (RFC 3597 §4), and none in the root zone.
 *   T4b The TTL is the lowest of the RRset; one above 2^31 − 1 counts as 0 (RFC 2181 §5.2, §8).
 *   T4c A fix-up points at two octets C0 00, the last two of the name that it closes.
 */

import { Type } from "../dns/iana.ts";
import { nameSize } from "../dns/names.ts";
import { rdataNames, rdataTarget } from "../dns/rdata.ts";
import { hasAutoHint } from "../dns/svcb.ts";
import { RRSET_FLAG_ADDITIONAL, RRSET_FLAG_HINTS } from "../layout/gen/enums.ts";
import * as layout from "../layout/gen/table.ts";
import { NAME_SIZE_MAX, RRSET_SIZE_MAX, rrsetSizeMax } from "../layout/limits.ts";
import {
  recordOwnerAt,
  recordRdata,
  recordRdataAt,
  recordRdataSize,
  recordTtl,
  recordType,
} from "../zone/records.ts";
import type { ZoneValue } from "../zone/value.ts";
import { align, put16, reserve, skip, type Writer } from "./writer.ts";

/** Octets of an RR in a template in front of its RDATA: pointer, type, class, TTL, RDLENGTH. */
export const RR_FIXED_SIZE = 12;

/** What the templates of one type have in common. */
interface TypeTraits {
  /** Offset of the followed name in every RDATA; 0 where none is followed. */
  readonly targetAt: number;
  /** rrsetFlags of a static RRset. */
  readonly flags: number;
  /** Some names may be cut (T4a). */
  readonly cuts: boolean;
  /** Every RDATA ends in its only name, which begins here; −1 for other forms. */
  readonly lastNameAt: number;
}

/** A zone whose RRsets are written, and what was learned of its types on the way. */
export interface RRsetSource {
  readonly zone: ZoneValue;
  readonly traits: Map<number, TypeTraits>;
  /** The type asked for last, and its traits. */
  lastType: number;
  last: TypeTraits | null;
}

export function createSource(zone: ZoneValue): RRsetSource {
  return { zone, traits: new Map(), lastType: -1, last: null };
}

/** The rrsetFlags of the static RRset whose first record is `record`. */
export function rrsetFlagsOf(source: RRsetSource, record: number): number {
  return traitsOf(source, record).flags;
}

/** RRSET_FLAG_HINTS if one of the records [from, to), all of one RRset, has a hint to fill in; else 0. */
export function hintsFlagOf({ zone }: RRsetSource, from: number, to: number): number {
  const type = recordType(zone, from);
  if (type !== Type.SVCB && type !== Type.HTTPS) return 0;
  for (let record = from; record < to; record += 1) {
    if (hasAutoHint(recordRdata(zone, record))) return RRSET_FLAG_HINTS;
  }
  return 0;
}

/**
 * Asks the table of RR types once per type and not once per record. What the first RDATA shows
 * holds for all: in front of a followed name, and of the last name in the types of RFC 1035, there
 * are only numbers of fixed size.
 */
function traitsOf(source: RRsetSource, record: number): TypeTraits {
  const { zone, traits } = source;
  const type = recordType(zone, record);
  if (type === source.lastType) return source.last!;
  const known = traits.get(type);
  source.lastType = type;
  source.last = known ?? null;
  if (known !== undefined) return known;
  const rdata = recordRdata(zone, record);
  const names = rdataNames(type, rdata);
  const [first] = names;
  const target = rdataTarget(type, rdata);
  const ends = names.length === 1 && first!.at + first!.size === rdata.length;
  const found = {
    targetAt: target?.at ?? 0,
    flags: target === null ? 0 : RRSET_FLAG_ADDITIONAL,
    cuts: zone.apex.length > 1 && names.some((name) => name.compressible),
    lastNameAt: ends ? first!.at : -1,
  };
  traits.set(type, found);
  source.last = found;
  return found;
}

const fixups = new Uint16Array(RRSET_SIZE_MAX);

/**
 * Appends the RRset of records `order[from, to)`, which are of one type and sorted. `ttlCap` lowers
 * the TTL further (the negative SOA, RFC 2308 §3). Gives the offset of the RRset, or −1 if it is
 * larger than rrsetSizeMax of its owner.
 */
export function putRRset(
  w: Writer,
  source: RRsetSource,
  order: Uint32Array,
  from: number,
  to: number,
  ttlCap = 0x7fffffff,
): number {
  let ttl = ttlCap;
  for (let i = from; i < to; i += 1) ttl = Math.min(ttl, recordTtl(source.zone, order[i]!));
  return putTemplate(w, source, order, from, to, ttl);
}

/**
 * The same with the RRSIGs `order[signed, signedTo)` that cover it right behind (T5); they have its
 * TTL, whatever the text says (RFC 4034 §3). Without any it is putRRset.
 */
export function putSigned(
  w: Writer,
  source: RRsetSource,
  order: Uint32Array,
  [from, to]: readonly [number, number],
  [signed, signedTo]: readonly [number, number],
  ttlCap = 0x7fffffff,
): number {
  const here = putRRset(w, source, order, from, to, ttlCap);
  if (here < 0 || signed === signedTo) return here;
  const ttl = w.view.getUint32(here + layout.RRSET_SIZE + 6);
  return putTemplate(w, source, order, signed, signedTo, ttl) < 0 ? -1 : here;
}

function putTemplate(
  w: Writer,
  source: RRsetSource,
  order: Uint32Array,
  from: number,
  to: number,
  ttl: number,
): number {
  const { zone } = source;
  const here = skip(w, layout.RRSET_SIZE);
  const first = w.at;
  const type = recordType(zone, order[from]!);
  const traits = traitsOf(source, order[from]!);
  let fixupCount = 0;
  for (let i = from; i < to; i += 1) {
    const record = order[i]!;
    const size = recordRdataSize(zone, record);
    if (w.at - first > RRSET_SIZE_MAX) return -1;
    reserve(w, RR_FIXED_SIZE + size);
    const rr = w.at;
    w.at += RR_FIXED_SIZE;
    putFixed(w, rr, type, ttl);
    if (traits.cuts) fixupCount = putCutRdata(w, zone, traits, record, first, fixupCount);
    else copyOctets(w, zone.octets, recordRdataAt(zone, record), size);
    const rdlength = w.at - rr - RR_FIXED_SIZE;
    w.octets[rr + 10] = rdlength >> 8;
    w.octets[rr + 11] = rdlength & 0xff;
  }
  const length = w.at - first;
  // The owner is measured only where it can matter.
  if (length > rrsetSizeMax(NAME_SIZE_MAX) && length > sizeMaxOf(zone, order[from]!)) return -1;
  put16(w, here + layout.RRSET_COUNT, to - from);
  put16(w, here + layout.RRSET_LENGTH, length);
  put16(w, here + layout.RRSET_FIXUP_COUNT, fixupCount);
  put16(w, here + layout.RRSET_TARGET_AT, traits.targetAt);
  align(w, 2);
  const list = skip(w, fixupCount * 2);
  for (let i = 0; i < fixupCount; i += 1) put16(w, list + i * 2, fixups[i]!);
  align(w, 4);
  return here;
}

function sizeMaxOf(zone: ZoneValue, record: number): number {
  return rrsetSizeMax(nameSize(zone.octets, recordOwnerAt(zone, record), zone.octets.length));
}

function putFixed(w: Writer, rr: number, type: number, ttl: number): void {
  const { octets } = w;
  octets[rr] = 0xc0;
  octets[rr + 1] = 0x0c;
  octets[rr + 2] = type >> 8;
  octets[rr + 3] = type & 0xff;
  octets[rr + 4] = 0;
  octets[rr + 5] = 1;
  octets[rr + 6] = ttl >>> 24;
  octets[rr + 7] = (ttl >>> 16) & 0xff;
  octets[rr + 8] = (ttl >>> 8) & 0xff;
  octets[rr + 9] = ttl & 0xff;
  octets[rr + 10] = 0;
  octets[rr + 11] = 0;
}

/** Copies short RDATA by hand: a call of `set` costs more than four octets do. Room is reserved. */
function copyOctets(w: Writer, octets: Uint8Array, at: number, size: number): void {
  const to = w.at;
  if (size > 48) w.octets.set(octets.subarray(at, at + size), to);
  else for (let i = 0; i < size; i += 1) w.octets[to + i] = octets[at + i]!;
  w.at = to + size;
}

/** Writes RDATA with its names cut at the apex; gives the new number of fix-ups. Room is reserved. */
function putCutRdata(
  w: Writer,
  zone: ZoneValue,
  traits: TypeTraits,
  record: number,
  first: number,
  fixupCount: number,
): number {
  const { octets, apex } = zone;
  const at = recordRdataAt(zone, record);
  const end = at + recordRdataSize(zone, record);
  let from = at;
  let count = fixupCount;
  const cutName = (nameAt: number, nameEnd: number): void => {
    const cut = apexCut(octets, nameAt, nameEnd, apex);
    if (cut < 0) return;
    copyOctets(w, octets, from, cut - from);
    fixups[count] = w.at - first;
    count += 1;
    w.octets[w.at] = 0xc0;
    w.octets[w.at + 1] = 0;
    w.at += 2;
    from = nameEnd;
  };
  // NS, CNAME, PTR and MX end in their only name: no list of names for the millions of them.
  if (traits.lastNameAt >= 0) cutName(at + traits.lastNameAt, end);
  else {
    for (const name of rdataNames(recordType(zone, record), octets.subarray(at, end))) {
      if (name.compressible) cutName(at + name.at, at + name.at + name.size);
    }
  }
  copyOctets(w, octets, from, end - from);
  return count;
}

/** Where in the name octets[at, end) the apex begins, case aside; −1 if it does not end in it. */
function apexCut(octets: Uint8Array, at: number, end: number, apex: Uint8Array): number {
  const start = end - apex.length;
  let label = at;
  while (label < start) label += 1 + octets[label]!;
  if (label !== start) return -1;
  for (let i = 0; i < apex.length; i += 1) {
    let octet = octets[start + i]!;
    if (octet >= 0x41 && octet <= 0x5a) octet |= 0x20;
    if (octet !== apex[i]) return -1;
  }
  return start;
}
