// SPDX-License-Identifier: Apache-2.0
/**
 * The owner index: a zone value grouped by owner and type, in flat memories.
 *
 * One open-addressed table over typed arrays and not a Map of strings: a million strings would
 * have to be made before the first lookup, and this index is built for each compilation. The
 * checks, the table builder and the difference of zones all work on it, so grouping, order and
 * removal of duplicates are decided here once.
 *
 * Invariants
 *   I1  Owner ids are dense and follow the first appearance of the owner in the text.
 *   I2  Within an owner, records ascend by type, within a type by canonical RDATA (RFC 4034 §6.3).
 *   I3  Of records with equal owner, type and canonical RDATA one is kept, that of the lowest TTL,
 *       so that the result does not depend on which copy the text has first.
 */
import { mixHash, nameHash } from "../base/hash.ts";
import { compareOctets } from "../base/octets.ts";
import { Type } from "../dns/iana.ts";
import { canonicalRdata, lowersNames } from "../dns/rdata.ts";
import {
  coveredType,
  type RRset,
  recordOwner,
  recordOwnerAt,
  recordOwnerSize,
  recordRdata,
  recordRdataAt,
  recordRdataSize,
  recordTtl,
  recordType,
} from "./records.ts";
import type { ZoneValue } from "./value.ts";

/** The index as plain data, which crosses threads; `openIndex` makes it answer. */
export interface ZoneIndexData {
  readonly ownerCount: number;
  /** Per owner id: offset of its name in `zone.octets`. Arrays may be longer than needed. */
  readonly ownerAt: Uint32Array;
  /** Per owner id: size of its name. */
  readonly ownerSize: Uint8Array;
  /** Per owner id: `nameHash` of it, as unsigned. */
  readonly ownerHash: Uint32Array;
  /** Owner i has the records `order[start[i] .. start[i + 1])`. */
  readonly start: Uint32Array;
  readonly order: Uint32Array;
  /** Record numbers that were dropped because a copy was kept. */
  readonly duplicates: readonly number[];
  /** SLOT_WORDS words per slot, a power of two of them: owner id + 1 or zero; hash. */
  readonly slots: Uint32Array;
}

/** Owners of a zone in one open-addressed hash over flat memory. */
export interface ZoneIndex extends ZoneIndexData {
  /** The owner id of the lower-case name at `at`, or -1. */
  find(name: Uint8Array, at: number, size: number): number;
  /** As `find`, if its `nameHash` is known. */
  findHashed(hash: number, name: Uint8Array, at: number, size: number): number;
}

/** The hash stands beside the id, so that most looks end at the slot. */
const SLOT_WORDS = 2;
/** Records whose hashes are taken, and whose slots are read, before the first is entered. */
const BATCH_RECORDS = 256;

/** Makes memory of zeros for an index: `ArrayBuffer` or, if other threads are to read it, shared. */
export type MakeBuffer = (size: number) => ArrayBufferLike;

const ownBuffer: MakeBuffer = (size) => new ArrayBuffer(size);

/** `hashes`: the hash of each record's owner, if it is known. */
export function indexZone(
  zone: ZoneValue,
  make: MakeBuffer = ownBuffer,
  hashes: Int32Array | null = null,
): ZoneIndex {
  const count = zone.recordCount;
  let slotCount = 16;
  while (slotCount < count * 1.5) slotCount *= 2;
  const words = (length: number): Uint32Array => new Uint32Array(make(length * 4), 0, length);
  const draft: Draft = {
    zone,
    hashes,
    slots: words(slotCount * SLOT_WORDS),
    ownerAt: words(count),
    ownerSize: new Uint8Array(make(count), 0, count),
    ownerHash: words(count),
    ownerCount: 0,
  };
  const ownerOf = new Uint32Array(count);
  for (let from = 0; from < count; from += BATCH_RECORDS) {
    enterRecords(draft, ownerOf, from, Math.min(count, from + BATCH_RECORDS));
  }
  const { ownerCount, ownerAt, ownerSize, ownerHash, slots } = draft;
  const start = words(ownerCount + 1);
  const order = words(count);
  const groups = groupRecords(zone, ownerOf, ownerCount, start, order);
  return openIndex(zone, { ownerCount, ownerAt, ownerSize, ownerHash, slots, ...groups });
}

/** The index of a zone from data that another thread may have made. */
export function openIndex(zone: ZoneValue, data: ZoneIndexData): ZoneIndex {
  const { slots } = data;
  const findHashed = (hash: number, name: Uint8Array, at: number, size: number): number =>
    slots[slotOf(zone.octets, data, hash, name, at, size)]! - 1;
  return {
    ...data,
    findHashed,
    find: (name, at, size) => findHashed(nameHash(name, at, size), name, at, size),
  };
}

