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
import { compareNames } from "../dns/names.ts";
import { findRRset, indexZone, rrsetEnd, rrsetValue, type ZoneIndex } from "./index.ts";
import { type RRset, zoneOfRRsets } from "./records.ts";
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
      const rrset = rrsetValue(a, aIndex, from, to);
      const found = findRRset(b, bIndex, other, rrset.type);
      const match =
        found >= 0 &&
        sameRRset(rrset, rrsetValue(b, bIndex, found, rrsetEnd(b, bIndex, other, found)));
      if (!match) out.push(rrset);
      from = to;
    }
  }
  return out.sort((x, y) => compareNames(x.owner, y.owner) || x.type - y.type);
}

function sameRRset(a: RRset, b: RRset): boolean {
  if (a.ttl !== b.ttl || a.rdatas.length !== b.rdatas.length) return false;
  return a.rdatas.every((rdata, i) => sameOctets(rdata, b.rdatas[i]!));
}

function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}

/** A key that tells RRsets apart. */
function keyOf(owner: Uint8Array, type: number): string {
  return `${type} ${String.fromCharCode(...owner)}`;
}

/**
 * The zone after a difference: RRsets of `removed` (by owner and type) left out, those of `added`
 * put in. Null if one to be removed is not there as it was: the difference is of another zone.
 */
export function applyDiff(zone: ZoneValue, diff: ZoneDiff): ZoneValue | null {
  const index = indexZone(zone);
  const removed = new Map(diff.removed.map((rrset) => [keyOf(rrset.owner, rrset.type), rrset]));
  const kept: RRset[] = [];
  for (let owner = 0; owner < index.ownerCount; owner += 1) {
    for (let from = index.start[owner]!; from < index.start[owner + 1]!; ) {
      const to = rrsetEnd(zone, index, owner, from);
      const rrset = rrsetValue(zone, index, from, to);
      const key = keyOf(rrset.owner, rrset.type);
      const gone = removed.get(key);
      if (gone === undefined) kept.push(rrset);
      else if (!sameRRset(gone, rrset)) return null;
      removed.delete(key);
      from = to;
    }
  }
  if (removed.size > 0) return null;
  return zoneOfRRsets(zone.apex, [...kept, ...diff.added], zone.files[0]);
}
