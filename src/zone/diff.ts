// SPDX-License-Identifier: Apache-2.0
/**
 * The difference of two zone values, as whole RRsets.
 *
 * RRsets and not records, because an RRset is what the table stores and what an answer carries;
 * a changed one is removed and added. The order of the result is canonical, so that two nodes that
 * compare the same zones propose the same octets.
 *
 * Invariants
 *   D1  applyDiff(a, diffZones(a, b)) holds the same RRsets as b.
 *   D2  The result depends on the RRsets alone, not on the order of records in the texts.
 *   D3  Both lists ascend by canonical owner (RFC 4034 §6.1), then type.
 */
import { sameOctets } from "../base/octets.ts";
import { Type } from "../dns/iana.ts";
import { get16 } from "../dns/sink.ts";
import {
  findRRset,
  indexZone,
  rrsetEnd,
  rrsetsOf,
  rrsetTtl,
  rrsetValue,
  type ZoneIndex,
} from "./index.ts";
import {
  compareRRsets,
  coveredType,
  equalRecords,
  type RRset,
  recordRdataAt,
  recordRdataSize,
  recordType,
  rrsetKey,
  zoneOfRRsets,
} from "./records.ts";
import { signaturesOf } from "./signed.ts";
import type { ZoneValue } from "./value.ts";

export interface ZoneDiff {
  readonly removed: readonly RRset[];
  readonly added: readonly RRset[];
}

/** What has to be removed from `before` and added to it to get `after`. RDATA are views. */
export function diffZones(
  before: ZoneValue,
  after: ZoneValue,
  beforeIndex: ZoneIndex = indexZone(before),
  afterIndex: ZoneIndex = indexZone(after),
): ZoneDiff {
  return {
    removed: without(before, beforeIndex, after, afterIndex),
    added: without(after, afterIndex, before, beforeIndex),
  };
}

/** The RRsets of `a` that `b` lacks or has otherwise. */
function without(a: ZoneValue, aIndex: ZoneIndex, b: ZoneValue, bIndex: ZoneIndex): RRset[] {
  const out: RRset[] = [];
  for (let owner = 0; owner < aIndex.ownerCount; owner += 1) {
    const hash = aIndex.ownerHash[owner]!;
    const size = aIndex.ownerSize[owner]!;
    const other = bIndex.findHashed(hash, a.octets, aIndex.ownerAt[owner]!, size);
    for (let from = aIndex.start[owner]!; from < aIndex.start[owner + 1]!; ) {
      const to = rrsetEnd(a, aIndex, owner, from);
      const found = findSame(b, bIndex, other, a, aIndex.order[from]!);
      const match =
        found >= 0 &&
        to - from === rrsetEnd(b, bIndex, other, found) - found &&
        sameSpan(a, aIndex, from, to, b, bIndex, found);
      if (!match) out.push(rrsetValue(a, aIndex, from, to));
      from = to;
    }
  }
  return out.sort(compareRRsets);
}

/** Where the RRset begins in `b` that `record` of `a` would belong to; −1 if it is not there. */
function findSame(
  b: ZoneValue,
  bIndex: ZoneIndex,
  owner: number,
  a: ZoneValue,
  record: number,
): number {
  const type = recordType(a, record);
  if (type !== Type.RRSIG) return findRRset(b, bIndex, owner, type);
  if (owner < 0) return -1;
  const [from, to] = signaturesOf(b, bIndex, owner, coveredType(a, record));
  return from < to ? from : -1;
}

/** Whether the RRset `aIndex.order[from, to)` is that of equal size from `found` on in `b`. */
function sameSpan(
  a: ZoneValue,
  aIndex: ZoneIndex,
  from: number,
  to: number,
  b: ZoneValue,
  bIndex: ZoneIndex,
  found: number,
): boolean {
  const size = to - from;
  if (rrsetTtl(a, aIndex, from, to) !== rrsetTtl(b, bIndex, found, found + size)) return false;
  for (let i = 0; i < size; i += 1) {
    const x = aIndex.order[from + i]!;
    const y = bIndex.order[found + i]!;
    const octets = recordRdataSize(a, x);
    if (octets !== recordRdataSize(b, y)) return false;
    const xAt = recordRdataAt(a, x);
    const yAt = recordRdataAt(b, y);
    for (let k = 0; k < octets; k += 1) if (a.octets[xAt + k] !== b.octets[yAt + k]) return false;
  }
  return true;
}

function sameRRset(a: RRset, b: RRset): boolean {
  if (a.ttl !== b.ttl || a.rdatas.length !== b.rdatas.length) return false;
  return a.rdatas.every((rdata, i) => sameOctets(rdata, b.rdatas[i]!));
}

/** A key that tells RRsets apart, signatures by what they cover. */
function keyOf(rrset: RRset): string {
  const covered = rrset.type === Type.RRSIG ? `${get16(rrset.rdatas[0]!, 0)}/` : "";
  return covered + rrsetKey(rrset);
}

/** The difference that takes each RRset `before` to what it is now; null is one that is not there. */
export function diffOfPairs(
  pairs: Iterable<{ readonly before: RRset | null; readonly now: RRset | null }>,
): ZoneDiff {
  const removed: RRset[] = [];
  const added: RRset[] = [];
  for (const { before, now } of pairs) {
    if (before !== null && now !== null && before.ttl === now.ttl && equalRecords(before, now)) {
      continue;
    }
    if (before !== null) removed.push(before);
    if (now !== null) added.push(now);
  }
  return { removed: removed.sort(compareRRsets), added: added.sort(compareRRsets) };
}

/**
 * The zone after a difference: RRsets of `removed` (by owner and type) left out, those of `added`
 * put in. Null if one to be removed is not there as it was: the difference is of another zone.
 */
export function applyDiff(zone: ZoneValue, diff: ZoneDiff): ZoneValue | null {
  const index = indexZone(zone);
  const removed = new Map(diff.removed.map((rrset) => [keyOf(rrset), rrset]));
  const kept: RRset[] = [];
  for (const rrset of rrsetsOf(zone, index)) {
    const key = keyOf(rrset);
    const gone = removed.get(key);
    if (gone === undefined) kept.push(rrset);
    else if (!sameRRset(gone, rrset)) return null;
    removed.delete(key);
  }
  if (removed.size > 0) return null;
  return zoneOfRRsets(zone.apex, [...kept, ...diff.added], zone.files[0]);
}
