// SPDX-License-Identifier: Apache-2.0
/**
 * The composition root: puts the rooms together behind the command line.
 *
 * What a server that starts has no use for is imported by the verbs that need it: every file on the
 * way to the first answer delays it.
 */
import { resolve } from "node:path";
import { readers } from "../api/schemas.ts";
import { CONTROL_SOCKET_NAME } from "../api/socket.ts";
import { Breach } from "../base/assert.ts";
import type { Actions } from "../cli/actions.ts";
import { reportFaults, wantsColour } from "../cli/report.ts";
import { exitCodes } from "../cli/verbs.ts";
import { loadConfig } from "../config/load.ts";
import { makeFolder } from "../io/folder.ts";
import { defaultCountryFile } from "../io/mmdb.ts";
import { createLog } from "../telemetry/log.ts";
import type { Early } from "./early.ts";
import { threadEntries } from "./entries.ts";
import { type Daemon, startDaemon } from "./supervisor.ts";
import { version } from "./version.ts";

/** Starts the server of `configFile`; throws with a reason that people can read. */
export async function start(configFile: string, early: Early | null = null): Promise<Daemon> {
  const file = resolve(configFile);
  const loaded = loadConfig(file, { defaultCountryFile: defaultCountryFile() });
  if (loaded.faults.length > 0) {
    const colour = wantsColour(process.stderr, process.env);
    process.stderr.write(reportFaults(loaded.faults, { colour, folder: process.cwd() }));
  }
  if (loaded.value === null) throw new Error(`${configFile} has errors`);
  const { node } = loaded.value;
  makeFolder(node.stateFolder, 0o700);
  const log = createLog({ thread: "main", level: node.logLevel });
  const entries = threadEntries();
  const daemon = await startDaemon({ node, configFile: file, entries, log, early });
  log.info({ udp: daemon.udp, tcp: daemon.tcp, api: daemon.api }, "listening");
  return daemon;
}

/** Serves until SIGTERM or SIGINT; SIGHUP reloads. Gives the exit code. */
async function serve(configFile: string, early: Early | null): Promise<number> {
  // Before anything else: a signal that comes early must not end the process as it is by default.
  let daemon: Daemon | null = null;
  process.on("SIGHUP", () => daemon?.reload());
  const stopAsked = new Promise<void>((done) => {
    process.once("SIGTERM", () => done());
    process.once("SIGINT", () => done());
  });
  try {
    daemon = await start(configFile, early);
  } catch (error) {
    // What the machine or the configuration does not allow is no mistake of the program.
    if (error instanceof Breach || error instanceof TypeError) throw error;
    process.stderr.write(`azimuth: ${(error as Error).message}\n`);
    return exitCodes.NEGATIVE;
  }
  await stopAsked;
  await daemon.stop();
  return 0;
}

/** What the command line can do; `early` is what was begun for `serve`. */
export function createActions(early: Early | null): Actions {
  return {
    version,
    readers,
    serve: (config) => serve(config, early),
    check: async (config) => (await import("./offline.ts")).checkConfig(config),
    compile: async (config, out) => (await import("./offline.ts")).compileConfig(config, out),
    explainOffline: async (config, query) => {
      return (await import("./offline.ts")).explainConfig(config, query);
    },
    checkZone: async (wish) => (await import("./offline-zone.ts")).checkZoneFile(wish),
    diffZone: async (wish) => (await import("./offline-zone.ts")).diffZoneFile(wish),
    importConfig: async (from, file) => (await import("./importing.ts")).importConfig(from, file),
    controlSocket: async (config) => {
      const loaded = loadConfig(config, { defaultCountryFile: defaultCountryFile() });
      return loaded.value === null
        ? null
        : resolve(loaded.value.node.stateFolder, CONTROL_SOCKET_NAME);
    },
  };
}
