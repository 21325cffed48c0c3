// SPDX-License-Identifier: Apache-2.0
/**
 * The job "zone": master file → checked → segments. Runs in the compiler threads and offline.
 *
 * Everything that a job needs is in its argument, and its result is plain data, so that any thread
 * may do it. A zone with an error gives no segments: what served before goes on serving.
 */
import { statSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import type { MessagePort } from "node:worker_threads";
import { type Fault, fault, hasError } from "../base/faults.ts";
import { typeNumber } from "../dns/iana.ts";
import { nameFromText } from "../dns/names.ts";
import type { SteeredName } from "../resource/types.ts";
import { type BuiltZone, buildZone } from "../table/build-zone.ts";
import { checkZone } from "../zone/check.ts";
import type { Checkpoint } from "../zone/edit.ts";
import { indexZone } from "../zone/index.ts";
import { createScanner, type IncludedFile } from "../zone/scan.ts";
import type { SteeredOwner } from "../zone/value.ts";
import { sha256 } from "./digest.ts";
import { FILE_SIZE_MAX, readRegular } from "./file.ts";
import { keepSource, steeringKey, type ZoneSource } from "./zone-source.ts";

export interface ZoneJob {
  /** Apex in text form with a trailing dot. */
  readonly apex: string;
  readonly file: string;
  readonly steered: readonly SteeredName[];
  /** Digests of the shards in force; equal ones are left out of the result. */
  readonly known: Uint8Array | null;
}

/** Zones for one thread, one after the other; each result goes out through the port at once. */
export interface ZoneBatch {
  readonly jobs: readonly ZoneJob[];
  /** Gets null when the first job is begun, then a ZoneResult for each; closed at the end. */
  readonly port: MessagePort;
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

/**
 * Octets handed to the scanner at once, and between two checkpoints: an edit scans two such pieces,
 * and the checkpoints of a million records take less than a megabyte.
 */
const CHUNK_SIZE = 8 * 1024;

/** What changes when a file does: modification time, size, inode. */
export function stampOf(file: string): string {
  try {
    const s = statSync(file, { bigint: true });
    return `${s.mtimeNs}-${s.size}-${s.ino}`;
  } catch {
    return "";
  }
}

/** Scans, checks and builds one zone. Never throws for what the file holds. */
export function compileZone(job: ZoneJob): ZoneResult {
  const files: FileStamp[] = [{ file: job.file, stamp: stampOf(job.file) }];
  const failed = (faults: readonly Fault[]): ZoneResult => ({
    apex: job.apex,
    built: null,
    faults,
    files,
    recordCount: 0,
    source: null,
  });
  // What is left of FILE_SIZE_MAX, which bounds a zone with all that it includes.
  let sizeLeft = FILE_SIZE_MAX;
  const read = (file: string): Uint8Array | Fault => {
    const octets = readRegular(file, sizeLeft);
    if (typeof octets === "string") return unreadable(file, octets);
    sizeLeft -= octets.length;
    return octets;
  };
  const text = read(job.file);
  if ("key" in text) return failed([text]);
  const apex = nameFromText(job.apex);
  if (!(apex instanceof Uint8Array)) return failed([unreadable(job.file, `bad name ${job.apex}`)]);

  const open = (path: string, from: string): IncludedFile | Fault => {
    const name = isAbsolute(path) ? path : join(dirname(from), path);
    files.push({ file: name, stamp: stampOf(name) });
    const octets = read(name);
    return "key" in octets ? octets : { name, octets };
  };
  const scanner = createScanner({ apex, file: job.file, open, sizeHint: text.length });
  const checkpoints: Checkpoint[] = [];
  for (let at = 0; at < text.length; at += CHUNK_SIZE) {
    const position = scanner.position();
    // A piece in the midst of one long entry has no place between two.
    if (position > (checkpoints.at(-1)?.at ?? -1)) {
      checkpoints.push({ at: position, context: scanner.context() });
    }
    scanner.push(text.subarray(at, Math.min(at + CHUNK_SIZE, text.length)));
  }
  const scanned = scanner.end();
  const index = indexZone(scanned.value);
  const steered = job.steered.map(steeredOwner);
  const faults = [...scanned.faults, ...checkZone(scanned.value, index, steered)];
  if (hasError(faults)) return failed(faults);
  const known = job.known ?? undefined;
  const built = buildZone({
    zone: scanned.value,
    index,
    steered,
    digest: sha256,
    ...(known === undefined ? {} : { known }),
  });
  faults.push(...built.faults);
  const { file, apex: name } = job;
  const { value: zone } = scanned;
  const source =
    built.value === null || faults.length > 0
      ? null
      : keepSource({
          ...{ file, text, checkpoints, zone, index, steered, built: built.value },
          steering: steeringKey(job.steered),
        });
  const { recordCount } = zone;
  return { apex: name, built: built.value, faults, files, recordCount, source };
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