/** The data of an index without its functions, which cannot cross to another thread. */
export function indexData(index: ZoneIndex): ZoneIndexData {
  const { find: _find, findHashed: _findHashed, ...data } = index;
  return data;
}

/** An index while it is made. */
interface Draft {
  readonly zone: ZoneValue;
  readonly hashes: Int32Array | null;
  readonly slots: Uint32Array;
  readonly ownerAt: Uint32Array;
  readonly ownerSize: Uint8Array;
  readonly ownerHash: Uint32Array;
  ownerCount: number;
}

/** Where in `slots` the owner of this name stands, or the empty place where it would. */
function slotOf(
  octets: Uint8Array,
  data: Pick<ZoneIndexData, "slots" | "ownerAt" | "ownerSize">,
  hash: number,
  name: Uint8Array,
  at: number,
  size: number,
): number {
  const { slots, ownerAt, ownerSize } = data;
  const mask = slots.length - 1;
  for (let slot = (mixHash(hash) << 1) & mask; ; slot = (slot + SLOT_WORDS) & mask) {
    const id = slots[slot]! - 1;
    if (id < 0) return slot;
    if ((slots[slot + 1]! ^ hash) !== 0 || ownerSize[id] !== size) continue;
    const other = ownerAt[id]!;
    let i = 0;
    while (i < size && name[at + i] === octets[other + i]) i += 1;
    if (i === size) return slot;
  }
}

const batchHash = new Int32Array(BATCH_RECORDS);

/** Keeps what enterRecords reads ahead from being optimised away. */
const fetched = new Uint32Array(1);

/**
 * Enters the owners of some records. The slots of all are read before the first is needed: these
 * are reads of main memory, and here none waits for another.
 */
function enterRecords(d: Draft, ownerOf: Uint32Array, from: number, to: number): void {
  const { zone, slots, hashes } = d;
  const { octets } = zone;
  const mask = slots.length - 1;
  let sum = 0;
  for (let record = from; record < to; record += 1) {
    const hash =
      hashes === null
        ? nameHash(octets, recordOwnerAt(zone, record), recordOwnerSize(zone, record))
        : hashes[record]!;
    batchHash[record - from] = hash;
    sum ^= slots[(mixHash(hash) << 1) & mask]!;
  }
  fetched[0] = sum;
  for (let record = from; record < to; record += 1) {
    const at = recordOwnerAt(zone, record);
    if (record > 0 && at === recordOwnerAt(zone, record - 1)) {
      ownerOf[record] = ownerOf[record - 1]!;
      continue;
    }
    const size = recordOwnerSize(zone, record);
    const hash = batchHash[record - from]!;
    const slot = slotOf(octets, d, hash, octets, at, size);
    if (slots[slot] === 0) {
      d.ownerAt[d.ownerCount] = at;
      d.ownerSize[d.ownerCount] = size;
      d.ownerHash[d.ownerCount] = hash;
      d.ownerCount += 1;
      slots[slot] = d.ownerCount;
      slots[slot + 1] = hash;
    }
    ownerOf[record] = slots[slot]! - 1;
  }
}

/** Counting sort by owner, then each owner's records in order and without duplicates. */
function groupRecords(
  zone: ZoneValue,
  ownerOf: Uint32Array,
  ownerCount: number,
  start: Uint32Array,
  order: Uint32Array,
): { start: Uint32Array; order: Uint32Array; duplicates: number[] } {
  const count = zone.recordCount;
  for (let i = 0; i < count; i += 1) start[ownerOf[i]! + 1]! += 1;
  for (let i = 0; i < ownerCount; i += 1) start[i + 1]! += start[i]!;
  const next = start.slice(0, ownerCount);
  for (let i = 0; i < count; i += 1) {
    const owner = ownerOf[i]!;
    order[next[owner]!] = i;
    next[owner]! += 1;
  }

  const duplicates: number[] = [];
  let kept = 0;
  let from = 0;
  for (let owner = 0; owner < ownerCount; owner += 1) {
    const to = start[owner + 1]!;
    start[owner] = kept;
    if (to - from > 1) sortRecords(zone, order, from, to);
    for (let i = from; i < to; i += 1) {
      const record = order[i]!;
      if (i > from && sameRecord(zone, order[kept - 1]!, record)) {
        duplicates.push(record);
        continue;
      }
      order[kept] = record;
      kept += 1;
    }
    from = to;
  }
  start[ownerCount] = kept;
  duplicates.sort((a, b) => a - b);
  return { start, order: order.subarray(0, kept), duplicates };
}

/** Up to here sorting in place is quicker than making an array. */
const INSERTION_MAX = 16;

function sortRecords(zone: ZoneValue, order: Uint32Array, from: number, to: number): void {
  if (to - from > INSERTION_MAX) {
    sortMany(zone, order, from, to);
    return;
  }
  for (let i = from + 1; i < to; i += 1) {
    const record = order[i]!;
    let k = i - 1;
    while (k >= from && compareRecords(zone, order[k]!, record) > 0) {
      order[k + 1] = order[k]!;
      k -= 1;
    }
    order[k + 1] = record;
  }
}

