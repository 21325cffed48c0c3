// SPDX-License-Identifier: Apache-2.0
/**
 * The composition root: puts the rooms together behind the command line. bin/azimuth.mjs calls `main`.
 */
import { resolve } from "node:path";
import { readers } from "../api/schemas.ts";
import { CONTROL_SOCKET_NAME } from "../api/server.ts";
import { Breach } from "../base/assert.ts";
import type { Actions } from "../cli/actions.ts";
import { runProgram } from "../cli/program.ts";
import { reportFaults, wantsColour } from "../cli/report.ts";
import { exitCodes } from "../cli/verbs.ts";
import { loadConfig } from "../config/load.ts";
import { makeFolder } from "../io/folder.ts";
import { defaultCountryFile } from "../io/mmdb.ts";
import { createLog } from "../telemetry/log.ts";
import { checkConfig, compileConfig, explainConfig } from "./offline.ts";
import { type Daemon, type Entries, startDaemon } from "./supervisor.ts";
import { version } from "./version.ts";

/** Thread entries beside this file's folder: `.ts` in sources, `.js` in compiled output. */
function entries(): Entries {
  const ending = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const entry = (name: string): URL => new URL(`../../workers/${name}.${ending}`, import.meta.url);
  return {
    udp: entry("udp"),
    stream: entry("stream"),
    control: entry("control"),
    prober: entry("prober"),
  };
}

/** Starts the server of `configFile`; throws with a reason that people can read. */
export async function start(configFile: string): Promise<Daemon> {
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
  const daemon = await startDaemon({ node, configFile: file, entries: entries(), log });
  log.info({ udp: daemon.udp, tcp: daemon.tcp, api: daemon.api }, "listening");
  return daemon;
}

/** Serves until SIGTERM or SIGINT; SIGHUP reloads. Gives the exit code. */
async function serve(configFile: string): Promise<number> {
  // Before anything else: a signal that comes early must not end the process as it is by default.
  let daemon: Daemon | null = null;
  process.on("SIGHUP", () => daemon?.reload());
  const stopAsked = new Promise<void>((done) => {
    process.once("SIGTERM", () => done());
    process.once("SIGINT", () => done());
  });
  try {
    daemon = await start(configFile);
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

const actions: Actions = {
  version,
  readers,
  serve,
  check: checkConfig,
  compile: compileConfig,
  explainOffline: explainConfig,
  controlSocket: async (config) => {
    const loaded = loadConfig(config, { defaultCountryFile: defaultCountryFile() });
    return loaded.value === null
      ? null
      : resolve(loaded.value.node.stateFolder, CONTROL_SOCKET_NAME);
  },
};

/** Runs the command line; gives the exit code of the process. */
export function main(args: readonly string[]): Promise<number | undefined> {
  return runProgram(actions, args);
}
