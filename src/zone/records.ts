// SPDX-License-Identifier: Apache-2.0
/**
 * Reading the records of a zone value, and building one without text.
 *
 * The accessors keep the word arithmetic of `value.ts` in one place; they make no objects, except
 * those that hand out a view. The builder is for zones that arrive as records: transfers, tests.
 */

import { Type } from "../dns/iana.ts";
import { compareNames, lowerName } from "../dns/names.ts";
import { equalRdata } from "../dns/rdata.ts";
import { createSink, get16, reserve } from "../dns/sink.ts";
import {
  RECORD_FILE_RDATA_SIZE,
  RECORD_LINE,
  RECORD_OWNER,
  RECORD_RDATA,
  RECORD_SIZE_TYPE,
  RECORD_TTL,
  RECORD_WORDS,
  type ZoneValue,
} from "./value.ts";

/** RFC 2181 §8: a TTL has 31 bits. */
export const TTL_MAX = 0x7fff_ffff;

export function recordType(zone: ZoneValue, record: number): number {
  return zone.records[record * RECORD_WORDS + RECORD_SIZE_TYPE]! & 0xffff;
}

/** The TTL in force, in seconds: one above 2^31 - 1 means zero (RFC 2181 §8). */
export function recordTtl(zone: ZoneValue, record: number): number {
  const ttl = zone.records[record * RECORD_WORDS + RECORD_TTL]!;
  return ttl > TTL_MAX ? 0 : ttl;
}

/** Offset of the owner in `zone.octets`. */
export function recordOwnerAt(zone: ZoneValue, record: number): number {
  return zone.records[record * RECORD_WORDS + RECORD_OWNER]!;
}

export function recordOwnerSize(zone: ZoneValue, record: number): number {
  return zone.records[record * RECORD_WORDS + RECORD_SIZE_TYPE]! >>> 16;
}

/** Offset of the RDATA in `zone.octets`. */
export function recordRdataAt(zone: ZoneValue, record: number): number {
  return zone.records[record * RECORD_WORDS + RECORD_RDATA]!;
}

export function recordRdataSize(zone: ZoneValue, record: number): number {
  return zone.records[record * RECORD_WORDS + RECORD_FILE_RDATA_SIZE]! & 0xffff;
}

/** A view of the owner. */
export function recordOwner(zone: ZoneValue, record: number): Uint8Array {
  const at = recordOwnerAt(zone, record);
  return zone.octets.subarray(at, at + recordOwnerSize(zone, record));
}

/** A view of the RDATA. */
export function recordRdata(zone: ZoneValue, record: number): Uint8Array {
  const at = recordRdataAt(zone, record);
  return zone.octets.subarray(at, at + recordRdataSize(zone, record));
}

/** The file that the record stands in. */
export function recordFile(zone: ZoneValue, record: number): string {
  return zone.files[zone.records[record * RECORD_WORDS + RECORD_FILE_RDATA_SIZE]! >>> 16] ?? "";
}

/** Its line there, from 1. */
export function recordLine(zone: ZoneValue, record: number): number {
  return zone.records[record * RECORD_WORDS + RECORD_LINE]!;
}

/** The type that an RRSIG covers: the first field of its RDATA (RFC 4034 §3.1). */
export function coveredType(zone: ZoneValue, record: number): number {
  return get16(zone.octets, recordRdataAt(zone, record));
}

/** All records of one owner and type, as a value of its own. RDATA in canonical order. */
export interface RRset {
  /** Lower case. */
  readonly owner: Uint8Array;
  readonly type: number;
  /** Seconds. */
  readonly ttl: number;
  readonly rdatas: readonly Uint8Array[];
}

/** Canonical order: by owner (RFC 4034 §6.1), then by type. */
export function compareRRsets(a: RRset, b: RRset): number {
  return (
    compareNames(a.owner, b.owner) ||
    a.type - b.type ||
    (a.type === Type.RRSIG ? get16(a.rdatas[0]!, 0) - get16(b.rdatas[0]!, 0) : 0)
  );
}

/** Tells RRsets of one zone apart, but not the signatures of one owner. */
export function rrsetKey({ owner, type }: Pick<RRset, "owner" | "type">): string {
  return `${type} ${String.fromCharCode(...owner)}`;
}

/** Whether two RRsets of one owner and type hold the same records, in whatever order. */
export function equalRecords(a: RRset, b: RRset): boolean {
  if (a.rdatas.length !== b.rdatas.length) return false;
  const { type } = a;
  return a.rdatas.every((rdata) => b.rdatas.some((one) => equalRdata(type, one, rdata)));
}

/** A zone value from RRsets; `file` is what faults will call their source. */
export function zoneOfRRsets(apex: Uint8Array, rrsets: Iterable<RRset>, file = ""): ZoneValue {
  const sink = createSink(apex);
  const words: number[] = [];
  const put = (octets: Uint8Array): number => {
    reserve(sink, octets.length);
    sink.octets.set(octets, sink.at);
    sink.at += octets.length;
    return sink.at - octets.length;
  };
  for (const { owner, type, ttl, rdatas } of rrsets) {
    const ownerAt = put(lowerName(owner));
    for (const rdata of rdatas) {
      const sizeType = ((owner.length << 16) | type) >>> 0;
      words.push(ownerAt, sizeType, ttl, put(rdata), rdata.length, 0);
    }
  }
  return {
    apex: lowerName(apex),
    octets: sink.octets.slice(0, sink.at),
    records: Uint32Array.from(words),
    recordCount: words.length / RECORD_WORDS,
    files: [file],
  };
}

/** An exact-size copy in SharedArrayBuffers, which crosses threads without another. */
export function packZone(zone: ZoneValue): ZoneValue {
  const octets = new Uint8Array(new SharedArrayBuffer(zone.octets.length));
  octets.set(zone.octets);
  const size = zone.recordCount * RECORD_WORDS;
  const records = new Uint32Array(new SharedArrayBuffer(size * 4));
  records.set(zone.records.subarray(0, size));
  return { ...zone, octets, records };
}