/** Sorts many records of one owner: the canonical RDATA of each is made once. */
function sortMany(zone: ZoneValue, order: Uint32Array, from: number, to: number): void {
  const items = Array.from(order.subarray(from, to), (record) => {
    const type = recordType(zone, record);
    const rdata = recordRdata(zone, record);
    return { record, type, rdata: lowersNames(type) ? canonicalRdata(type, rdata) : rdata };
  });
  items.sort(
    (a, b) =>
      a.type - b.type ||
      compareOctets(a.rdata, 0, a.rdata.length, b.rdata, 0, b.rdata.length) ||
      recordTtl(zone, a.record) - recordTtl(zone, b.record) ||
      a.record - b.record,
  );
  for (const [i, item] of items.entries()) order[from + i] = item.record;
}

function compareRecords(zone: ZoneValue, a: number, b: number): number {
  return (
    recordType(zone, a) - recordType(zone, b) ||
    compareRdata(zone, a, b) ||
    recordTtl(zone, a) - recordTtl(zone, b) ||
    a - b
  );
}

/** Canonical order of the RDATA of two records of one type (RFC 4034 §6.3). */
function compareRdata(zone: ZoneValue, a: number, b: number): number {
  const type = recordType(zone, a);
  if (lowersNames(type)) {
    const x = canonicalRdata(type, recordRdata(zone, a));
    const y = canonicalRdata(type, recordRdata(zone, b));
    return compareOctets(x, 0, x.length, y, 0, y.length);
  }
  const { octets } = zone;
  const aAt = recordRdataAt(zone, a);
  const bAt = recordRdataAt(zone, b);
  return compareOctets(
    octets,
    aAt,
    recordRdataSize(zone, a),
    octets,
    bAt,
    recordRdataSize(zone, b),
  );
}

function sameRecord(zone: ZoneValue, a: number, b: number): boolean {
  return recordType(zone, a) === recordType(zone, b) && compareRdata(zone, a, b) === 0;
}

/**
 * Where the RRset that begins at `order[from]` ends. RRSIGs of one owner are as many RRsets as types
 * that they cover: each has the TTL of what it covers (RFC 4034 §3).
 */
export function rrsetEnd(zone: ZoneValue, index: ZoneIndex, owner: number, from: number): number {
  const end = index.start[owner + 1]!;
  const first = index.order[from]!;
  const type = recordType(zone, first);
  let to = from + 1;
  while (to < end && recordType(zone, index.order[to]!) === type) {
    const record = index.order[to]!;
    if (type === Type.RRSIG && coveredType(zone, record) !== coveredType(zone, first)) break;
    to += 1;
  }
  return to;
}

/** The TTL of the RRset `order[from, to)`: the lowest of its records (RFC 2181 §5.2). */
export function rrsetTtl(zone: ZoneValue, index: ZoneIndex, from: number, to: number): number {
  let ttl = recordTtl(zone, index.order[from]!);
  for (let i = from + 1; i < to; i += 1) ttl = Math.min(ttl, recordTtl(zone, index.order[i]!));
  return ttl;
}

/** Where the RRset of an owner and type begins in `order`; -1 if there is none. */
export function findRRset(zone: ZoneValue, index: ZoneIndex, owner: number, type: number): number {
  if (owner < 0) return -1;
  for (let i = index.start[owner]!; i < index.start[owner + 1]!; i += 1) {
    if (recordType(zone, index.order[i]!) === type) return i;
  }
  return -1;
}

/** The name of an owner, as a view. */
export function ownerName(zone: ZoneValue, index: ZoneIndex, owner: number): Uint8Array {
  const at = index.ownerAt[owner]!;
  return zone.octets.subarray(at, at + index.ownerSize[owner]!);
}

/** The RRset `order[from, to)` as a value; names and RDATA are views. */
export function rrsetValue(zone: ZoneValue, index: ZoneIndex, from: number, to: number): RRset {
  const records = Array.from(index.order.subarray(from, to));
  return {
    owner: recordOwner(zone, records[0]!),
    type: recordType(zone, records[0]!),
    ttl: rrsetTtl(zone, index, from, to),
    rdatas: records.map((record) => recordRdata(zone, record)),
  };
}

/** All RRsets of a zone, owners by first appearance. RDATA are views. */
export function* rrsetsOf(zone: ZoneValue, index: ZoneIndex): Generator<RRset> {
  for (let owner = 0; owner < index.ownerCount; owner += 1) {
    for (let from = index.start[owner]!; from < index.start[owner + 1]!; ) {
      const to = rrsetEnd(zone, index, owner, from);
      yield rrsetValue(zone, index, from, to);
      from = to;
    }
  }
}
