// SPDX-License-Identifier: Apache-2.0
/**
 * Checks of where owners lie and what names point at: cuts, occlusion, glue, aliases as targets.
 *
 * Ancestors are looked up in the owner index, nearest first. A zone without delegations and DNAMEs
 * has no owner that could be occluded, and skips the walk; that is nearly every zone of a million
 * owners that is not a registry's.
 *
 * RFC 1034 §4.2.1 cuts and glue; RFC 2181 §10.3 targets; RFC 4592 wildcards; RFC 6672 §2.4 DNAME.
 */
import { Type } from "../dns/iana.ts";
import { isSubdomainAt, lowerName, nameToText } from "../dns/names.ts";
import { rdataTarget } from "../dns/rdata.ts";
import { type Check, describe, report } from "./findings.ts";
import { findRRset } from "./index.ts";
import { recordRdata, recordType } from "./records.ts";

const OWNER_CUT = 1;
const OWNER_DNAME = 2;
const OWNER_CNAME = 4;
const OWNER_ADDRESS = 8;
/** An NS of this zone points at it. */
const OWNER_SERVER = 16;

/** Per owner id, OWNER_ bits; and whether there is any cut or DNAME at all. */
interface Marks {
  readonly flags: Uint8Array;
  readonly any: number;
}

/** Gives what tells owners below a cut or a DNAME. */
export function checkPlaces(c: Check): (owner: number) => boolean {
  const marks = markOwners(c);
  const hides = (marks.any & (OWNER_CUT | OWNER_DNAME)) !== 0;
  const { zone, index } = c;
  for (let owner = 0; owner < index.ownerCount; owner += 1) {
    for (let i = index.start[owner]!; i < index.start[owner + 1]!; i += 1) {
      const record = index.order[i]!;
      const type = recordType(zone, record);
      if (type === Type.NS || type === Type.MX || type === Type.SRV) {
        checkTarget(c, marks, owner, record, type);
      }
    }
    if (hides) checkOccluded(c, marks, owner);
  }
  return (owner) => {
    if (!hides) return false;
    const at = index.ownerAt[owner]!;
    const size = index.ownerSize[owner]!;
    return above(c, marks, zone.octets, at, size, OWNER_CUT | OWNER_DNAME) >= 0;
  };
}

function markOwners(c: Check): Marks {
  const { zone, index } = c;
  const flags = new Uint8Array(index.ownerCount);
  let any = 0;
  for (let owner = 0; owner < index.ownerCount; owner += 1) {
    for (let i = index.start[owner]!; i < index.start[owner + 1]!; i += 1) {
      const record = index.order[i]!;
      const type = recordType(zone, record);
      let flag = 0;
      if (type === Type.A || type === Type.AAAA) flag = OWNER_ADDRESS;
      else if (type === Type.CNAME) flag = OWNER_CNAME;
      else if (type === Type.DNAME) flag = OWNER_DNAME;
      else if (type === Type.NS) {
        if (owner !== c.apex) flag = OWNER_CUT;
        const target = lowerName(recordRdata(zone, record));
        const server = index.find(target, 0, target.length);
        if (server >= 0) flags[server]! |= OWNER_SERVER;
      }
      flags[owner]! |= flag;
      any |= flag;
    }
  }
  return { flags, any };
}

/**
 * The nearest owner strictly above the name at `at` and at or below the apex that has one of the
 * bits; -1 if there is none.
 */
function above(
  c: Check,
  marks: Marks,
  octets: Uint8Array,
  at: number,
  size: number,
  bits: number,
): number {
  let from = at;
  let left = size;
  while (left > c.zone.apex.length) {
    const step = 1 + octets[from]!;
    from += step;
    left -= step;
    const owner = c.index.find(octets, from, left);
    if (owner >= 0 && (marks.flags[owner]! & bits) !== 0) return owner;
  }
  return -1;
}

