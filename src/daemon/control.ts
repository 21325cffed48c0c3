// SPDX-License-Identifier: Apache-2.0
/**
 * The control thread put together: configuration, loop, watcher, saver, API.
 *
 * A restart of this thread alone costs no query: it finds the table in memory, goes on from it, and
 * compiles the configuration again; equal segments keep their places.
 */
import { join, resolve } from "node:path";
import type { MessagePort } from "node:worker_threads";
import type { Api } from "../api/server.ts";
import { CONTROL_SOCKET_NAME } from "../api/socket.ts";
import { type Fault, severityOf } from "../base/faults.ts";
import { KEPT_ZONES_FOLDER, loadConfig } from "../config/load.ts";
import type { NodeConfig } from "../config/node.ts";
import type { Condition, ZoneAction } from "../control/documents.ts";
import { mapsComplete } from "../control/plan.ts";
import { refuseRemoval } from "../control/removals.ts";
import { nameToText } from "../dns/names.ts";
import type { FileStamp } from "../io/compile-zone.ts";
import { makeFolder } from "../io/folder.ts";
import { mapMemory } from "../io/memory.ts";
import { defaultCountryFile } from "../io/mmdb.ts";
import { createPublisher } from "../io/publisher.ts";
import type { ThreadReport } from "../io/threads.ts";
import type { SecondaryStatus } from "../io/transfer-link.ts";
import type { DesiredState } from "../resource/types.ts";
import { currentRoot } from "../table/publish.ts";
import { readZoneHeader, type TableImage } from "../table/table-image.ts";
import { createLog } from "../telemetry/log.ts";
import { createTransitionRing } from "../telemetry/transitions.ts";
import { createCatalogs } from "./catalogs.ts";
import { certificateFaults } from "./certificates.ts";
import { createControlTransfer, type TransferEars } from "./control-transfer.ts";
import { createLoop } from "./loop.ts";
import type { ControlCommand, ControlData, ControlReport, LastGood } from "./messages.ts";
import { createNodeSettings } from "./node-settings.ts";
import { createSaver } from "./saver.ts";
import { createStoryteller } from "./story.ts";
import { wantedOf } from "./transfer-wanted.ts";
import { version } from "./version.ts";
import { createView, faultLine } from "./view.ts";
import { createWatcher } from "./watch.ts";

/** Also the longest that a verdict waits for its plan. Milliseconds. */
const TICK_MS = 250;
/** How long a reload may take before its asker hears that it is still under way. Milliseconds. */
const RELOAD_WAIT_MS = 30_000;

