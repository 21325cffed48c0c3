// SPDX-License-Identifier: Apache-2.0
/**
 * The control thread put together: configuration, loop, watcher, saver, API.
 *
 * A restart of this thread alone costs no query: it finds the table in memory, goes on from it, and
 * compiles the configuration again; equal segments keep their places.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { MessagePort } from "node:worker_threads";
import { type Api, CONTROL_SOCKET_NAME, startApi } from "../api/server.ts";
import type { Fault } from "../base/faults.ts";
import { type Loaded, loadConfig } from "../config/load.ts";
import type { Condition } from "../control/documents.ts";
import { mapMemory } from "../io/memory.ts";
import { defaultCountryFile } from "../io/mmdb.ts";
import { createPublisher } from "../io/publisher.ts";
import type { ControlCommand, ControlData, ControlReport, ThreadReport } from "../io/threads.ts";
import { currentRoot } from "../table/publish.ts";
import { createLog } from "../telemetry/log.ts";
import { createTransitionRing } from "../telemetry/transitions.ts";
import { createLoop } from "./loop.ts";
import { createSaver } from "./saver.ts";
import { createStoryteller } from "./story.ts";
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
  if (first.value === null) throw new Error(first.faults.map(faultLine).join("\n"));
  const node = first.value.node;
  const log = createLog({ thread: "control", level: node.logLevel });
  const memory = mapMemory(data.memory);
  const transitions = createTransitionRing({
    onRecord: ({ kind, subject, from, to, reason }) =>
      log.info({ kind, subject, from, to, reason }, "transition"),
  });
  const now = (): number => Number(process.hrtime.bigint()) / 1e6;
  const clockStart = Date.now() - now();
  // Nobody else's: the control socket lies in it.
  mkdirSync(node.stateFolder, { recursive: true, mode: 0o700 });

  const publisher = createPublisher(memory);
  const saver = createSaver(publisher, node.stateFolder, log);
  let loaded: Loaded = first.value;
  let configFaults: readonly Fault[] = first.faults;
  let threads: readonly ThreadReport[] = [];

  const watcher = createWatcher((files) => onFiles(files));
  const watchAll = (): void => {
    if (!loaded.node.watch) return;
    const read = [...loop.filesRead.zones.values(), ...loop.filesRead.maps.values()].flat();
    watcher.setFiles([...new Set([...loaded.files, ...read])], loaded.folders);
  };
  let watchTimer: NodeJS.Timeout | null = null;
  const loop = createLoop({
    publisher,
    compilerEntry,
    log,
    transitions,
    now,
    onPublished: () => saver.soon(),
    onFiles: () => {
      if (watchTimer !== null) return;
      watchTimer = setTimeout(() => {
        watchTimer = null;
        watchAll();
      }, 100);
    },
  });

  /** I02: a configuration with an error changes nothing at all. */
  const reload = (): boolean => {
    const next = loadConfig(data.configFile, { defaultCountryFile: defaultCountryFile() });
    configFaults = next.faults;
    for (const fault of next.faults) log.warn(faultLine(fault));
    if (next.value === null) {
      log.error("the configuration was refused; the last good one stays in force");
      return false;
    }
    if (JSON.stringify(next.value.node) !== JSON.stringify(node)) {
      log.warn("changes of section node come into force with the next start");
    }
    loaded = next.value;
    const tableInForce = currentRoot(memory.control) !== 0;
    loop.feed({ kind: "configured", now: now(), state: loaded.state, tableInForce });
    watchAll();
    return true;
  };

  const onFiles = (files: readonly string[]): void => {
    const changed = new Set(files);
    const touches = (read: readonly string[]): boolean => read.some((file) => changed.has(file));
    const ids = (read: ReadonlyMap<string, readonly string[]>): string[] =>
      [...read].filter(([, list]) => touches(list)).map(([id]) => id);
    const whole = changed.has(data.configFile) || loaded.folders.some((one) => changed.has(one));
    if (whole) reload();
    const zones = ids(loop.filesRead.zones);
    const maps = ids(loop.filesRead.maps);
    if (zones.length + maps.length > 0) {
      loop.feed({ kind: "files-changed", now: now(), zones, maps });
    }
  };

  /** SIGHUP and the API: the configuration, and every file whose stamp changed. */
  const reloadAll = async (): Promise<Condition> => {
    const good = reload();
    watcher.look();
    if (!good) return { ok: false, reasons: configFaults.map(faultLine) };
    const deadline = Date.now() + RELOAD_WAIT_MS;
    while (Date.now() < deadline && isBusy(loop.core)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const zoneFaults = [...loop.core.zones.values()].filter((one) => one.phase !== "loaded");
    const reasons = [...loop.core.refusal, ...zoneFaults.flatMap((one) => one.faults)].map(
      faultLine,
    );
    return { ok: reasons.length === 0, reasons };
  };

  const storyteller = createStoryteller(memory, loop.core, node.udpPayloadSizeMax);
  const view = createView({
    name: node.name,
    version,
    startedAtMs: data.startedAtMs,
    listen: data.listen,
    readers: data.readers,
    memory,
    loop,
    transitions,
    storyteller,
    threads: () => threads,
    configFaults: () => configFaults,
    reload: reloadAll,
    wallTime: (instant) => new Date(clockStart + instant).toISOString(),
  });
  const api: Api = await startApi({
    view,
    listen: node.api === null ? null : { host: node.api.address, port: node.api.port },
    socketPath: join(node.stateFolder, CONTROL_SOCKET_NAME),
    log,
  });
  listenToProber(data.prober);
  loop.setProber(data.prober);
  const tableInForce = currentRoot(memory.control) !== 0;
  loop.feed({ kind: "configured", now: now(), state: loaded.state, tableInForce });
  watchAll();

  const timer = setInterval(() => {
    loop.feed({ kind: "tick", now: now() });
    post({ kind: "alive", serving: currentRoot(memory.control) !== 0 });
  }, TICK_MS);
  post({ kind: "ready", api: api.addresses });

  function listenToProber(port: MessagePort): void {
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
        listenToProber(command.port);
        loop.setProber(command.port);
      } else resolve();
    });
  });
  clearInterval(timer);
  watcher.close();
  await api.close();
  await loop.close();
  await saver.close();
  post({ kind: "stopped" });
}

/** Something is compiled or waits for publication. */
function isBusy(core: ReturnType<typeof createLoop>["core"]): boolean {
  for (const zone of core.zones.values()) {
    if (zone.compiling || (zone.waiting !== null && core.refusal.length === 0)) return true;
  }
  for (const map of core.maps.values()) if (map.compiling) return true;
  return core.steeringDirty && core.refusal.length === 0;
}
