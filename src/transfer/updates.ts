// SPDX-License-Identifier: Apache-2.0
/**
 * The journal of accepted updates (RFC 2136 §3.5): what a zone has on top of its master file.
 *
 *   AZUPD01\n │ base 32 │ flushed 32 │ checksum 8 │ entry entry …      entries as in journal.ts
 *
 * `base` is the digest of the file that the first entry stands on. So a file that was changed by
 * hand is told from the one that was, and both changes are kept: the edit, with what the updates
 * changed on top (docs/decisions/0013-update-journal.md). `flushed` is the digest of a file that
 * has all entries already, named before it is put in its place; zeros are none.
 *
 * Invariants
 *   W1  Over its base a journal gives what was answered NOERROR, and nothing else.
 *   W2  Over an edited file it gives the edit and the net difference of the updates, with a serial
 *       that grows with that of the file and with each update; or nothing, and why.
 *   W3  Over the file that it was flushed to it changes nothing.
 */
import { sameOctets } from "../base/octets.ts";
import { concat } from "../dns/message.ts";
import { equalRdata } from "../dns/rdata.ts";
import { diffOfPairs, type ZoneDiff } from "../zone/diff.ts";
import { type RRset, rrsetKey } from "../zone/records.ts";
import {
  SERIAL_STEP_MAX,
  serialAdd,
  serialNewer,
  soaSerial,
  soaWithSerial,
} from "../zone/serial.ts";
import { condense, stepOfRecords } from "./difference.ts";
import { type Checksum, decodeEntry, isTorn, readEntries } from "./journal.ts";
import { recordsOf } from "./outgoing.ts";
import type { TransferRecord, TransferStep } from "./receive.ts";

const MAGIC: Uint8Array = new Uint8Array([65, 90, 85, 80, 68, 48, 49, 10]);
export const DIGEST_SIZE = 32;
const SUMMED_SIZE = MAGIC.length + 2 * DIGEST_SIZE;
export const UPDATES_HEAD_SIZE: number = SUMMED_SIZE + 8;

export interface UpdateLog {
  /** Digest of the file that the steps stand on. */
  readonly base: Uint8Array;
  /** Digest of the file that has them all already; null if there is none. */
  readonly flushed: Uint8Array | null;
  readonly steps: readonly TransferStep[];
  /** Octets up to the end of the last sound entry: what lies behind was being written. */
  readonly size: number;
}

export function encodeUpdatesHead(
  base: Uint8Array,
  flushed: Uint8Array | null,
  checksum: Checksum,
): Uint8Array {
  const head = concat([MAGIC, base, flushed ?? new Uint8Array(DIGEST_SIZE)]);
  return concat([head, checksum(head).subarray(0, 8)]);
}

/** Reads a journal; in words why not, if it cannot be read as a whole. A torn end is no damage. */
export function readUpdates(octets: Uint8Array, checksum: Checksum): UpdateLog | string {
  const head = octets.subarray(0, UPDATES_HEAD_SIZE);
  if (head.length < UPDATES_HEAD_SIZE || !sameOctets(head.subarray(0, MAGIC.length), MAGIC)) {
    return "it is no journal of updates";
  }
  const sum = checksum(head.subarray(0, SUMMED_SIZE)).subarray(0, 8);
  if (!sameOctets(head.subarray(SUMMED_SIZE), sum)) return "its head is damaged";
  const index = readEntries(octets, UPDATES_HEAD_SIZE, checksum);
  if (index.damaged && !isTorn(octets, index.size)) {
    return `the entry at octet ${index.size} is damaged, and there are others behind it`;
  }
  const steps: TransferStep[] = [];
  for (const { at, size } of index.entries) {
    const step = decodeEntry(octets.slice(at, at + size), checksum);
    if (step === null) return `the entry at octet ${at} is damaged`;
    steps.push(step);
  }
  const at = MAGIC.length;
  const flushed = octets.slice(at + DIGEST_SIZE, at + 2 * DIGEST_SIZE);
  return {
    base: octets.slice(at, at + DIGEST_SIZE),
    flushed: flushed.some((octet) => octet !== 0) ? flushed : null,
    ...{ steps, size: index.size },
  };
}

