// SPDX-License-Identifier: Apache-2.0
/**
 * The journal of a zone on disk (src/transfer/journal.ts says what lies in it).
 *
 * Nothing is forced to disk: a journal that misses its last entries after a loss of power is one
 * that does not lead to the zone in force, and begins anew. That costs the secondaries a whole
 * transfer once; an fsync per edit and zone would cost something with every edit.
 *
 * Invariants
 *   F1  The file is read only up to its last sound entry, and cut there before anything is added.
 *   F2  A journal that cannot be read or written is an empty one: transfers are whole then.
 */
import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { reasonOf } from "../base/reason.ts";
import {
  type Checksum,
  decodeEntry,
  encodeEntry,
  JOURNAL_HEAD,
  type JournalEntry,
  MARK_SIZE,
  readJournal,
  surplus,
} from "../transfer/journal.ts";
import type { TransferStep } from "../transfer/receive.ts";
import { soaSerial } from "../zone/serial.ts";
import { sha256 } from "./digest.ts";
import { makeFolder } from "./folder.ts";

export interface JournalBounds {
  /** Octets of one journal. */
  readonly octetsMax: number;
  /** Versions that one journal reaches back. */
  readonly versionsMax: number;
}

export interface ZoneJournal {
  readonly entries: readonly JournalEntry[];
  /** Adds a step; the oldest ones go if the bounds ask for it. */
  append(step: TransferStep, mark: Uint8Array): void;
  /** The steps of some entries; null if they cannot be read. */
  read(entries: readonly JournalEntry[]): TransferStep[] | null;
  /** Begins anew, with nothing. */
  restart(): void;
}

const checksum: Checksum = sha256;

/** The file of a zone's journal in `folder`; the longest names would be no file names. */
export function journalPath(folder: string, apex: string): string {
  const plain = `${encodeURIComponent(apex)}jnl`;
  if (plain.length <= 200) return join(folder, plain);
  return join(folder, `${Buffer.from(sha256(Buffer.from(apex))).toString("hex")}.jnl`);
}

/** Removes the journals of all zones but `apexes`. */
export function sweepJournals(folder: string, apexes: readonly string[]): void {
  if (!existsSync(folder)) return;
  const wanted = new Set(apexes.map((apex) => journalPath(folder, apex)));
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (name.endsWith(".jnl") && !wanted.has(path)) rmSync(path, { force: true });
  }
}

/** Opens the journal at `path`, or begins one. `onDamage` hears why something of it was lost. */
export function openJournal(
  path: string,
  bounds: JournalBounds,
  onDamage: (reason: string) => void,
): ZoneJournal {
  let entries: JournalEntry[] = [];
  let size = 0;
  const forget = (): void => {
    entries = [];
    size = 0;
    try {
      rmSync(path, { force: true });
    } catch {
      // What cannot even be removed is cut when the next entry is written, or read as damaged.
    }
  };
  /** F2: carries out a change of the file, or gives the journal up. */
  const attempt = (change: () => void): void => {
    try {
      change();
    } catch (error) {
      onDamage(reasonOf(error));
      forget();
    }
  };
  attempt(() => {
    if (!existsSync(path)) return;
    const index = readJournal(readFileSync(path), checksum);
    entries = [...index.entries];
    size = index.size;
    if (!index.damaged) return;
    onDamage("the end of the journal is damaged, and was cut off");
    truncateSync(path, size);
  });

  const append = (step: TransferStep, mark: Uint8Array): void => {
    const octets = encodeEntry(step, mark, checksum);
    makeFolder(dirname(path), 0o700);
    const fd = openSync(path, size === 0 ? "w" : "r+", 0o600);
    try {
      if (size === 0) {
        writeSync(fd, JOURNAL_HEAD);
        size = JOURNAL_HEAD.length;
      }
      ftruncateSync(fd, size);
      writeSync(fd, octets, 0, octets.length, size);
    } finally {
      closeSync(fd);
    }
    const [from, to] = [soaSerial(step.from.rdata), soaSerial(step.to.rdata)];
    entries.push({
      ...{ from, to, at: size, size: octets.length },
      mark: new Uint8Array(mark.subarray(0, MARK_SIZE)),
    });
    size += octets.length;
  };

  const dropOldest = (count: number): void => {
    const kept = entries.slice(count);
    const from = kept[0]?.at ?? size;
    const octets = readFileSync(path).subarray(from, size);
    writeFileSync(`${path}.new`, Buffer.concat([JOURNAL_HEAD, octets]), { mode: 0o600 });
    renameSync(`${path}.new`, path);
    const shift = from - JOURNAL_HEAD.length;
    entries = kept.map((entry) => ({ ...entry, at: entry.at - shift }));
    size -= shift;
  };

  return {
    get entries() {
      return entries;
    },
    append(step, mark) {
      attempt(() => {
        append(step, mark);
        const count = surplus(entries, bounds.octetsMax, bounds.versionsMax);
        if (count > 0) dropOldest(count);
      });
    },
    read(wanted) {
      try {
        const fd = openSync(path, "r");
        try {
          const steps: TransferStep[] = [];
          for (const entry of wanted) {
            const octets = new Uint8Array(entry.size);
            readSync(fd, octets, 0, octets.length, entry.at);
            const step = decodeEntry(octets, checksum);
            if (step === null) return null;
            steps.push(step);
          }
          return steps;
        } finally {
          closeSync(fd);
        }
      } catch {
        return null;
      }
    },
    restart: forget,
  };
}
