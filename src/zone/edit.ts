// SPDX-License-Identifier: Apache-2.0
/**
 * An edited zone text against the one before it: which RRsets lost and got records.
 *
 * A text of a million records is compared octet by octet, which the shell does at the speed of
 * memory, and only the spans that differ are scanned, from a checkpoint in front of a difference to
 * one behind it. A checkpoint is a place between two entries together with what the scanner knew
 * there; between spans the texts are equal, so everything there means what it meant before.
 *
 * Only plain edits are read this way: records of types about which no check looks beyond their own
 * RRset. Null is never an error; it says that the whole text has to be scanned.
 *
 * Invariants
 *   E1  If the result is not null, the new text as a whole scans without faults, and its records are
 *       those of the old one, less `removed`, plus `added`.
 *   E2  Wherever the search for equal parts errs, spans get larger or the result null, no more.
 *
 * E1 rests on this: a span is scanned to its end without faults, so no parenthesis, quote or comment
 * is open there, and it ends with a newline; and what the next entry inherits is compared.
 */
import { sameOctets } from "../base/octets.ts";
import { Type } from "../dns/iana.ts";
import { isSubdomainAt, lowerName } from "../dns/names.ts";
import { diffZones } from "./diff.ts";
import { findRRset, indexZone, rrsetEnd, type ZoneIndex } from "./index.ts";
import { type RRset, recordRdata, recordTtl, recordType, TTL_MAX } from "./records.ts";
import { createScanner, type ScanContext } from "./scan.ts";
import { RECORD_TTL, RECORD_WORDS, type ZoneValue } from "./value.ts";

/** A place between two entries of a text, and what the scanner knew there. */
export interface Checkpoint {
  /** Octets in front of it. */
  readonly at: number;
  readonly context: ScanContext;
}

/** A text that was scanned without faults and without $INCLUDE. */
export interface ZoneText {
  /** Lower-case wire form. */
  readonly apex: Uint8Array;
  readonly file: string;
  readonly octets: Uint8Array;
  /** Ascending; the first at 0. */
  readonly checkpoints: readonly Checkpoint[];
}

export interface ZoneEdit {
  /** Records that went, by owner and type; not always all of an RRset. */
  readonly removed: readonly RRset[];
  readonly added: readonly RRset[];
  /** Records of the new text less those of the old one. */
  readonly recordDelta: number;
  /** The checkpoints of the new text. */
  readonly checkpoints: readonly Checkpoint[];
}

/** Whether `size` octets of two memories are equal; handed in because the shell has a native one. */
export type EqualOctets = (
  a: Uint8Array,
  aAt: number,
  b: Uint8Array,
  bAt: number,
  size: number,
) => boolean;

/** Types of which an RRset can be judged by itself, as long as its owner has no alias or cut. */
const PLAIN_TYPES: ReadonlySet<number> = new Set([
  Type.A,
  Type.AAAA,
  Type.CAA,
  Type.PTR,
  Type.SOA,
  Type.SSHFP,
  Type.TLSA,
  Type.TXT,
]);

/** Spans of one edit: beyond it the whole scan is not much slower. */
const SPANS_MAX = 16;
/** Octets of one span at most. */
const SPAN_SIZE_MAX = 1 << 20;
/** Octets behind a span that must be equal: fewer could be so by accident. */
const RESUME_SIZE = 512;
/** Octets by which the place of a checkpoint in the new text is looked for. */
const NEEDLE_SIZE = 48;
/** How much longer than before a span may have become, octets, to be found again. */
const GROWTH_MAX = 64 * 1024;
/** Octets compared at once. */
const BLOCK_SIZE = 64 * 1024;

/** before[from, to) became after[newFrom, newTo). */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly newFrom: number;
  readonly newTo: number;
}

interface Texts {
  readonly before: ZoneText;
  readonly after: Uint8Array;
  readonly equal: EqualOctets;
}

