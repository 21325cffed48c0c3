// SPDX-License-Identifier: Apache-2.0
/**
 * What changed between two versions of a zone, record by record, from two tables that lie in one
 * memory.
 *
 * Segments that both versions reach are equal and are not read: the work is that of the edit. Records
 * and not RRsets, because that is what an IXFR carries, and because signatures of one owner are
 * several sets of one type.
 *
 * Invariants
 *   D1  What is removed was in `before`, what is added is in `after`, and nothing is in both lists.
 */
import { Type } from "../dns/iana.ts";
import type { TableViews } from "../table/reader.ts";
import { type ZonePlace, zoneRRsets } from "../table/zone-records.ts";
import { recordsOf } from "./outgoing.ts";
import type { TransferRecord, TransferStep } from "./receive.ts";

/**
 * Segments that may differ: beyond, a difference is hardly smaller than the zone, and would take
 * longer to find than it may. A shard has 256 owners at most on average.
 */
export const DIFFERENCE_SEGMENTS_MAX = 512;

/** The step from one version to the other; null if too much differs, or one of them has no SOA. */
export function differenceOf(
  views: TableViews,
  before: ZonePlace,
  after: ZonePlace,
): TransferStep | null {
  const gone = without(before, after);
  const come = without(after, before);
  if (segments(gone) + segments(come) > 2 * DIFFERENCE_SEGMENTS_MAX) return null;
  return stepOfRecords(records(views, gone), records(views, come));
}

/** The step from some records to others, without those that are in both; null without two SOAs. */
export function stepOfRecords(
  gone: Iterable<TransferRecord>,
  come: Iterable<TransferRecord>,
): TransferStep | null {
  const removed = new Map<string, TransferRecord>();
  for (const record of gone) removed.set(recordKey(record), record);
  const added: TransferRecord[] = [];
  for (const record of come) {
    if (!removed.delete(recordKey(record))) added.push(record);
  }
  return stepOf([...removed.values()], added);
}

/** A step whose lists still have the two SOA among them; null if they have not. */
function stepOf(
  removed: readonly TransferRecord[],
  added: readonly TransferRecord[],
): TransferStep | null {
  const isSoa = ({ type }: TransferRecord): boolean => type === Type.SOA;
  const from = removed.find(isSoa);
  const to = added.find(isSoa);
  if (from === undefined || to === undefined) return null;
  return {
    ...{ from, to },
    removed: removed.filter((one) => !isSoa(one)),
    added: added.filter((one) => !isSoa(one)),
  };
}

/** `a` with those of its segments that `b` does not reach. */
function without(a: ZonePlace, b: ZonePlace): ZonePlace {
  const known = new Set([...b.shardRefs, ...b.denialRefs]);
  const isNew = (ref: number): boolean => !known.has(ref);
  return { ...a, shardRefs: a.shardRefs.filter(isNew), denialRefs: a.denialRefs.filter(isNew) };
}

function segments({ shardRefs, denialRefs }: ZonePlace): number {
  return shardRefs.length + denialRefs.length;
}

/** The records of a zone's static RRsets, in the order of the table. */
export function* records(views: TableViews, zone: ZonePlace): Generator<TransferRecord> {
  yield* recordsOf(zoneRRsets(views, zone));
}

/** Equal for equal records, and for no others. */
export function recordKey({ owner, type, ttl, rdata }: TransferRecord): string {
  let key = `${type} ${ttl} `;
  for (const octet of owner) key += String.fromCharCode(octet);
  for (const octet of rdata) key += String.fromCharCode(octet);
  return key;
}

/**
 * Several steps in a row as one (RFC 1995 §4, condensed): what comes and goes again is left out.
 * There is at least one.
 */
export function condense(steps: readonly TransferStep[]): TransferStep {
  const removed = new Map<string, TransferRecord>();
  const added = new Map<string, TransferRecord>();
  for (const step of steps) {
    for (const record of step.removed) {
      const key = recordKey(record);
      if (!added.delete(key)) removed.set(key, record);
    }
    for (const record of step.added) {
      const key = recordKey(record);
      if (!removed.delete(key)) added.set(key, record);
    }
  }
  return {
    ...{ from: steps[0]!.from, to: steps.at(-1)!.to },
    removed: [...removed.values()],
    added: [...added.values()],
  };
}
