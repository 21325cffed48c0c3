// SPDX-License-Identifier: Apache-2.0
/**
 * Zone files that we write ourselves: of zones that were received or updated, and what is known of
 * each beside it.
 *
 * Invariants
 *   F1  A reader finds the old file or the new one, never a part: written aside, made durable, renamed.
 *   F2  What is known of a zone is lost rather than wrong: a file that cannot be read says nothing.
 */
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import type { SoaTimes } from "../transfer/secondary.ts";
import { makeFolder } from "./folder.ts";

/** A zone file while it is written. */
export interface ZoneFileWriter {
  /** Appends octets, or ASCII text: what is beyond stands escaped in a master file. */
  write(piece: string | Uint8Array): void;
  /** Makes what was written durable, and gives the file that it is in until it is put in place. */
  finish(): string;
  /** Puts it in the place of the old one. */
  commit(): void;
  /** Forgets it. */
  discard(): void;
}

/** Octets that are gathered before they are written. */
const BUFFER_SIZE = 256 * 1024;

/** Begins a new version of `file`. Throws what the file system says. */
export function beginZoneFile(file: string, mode = 0o600): ZoneFileWriter {
  makeFolder(dirname(file), 0o700);
  const temporary = freeName(`${file}.new`);
  const fd = openSync(temporary, "w", mode);
  inUse.add(temporary);
  // Octets and not a text that grows: to flatten one takes longer than to write it.
  const waiting = Buffer.allocUnsafe(BUFFER_SIZE);
  let size = 0;
  let open = true;
  const flush = (): void => {
    for (let from = 0; from < size; ) from += writeSync(fd, waiting, from, size - from);
    size = 0;
  };
  const close = (): void => {
    if (!open) return;
    open = false;
    inUse.delete(temporary);
    closeSync(fd);
  };
  const finish = (): string => {
    flush();
    fsyncSync(fd);
    return temporary;
  };
  return {
    write(piece) {
      if (typeof piece !== "string") {
        flush();
        for (let from = 0; from < piece.length; ) from += writeSync(fd, piece, from);
        return;
      }
      for (let from = 0; from < piece.length; ) {
        if (size === BUFFER_SIZE) flush();
        const part = from === 0 ? piece : piece.slice(from);
        const written = waiting.write(part, size, BUFFER_SIZE - size, "latin1");
        size += written;
        from += written;
      }
    },
    finish,
    commit() {
      finish();
      renameSync(temporary, file);
      close();
      syncFolder(dirname(file));
    },
    discard() {
      const isOurs = open;
      close();
      if (isOurs) rmSync(temporary, { force: true });
    },
  };
}

/** Files that are being written by this thread. */
const inUse = new Set<string>();

/** A transfer that nobody wants any more may still write when the next one begins. */
function freeName(name: string): string {
  for (let i = 1; ; i += 1) {
    const one = i === 1 ? name : `${name}${i}`;
    if (!inUse.has(one)) return one;
  }
}

/** Puts a file of these pieces in the place of the old one. Throws what the file system says. */
export function writePieces(file: string, pieces: Iterable<string | Uint8Array>): void {
  const writer = beginZoneFile(file);
  try {
    for (const piece of pieces) writer.write(piece);
    writer.commit();
  } finally {
    writer.discard();
  }
}

export function syncFolder(folder: string): void {
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** What is kept of a secondary beside its file. */
export interface KeptZone {
  readonly serial: number;
  readonly times: SoaTimes;
  /** Milliseconds of UNIX time. */
  readonly confirmedAt: number;
  readonly expiresAt: number;
}

export function writeKept(file: string, kept: KeptZone): void {
  writePieces(keptName(file), [`${JSON.stringify(kept)}\n`]);
}

/** Forgets a secondary: its file, and what is kept beside it. */
export function removeKept(file: string): void {
  rmSync(file, { force: true });
  rmSync(keptName(file), { force: true });
}

/** Null if there is nothing that can be read (F2). */
export function readKept(file: string): KeptZone | null {
  try {
    const { serial, times, confirmedAt, ...rest } = JSON.parse(
      readFileSync(keptName(file), "utf8"),
    );
    const { refreshSecs, retrySecs, expireSecs } = times;
    const { expiresAt = confirmedAt + expireSecs * 1000 } = rest;
    const numbers = [serial, confirmedAt, expiresAt, refreshSecs, retrySecs, expireSecs];
    if (!numbers.every((one) => Number.isSafeInteger(one) && one >= 0)) return null;
    return { serial, times: { refreshSecs, retrySecs, expireSecs }, confirmedAt, expiresAt };
  } catch {
    return null;
  }
}

function keptName(file: string): string {
  return file.replace(/\.zone$/, ".json");
}
