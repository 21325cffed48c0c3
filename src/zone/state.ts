// SPDX-License-Identifier: Apache-2.0
/**
 * What the scanner knows between two entries, and where it puts what it finds.
 *
 * One plain record and not a closure, because three files write to it (records, directives,
 * generated records), and because a later scan of a changed span has to begin with the state that
 * stood before the span: `ScanContext` is exactly what one line can hand on to the next.
 */
import { type Fault, type FaultKey, fault } from "../base/faults.ts";
import { isSubdomain } from "../dns/names.ts";
import { createSink, type Sink } from "../dns/sink.ts";
import { placeInEntry, type Tokeniser } from "../dns/tokens.ts";
import { RECORD_WORDS } from "./value.ts";

/** Faults kept of one zone. More would not be read. */
export const FAULTS_MAX = 1000;
/** Files open at once, the zone file not counted; NSD has the same bound. */
export const INCLUDE_DEPTH_MAX = 10;
/** Files of one zone. The file index of a record has 16 bits. */
export const FILES_MAX = 4096;
/** Records of one zone: six words each, 1.5 GiB at most. */
export const RECORDS_MAX = 64 * 1024 * 1024;
/**
 * Steps of one $GENERATE: an IPv4 /16. A slip of one digit in a range would otherwise keep a thread
 * busy for minutes, and who means more writes more lines.
 */
export const GENERATE_STEPS_MAX = 65_536;
/** Octets of names and RDATA: offsets are 32 bits, and one record more has to fit. */
export const POOL_SIZE_MAX = 0xfff0_0000;

/** What a line may take from the lines before it. */
export interface ScanContext {
  /** Completes relative names; case as written. */
  readonly origin: Uint8Array;
  /** From $TTL, or from an SOA that had none; null if not set. */
  readonly ttlDefault: number | null;
  /** The last TTL that was written at a record; null if there was none. */
  readonly ttlLast: number | null;
  /** Owner of the record before, lower case; null if there was none. */
  readonly owner: Uint8Array | null;
  readonly class: number;
}

/** A file that $INCLUDE asked for; `name` is what faults call it and what is asked from next. */
export interface IncludedFile {
  readonly name: string;
  readonly octets: Uint8Array;
}

export interface ScanOptions {
  /** The zone's name, absolute, in wire form. Becomes the first origin. */
  readonly apex: Uint8Array;
  /** What faults call the zone file. */
  readonly file: string;
  /** Reads the file that $INCLUDE names in `fromFile`. Without it $INCLUDE is a fault. */
  readonly open?: (path: string, fromFile: string) => IncludedFile | Uint8Array | Fault;
  /** State to begin with instead of the beginning of a file. */
  readonly context?: ScanContext;
  /** Line number of the first line; 1 unless given. */
  readonly firstLine?: number;
  /** Size of the text if it is known: saves growing. */
  readonly sizeHint?: number;
  /** Lowers RECORDS_MAX. */
  readonly recordsMax?: number;
  /** Memory to begin with instead of own one, of zeros. What does not fit moves to own memory. */
  readonly memory?: ScanMemory;
}

/** Where a scanner puts octets and records, if the caller says so. */
export interface ScanMemory {
  readonly octets: Uint8Array;
  readonly records: Uint32Array;
}

/** No owner yet. */
export const OWNER_NONE = -1;
/** The owner was refused, and a fault has said so: records that would inherit it are skipped. */
export const OWNER_REFUSED = -2;

export interface ScanState {
  readonly options: ScanOptions;
  readonly apex: Uint8Array;
  /** The pool; its `origin` is the origin in force. */
  readonly sink: Sink;
  /** The origin is at or below the apex, so that relative owners need no look. */
  originInside: boolean;
  ttlDefault: number;
  ttlLast: number;
  ownerAt: number;
  ownerSize: number;
  class: number;
  records: Uint32Array;
  recordCount: number;
  readonly recordsMax: number;
  readonly files: string[];
  readonly faults: Fault[];
  /** Index in `files` of the file at hand. */
  file: number;
  /** $INCLUDE depth. */
  depth: number;
  /** A limit was reached: nothing more is read. */
  stopped: boolean;
}

export function createState(options: ScanOptions, apex: Uint8Array): ScanState {
  const hint = options.sizeHint ?? 0;
  const context = options.context;
  const { memory } = options;
  const origin = context?.origin ?? options.apex;
  const sink = createSink(origin, memory === undefined ? 128 * 1024 + hint : 0);
  if (memory !== undefined) sink.octets = memory.octets;
  const state: ScanState = {
    options,
    apex,
    sink,
    originInside: isSubdomain(sink.origin, apex),
    ttlDefault: context?.ttlDefault ?? -1,
    ttlLast: context?.ttlLast ?? -1,
    ownerAt: OWNER_NONE,
    ownerSize: 0,
    class: context?.class ?? 1,
    records: memory?.records ?? new Uint32Array(RECORD_WORDS * (256 + (hint >>> 5))),
    recordCount: 0,
    recordsMax: Math.min(options.recordsMax ?? RECORDS_MAX, RECORDS_MAX),
    files: [options.file],
    faults: [],
    file: 0,
    depth: 0,
    stopped: false,
  };
  if (context?.owner) {
    sink.octets.set(context.owner, 0);
    sink.at = context.owner.length;
    state.ownerAt = 0;
    state.ownerSize = context.owner.length;
  }
  return state;
}

/** What the next line would inherit. */
export function contextOf(s: ScanState): ScanContext {
  return {
    origin: s.sink.origin,
    ttlDefault: s.ttlDefault < 0 ? null : s.ttlDefault,
    ttlLast: s.ttlLast < 0 ? null : s.ttlLast,
    owner: s.ownerAt < 0 ? null : s.sink.octets.slice(s.ownerAt, s.ownerAt + s.ownerSize),
    class: s.class,
  };
}

/** Changes the origin. */
export function setOrigin(s: ScanState, origin: Uint8Array): void {
  s.sink.origin = origin;
  s.originInside = isSubdomain(origin, s.apex);
}

/** Adds a fault at a place, up to FAULTS_MAX of them; the last says that there are more. */
export function addFaultAt(
  s: ScanState,
  key: FaultKey,
  line: number,
  column: number,
  detail: string,
): void {
  if (s.faults.length >= FAULTS_MAX) return;
  const place = { file: s.files[s.file]!, line, column };
  if (s.faults.length === FAULTS_MAX - 1) {
    s.faults.push(fault("ZONE_FAULTS_MANY", place, "there are more faults from here on"));
    return;
  }
  s.faults.push(fault(key, place, detail));
}

/** Adds a fault at token `index` of the entry at hand, or behind the last token. */
export function addFault(
  s: ScanState,
  t: Tokeniser,
  key: FaultKey,
  index: number,
  detail: string,
): void {
  if (s.faults.length >= FAULTS_MAX) return;
  const { list } = t;
  let at = t.start;
  if (index < list.count) at = list.start[index]! - (list.flags[index]! & 1);
  else if (list.count > 0) at = list.end[list.count - 1]!;
  const { line, column } = placeInEntry(t, at);
  addFaultAt(s, key, line, column, detail);
}