/** Runs until told to stop. `post` speaks to the supervisor. */
export async function runControl(
  data: ControlData,
  compilerEntry: URL,
  post: (report: ControlReport) => void,
  onCommand: (handle: (command: ControlCommand) => void) => void,
): Promise<void> {
  const first = loadConfig(data.configFile, { defaultCountryFile: defaultCountryFile() });
  // After a restart of this thread alone nobody has asked for what the file says by now.
  const unasked = first.value && data.lastGood && removalBy(first.value, data.lastGood, data);
  const firstFaults = unasked ? [...first.faults, unasked] : first.faults;
  const firstRefused = first.value === null || unasked !== null;
  const good: LastGood | null = firstRefused ? data.lastGood : first.value;
  if (good === null) throw new Error(first.faults.map(faultLine).join("\n"));
  const { node } = data;
  const log = createLog({ thread: "control", level: node.logLevel });
  const memory = mapMemory(data.memory);
  const transitions = createTransitionRing({
    onRecord: ({ kind, subject, from, to, reason }) =>
      log.info({ kind, subject, from, to, reason }, "transition"),
  });
  const now = (): number => Number(process.hrtime.bigint()) / 1e6;
  const clockStart = Date.now() - now();
  // Nobody else's: the control socket lies in it.
  makeFolder(node.stateFolder, 0o700);

  const publisher = createPublisher(memory);
  const saver = createSaver(publisher, node.stateFolder, log);
  let loaded: LastGood = good;
  let configFaults: readonly Fault[] = firstFaults;
  let threads: readonly ThreadReport[] = [];

  const watcher = createWatcher((files) => onFiles(files), node.watch);
  const watchAll = (): void => {
    const read = [...loop.filesRead.zones.values(), ...loop.filesRead.maps.values()].flat();
    watcher.setFiles([...loaded.files.map(unread), ...read], loaded.folders);
  };
  let secondaries: readonly SecondaryStatus[] = [];
  const catalogs = createCatalogs(
    { state: node.stateFolder, zones: join(node.stateFolder, KEPT_ZONES_FOLDER) },
    log,
  );
  /** What the operator wants, and what the catalogs among it list. */
  const desired = (): DesiredState => catalogs.extend(loaded.state);
  const lookAtCatalogs = (): void => {
    if (catalogs.look(loaded.state, memory.table, currentRoot(memory.control))) configure();
  };
  /** Who waits for a zone to be flushed, by apex. */
  const flushes = new Map<string, (reason: string | null) => void>();
  const transfer = createControlTransfer(() => wantedOf(desired(), (text) => log.warn(text)), {
    onReport: (report) => onTransferReport(report),
    prove: (apex, text) => {
      const zone = desired().zones.find((one) => one.apex === apex);
      return zone === undefined ? null : loop.prove(zone, text);
    },
  });
  const onTransferReport: TransferEars["onReport"] = (report) => {
    if (report.kind === "secondaries") {
      secondaries = report.list;
      return;
    }
    if (report.kind === "seen") return;
    if (report.kind === "flushed") {
      flushes.get(report.apex)?.(report.reason);
      return;
    }
    const { apex } = report;
    if (report.kind === "zone-written") {
      loop.feed({ kind: "files-changed", now: now(), zones: [apex], maps: [] });
    } else loop.feed({ kind: "zone-expired", now: now(), apex, expired: report.expired });
  };
  let watchTimer: NodeJS.Timeout | null = null;
  const loop = createLoop({
    publisher,
    compilerEntry,
    stateFolder: node.stateFolder,
    log,
    transitions,
    now,
    onTableChanged: () => {
      saver.soon();
      transfer.published();
      // Not at once: a publication is under way.
      setImmediate(lookAtCatalogs);
    },
    onFiles: () => {
      if (watchTimer !== null) return;
      watchTimer = setTimeout(() => {
        watchTimer = null;
        watchAll();
      }, 100);
    },
  });

  // From here on no change is missed, though it takes a while until the API listens.
  watchAll();

  const settings = createNodeSettings(memory.settings, data.cookieSecret);
  const configure = (): void => {
    // Members of a saved table's catalogs are wanted from the first moment.
    catalogs.look(loaded.state, memory.table, currentRoot(memory.control));
    const state = desired();
    const hasSecondaries = state.zones.some(({ transfer }) => transfer.primaries.length > 0);
    const said = settings.apply(loaded.node, hasSecondaries);
    if (said !== null) log.error(said);
    const tableInForce = currentRoot(memory.control) !== 0;
    const zonesInForce = servedZones(publisher.image);
    const { image } = publisher;
    const policiesInForce = image.steering?.policyIndex.keys() ?? [];
    const inForce = {
      tableInForce,
      zonesInForce,
      policiesInForce,
      revisionInForce: image.revision,
    };
    loop.feed({ kind: "configured", now: now(), state, ...inForce });
    const { files, folders } = loaded;
    post({
      kind: "configured",
      lastGood: { node: loaded.node, state: loaded.state, files, folders },
    });
    transfer.configured();
    const forgotten = catalogs.handedOn();
    if (forgotten.length > 0) transfer.forget(forgotten);
    watchAll();
  };

  /**
   * I02: a configuration with an error changes nothing at all. What nobody asked for, since the file
   * was only seen to change, may not remove most of the zones either.
   */
  const reload = (asked: boolean): boolean => {
    const next = loadConfig(data.configFile, { defaultCountryFile: defaultCountryFile() });
    const unsaid = next.value === null || asked ? null : removalOfMembers(next.value);
    configFaults = unsaid === null ? next.faults : [...next.faults, unsaid];
    for (const fault of configFaults) log.warn(faultLine(fault));
    if (next.value === null || unsaid !== null) {
      log.error("the configuration was refused; the last good one stays in force");
      if (unsaid !== null) noteRefusal(unsaid);
      return false;
    }
    if (!isSameNode(next.value.node, node)) {
      log.warn("changes of section node come into force with the next start");
    }
    const broken = certificateFaults(next.value.node);
    for (const fault of broken) log.error(faultLine(fault));
    configFaults = [...configFaults, ...broken];
    loaded = next.value;
    configure();
    return true;
  };

  /** A catalog's row that goes takes its members along, and what was kept of them. */
  const removalOfMembers = ({ state }: LastGood): Fault | null =>
    refuseRemoval(desired(), catalogs.extend(state), data.configFile);

  const noteRefusal = ({ detail: reason }: Fault): void => {
    const about = { kind: "server", subject: "configuration" } as const;
    transitions.record({ atMs: Date.now(), ...about, from: "changed", to: "refused", reason });
  };

  const onFiles = (files: readonly string[]): void => {
    const changed = new Set(files);
    const touches = (read: readonly FileStamp[]): boolean =>
      read.some(({ file }) => changed.has(file));
    const ids = (read: ReadonlyMap<string, readonly FileStamp[]>): string[] =>
      [...read].filter(([, list]) => touches(list)).map(([id]) => id);
    const whole =
      changed.has(resolve(data.configFile)) || loaded.folders.some((one) => changed.has(one));
    const tls = loaded.node.tls.files;
    const isNew = tls !== null && (changed.has(tls.certificate) || changed.has(tls.key));
    if (whole || isNew) reload(false);
    // Of what is compiled for the first time no job has reported yet, and its files may need a repair.
    const state = desired();
    const ownZones = state.zones.filter(({ file }) => changed.has(file)).map(({ apex }) => apex);
    const ownMaps = state.maps
      .filter((map) => [map.cityFile, map.countryFile, map.asnFile].some((one) => changed.has(one)))
      .map(({ id }) => id);
    const zones = [...new Set([...ownZones, ...ids(loop.filesRead.zones)])];
    const maps = [...new Set([...ownMaps, ...ids(loop.filesRead.maps)])];
    if (zones.length + maps.length > 0) {
      loop.feed({ kind: "files-changed", now: now(), zones, maps });
    }
  };

  /** Until nothing is compiled or waits to be published; not forever. */
  const settled = async (): Promise<void> => {
    const deadline = Date.now() + RELOAD_WAIT_MS;
    while (Date.now() < deadline && isBusy(loop.core)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  /** SIGHUP and the API: the configuration, and every file whose stamp changed. */
  const reloadAll = async (): Promise<Condition> => {
    const good = reload(true);
    watcher.look();
    if (!good) return { ok: false, reasons: configFaults.map(faultLine) };
    await settled();
    const { zones, maps, refusal } = loop.core;
    const badZones = [...zones.values()].filter((one) => one.phase !== "loaded");
    const faults = [...refusal, ...[...badZones, ...maps.values()].flatMap((one) => one.faults)];
    const reasons = [...configFaults, ...faults]
      .filter((one) => severityOf(one) === "error")
      .map(faultLine);
    return { ok: reasons.length === 0, reasons };
  };

  /** When the transfer thread has said what came of a flush: why it was not done, or null. */
  const flushed = (apex: string): Promise<string | null> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => end("no word of the transfer thread"), RELOAD_WAIT_MS);
      const end = (reason: string | null): void => {
        clearTimeout(timer);
        flushes.delete(apex);
        resolve(reason);
      };
      flushes.get(apex)?.("another flush was asked for");
      flushes.set(apex, end);
    });

  /** See ControlView.zoneAction. */
  const zoneAction = async (apex: string, action: ZoneAction): Promise<Condition | null> => {
    const zone = desired().zones.find((one) => one.apex === apex);
    if (zone === undefined) return null;
    const refuse = (reason: string): Condition => ({ ok: false, reasons: [reason] });
    if (action !== "reload") {
      const { primaries, notify } = zone.transfer;
      if (action === "notify" && notify.length === 0) return refuse("it tells nobody: no notify");
      const asks = action === "refresh" || action === "retransfer";
      if (asks && primaries.length === 0) return refuse("it has no primaries");
      const done = action === "flush" ? flushed(apex) : Promise.resolve(null);
      if (!transfer.ask(apex, action)) {
        flushes.get(apex)?.(null);
        return refuse("the transfer thread is being started");
      }
      const reason = await done;
      return reason === null ? { ok: true, reasons: [] } : refuse(reason);
    }
    loop.feed({ kind: "files-changed", now: now(), zones: [apex], maps: [] });
    await settled();
    const { phase = "failed", faults = [] } = loop.core.zones.get(apex) ?? {};
    const errors = [...faults, ...loop.core.refusal].filter((one) => severityOf(one) === "error");
    return { ok: phase === "loaded" && errors.length === 0, reasons: errors.map(faultLine) };
  };

  if (firstRefused) {
    for (const fault of firstFaults) log.warn(faultLine(fault));
    if (unasked) noteRefusal(unasked);
    log.error("the configuration was refused; the last good one stays in force");
  }
  // The compilers begin now: the API, whose libraries take longest to load, is not needed for that.
  configure();

  const storyteller = createStoryteller(memory, loop.core, node.udpPayloadSizeMax);
  const view = createView({
    name: node.name,
    version,
    startedAtMs: data.startedAtMs,
    listen: data.listen,
    readers: data.readers,
    transferReader: data.transferReader,
    secondaries: () => secondaries,
    catalogs,
    dataPlane: data.dataPlane,
    memory,
    loop,
    transitions,
    storyteller,
    threads: () => threads,
    configFaults: () => configFaults,
    reload: reloadAll,
    zoneAction,
    wallTime: (instant) => new Date(clockStart + instant).toISOString(),
  });
  const { startApi } = await import("../api/server.ts");
  const api: Api = await startApi({
    view,
    listen: node.api === null ? null : { host: node.api.address, port: node.api.port },
    socketPath: join(node.stateFolder, CONTROL_SOCKET_NAME),
    log,
  });
  let prober = data.prober;
  listenToProber(prober);

  const timer = setInterval(() => {
    loop.feed({ kind: "tick", now: now() });
    // A member that begins anew may have had nothing in the table whose end would be published.
    lookAtCatalogs();
    view.look();
    post({ kind: "alive", serving: currentRoot(memory.control) !== 0 });
  }, TICK_MS);
  post({ kind: "ready", api: api.addresses });

  function listenToProber(port: MessagePort): void {
    loop.setProber(port);
    port.on("message", (report: { kind: string }) => {
      if (report.kind !== "outcomes") return;
      const { outcomes } = report as never;
      loop.feed({ kind: "probe-reported", now: now(), outcomes });
    });
  }

  await new Promise<void>((resolve) => {
    onCommand((command) => {
      if (command.kind === "reload") void reloadAll();
      else if (command.kind === "threads") threads = command.threads;
      else if (command.kind === "prober") {
        prober = command.port;
        listenToProber(prober);
      } else if (command.kind === "transfer") transfer.connect(command.port);
      else resolve();
    });
  });
  clearInterval(timer);
  // First of all: a job that is cut off from here on must not be taken for a fault of its zone.
  const compilersEnd = loop.close();
  // The prober ends with its port, and this thread could not end while it listens.
  prober.close();
  transfer.close();
  if (watchTimer !== null) clearTimeout(watchTimer);
  watcher.close();
  await api.close();
  await compilersEnd;
  await saver.close();
  post({ kind: "stopped" });
}

