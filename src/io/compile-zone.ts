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
import { typeNumber } from "../dns/iana.ts";
import { lowerName, nameFromText } from "../dns/names.ts";
import type { SteeredName } from "../resource/types.ts";
import { buildDenial } from "../table/build-denial.ts";
import { type BuiltZone, buildZone, joinRanges, servedPart } from "../table/build-zone.ts";
import { checkZone } from "../zone/check.ts";
import { cutZone, joinChunks, pushPieces } from "../zone/chunks.ts";
import type { Checkpoint } from "../zone/edit.ts";
import { indexZone, type ZoneIndex } from "../zone/index.ts";
import { packZone } from "../zone/records.ts";
import { createScanner, type IncludedFile } from "../zone/scan.ts";
import type { SteeredOwner, ZoneValue } from "../zone/value.ts";
import { buildRanges, chunkMemory, examineZone, scanChunks, sharedWords } from "./compile-parts.ts";
import type { Seat } from "./crew.ts";
import { sha256 } from "./digest.ts";
import { FILE_SIZE_MAX, readRegular } from "./file.ts";
import { keepSource, readInto, steeringKey, type ZoneSource } from "./zone-source.ts";

export interface ZoneJob {
  /** Apex in text form with a trailing dot. */
  readonly apex: string;
  readonly file: string;
  readonly steered: readonly SteeredName[];
  /** Digests of the shards in force; equal ones are left out of the result. */
  readonly known: Uint8Array | null;
  /** A warning refuses the zone, too. */
  readonly strict?: boolean;
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
  const files: FileStamp[] = [{ file: job.file, stamp: stampOf(job.file) }];
  const failed = (faults: readonly Fault[]): ZoneResult => ({
    apex: job.apex,
    built: null,
    faults,
    files,
    recordCount: 0,
    source: null,
  });
  const reading = openReading(job, files, seat);
  if ("key" in reading) return failed([reading]);
  const { text } = reading;
  const { zone, faults: scanFaults, checkpoints, index } = scanText(reading, seat);
  const steered = job.steered.map(steeredOwner);
  const shared = zone.octets.buffer instanceof SharedArrayBuffer;
  const finish = shared ? finishLarge : finishSmall;
  const { built, faults: found } = finish(
    { zone, index, steered, known: job.known },
    scanFaults,
    seat,
  );
  const faults = [...scanFaults, ...found];
  if (built === null) return failed(faults);
  const strict = job.strict === true;
  if (strict && faults.length > 0) return failed([...faults, refusedByWarning(job, faults)]);
  // An edit by span sees only what it changes, and a strict zone is looked at as a whole.
  const source =
    faults.length > 0 || strict
      ? null
      : keepSource({
          ...{ file: job.file, text, checkpoints, zone, index, steered, built },
          steering: steeringKey(job.steered),
        });
  const { recordCount } = zone;
  return { apex: job.apex, built, faults, files, recordCount, source };
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
function openReading(job: ZoneJob, files: FileStamp[], seat: Seat | null): Reading | Fault {
  // What is left of FILE_SIZE_MAX, which bounds a zone with all that it includes.
  let sizeLeft = FILE_SIZE_MAX;
  const read = (file: string): Uint8Array | Fault => {
    const octets = readRegular(file, sizeLeft);
    if (typeof octets === "string") return unreadable(file, octets);
    sizeLeft -= octets.length;
    return octets;
  };
  const text = (seat === null ? null : readShared(job.file)) ?? read(job.file);
  if ("key" in text) return text;
  const apex = nameFromText(job.apex);
  if (!(apex instanceof Uint8Array)) return unreadable(job.file, `bad name ${job.apex}`);
  return { job, apex: lowerName(apex), text, files, read };
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