/** What has become of the records; null if the whole text has to be scanned. */
export function readEdit(before: ZoneText, after: Uint8Array, equal: EqualOctets): ZoneEdit | null {
  const texts: Texts = { before, after, equal };
  const removed: RRset[] = [];
  const added: RRset[] = [];
  const checkpoints: Checkpoint[] = [];
  let recordDelta = 0;
  let at = 0;
  let newAt = 0;
  for (let spans = 0; ; spans += 1) {
    const same = commonSize(texts, at, newAt);
    const end = at + same === before.octets.length && newAt + same === after.length;
    if (!end && spans === SPANS_MAX) return null;
    const first = firstFrom(before.checkpoints, at);
    const last = end ? before.checkpoints.length : lastUpTo(before.checkpoints, at + same) + 1;
    for (let i = first; i < last; i += 1) {
      const { at: place, context } = before.checkpoints[i]!;
      checkpoints.push({ at: place + newAt - at, context });
    }
    if (end) return { removed, added, recordDelta, checkpoints };
    const read = readSpan(texts, last - 1, newAt - at, at + same);
    if (read === null) return null;
    removed.push(...read.removed);
    added.push(...read.added);
    recordDelta += read.recordDelta;
    at = read.span.to;
    newAt = read.span.newTo;
  }
}

interface SpanRead extends Omit<ZoneEdit, "checkpoints"> {
  readonly span: Span;
}

/**
 * Reads the span from checkpoint `start` to the first one behind the difference at `at` from which
 * the texts agree again. `delta`: how far the new text is ahead in front of the span.
 */
function readSpan(texts: Texts, start: number, delta: number, at: number): SpanRead | null {
  const { before, after } = texts;
  const { checkpoints } = before;
  const from = checkpoints[start]!;
  for (let i = start + 1; ; i += 1) {
    const to = checkpoints[i];
    const end = to?.at ?? before.octets.length;
    if (end - from.at > SPAN_SIZE_MAX) return null;
    if (to !== undefined && to.at <= at) continue;
    const newTo = to === undefined ? after.length : placeOf(texts, from.at, to.at, delta);
    if (newTo < 0) continue;
    const span: Span = { from: from.at, to: end, newFrom: from.at + delta, newTo };
    if (span.newTo - span.newFrom > SPAN_SIZE_MAX) return null;
    const read = compareSpan(texts, span, from.context, to?.context ?? null);
    if (read === "inherits otherwise") continue;
    return read;
  }
}

/** Where in the new text the checkpoint at `to` lies; −1 if that is not clear. */
function placeOf(texts: Texts, from: number, to: number, delta: number): number {
  const { before, after } = texts;
  if (resumes(texts, from, to, to + delta, delta)) return to + delta;
  const needle = before.octets.subarray(to, to + NEEDLE_SIZE);
  const newFrom = from + delta;
  const window = after.subarray(newFrom, to + delta + GROWTH_MAX + NEEDLE_SIZE);
  for (let i = find(window, needle, 0); i >= 0; i = find(window, needle, i + 1)) {
    if (resumes(texts, from, to, newFrom + i, delta)) return newFrom + i;
  }
  return -1;
}

/** Whether the texts agree from `to` and `newTo` on, and an entry can begin there. */
function resumes(texts: Texts, from: number, to: number, newTo: number, delta: number): boolean {
  const { before, after, equal } = texts;
  const newFrom = from + delta;
  if (newTo < newFrom || newTo > after.length) return false;
  if (newTo > newFrom && after[newTo - 1] !== 0x0a) return false;
  const left = before.octets.length - to;
  const newLeft = after.length - newTo;
  if (Math.min(left, newLeft) < RESUME_SIZE && left !== newLeft) return false;
  return equal(before.octets, to, after, newTo, Math.min(left, RESUME_SIZE));
}

/** The first place of `needle` from `at` on; −1 without. */
function find(octets: Uint8Array, needle: Uint8Array, at: number): number {
  const first = needle[0];
  if (first === undefined) return -1;
  for (let i = octets.indexOf(first, at); i >= 0; i = octets.indexOf(first, i + 1)) {
    let k = 1;
    while (k < needle.length && octets[i + k] === needle[k]) k += 1;
    if (k === needle.length) return i;
  }
  return -1;
}

