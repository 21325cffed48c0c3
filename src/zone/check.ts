// SPDX-License-Identifier: Apache-2.0
/**
 * The checks of a whole zone: what no single line can tell.
 *
 * Error is what would make answers wrong or ambiguous; warning is what NSD and Knot load and only
 * remark on, such as missing glue or data that no query can reach. All findings are given, each
 * at the record that should be changed. Owner-wide rules are here; those about the place of an
 * owner below cuts, and about targets, in `check-place.ts`; those about steering in
 * `check-steered.ts`; those about address hints in `check-hints.ts`; those about signed zones in
 * `check-signed.ts`.
 *
 * Invariants
 *   C1  The work is linear in the records (times labels of a name), over the owner index.
 *   C2  Findings come in a fixed order: apex, records, owners by first appearance, steering,
 *       signatures and chain.
 *
 * RFC 1034 §4.2.1, RFC 2181 §5, §8, §10, RFC 4592 §4.2, RFC 6672 §2.4, RFC 9460 §2.4.2.
 */
import type { Fault } from "../base/faults.ts";
import { Type, typeText } from "../dns/iana.ts";
import { nameSize, nameToText } from "../dns/names.ts";
import { get16 } from "../dns/sink.ts";
import { rrsetSizeMax } from "../layout/limits.ts";
import { checkHints } from "./check-hints.ts";
import { checkPlaces } from "./check-place.ts";
import { checkSigned } from "./check-signed.ts";
import { checkSteered } from "./check-steered.ts";
import { type Check, describe, report, reportZone, standsBesideCname } from "./findings.ts";
import { findRRset, indexZone, rrsetEnd, type ZoneIndex } from "./index.ts";
import {
  recordLine,
  recordOwnerAt,
  recordRdataAt,
  recordRdataSize,
  recordTtl,
  recordType,
  TTL_MAX,
} from "./records.ts";
import { createSteeredTypes } from "./steered.ts";
import { RECORD_TTL, RECORD_WORDS, type SteeredOwner, type ZoneValue } from "./value.ts";

/** Pointer, type, class, TTL, RDLENGTH. */
const RR_FIXED_SIZE = 12;

/** Checks a zone and the steering bound to it. At most FAULTS_MAX findings. */
export function checkZone(
  zone: ZoneValue,
  index: ZoneIndex = indexZone(zone),
  steered: readonly SteeredOwner[] = [],
): readonly Fault[] {
  const c: Check = {
    zone,
    index,
    apex: index.find(zone.apex, 0, zone.apex.length),
    steered: createSteeredTypes(steered),
    faults: [],
  };
  checkApex(c);
  checkTtlRange(c);
  for (const record of index.duplicates) {
    report(c, "ZONE_DUPLICATE", record, `${describe(c, record)} stands more than once`);
  }
  for (let owner = 0; owner < index.ownerCount; owner += 1) checkOwner(c, owner);
  const isHidden = checkPlaces(c);
  checkSteered(c, steered);
  checkSigned(c, steered, isHidden);
  return c.faults;
}

function checkApex(c: Check): void {
  const { zone, index } = c;
  const name = nameToText(zone.apex);
  if (findRRset(zone, index, c.apex, Type.SOA) < 0) {
    reportZone(c, "ZONE_NO_SOA", `${name} has no SOA`);
  }
  if (findRRset(zone, index, c.apex, Type.NS) < 0) {
    reportZone(c, "ZONE_NO_NS", `${name} has no NS`);
  }
}

function checkTtlRange(c: Check): void {
  const { records, recordCount } = c.zone;
  for (let record = 0; record < recordCount; record += 1) {
    const ttl = records[record * RECORD_WORDS + RECORD_TTL]!;
    if (ttl <= TTL_MAX) continue;
    report(c, "ZONE_TTL_RANGE", record, `${describe(c, record)} has the TTL ${ttl}`);
  }
}

