// SPDX-License-Identifier: Apache-2.0
/**
 * Feeds events to the core and carries out its effects in the world: one of the two interpreters.
 *
 * Invariants
 *   I1  Events are handled one after the other; an effect that ends later comes back as an event.
 *   I2  No effect can throw into the loop: what fails becomes a fault, a note or a log line.
 *   I3  After close() nothing is heard and nothing is done: a job that the end cuts off is no fault.
 */
import type { MessagePort } from "node:worker_threads";
import { faults as catalogue, type Fault } from "../base/faults.ts";
import { createCore, step } from "../control/core.ts";
import type { ControlEffect, TransitionNote } from "../control/effect.ts";
import type { ControlEvent, PublicationDone } from "../control/event.ts";
import { type ControlCore, isAwaited } from "../control/state.ts";
import { nameFromText, nameToText } from "../dns/names.ts";
import type { ProbeTarget } from "../health/types.ts";
import type { FileStamp } from "../io/compile-zone.ts";
import { sha256 } from "../io/digest.ts";
import { type Publisher, publish, reclaimAll, writePlans } from "../io/publisher.ts";
import { updatesFinder } from "../io/updates-file.ts";
import type { ZoneInForce } from "../io/zone-source.ts";
import type { Zone } from "../resource/types.ts";
import { buildSteering } from "../table/build-steering.ts";
import { digestText } from "../table/digest.ts";
import { currentEpoch } from "../table/publish.ts";
import { findZone, readZoneHeader } from "../table/table-image.ts";
import type { Log } from "../telemetry/log.ts";
import type { TransitionRing } from "../telemetry/transitions.ts";
import { type Compilers, createCompilers } from "./compilers.ts";
import { serialFaults, type ZoneVersion } from "./serials.ts";

export interface Loop {
  readonly core: ControlCore;
  readonly publisher: Publisher;
  /** Hands one event to the core and carries out what it asks for. */
  feed(event: ControlEvent): void;
  /** What is wrong with a text that is to become the file of a zone; no fault is an error if nothing. */
  prove(zone: Zone, text: string): Promise<readonly Fault[]>;
  /** The other end of the prober's channel; the targets are sent again. */
  setProber(port: MessagePort): void;
  /** Files that were read for each zone and map, for the watcher. */
  readonly filesRead: FilesRead;
  /** Figures of the last publication. */
  readonly last: LastPublication;
  /** Ends the compilers; results that are still on their way are dropped at once. */
  close(): Promise<void>;
}

export interface FilesRead {
  readonly zones: Map<string, readonly FileStamp[]>;
  readonly maps: Map<string, readonly FileStamp[]>;
}

export interface LastPublication {
  publications: number;
  placedOctets: number;
  refused: number;
  wordsWritten: number;
}

export interface LoopOptions {
  readonly publisher: Publisher;
  readonly compilerEntry: URL;
  /** Where the journals of accepted updates are; without it there are none. */
  readonly stateFolder?: string;
  readonly log: Log;
  readonly transitions: TransitionRing;
  readonly now: () => number;
  /** Something of what a restart would serve is different. */
  readonly onTableChanged: () => void;
  /** The set of files that were read may have changed. */
  readonly onFiles: () => void;
}

