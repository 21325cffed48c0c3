// SPDX-License-Identifier: Apache-2.0
/**
 * The journal of accepted updates on disk (src/transfer/updates.ts says what lies in it).
 *
 * Forced to disk with every entry, unlike the journals that answer IXFR: a client was told NOERROR,
 * and the master file knows nothing of it.
 *
 * Invariants
 *   K1  Whatever moment the machine stops, the file holds every entry that was appended; the one that
 *       was being written is there as a whole or not at all.
 *   K2  A journal that cannot be read is left as it is, and nothing is appended to it.
 *   K3  It stays within twice the net difference of its updates and FOLD_SIZE_MIN: beyond, its
 *       entries are folded to one.
 */
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { reasonOf } from "../base/reason.ts";
import { condense } from "../transfer/difference.ts";
import { encodeEntry, MARK_SIZE } from "../transfer/journal.ts";
import type { TransferStep } from "../transfer/receive.ts";
import { encodeUpdatesHead, readUpdates, stepsAfter, type UpdateLog } from "../transfer/updates.ts";
import { serialNewer, soaSerial } from "../zone/serial.ts";
import { sha256 } from "./digest.ts";
import { journalPath } from "./journal-file.ts";
import { syncFolder, writePieces } from "./zone-file.ts";

/** Below the state folder. */
export const UPDATES_FOLDER = "updates";
/** Octets up to which a journal is not folded: some thousands of small updates. */
const FOLD_SIZE_MIN = 1024 * 1024;
const NO_MARK = new Uint8Array(MARK_SIZE);

export function updatesPath(stateFolder: string, apex: string): string {
  return journalPath(join(stateFolder, UPDATES_FOLDER), apex);
}

/** The journals that there are, as paths: also of zones that may be updated no more. */
function updatesFound(stateFolder: string): ReadonlySet<string> {
  const folder = join(stateFolder, UPDATES_FOLDER);
  try {
    return new Set(readdirSync(folder).map((name) => join(folder, name)));
  } catch {
    return new Set();
  }
}

/** By apex: the journal of a zone, null if there is none in `stateFolder`. Looked up now. */
export function updatesFinder(stateFolder: string | undefined): (apex: string) => string | null {
  if (stateFolder === undefined) return () => null;
  const found = updatesFound(stateFolder);
  if (found.size === 0) return () => null;
  return (apex) => {
    const path = updatesPath(stateFolder, apex);
    return found.has(path) ? path : null;
  };
}

/** The octets of a journal; null if there is none. Throws what the file system says. */
export function readUpdatesFile(path: string): Uint8Array | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

export interface UpdatesFile {
  /** Null if there is none. */
  readonly log: UpdateLog | null;
  /** Why it cannot be used (K2); null if it can. */
  readonly broken: string | null;
  /** Begins anew with these steps, in the place of what there was. */
  begin(base: Uint8Array, flushed: Uint8Array | null, steps: readonly TransferStep[]): void;
  /** Adds a step (K1). `served` is the serial in the table. True if it was folded. */
  append(step: TransferStep, served: number): boolean;
  remove(): void;
}

/** All that changes it throws what the file system says, and has changed nothing then. */
export function openUpdates(path: string, foldSizeMin: number = FOLD_SIZE_MIN): UpdatesFile {
  let log: UpdateLog | null = null;
  let broken: string | null = null;
  /** Octets after it was folded last. */
  let folded = 0;
  try {
    const octets = readUpdatesFile(path);
    const read = octets === null ? null : readUpdates(octets, sha256);
    if (typeof read === "string") broken = read;
    else log = read;
  } catch (error) {
    broken = reasonOf(error);
  }
  const encode = (step: TransferStep): Uint8Array => encodeEntry(step, NO_MARK, sha256);

  const begin: UpdatesFile["begin"] = (base, flushed, steps) => {
    const octets = Buffer.concat([encodeUpdatesHead(base, flushed, sha256), ...steps.map(encode)]);
    writePieces(path, [octets]);
    log = { base, flushed, steps, size: octets.length };
    folded = octets.length;
  };

  return {
    get log() {
      return log;
    },
    get broken() {
      return broken;
    },
    begin,
    append(step, served) {
      const { base, flushed, steps, size } = log!;
      const octets = encode(step);
      const fd = openSync(path, "r+");
      try {
        ftruncateSync(fd, size);
        for (let at = 0; at < octets.length; ) {
          at += writeSync(fd, octets, at, octets.length - at, size + at);
        }
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      log = { base, flushed, steps: [...steps, step], size: size + octets.length };
      if (log.size <= Math.max(foldSizeMin, 2 * folded)) return false;
      return fold(log, served);
    },
    remove() {
      rmSync(path, { force: true });
      syncFolder(dirname(path));
      log = null;
      folded = 0;
    },
  };

  /** K3. What is not served yet stays as it is: an update that comes is to see it. */
  function fold({ base, flushed, steps }: UpdateLog, served: number): boolean {
    const waiting = stepsAfter(steps, served) ?? [];
    const done = steps.slice(0, steps.length - waiting.length);
    if (done.length < 2) return false;
    // A journal's serials may have gone round by more than one entry can say (RFC 1982 §3.2).
    const [from, to] = [done[0]!.from, done.at(-1)!.to].map(({ rdata }) => soaSerial(rdata));
    if (!serialNewer(to!, from!)) return false;
    begin(base, flushed, [condense(done), ...waiting]);
    return true;
  }
}
