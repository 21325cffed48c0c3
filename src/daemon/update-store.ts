// SPDX-License-Identifier: Apache-2.0
/**
 * The journals of accepted updates, of all zones: what waits on top of the table, what is appended,
 * and how a journal and a master file that was changed by hand come together.
 *
 * A journal stands on a file whose digest it names. Before the first entry, and after an edit by
 * hand, it must be known that the zone in force is that file with that journal: it is compiled here
 * once, and its digests are compared with those in the table. Where they differ, an edit is on its
 * way or was refused; an update would have nothing to stand on, and is refused meanwhile, so that
 * neither of the two is lost.
 *
 * Invariants
 *   M1  What is appended begins with the version in force, or with what waits on top of it.
 *   M2  A journal is begun anew only while the zone in force is the file with its updates (settle).
 *   M3  A flush names what it is about to write, then writes it, then forgets the entries: at every
 *       moment the file with the journal is the zone (W1, W3 of src/transfer/updates.ts).
 */
import { createHash } from "node:crypto";
import { realpathSync, statSync } from "node:fs";
import { sameOctets } from "../base/octets.ts";
import { reasonOf } from "../base/reason.ts";
import { Type } from "../dns/iana.ts";
import { compileZone, stampOf, type ZoneResult } from "../io/compile-zone.ts";
import { sha256 } from "../io/digest.ts";
import type { WantedZone } from "../io/transfer-link.ts";
import { openUpdates, type UpdatesFile, updatesPath } from "../io/updates-file.ts";
import { beginZoneFile } from "../io/zone-file.ts";
import {
  COUNTER_UPDATE_APPENDED,
  COUNTER_UPDATE_FAILED,
  COUNTER_UPDATE_FLUSHED,
  COUNTER_UPDATE_FOLDED,
} from "../layout/gen/counters.ts";
import type { ZoneHeader } from "../table/table-image.ts";
import { zoneNode, zoneRRsets } from "../table/zone-records.ts";
import { condense } from "../transfer/difference.ts";
import type { TransferStep } from "../transfer/receive.ts";
import { diffOfSteps, patchRRsets } from "../transfer/steps.ts";
import { stepOfUpdate, stepsAfter } from "../transfer/updates.ts";
import type { ZoneDiff } from "../zone/diff.ts";
import { masterFile } from "../zone/master.ts";
import type { RRset } from "../zone/records.ts";
import { recordOf } from "./served-soa.ts";
import type { TransferContext } from "./transfer.ts";

export interface UpdateStore {
  /** What waits on top of the version in force; or why no update can be taken, in words. */
  waiting(zone: WantedZone, header: ZoneHeader): ZoneDiff | string;
  /** Makes an accepted update durable; why not, in words, or null. */
  append(zone: WantedZone, header: ZoneHeader, diff: ZoneDiff): string | null;
  /** Writes what was accepted to the master file; why not, in words, or null. */
  flush(zone: WantedZone, header: ZoneHeader): string | null;
  /** Brings a journal and an edit by hand together, once the edit is in force. */
  settleEdit(zone: WantedZone, header: ZoneHeader): void;
  /** Whether a journal has what the version in force has not. */
  isAhead(zone: WantedZone, header: ZoneHeader): boolean;
}