/** Scans a span of both texts; null if the edit is not plain. */
function compareSpan(
  texts: Texts,
  span: Span,
  context: ScanContext,
  next: ScanContext | null,
): SpanRead | "inherits otherwise" | null {
  const { apex, file, octets } = texts.before;
  const scan = (text: Uint8Array): { value: ZoneValue; context: ScanContext } | null => {
    const scanner = createScanner({ apex, file, context, sizeHint: text.length });
    scanner.push(text);
    const { value, faults } = scanner.end();
    return faults.length > 0 ? null : { value, context: scanner.context() };
  };
  const before = scan(octets.subarray(span.from, span.to));
  const after = scan(texts.after.subarray(span.newFrom, span.newTo));
  if (before === null || after === null) return null;
  if (next !== null && !sameContext(after.context, next)) return "inherits otherwise";
  const beforeIndex = indexZone(before.value);
  const afterIndex = indexZone(after.value);
  const { removed, added } = diffZones(before.value, after.value, beforeIndex, afterIndex);
  for (const list of [removed, added]) {
    for (const { type } of list) if (!PLAIN_TYPES.has(type)) return null;
  }
  if (!isUniform(before.value, beforeIndex) || !isUniform(after.value, afterIndex)) return null;
  const recordDelta = after.value.recordCount - before.value.recordCount;
  return { span, removed, added, recordDelta };
}

/** No copies, no TTL out of range, and one TTL in each RRset of the plain types. */
function isUniform(zone: ZoneValue, index: ZoneIndex): boolean {
  if (index.duplicates.length > 0) return false;
  for (let record = 0; record < zone.recordCount; record += 1) {
    if (zone.records[record * RECORD_WORDS + RECORD_TTL]! > TTL_MAX) return false;
  }
  for (let owner = 0; owner < index.ownerCount; owner += 1) {
    for (let from = index.start[owner]!; from < index.start[owner + 1]!; ) {
      const to = rrsetEnd(zone, index, owner, from);
      const ttl = recordTtl(zone, index.order[from]!);
      const plain = PLAIN_TYPES.has(recordType(zone, index.order[from]!));
      for (let i = from + 1; plain && i < to; i += 1) {
        if (recordTtl(zone, index.order[i]!) !== ttl) return false;
      }
      from = to;
    }
  }
  return true;
}

function sameContext(a: ScanContext, b: ScanContext): boolean {
  return (
    a.ttlDefault === b.ttlDefault &&
    a.ttlLast === b.ttlLast &&
    a.class === b.class &&
    sameOctets(a.origin, b.origin) &&
    (a.owner === null || b.owner === null ? a.owner === b.owner : sameOctets(a.owner, b.owner))
  );
}

/** How many octets agree from `at` and `newAt` on. */
function commonSize(texts: Texts, at: number, newAt: number): number {
  const { before, after, equal } = texts;
  const size = Math.min(before.octets.length - at, after.length - newAt);
  let same = 0;
  for (; same < size; same += BLOCK_SIZE) {
    const block = Math.min(BLOCK_SIZE, size - same);
    if (!equal(before.octets, at + same, after, newAt + same, block)) break;
  }
  if (same >= size) return size;
  while (same < size && before.octets[at + same] === after[newAt + same]) same += 1;
  return same;
}

/** Index of the first checkpoint at or behind `at`. */
function firstFrom(checkpoints: readonly Checkpoint[], at: number): number {
  return lastUpTo(checkpoints, at - 1) + 1;
}

/** Index of the last checkpoint at or in front of `at`; −1 if there is none. */
function lastUpTo(checkpoints: readonly Checkpoint[], at: number): number {
  let low = 0;
  let high = checkpoints.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (checkpoints[middle]!.at <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * The names of all servers inside the zone, each with addresses of its own; null if one has none.
 * As long as these owners are left alone, an edit of other addresses cannot make glue missing.
 */
export function addressedServers(zone: ZoneValue, index: ZoneIndex): readonly Uint8Array[] | null {
  const servers: Uint8Array[] = [];
  for (let record = 0; record < zone.recordCount; record += 1) {
    if (recordType(zone, record) !== Type.NS) continue;
    const name = lowerName(recordRdata(zone, record));
    if (!isSubdomainAt(name, 0, name.length, zone.apex)) continue;
    const owner = index.find(name, 0, name.length);
    const has = (type: number): boolean => findRRset(zone, index, owner, type) >= 0;
    if (!has(Type.A) && !has(Type.AAAA)) return null;
    servers.push(name.slice());
  }
  return servers;
}