/** What a journal makes of a file: its difference, null for none; or why it fits no more, in words. */
export type Replay =
  | { readonly kind: "zone"; readonly diff: ZoneDiff | null }
  | { readonly kind: "refused"; readonly detail: string };

/** W1 to W3. `digest` is that of the file, `soa` and `rrset` are what it says. */
export function replayUpdates(
  { base, flushed, steps }: UpdateLog,
  digest: Uint8Array,
  soa: RRset,
  rrset: (owner: Uint8Array, type: number) => RRset | null,
): Replay {
  if (steps.length === 0) return { kind: "zone", diff: null };
  if (flushed !== null && sameOctets(digest, flushed)) return { kind: "zone", diff: null };
  const net = condense(steps);
  const merged = sameOctets(digest, base) ? net.to.rdata : mergedSoa(net, soa);
  if (typeof merged === "string") return { kind: "refused", detail: merged };
  const to = { ...soa, ttl: net.to.ttl, rdatas: [merged] };
  const { removed, added } = patchOf(net, rrset);
  const diff = { removed: [soa, ...removed], added: [to, ...added] };
  return { kind: "zone", diff };
}

/** W2: the SOA of a file that was changed by hand, with the updates on top; or why not. */
function mergedSoa({ from, to }: TransferStep, soa: RRset): Uint8Array | string {
  const file = soa.rdatas[0]!;
  const [serial, base, last] = [file, from.rdata, to.rdata].map(soaSerial) as [
    number,
    number,
    number,
  ];
  if (!serialNewer(serial, base)) {
    return `serial ${serial} is not newer than ${base}, on which updates up to ${last} stand`;
  }
  const step = ((serial - base) >>> 0) + ((last - base) >>> 0);
  if (step > SERIAL_STEP_MAX) return `serial ${serial} is too far from ${base}`;
  const changed = !sameOctets(from.rdata.subarray(0, -20), to.rdata.subarray(0, -20));
  const timed = !sameOctets(from.rdata.subarray(-16), to.rdata.subarray(-16));
  return soaWithSerial(changed || timed ? to.rdata : file, serialAdd(base, step));
}

/** The net difference as RRsets of the file: what is gone already, or there already, is left so. */
function patchOf(
  net: TransferStep,
  rrset: (owner: Uint8Array, type: number) => RRset | null,
): ZoneDiff {
  const places = new Map<string, { before: RRset | null; now: RRset | null }>();
  const at = ({ owner, type }: TransferRecord): { before: RRset | null; now: RRset | null } => {
    const key = rrsetKey({ owner, type });
    const before = rrset(owner, type);
    const place = places.get(key) ?? { before, now: before };
    places.set(key, place);
    return place;
  };
  const without = (now: RRset | null, { type, rdata }: TransferRecord): RRset | null => {
    const rdatas = (now?.rdatas ?? []).filter((one) => !equalRdata(type, one, rdata));
    return now === null || rdatas.length === 0 ? null : { ...now, rdatas };
  };
  for (const record of net.removed) {
    const place = at(record);
    place.now = without(place.now, record);
  }
  for (const record of net.added) {
    const place = at(record);
    const { owner, type, ttl, rdata } = record;
    const others = without(place.now, record)?.rdatas ?? [];
    place.now = { owner, type, ttl, rdatas: [...others, rdata] };
  }
  return diffOfPairs(places.values());
}

/** An accepted update as a step, record by record: that is what an edit by hand can meet. */
export function stepOfUpdate({ removed, added }: ZoneDiff): TransferStep {
  return stepOfRecords(recordsOf(removed), recordsOf(added))!;
}

/** The steps that lead on from `serial`; null if it is none of the journal's versions. */
export function stepsAfter(
  steps: readonly TransferStep[],
  serial: number,
): readonly TransferStep[] | null {
  const last = steps.at(-1);
  if (last === undefined || soaSerial(last.to.rdata) === serial) return [];
  const first = steps.findIndex(({ from }) => soaSerial(from.rdata) === serial);
  return first < 0 ? null : steps.slice(first);
}