function checkOccluded(c: Check, marks: Marks, owner: number): void {
  const { zone, index } = c;
  const at = index.ownerAt[owner]!;
  const size = index.ownerSize[owner]!;
  const first = index.start[owner]!;
  const upper = above(c, marks, zone.octets, at, size, OWNER_CUT | OWNER_DNAME);
  if (upper >= 0 && (marks.flags[upper]! & OWNER_CUT) === 0) {
    const record = index.order[first]!;
    const dname = nameToText(zone.octets, index.ownerAt[upper]!);
    report(c, "ZONE_BELOW_DNAME", record, `${describe(c, record)} lies below the DNAME ${dname}`);
    return;
  }
  const atCut = (marks.flags[owner]! & OWNER_CUT) !== 0;
  if (upper < 0 && !atCut) return;
  const glue = (marks.flags[owner]! & OWNER_SERVER) !== 0;
  for (let i = first; i < index.start[owner + 1]!; i += 1) {
    const record = index.order[i]!;
    const type = recordType(zone, record);
    if (glue && (type === Type.A || type === Type.AAAA)) continue;
    if (upper < 0 && atCut && standsAtCut(type)) continue;
    const cut = nameToText(zone.octets, index.ownerAt[upper < 0 ? owner : upper]!);
    const detail = `${describe(c, record)} lies at or below the delegation ${cut}`;
    report(c, "ZONE_OCCLUDED", record, detail);
    return;
  }
}

/** What the parent holds at a cut (RFC 4035 §2). A CNAME there is an error of its own already. */
function standsAtCut(type: number): boolean {
  return (
    type === Type.NS ||
    type === Type.DS ||
    type === Type.NSEC ||
    type === Type.RRSIG ||
    type === Type.CNAME
  );
}

function checkTarget(c: Check, marks: Marks, owner: number, record: number, type: number): void {
  const { zone, index } = c;
  const rdata = recordRdata(zone, record);
  const span = rdataTarget(type, rdata);
  if (span === null) return;
  const target = lowerName(rdata.subarray(span.at, span.at + span.size));
  if (!isSubdomainAt(target, 0, target.length, zone.apex)) return;
  const found = index.find(target, 0, target.length);
  const text = nameToText(target);
  if (found >= 0 && (marks.flags[found]! & OWNER_CNAME) !== 0) {
    report(c, "ZONE_TARGET_CNAME", record, `${describe(c, record)} points at the alias ${text}`);
    return;
  }
  if (type !== Type.NS) return;
  if (found >= 0 && (marks.flags[found]! & OWNER_ADDRESS) !== 0) return;
  if (c.steered.hasAddress(target)) return;
  const isCut = found >= 0 && (marks.flags[found]! & OWNER_CUT) !== 0;
  const cut = isCut ? found : above(c, marks, target, 0, target.length, OWNER_CUT);
  // Addresses of a sister delegation's servers help, but nobody requires them (RFC 9471 §3.2).
  if (cut >= 0 && cut !== owner) return;
  if (cut < 0 && found < 0 && hasWildcard(c, target)) return;
  report(c, "ZONE_GLUE_MISSING", record, `${text} has neither A nor AAAA here`);
}

/** Whether a wildcard with an address, or an alias, answers for a name that is not there. */
function hasWildcard(c: Check, name: Uint8Array): boolean {
  const { zone, index } = c;
  for (let from = 0; name.length - from > zone.apex.length; ) {
    from += 1 + name[from]!;
    const source = new Uint8Array(2 + name.length - from);
    source.set([1, 0x2a]);
    source.set(name.subarray(from), 2);
    const owner = index.find(source, 0, source.length);
    if (owner >= 0) {
      return [Type.A, Type.AAAA, Type.CNAME].some((t) => findRRset(zone, index, owner, t) >= 0);
    }
    if (index.find(name, from, name.length - from) >= 0) return false;
  }
  return false;
}
