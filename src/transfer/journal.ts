// SPDX-License-Identifier: Apache-2.0
/**
 * The journal of one zone: the steps from each version to the next, as octets that only grow.
 *
 *   AZJRNL1\n │ entry entry …
 *   entry   = size u32 │ checksum 8 │ payload
 *   payload = from u32 │ to u32 │ mark 16 │ removed u32 │ added u32 │ records, the two SOA first
 *   record  = owner │ type u16 │ TTL u32 │ size u16 │ RDATA
 *
 * Every entry has a checksum, because a machine may lose power in the middle of one: what follows
 * the last sound entry is cut off. The mark says which zone the entry led to, octet for octet; a
 * zone that was changed while nobody looked does not continue a journal, even if the serials fit.
 *
 * Invariants
 *   J1  Entries are a chain: each begins where the one before ends, and its serial is newer (RFC 1982).
 *   J2  No octets make the reader throw, or read beyond them.
 *
 * Numbers are in network order.
 */
import { concat } from "../dns/message.ts";
import { nameSize } from "../dns/names.ts";
import { get16, get32 } from "../dns/sink.ts";
import { serialNewer, soaSerial } from "../zone/serial.ts";
import type { TransferRecord, TransferStep } from "./receive.ts";

export const JOURNAL_HEAD: Uint8Array = new Uint8Array([65, 90, 74, 82, 78, 76, 49, 10]);
/** Octets of the digest that marks a version. */
export const MARK_SIZE = 16;
/** Octets of an entry in front of its payload. */
const ENTRY_HEAD_SIZE = 12;
const CHECKSUM_SIZE = 8;
const PAYLOAD_HEAD_SIZE = 8 + MARK_SIZE + 8;

/** A hash of at least 8 octets, handed in. */
export type Checksum = (octets: Uint8Array) => Uint8Array;

/** Where an entry lies, and from which serial to which it leads. */
export interface JournalEntry {
  readonly from: number;
  readonly to: number;
  readonly mark: Uint8Array;
  /** Offset in the file, and octets, its head included. */
  readonly at: number;
  readonly size: number;
}

export interface JournalIndex {
  readonly entries: readonly JournalEntry[];
  /** Octets up to the end of the last sound entry; what lies behind is to be cut. */
  readonly size: number;
  /** Something lay behind that, or the head was not one. */
  readonly damaged: boolean;
}

/** One step as an entry. */
export function encodeEntry(step: TransferStep, mark: Uint8Array, checksum: Checksum): Uint8Array {
  const records = [step.from, ...step.removed, step.to, ...step.added];
  const parts = records.map(encodeRecord);
  const head = new Uint8Array(PAYLOAD_HEAD_SIZE);
  const view = new DataView(head.buffer);
  view.setUint32(0, soaSerial(step.from.rdata));
  view.setUint32(4, soaSerial(step.to.rdata));
  head.set(mark.subarray(0, MARK_SIZE), 8);
  view.setUint32(8 + MARK_SIZE, step.removed.length + 1);
  view.setUint32(12 + MARK_SIZE, step.added.length + 1);
  const payload = concat([head, ...parts]);
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, payload.length);
  return concat([size, checksum(payload).subarray(0, CHECKSUM_SIZE), payload]);
}

function encodeRecord({ owner, type, ttl, rdata }: TransferRecord): Uint8Array {
  const fixed = new Uint8Array(8);
  const view = new DataView(fixed.buffer);
  view.setUint16(0, type);
  view.setUint32(2, ttl);
  view.setUint16(6, rdata.length);
  return concat([owner, fixed, rdata]);
}

/** All sound entries of a journal. An empty file is a sound journal without any. */
export function readJournal(octets: Uint8Array, checksum: Checksum): JournalIndex {
  if (octets.length === 0) return { entries: [], size: 0, damaged: false };
  const headed =
    octets.length >= JOURNAL_HEAD.length && JOURNAL_HEAD.every((octet, i) => octets[i] === octet);
  if (!headed) return { entries: [], size: 0, damaged: true };
  return readEntries(octets, JOURNAL_HEAD.length, checksum);
}

