// SPDX-License-Identifier: Apache-2.0
/**
 * What the transfer thread makes of a publication: for each zone that is transferred or announced,
 * the step from the version before goes to its journal, and a new serial to `onSerial`.
 *
 * Invariants
 *   V1  A journal leads to the version in force, octet for octet, or it is empty: a serial that did
 *       not grow, a change that nobody saw, a difference that is too large, each begins it anew.
 *   V2  `onSerial` hears of a zone when it is first seen with data, and whenever its serial differs.
 */

import { join } from "node:path";
import { sameOctets } from "../base/octets.ts";
import { nameFromText } from "../dns/names.ts";
import { sha256 } from "../io/digest.ts";
import {
  type JournalBounds,
  journalPath,
  openJournal,
  sweepJournals,
  type ZoneJournal,
} from "../io/journal-file.ts";
import type { WantedZone } from "../io/transfer-link.ts";
import {
  COUNTER_JOURNAL_APPENDED,
  COUNTER_JOURNAL_DAMAGED,
  COUNTER_JOURNAL_RESTARTED,
} from "../layout/gen/counters.ts";
import { findZoneHeader } from "../table/find-zone.ts";
import { readZoneHeader, type ZoneHeader } from "../table/table-image.ts";
import { differenceOf } from "../transfer/difference.ts";
import { MARK_SIZE } from "../transfer/journal.ts";
import { serialNewer } from "../zone/serial.ts";
import type { TransferContext } from "./transfer.ts";

/** A secondary that was away for so many edits fetches the whole zone. */
export const JOURNAL_BOUNDS: JournalBounds = { octetsMax: 16 * 1024 * 1024, versionsMax: 256 };

export interface ZoneVersions {
  /** What is wanted has changed. */
  wanted(): void;
  /** Something may have been published. */
  published(): void;
  /** The journal of a zone; null if it keeps none. */
  journalOf(apex: string): ZoneJournal | null;
  /** The serial that was seen last; null before, or without data. */
  serialOf(apex: string): number | null;
}

interface Kept {
  readonly apex: Uint8Array;
  zone: WantedZone;
  journal: ZoneJournal | null;
  /** Of the version that was seen last; null before. */
  serial: number | null;
}

export function createZoneVersions(
  context: TransferContext,
  onSerial: (apex: string, serial: number) => void,
): ZoneVersions {
  const { watch, memory, count, log } = context;
  const folder = join(context.stateFolder, "journal");
  const zones = new Map<string, Kept>();

  const journalFor = (apex: string): ZoneJournal =>
    openJournal(journalPath(folder, apex), JOURNAL_BOUNDS, (reason) => {
      count(COUNTER_JOURNAL_DAMAGED);
      log.warn({ zone: apex }, `journal: ${reason}`);
    });

  const restart = (kept: Kept): void => {
    if (kept.journal === null || kept.journal.entries.length === 0) return;
    count(COUNTER_JOURNAL_RESTARTED);
    kept.journal.restart();
  };

  const append = (kept: Kept, before: ZoneHeader, now: ZoneHeader): void => {
    const { journal } = kept;
    if (journal === null) return;
    // Filled in hints may change where the table does not (src/layout/table.ts T6).
    const hinted = before.hinted || now.hinted;
    const step = hinted ? null : differenceOf(memory.table, before, now);
    if (step === null) restart(kept);
    else {
      journal.append(step, markOf(now));
      count(COUNTER_JOURNAL_APPENDED);
    }
  };

  const look = (apex: string, kept: Kept, before: number, now: number): void => {
    const { table } = memory;
    const ref = findZoneHeader(table, now, kept.apex);
    const refBefore = findZoneHeader(table, before, kept.apex);
    if (ref === 0 || (ref === refBefore && kept.serial !== null)) return;
    const header = readZoneHeader(table, ref);
    // A zone without data has no serial; what it had goes on when it is back.
    if (header.negativeSoa.length === 0) return;
    const old = refBefore === 0 ? null : readZoneHeader(table, refBefore);
    const same = old !== null && sameOctets(markOf(old), markOf(header));
    const seen = kept.serial;
    if (seen === null || old === null || old.negativeSoa.length === 0) {
      if (!leadsTo(kept.journal, header)) restart(kept);
    } else if (!same) {
      if (serialNewer(header.serial, old.serial) && leadsTo(kept.journal, old)) {
        append(kept, old, header);
      } else restart(kept);
    }
    kept.serial = header.serial;
    if (seen !== header.serial) onSerial(apex, header.serial);
  };

  const lookAtAll = (before: number, now: number): void => {
    for (const [apex, kept] of zones) look(apex, kept, before, now);
  };

  return {
    wanted() {
      const wanted = context.wanted().zones.filter(concerns);
      const names = new Set(wanted.map(({ apex }) => apex));
      for (const apex of zones.keys()) if (!names.has(apex)) zones.delete(apex);
      for (const zone of wanted) {
        const known = zones.get(zone.apex);
        const keeps = keepsJournal(zone);
        const kept = known ?? {
          ...{ apex: nameFromText(zone.apex)!, zone, journal: null, serial: null },
        };
        kept.zone = zone;
        if (!keeps) kept.journal = null;
        else kept.journal ??= journalFor(zone.apex);
        zones.set(zone.apex, kept);
      }
      sweepJournals(
        folder,
        wanted.filter(keepsJournal).map(({ apex }) => apex),
      );
      // New zones are seen for the first time: with the root in force, as at the start.
      if (zones.size > 0) watch.read((root) => lookAtNew(root));
    },
    published() {
      if (zones.size === 0) watch.release();
      else watch.advance(lookAtAll);
    },
    serialOf: (apex) => zones.get(apex)?.serial ?? null,
    journalOf: (apex) => zones.get(apex)?.journal ?? null,
  };

  function lookAtNew(root: number): void {
    for (const [apex, kept] of zones) if (kept.serial === null) look(apex, kept, 0, root);
  }
}

function concerns({ transfer }: WantedZone): boolean {
  return transfer.allowTransfer.length > 0 || transfer.notify.length > 0;
}

/** Steered names change without a serial: such a zone is always transferred as a whole. */
function keepsJournal({ transfer, steered }: WantedZone): boolean {
  return transfer.allowTransfer.length > 0 && !steered;
}

/** Whether a journal is empty or ends with this version (V1). */
function leadsTo(journal: ZoneJournal | null, header: ZoneHeader): boolean {
  const last = journal?.entries.at(-1);
  if (last === undefined) return true;
  return last.to === header.serial && sameOctets(last.mark, markOf(header));
}

/** Equal for versions whose records are equal. */
function markOf({ shardDigests, denialDigests }: ZoneHeader): Uint8Array {
  return sha256(Buffer.concat([shardDigests, denialDigests])).subarray(0, MARK_SIZE);
}