export function createLoop(options: LoopOptions): Loop {
  const { publisher, log, now } = options;
  const core = createCore();
  const filesRead: FilesRead = { zones: new Map(), maps: new Map() };
  const last: LastPublication = {
    publications: 0,
    placedOctets: 0,
    refused: 0,
    wordsWritten: 0,
  };
  let prober: MessagePort | null = null;
  let targets: readonly ProbeTarget[] = [];
  let closed = false;

  const compilers: Compilers = createCompilers(options.compilerEntry, {
    zoneInForce: (apex) => zoneInForce(publisher, core, apex),
    updates: () => updatesFinder(options.stateFolder),
    onZone: (result) => {
      if (closed) return;
      const { apex, built, files } = result;
      const before = versionBefore(publisher, core, apex);
      const faults = [...result.faults, ...serialFaults(before, filesRead.zones.get(apex), result)];
      filesRead.zones.set(apex, files);
      options.onFiles();
      if (!isAwaited(core, result)) logFaults(log, `zone ${apex}`, faults);
      feed({ kind: "zone-compiled", now: now(), apex, built, faults });
    },
    onMap: (result) => {
      if (closed) return;
      filesRead.maps.set(result.id, result.files);
      options.onFiles();
      logFaults(log, `map ${result.id}`, result.faults);
      const { id, built, regions, faults } = result;
      feed({ kind: "map-compiled", now: now(), id, built, regions, faults });
    },
  });

  const carryOut = (effect: ControlEffect): void => {
    switch (effect.kind) {
      case "compile-zones":
        compilers.zones(effect.zones);
        break;
      case "compile-map":
        compilers.map({ map: effect.map, pops: effect.pops });
        break;
      case "probe":
        targets = effect.targets;
        prober?.postMessage({ kind: "targets", targets });
        break;
      case "publish":
        feed({ kind: "publication-done", now: now(), ...carryOutPublish(effect) });
        break;
      case "call-again":
        // The end of the turn, and not a timer of zero: a single edit must not wait a millisecond.
        if (effect.afterMs > 0) setTimeout(endTurn, effect.afterMs);
        else setImmediate(endTurn);
        break;
      case "write-plans":
        last.wordsWritten += writePlans(publisher, effect.rows);
        // The saved plans are what a restart answers from until its own probes have spoken.
        options.onTableChanged();
        break;
      case "note":
        for (const note of effect.notes) record(options.transitions, note);
        break;
    }
  };

  const endTurn = (): void => feed({ kind: "turn-ended", now: now() });

  const carryOutPublish = (effect: ControlEffect & { kind: "publish" }): PublicationReport => {
    const { steering, keep } = effect;
    if (keep !== null) compilers.retain(keep);
    let built = null;
    if (steering !== null) {
      const sizes = steering.maps.map(({ id, regionCount }) => ({ id, regionCount }));
      const result = buildSteering(steering.state, sizes, sha256);
      if (result.value === null) return refused(result.faults);
      built = result.value;
    }
    const epochBefore = currentEpoch(publisher.memory.control);
    const done = publish(publisher, {
      revision: effect.revision,
      put: effect.put,
      hold: effect.hold.flatMap((apex) => nameFromText(apex) ?? []),
      remove: keep === null ? [] : zonesBeyond(publisher, keep),
      ...(steering === null || built === null
        ? {}
        : { maps: steering.maps, steering: built, policies: steering.policies }),
    });
    if (!("epoch" in done)) return refused(done);
    if (done.epoch === epochBefore) return { faults: [], unchanged: true };
    last.publications += 1;
    last.placedOctets = done.placedOctets;
    log.info(
      {
        epoch: done.epoch,
        revision: effect.revision,
        digest: digestText(done.digest),
        zones: publisher.image.zoneCount,
        changed: effect.put.length,
        octets: done.placedOctets,
      },
      "table published",
    );
    options.onTableChanged();
    return { faults: [] };
  };

  const refused = (faults: readonly Fault[]): PublicationReport => {
    last.refused += 1;
    logFaults(log, "publication refused", faults);
    return { faults };
  };

  const feed = (event: ControlEvent): void => {
    if (closed) return;
    for (const effect of step(core, event)) carryOut(effect);
    if (event.kind === "tick") reclaimAll(publisher);
  };

  return {
    core,
    publisher,
    feed,
    prove: async (zone, text) => (await compilers.prove(zone, text)).faults,
    filesRead,
    last,
    setProber(port) {
      prober = port;
      if (targets.length > 0) port.postMessage({ kind: "targets", targets });
    },
    close: () => {
      closed = true;
      return compilers.close();
    },
  };
}

/** J2 of compilers.ts. */
function zoneInForce(publisher: Publisher, core: ControlCore, apex: string): ZoneInForce | null {
  if (core.zones.get(apex)?.waiting !== null) return null;
  const name = nameFromText(apex);
  const entry = name === null ? null : findZone(publisher.image, name);
  if (entry === null) return null;
  const { views } = publisher.image;
  return { views, header: readZoneHeader(views, entry.header.ref), policies: entry.policies };
}

/** What a new version of a zone is compared with: the one that waits, else the one in force. */
function versionBefore(publisher: Publisher, core: ControlCore, apex: string): ZoneVersion | null {
  const waiting = core.zones.get(apex)?.waiting ?? null;
  if (waiting !== null) return { serial: waiting.serial, digests: waiting.shards.digests };
  const zone = zoneInForce(publisher, core, apex);
  // A zone without data has no serial.
  if (zone === null || zone.header.negativeSoa.length === 0) return null;
  return { serial: zone.header.serial, digests: zone.header.shardDigests };
}

/** Zones of the table that are not in `keep`. */
function zonesBeyond(publisher: Publisher, keep: readonly string[]): Uint8Array[] {
  const kept = new Set(keep);
  const gone: Uint8Array[] = [];
  for (const shard of publisher.image.index) {
    for (const zone of shard.zones.values()) {
      if (!kept.has(nameToText(zone.apex))) gone.push(zone.apex);
    }
  }
  return gone;
}

function record(ring: TransitionRing, note: TransitionNote): void {
  const kinds = { configuration: "server", table: "server" } as const;
  const { subject: kind, name: subject, from, to, reason } = note;
  const known = kind === "configuration" || kind === "table" ? kinds[kind] : kind;
  ring.record({ atMs: Date.now(), kind: known, subject, from, to, reason });
}

/** What is said of a publication that was carried out or refused. */
type PublicationReport = Pick<PublicationDone, "faults" | "unchanged">;

/** A file of the wrong kind has a fault in every line; the log is not the place for all of them. */
const LOGGED_FAULTS_MAX = 10;

/**
 * One line per fault, with its place, as `azimuth check` would print it, errors first; of many the
 * first LOGGED_FAULTS_MAX and their number. `/api/v1/zones` has the rest.
 */
export function logFaults(log: Log, what: string, list: readonly Fault[]): void {
  const isWarning = ({ key }: Fault): number => (catalogue[key].severity === "error" ? 0 : 1);
  const sorted = [...list].sort((a, b) => isWarning(a) - isWarning(b));
  for (const { key, place, detail } of sorted.slice(0, LOGGED_FAULTS_MAX)) {
    const { severity, code } = catalogue[key];
    const fields = { code, file: place.file, line: place.line, column: place.column };
    if (severity === "error") log.error(fields, `${what}: ${detail}`);
    else log.warn(fields, `${what}: ${detail}`);
  }
  const more = list.length - LOGGED_FAULTS_MAX;
  if (more > 0) log.warn({ faults: list.length }, `${what}: ${more} more faults are not logged`);
}