function checkOwner(c: Check, owner: number): void {
  const { zone, index } = c;
  let cname = -1;
  let other = -1;
  for (let from = index.start[owner]!; from < index.start[owner + 1]!; ) {
    const to = rrsetEnd(zone, index, owner, from);
    const type = recordType(zone, index.order[from]!);
    if (type === Type.CNAME) cname = from;
    else if (!standsBesideCname(type) && other < 0) other = from;
    if (to - from > 1) checkMany(c, type, from, to);
    checkRRset(c, owner, type, from, to);
    from = to;
  }
  if (cname < 0 || other < 0) return;
  const line = recordLine(zone, index.order[other]!);
  const record = index.order[cname]!;
  const name = nameToText(zone.octets, recordOwnerAt(zone, record));
  const beside = typeText(recordType(zone, index.order[other]!));
  const detail = `${name} has a CNAME here and ${beside} at line ${line}`;
  report(c, "ZONE_CNAME_NOT_ALONE", record, detail);
}

/** RRsets of more than one record: types of which there is one, mixed TTLs, size. */
function checkMany(c: Check, type: number, from: number, to: number): void {
  const { zone, index } = c;
  const second = index.order[from + 1]!;
  if (type === Type.CNAME) {
    report(c, "ZONE_CNAME_MANY", second, `${describe(c, second)} is the second one`);
  }
  if (type === Type.DNAME) {
    report(c, "ZONE_DNAME_MANY", second, `${describe(c, second)} is the second one`);
  }
  if (type === Type.SOA) {
    report(c, "ZONE_SOA_MANY", second, `${describe(c, second)} is the second one`);
  }
  let size = 0;
  let mixed = -1;
  const ttl = recordTtl(zone, index.order[from]!);
  for (let i = from; i < to; i += 1) {
    const record = index.order[i]!;
    size += RR_FIXED_SIZE + recordRdataSize(zone, record);
    if (recordTtl(zone, record) !== ttl && mixed < 0) mixed = record;
  }
  // Each RRSIG has the TTL of the RRset that it covers (RFC 4034 §3).
  if (mixed >= 0 && type !== Type.RRSIG) {
    const detail = `${describe(c, mixed)} has the TTLs ${recordTtl(zone, mixed)} and ${ttl}`;
    report(c, "ZONE_TTL_MIXED", mixed, detail);
  }
  const first = index.order[from]!;
  if (size > rrsetSizeMax(nameSize(zone.octets, recordOwnerAt(zone, first), zone.octets.length))) {
    report(c, "ZONE_RRSET_TOO_LARGE", first, `${describe(c, first)} takes ${size} octets`);
  }
}

/** Rules of single types. */
function checkRRset(c: Check, owner: number, type: number, from: number, to: number): void {
  const { zone, index } = c;
  const record = index.order[from]!;
  if (type === Type.SOA && owner !== c.apex) {
    report(c, "ZONE_SOA_NOT_AT_APEX", record, `${describe(c, record)} is below the apex`);
  }
  if (type === Type.NS) {
    const at = index.ownerAt[owner]!;
    if (zone.octets[at] === 1 && zone.octets[at + 1] === 0x2a) {
      report(c, "ZONE_WILDCARD_NS", record, `${describe(c, record)} is a wildcard`);
    }
  }
  if (type === Type.SVCB || type === Type.HTTPS) {
    for (let i = from; i < to; i += 1) checkAliasMode(c, index.order[i]!);
    checkHints(c, owner, type, from, to);
  }
}

function checkAliasMode(c: Check, record: number): void {
  const { zone } = c;
  const at = recordRdataAt(zone, record);
  if (get16(zone.octets, at) !== 0) return;
  let end = at + 2;
  while (zone.octets[end]! > 0) end += 1 + zone.octets[end]!;
  if (end + 1 < at + recordRdataSize(zone, record)) {
    report(c, "ZONE_ALIAS_PARAMS", record, `${describe(c, record)} has priority 0`);
  }
}
