// SPDX-License-Identifier: Apache-2.0
/**
 * The steps of an incremental transfer as one difference of whole RRsets, against the zone that we
 * have.
 *
 * Steps speak of records and the zone of RRsets, so each RRset that a step touches is looked up once
 * and changed; however large the zone is, the work is that of the steps.
 *
 * Invariants
 *   I1  A record that goes and was not there, or comes and was, says that the steps are of another
 *       zone than ours: null, and the zone is to be fetched as a whole (RFC 1995 §4).
 *   I2  What one step adds and a later one removes is in neither list: steps are condensed.
 */
import { Type } from "../dns/iana.ts";
import { equalRdata } from "../dns/rdata.ts";
import { diffOfPairs, type ZoneDiff } from "../zone/diff.ts";
import { type RRset, rrsetKey } from "../zone/records.ts";
import type { TransferRecord, TransferStep } from "./receive.ts";
import type { UpdateView } from "./update.ts";

interface Touched {
  readonly before: RRset | null;
  now: RRset | null;
}

/** What the steps change in the zone; null if they are not steps of it. */
export function diffOfSteps(
  view: Pick<UpdateView, "rrset">,
  steps: readonly TransferStep[],
): ZoneDiff | null {
  const touched = new Map<string, Touched>();
  const at = ({ owner, type }: TransferRecord): Touched => {
    const key = rrsetKey({ owner, type });
    const known = touched.get(key);
    if (known !== undefined) return known;
    const before = view.rrset(owner, type);
    const fresh = { before, now: before };
    touched.set(key, fresh);
    return fresh;
  };
  for (const { from, to, removed, added } of steps) {
    for (const record of [from, ...removed]) if (!remove(at(record), record)) return null;
    for (const record of [to, ...added]) if (!add(at(record), record)) return null;
  }
  return diffOfPairs(touched.values());
}

function remove(place: Touched, record: TransferRecord): boolean {
  const { now } = place;
  if (now === null) return false;
  const rdatas = now.rdatas.filter((one) => !equalRdata(now.type, one, record.rdata));
  if (rdatas.length !== now.rdatas.length - 1) return false;
  place.now = rdatas.length === 0 ? null : { ...now, rdatas };
  return true;
}

function add(place: Touched, { owner, type, ttl, rdata }: TransferRecord): boolean {
  const { now } = place;
  const rdatas = now?.rdatas ?? [];
  if (rdatas.some((one) => equalRdata(type, one, rdata))) return false;
  place.now = { owner, type, ttl: ttlOf(now, type, ttl), rdatas: [...rdatas, rdata] };
  return true;
}

/** An RRset has one TTL, the lowest that it was sent with; signatures are kept by what they cover. */
function ttlOf(now: RRset | null, type: number, ttl: number): number {
  return now === null || type === Type.SOA ? ttl : Math.min(now.ttl, ttl);
}

/** The RRsets of a zone after a difference, in the order of the zone, new ones last. */
export function* patchRRsets(rrsets: Iterable<RRset>, diff: ZoneDiff): Generator<RRset> {
  const gone = new Set(diff.removed.map(rrsetKey));
  for (const rrset of rrsets) if (gone.size === 0 || !gone.has(rrsetKey(rrset))) yield rrset;
  yield* diff.added;
}