/** All sound entries from `start` on, behind a head that was read. */
export function readEntries(octets: Uint8Array, start: number, checksum: Checksum): JournalIndex {
  const entries: JournalEntry[] = [];
  let at = start;
  for (;;) {
    const entry = entryAt(octets, at, checksum);
    const last = entries.at(-1);
    if (entry === null || (last !== undefined && last.to !== entry.from)) break;
    if (!serialNewer(entry.to, entry.from)) break;
    entries.push(entry);
    at += entry.size;
  }
  return { entries, size: at, damaged: at !== octets.length };
}

/**
 * Whether what lies behind the last sound entry is no more than one that was being written: it
 * reaches the end of the file, or has not even a size.
 */
export function isTorn(octets: Uint8Array, at: number): boolean {
  if (at + ENTRY_HEAD_SIZE > octets.length) return true;
  const size = get32(octets, at);
  return size < PAYLOAD_HEAD_SIZE || at + ENTRY_HEAD_SIZE + size >= octets.length;
}

function entryAt(octets: Uint8Array, at: number, checksum: Checksum): JournalEntry | null {
  if (at + ENTRY_HEAD_SIZE + PAYLOAD_HEAD_SIZE > octets.length) return null;
  const size = get32(octets, at);
  const start = at + ENTRY_HEAD_SIZE;
  if (size < PAYLOAD_HEAD_SIZE || size > octets.length - start) return null;
  const sum = checksum(octets.subarray(start, start + size));
  for (let i = 0; i < CHECKSUM_SIZE; i += 1) if (octets[at + 4 + i] !== sum[i]) return null;
  return {
    from: get32(octets, start),
    to: get32(octets, start + 4),
    mark: new Uint8Array(octets.subarray(start + 8, start + 8 + MARK_SIZE)),
    ...{ at, size: ENTRY_HEAD_SIZE + size },
  };
}

/** The step in an entry's octets; null if they are not those of a sound entry. */
export function decodeEntry(octets: Uint8Array, checksum: Checksum): TransferStep | null {
  const entry = entryAt(octets, 0, checksum);
  if (entry === null || entry.size !== octets.length) return null;
  const counts = ENTRY_HEAD_SIZE + 8 + MARK_SIZE;
  const removedCount = get32(octets, counts);
  const addedCount = get32(octets, counts + 4);
  const records: TransferRecord[] = [];
  let at = ENTRY_HEAD_SIZE + PAYLOAD_HEAD_SIZE;
  while (at < octets.length) {
    const read = decodeRecord(octets, at);
    if (read === null) return null;
    records.push(read.record);
    at = read.end;
  }
  if (removedCount < 1 || addedCount < 1) return null;
  if (removedCount + addedCount !== records.length) return null;
  const [from, to] = [records[0]!, records[removedCount]!];
  if (from.rdata.length < 20 || to.rdata.length < 20) return null;
  return {
    ...{ from, to },
    removed: records.slice(1, removedCount),
    added: records.slice(removedCount + 1),
  };
}

function decodeRecord(
  octets: Uint8Array,
  at: number,
): { record: TransferRecord; end: number } | null {
  const size = nameSize(octets, at, octets.length);
  const owner = at + size;
  if (size < 0 || owner + 8 > octets.length) return null;
  const end = owner + 8 + get16(octets, owner + 6);
  if (end > octets.length) return null;
  const record = {
    owner: new Uint8Array(octets.subarray(at, owner)),
    type: get16(octets, owner),
    ttl: get32(octets, owner + 2),
    rdata: new Uint8Array(octets.subarray(owner + 8, end)),
  };
  return { record, end };
}

/** Which of the entries lead from `serial` to the newest version; null if they do not reach back. */
export function entriesFrom(
  entries: readonly JournalEntry[],
  serial: number,
): readonly JournalEntry[] | null {
  const first = entries.findIndex(({ from }) => from === serial);
  return first < 0 ? null : entries.slice(first);
}

/**
 * How many of the oldest entries have to go so that the bounds hold. With some room to spare, since
 * to drop them is to write the file anew.
 */
export function surplus(
  entries: readonly JournalEntry[],
  octetsMax: number,
  versionsMax: number,
): number {
  const octets = entries.reduce((sum, { size }) => sum + size, 0);
  if (octets <= octetsMax && entries.length <= versionsMax) return 0;
  let kept = 0;
  let keep = entries.length;
  while (keep > 0 && entries.length - keep < versionsMax * 0.75) {
    kept += entries[keep - 1]!.size;
    if (kept > octetsMax * 0.75) break;
    keep -= 1;
  }
  return keep;
}
