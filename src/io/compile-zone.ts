// SPDX-License-Identifier: Apache-2.0
/**
 * The job "zone": master file → checked → segments. Runs in the compiler threads and offline.
 *
 * Everything that a job needs is in its argument, and its result is plain data, so that any thread
 * may do it; a large zone is compiled by two (crew.ts). A zone with an error gives no segments: what
 * served before goes on serving.
 */
import { statSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import type { MessagePort } from "node:worker_threads";
import { type Fault, fault, hasError } from "../base/faults.ts";
import { sameOctets } from "../base/octets.ts";
import { reasonOf } from "../base/reason.ts";
import { Type, typeNumber } from "../dns/iana.ts";
import { lowerName, nameFromText } from "../dns/names.ts";
import type { SteeredName } from "../resource/types.ts";
import { buildDenial } from "../table/build-denial.ts";
import { type BuiltZone, buildZone, joinRanges, servedPart } from "../table/build-zone.ts";
import { patchRRsets } from "../transfer/steps.ts";
import { readUpdates, replayUpdates, type UpdateLog } from "../transfer/updates.ts";
import { checkZone } from "../zone/check.ts";
import { checkDates } from "../zone/check-dates.ts";
import { cutZone, joinChunks, pushPieces } from "../zone/chunks.ts";
import type { Checkpoint } from "../zone/edit.ts";
import {
  findRRset,
  indexZone,
  rrsetEnd,
  rrsetsOf,
  rrsetValue,
  type ZoneIndex,
} from "../zone/index.ts";
import { packZone, type RRset, zoneOfRRsets } from "../zone/records.ts";
import { createScanner, type IncludedFile } from "../zone/scan.ts";
import type { SteeredOwner, ZoneValue } from "../zone/value.ts";
import { buildRanges, chunkMemory, examineZone, scanChunks, sharedWords } from "./compile-parts.ts";
import type { Seat } from "./crew.ts";
import { sha256 } from "./digest.ts";
import { FILE_SIZE_MAX, readRegular } from "./file.ts";
import { readUpdatesFile } from "./updates-file.ts";
import { keepSource, readInto, steeringKey, type ZoneSource } from "./zone-source.ts";

export interface ZoneJob {
  /** Apex in text form with a trailing dot. */
  readonly apex: string;
  readonly file: string;
  /** Where the text of `file` lies for now: what was received, before it is put in its place. */
  readonly text?: string;
  readonly steered: readonly SteeredName[];
  /** Digests of the shards in force; equal ones are left out of the result. */
  readonly known: Uint8Array | null;
  /** A warning refuses the zone, too. */
  readonly strict?: boolean;
  /** Journal of the updates on top of the file; null or left out for none. */
  readonly updates?: string | null;
  /** Signatures must hold at this time, in seconds of UNIX time; left out, nobody looks. */
  readonly nowSecs?: number;
}

/** Zones for one thread, one after the other; each result goes out through the port at once. */
export interface ZoneBatch {
  readonly jobs: readonly ZoneJob[];
  /** Gets null when the first job is begun, then a ZoneResult for each; closed at the end. */
  readonly port: MessagePort;
  /** The line to a mate, who is dismissed at the end; null without one. */
  readonly seat: Seat | null;
}

export interface ZoneResult {
  readonly apex: string;
  /** Null if the zone cannot be used. */
  readonly built: BuiltZone | null;
  readonly faults: readonly Fault[];
  /** Files read, with what tells whether they changed. */
  readonly files: readonly FileStamp[];
  readonly recordCount: number;
  /** For edits to come; null if the next one is to be compiled whole, too. */
  readonly source: ZoneSource | null;
  /** What the file says without its updates, if there is a journal of them and the zone is good. */
  readonly stood?: StoodOn;
}

/** A file that updates stand on. */
export interface StoodOn {
  /** Of the file with all that it includes. */
  readonly digest: Uint8Array;
  readonly soa: RRset;
}

/** A file as it was when it was read; `stamp` is "" if it could not be. */
export interface FileStamp {
  readonly file: string;
  readonly stamp: string;
}

/** What changes when a file does: modification time, size, inode. */
export function stampOf(file: string): string {
  try {
    const s = statSync(file, { bigint: true });
    return `${s.mtimeNs}-${s.size}-${s.ino}`;
  } catch {
    return "";
  }
}

/** Octets of a text from which on two threads are worth their talking. */
export const CREW_SIZE_MIN = 2 * 1024 * 1024;
/** Chunks of a text: more than threads, so that one that comes late finds some left. */
const CHUNKS_MAX = 8;

/** The text of a job, and what reading it found out. */
interface Reading {
  readonly job: ZoneJob;
  readonly apex: Uint8Array;
  readonly text: Uint8Array;
  readonly files: FileStamp[];
  /** Digests of the files in the order in which they were read; empty if nobody asks. */
  readonly digests: Uint8Array[];
  /** Reads another file of the same zone. */
  readonly read: (file: string) => Uint8Array | Fault;
}

/** A zone that was scanned: by chunks or in one go. */
interface Scanned {
  readonly zone: ZoneValue;
  readonly faults: readonly Fault[];
  readonly checkpoints: readonly Checkpoint[];
  readonly index: ZoneIndex;
}

/**
 * Scans, checks and builds one zone. Never throws for what the file holds. `seat`: the line to a
 * thread that helps with a large one.
 */
export function compileZone(job: ZoneJob, seat: Seat | null = null): ZoneResult {
  for (let left = READ_AGAIN_MAX; ; left -= 1) {
    const updates = readLog(job);
    const result = compileWith(job, updates, seat);
    // Flushed meanwhile: the file may be of one time and the journal of another.
    if (left === 0 || sameHead(updates, readLog(job))) return result;
  }
}

/** How often a zone is compiled again because its journal has begun anew meanwhile. */
const READ_AGAIN_MAX = 3;

/** The journal of a job's zone, null for none, or why there should be one and is not. */
function readLog({ updates, file }: ZoneJob): UpdateLog | Fault | null {
  if (updates === undefined || updates === null) return null;
  const broken = (detail: string): Fault =>
    fault("ZONE_UPDATES_BROKEN", { file: updates, line: 0, column: 0 }, `${file}: ${detail}`);
  try {
    const octets = readUpdatesFile(updates);
    const log = octets === null ? null : readUpdates(octets, sha256);
    return typeof log === "string" ? broken(log) : log;
  } catch (error) {
    return broken(reasonOf(error));
  }
}

function sameHead(a: UpdateLog | Fault | null, b: UpdateLog | Fault | null): boolean {
  const headOf = (log: UpdateLog | Fault | null): Uint8Array => {
    if (log === null || "key" in log) return new Uint8Array(0);
    return Buffer.concat([log.base, log.flushed ?? log.base]);
  };
  return sameOctets(headOf(a), headOf(b));
}

function compileWith(
  job: ZoneJob,
  updates: UpdateLog | Fault | null,
  seat: Seat | null,
): ZoneResult {
  const files: FileStamp[] = [{ file: job.file, stamp: stampOf(job.text ?? job.file) }];
  const failed = (faults: readonly Fault[]): ZoneResult => ({
    apex: job.apex,
    built: null,
    faults,
    files,
    recordCount: 0,
    source: null,
  });
  if (updates !== null && "key" in updates) return failed([updates]);
  const digested = job.updates !== undefined && job.updates !== null;
  const reading = openReading(job, files, seat, digested);
  if ("key" in reading) return failed([reading]);
  const { text } = reading;
  const scanned = withUpdates(scanText(reading, seat), reading, updates);
  if ("key" in scanned) return failed([scanned]);
  const { zone, faults: scanFaults, checkpoints, index, stood } = scanned;
  const steered = job.steered.map(steeredOwner);
  const shared = zone.octets.buffer instanceof SharedArrayBuffer;
  const finish = shared ? finishLarge : finishSmall;
  const { built, faults: found } = finish(
    { zone, index, steered, known: job.known },
    scanFaults,
    seat,
  );
  const dates = job.nowSecs === undefined ? [] : checkDates(zone, index, job.nowSecs);
  const faults = [...scanFaults, ...found, ...dates];
  if (built === null) return failed(faults);
  const strict = job.strict === true;
  if (strict && faults.length > 0) return failed([...faults, refusedByWarning(job, faults)]);
  // An edit by span sees only what it changes, and a strict zone is looked at as a whole.
  const source =
    faults.length > 0 || strict || digested
      ? null
      : keepSource({
          ...{ file: job.file, text, checkpoints, zone, index, steered, built },
          steering: steeringKey(job.steered),
        });
  const { recordCount } = zone;
  const result = { apex: job.apex, built, faults, files, recordCount, source };
  return stood === undefined ? result : { ...result, stood };
}

/** What was scanned, with the updates on top; with what it stands on if there may be any. */
function withUpdates(
  scanned: Scanned,
  { job, apex, digests }: Reading,
  updates: UpdateLog | null,
): (Scanned & { readonly stood?: StoodOn }) | Fault {
  if (digests.length === 0 || hasError(scanned.faults)) return scanned;
  const { zone, index } = scanned;
  const at = index.find(apex, 0, apex.length);
  const rrset = (owner: Uint8Array, type: number): RRset | null => {
    const found = index.find(owner, 0, owner.length);
    const from = found < 0 ? -1 : findRRset(zone, index, found, type);
    return from < 0 ? null : rrsetValue(zone, index, from, rrsetEnd(zone, index, found, from));
  };
  const soa = at < 0 ? null : rrset(apex, Type.SOA);
  // Whoever checks the zone says what is wrong with it.
  if (soa === null) return scanned;
  const digest = sha256(Buffer.concat(digests));
  const stood = { digest, soa };
  if (updates === null) return { ...scanned, stood };
  const replay = replayUpdates(updates, digest, soa, rrset);
  if (replay.kind === "refused") {
    return fault("ZONE_UPDATES_EDITED", { file: job.file, line: 0, column: 0 }, replay.detail);
  }
  if (replay.diff === null) return { ...scanned, stood };
  const value = zoneOfRRsets(apex, patchRRsets(rrsetsOf(zone, index), replay.diff), job.file);
  return { ...scanned, zone: value, index: indexZone(value), stood };
}

/** The zone of a file as it stands there, checked; nothing is built of it. Null: not to be used. */
export function readZone(job: Omit<ZoneJob, "known" | "strict">): {
  readonly zone: { readonly value: ZoneValue; readonly index: ZoneIndex } | null;
  readonly faults: readonly Fault[];
} {
  const reading = openReading({ ...job, known: null }, [], null);
  if ("key" in reading) return { zone: null, faults: [reading] };
  const { zone, faults: before, index } = scanText(reading, null);
  const faults = [...before, ...checkZone(zone, index, job.steered.map(steeredOwner))];
  return { zone: hasError(faults) ? null : { value: zone, index }, faults };
}

/** Opens the file of a job. */
function openReading(
  job: ZoneJob,
  files: FileStamp[],
  seat: Seat | null,
  digested = false,
): Reading | Fault {
  const digests: Uint8Array[] = [];
  // What is left of FILE_SIZE_MAX, which bounds a zone with all that it includes.
  let sizeLeft = FILE_SIZE_MAX;
  const read = (file: string): Uint8Array | Fault => {
    const octets = readRegular(file, sizeLeft);
    if (typeof octets === "string") return unreadable(file, octets);
    sizeLeft -= octets.length;
    if (digested) digests.push(sha256(octets));
    return octets;
  };
  const at = job.text ?? job.file;
  const text = (seat === null || digested ? null : readShared(at)) ?? read(at);
  if ("key" in text) return text;
  const apex = nameFromText(job.apex);
  if (!(apex instanceof Uint8Array)) return unreadable(job.file, `bad name ${job.apex}`);
  return { job, apex: lowerName(apex), text, files, digests, read };
}

function refusedByWarning(job: ZoneJob, faults: readonly Fault[]): Fault {
  const detail = `${job.apex} is strict, and there are warnings: ${faults.length}`;
  return fault("ZONE_STRICT", { file: job.file, line: 0, column: 0 }, detail);
}

/** A zone that was scanned, with what else its shards depend on. */
interface Indexed {
  readonly zone: ZoneValue;
  readonly index: ZoneIndex;
  readonly steered: readonly SteeredOwner[];
  readonly known: Uint8Array | null;
}

/** What became of it; null if it cannot be used. */
interface Finished {
  readonly built: BuiltZone | null;
  readonly faults: readonly Fault[];
}

function finishSmall({ known, ...zone }: Indexed, before: readonly Fault[]): Finished {
  const faults = checkZone(zone.zone, zone.index, zone.steered);
  if (hasError(before) || hasError(faults)) return { built: null, faults };
  const input = { ...zone, digest: sha256, ...(known === null ? {} : { known }) };
  const { value, faults: more } = buildZone(input);
  return { built: value, faults: [...faults, ...more] };
}

function finishLarge(input: Indexed, before: readonly Fault[], seat: Seat | null): Finished {
  const { zone, index, steered, known } = input;
  const served = servedPart(zone, index, sharedBuffer);
  const { draft, faults } = examineZone(seat, { zone, index }, served, steered);
  if (hasError(before) || hasError(faults)) return { built: null, faults };
  if ("key" in draft) return { built: null, faults: [...faults, draft] };
  const ranges = buildRanges(seat, served.zone, served.index, draft, known);
  if ("key" in ranges) return { built: null, faults: [...faults, ranges] };
  const denial = buildDenial(zone, index, sha256);
  if ("key" in denial) return { built: null, faults: [...faults, denial] };
  return { built: joinRanges(served, draft, ranges, denial), faults };
}

/** A large text, in memory that another thread can read; null if there is no need, or no reading it. */
function readShared(file: string): Uint8Array | null {
  try {
    const { size } = statSync(file);
    if (size < CREW_SIZE_MIN || size > FILE_SIZE_MAX) return null;
    return readInto(new Uint8Array(new SharedArrayBuffer(size + 1)), file);
  } catch {
    // Whoever reads it otherwise finds out what is wrong.
    return null;
  }
}

function scanText(reading: Reading, seat: Seat | null): Scanned {
  const { text } = reading;
  const shared = text.buffer instanceof SharedArrayBuffer;
  return (shared ? scanInChunks(reading, seat) : null) ?? scanWhole(reading, shared);
}

/** Null if the text must be scanned in one go (zone/chunks.ts). */
function scanInChunks({ job, apex, text }: Reading, seat: Seat | null): Scanned | null {
  const options = { apex, file: job.file };
  const chunks = cutZone(text, options, CHUNKS_MAX);
  if (chunks === null) return null;
  const memory = chunkMemory(chunks);
  const scans = scanChunks(seat, { text, options, chunks, memory });
  const joined = joinChunks(options, chunks, scans, memory, sharedWords);
  if (joined === null) return null;
  const { zone, checkpoints, hashes } = joined;
  return { zone, faults: [], checkpoints, index: indexZone(zone, sharedBuffer, hashes) };
}

function scanWhole({ job, apex, text, files, read }: Reading, shared: boolean): Scanned {
  const open = (path: string, from: string): IncludedFile | Fault => {
    const name = isAbsolute(path) ? path : join(dirname(from), path);
    files.push({ file: name, stamp: stampOf(name) });
    const octets = read(name);
    return "key" in octets ? octets : { name, octets };
  };
  const scanner = createScanner({ apex, file: job.file, open, sizeHint: text.length });
  const checkpoints = pushPieces(scanner, text, 0, text.length);
  const { value, faults } = scanner.end();
  const zone = shared ? packZone(value) : value;
  return { zone, faults, checkpoints, index: indexZone(zone, shared ? sharedBuffer : undefined) };
}

function sharedBuffer(size: number): SharedArrayBuffer {
  return new SharedArrayBuffer(size);
}

function steeredOwner(name: SteeredName): SteeredOwner {
  const owner = nameFromText(name.owner.toLowerCase());
  return {
    owner: owner instanceof Uint8Array ? owner : new Uint8Array([0]),
    types: name.types.map((type) => typeNumber(type) ?? 0),
    policy: name.policy,
  };
}

function unreadable(file: string, detail: string): Fault {
  return fault("FILE_UNREADABLE", { file, line: 0, column: 0 }, detail);
}