export function createUpdateStore(context: TransferContext): UpdateStore {
  const { table } = context.memory;
  const files = new Map<string, UpdatesFile>();
  const fileOf = ({ apex }: WantedZone): UpdatesFile => {
    const known = files.get(apex);
    if (known !== undefined) return known;
    const opened = openUpdates(updatesPath(context.stateFolder, apex));
    files.set(apex, opened);
    return opened;
  };
  const stepsOf = (file: UpdatesFile): readonly TransferStep[] => file.log?.steps ?? [];

  const failed = ({ apex }: WantedZone, reason: string): string => {
    context.count(COUNTER_UPDATE_FAILED);
    context.log.error({ zone: apex, reason }, "the journal of updates cannot be used");
    return reason;
  };

  /** M2. Why it cannot be, in words, or null. */
  const settle = (zone: WantedZone, header: ZoneHeader, file: UpdatesFile): string | null => {
    const stood = compiled(context, zone);
    if (stood.stood === undefined) return `${zone.file} has errors, or its journal does not fit`;
    const { digest, soa } = stood.stood;
    const steps = stepsOf(file);
    const { base, flushed } = file.log ?? { base: null, flushed: null };
    // A flush that did not come to pass.
    if (base !== null && flushed !== null && sameOctets(base, digest)) {
      file.begin(base, null, steps);
      if (stepsAfter(steps, header.serial) !== null) return null;
    }
    if (!isServed(stood, header)) return `${zone.file} was changed, and is not served yet`;
    const served = recordOf(zoneNode(table, header, header.apex)!.rrsets.get(Type.SOA)!);
    const inFile = steps.length === 0 || (flushed !== null && sameOctets(flushed, digest));
    const net = inFile ? [] : [{ ...condense(steps), from: recordOf(soa), to: served }];
    file.begin(digest, null, net);
    return null;
  };

  const ready = (zone: WantedZone, header: ZoneHeader): UpdatesFile | string => {
    const file = fileOf(zone);
    if (file.broken !== null) return failed(zone, file.broken);
    const steps = stepsOf(file);
    const known = steps.length > 0 && file.log!.flushed === null;
    if (known && stepsAfter(steps, header.serial) !== null) return file;
    try {
      return settle(zone, header, file) ?? file;
    } catch (error) {
      return failed(zone, reasonOf(error));
    }
  };

  const diffOf = (header: ZoneHeader, steps: readonly TransferStep[]): ZoneDiff | null => {
    const rrset = (owner: Uint8Array, type: number): RRset | null =>
      zoneNode(table, header, owner)?.rrsets.get(type) ?? null;
    return diffOfSteps({ rrset }, steps);
  };

  return {
    waiting(zone, header) {
      const file = ready(zone, header);
      if (typeof file === "string") return file;
      const steps = stepsAfter(stepsOf(file), header.serial);
      const diff = steps === null ? null : diffOf(header, steps);
      return diff ?? "the journal is of another version than the one that is served";
    },
    append(zone, header, diff) {
      const file = fileOf(zone);
      try {
        const folded = file.append(stepOfUpdate(diff), header.serial);
        context.count(COUNTER_UPDATE_APPENDED);
        if (folded) context.count(COUNTER_UPDATE_FOLDED);
        return null;
      } catch (error) {
        return failed(zone, reasonOf(error));
      }
    },
    flush(zone, header) {
      const { log, broken } = fileOf(zone);
      if (log === null && broken === null) return null;
      const before = stampOf(zone.file);
      const file = ready(zone, header);
      if (typeof file === "string") return file;
      const steps = stepsOf(file);
      if (steps.length === 0) return null;
      const { stood } = compiled(context, zone);
      if (stood === undefined || !sameOctets(stood.digest, file.log!.base)) {
        return `${zone.file} was changed, and is not served yet`;
      }
      const diff = diffOf(header, stepsAfter(steps, header.serial) ?? []);
      if (diff === null) return "the journal is of another version than the one that is served";
      try {
        const rrsets = (): Iterable<RRset> => patchRRsets(zoneRRsets(table, header), diff);
        if (!rewrite(zone.file, before, file, rrsets)) return `${zone.file} is being changed`;
      } catch (error) {
        return failed(zone, reasonOf(error));
      }
      context.count(COUNTER_UPDATE_FLUSHED);
      context.log.info({ zone: zone.apex, updates: steps.length }, "updates are in the file");
      return null;
    },
    settleEdit(zone, header) {
      const file = fileOf(zone);
      if (file.broken !== null || stepsOf(file).length === 0) return;
      if (stepsAfter(stepsOf(file), header.serial) === null) ready(zone, header);
    },
    isAhead(zone, header) {
      const steps = stepsAfter(stepsOf(fileOf(zone)), header.serial);
      return steps !== null && steps.length > 0;
    },
  };
}

/** The file with its journal, as the compilers would serve it. */
function compiled({ stateFolder }: TransferContext, zone: WantedZone): ZoneResult {
  const { apex, file, steeredNames: steered = [] } = zone;
  return compileZone({ apex, file, steered, known: null, updates: updatesPath(stateFolder, apex) });
}

function isServed({ built }: ZoneResult, header: ZoneHeader): boolean {
  return built !== null && sameOctets(built.shards.digests, header.shardDigests);
}

/** M3. False if the file has changed since `stamp`. Keeps its mode, and a link to it. */
function rewrite(
  path: string,
  stamp: string,
  file: UpdatesFile,
  rrsets: () => Iterable<RRset>,
): boolean {
  const target = realpathSync(path);
  const writer = beginZoneFile(target, statSync(target).mode & 0o777);
  try {
    const hash = createHash("sha256");
    let soa: RRset | null = null;
    for (const one of rrsets()) if (one.type === Type.SOA) soa = one;
    for (const piece of masterFile(soa!, rrsets())) {
      hash.update(piece);
      writer.write(piece);
    }
    const { base, steps } = file.log!;
    // As compile-zone.ts digests a file without includes.
    file.begin(base, sha256(hash.digest()), steps);
    if (stampOf(path) !== stamp) {
      file.begin(base, null, steps);
      return false;
    }
    writer.commit();
    file.remove();
    return true;
  } finally {
    writer.discard();
  }
}