/** Why the way from `before` to `next` must be asked for; null if it need not be. */
function removalBy(next: LastGood, before: LastGood, { configFile }: ControlData): Fault | null {
  return refuseRemoval(before.state, next.state, configFile);
}

/**
 * Port 0 asks for any free one, which `running` names by now. What kernels are told of the node is in
 * force with the reload.
 */
export function isSameNode(
  { edns: _ednsNext, ...next }: NodeConfig,
  { edns: _ednsRunning, ...running }: NodeConfig,
): boolean {
  const port = next.api?.port === 0 ? running.api?.port : next.api?.port;
  const api = next.api === null ? null : { ...next.api, port };
  return JSON.stringify({ ...next, api }) === JSON.stringify(running);
}

/** Something is compiled or waits for publication. */
function isBusy(core: ReturnType<typeof createLoop>["core"]): boolean {
  for (const zone of core.zones.values()) {
    const held = core.steeringDirty && !mapsComplete(core) && zone.zone.steered.length > 0;
    const waits = zone.waiting !== null && core.refusal.length === 0 && !held;
    if (zone.compiling || waits) return true;
  }
  for (const map of core.maps.values()) if (map.compiling) return true;
  if (core.refusal.length > 0) return false;
  return core.zonesDirty || (core.steeringDirty && mapsComplete(core));
}

/** A file that no job has read yet. */
function unread(file: string): FileStamp {
  return { file, stamp: "" };
}

/** Apex and serial of every zone in the table that has data there. */
function servedZones(image: TableImage): ReadonlyMap<string, number> {
  const served = new Map<string, number>();
  for (const shard of image.index) {
    for (const { apex, header } of shard.zones.values()) {
      const { serial, negativeSoa } = readZoneHeader(image.views, header.ref);
      if (negativeSoa.length > 0) served.set(nameToText(apex), serial);
    }
  }
  return served;
}
