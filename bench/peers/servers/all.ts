// SPDX-License-Identifier: Apache-2.0
/** Which servers there are, in the order in which they run and stand in tables. */
import { accessSync, constants, existsSync } from "node:fs";
import { join } from "node:path";
import type { PeerServer } from "../kinds.ts";
import { searchPath } from "../process.ts";
import { azimuths } from "./azimuth.ts";
import { bare, bareDgram } from "./bare.ts";
import { bind } from "./bind.ts";
import { gdnsd } from "./gdnsd.ts";
import { knot } from "./knot.ts";
import { nsd } from "./nsd.ts";
import { pdnsBind, pdnsGeoip } from "./pdns.ts";
import { yadifa } from "./yadifa.ts";

/** `launcher`: bin/azimuth.mjs of the compiled program. */
export function allServers(launcher: string): readonly PeerServer[] {
  const peers = [nsd, knot, gdnsd, yadifa, bind, pdnsBind, pdnsGeoip];
  return [bare, ...azimuths(launcher), ...peers, bareDgram];
}

export const SERVER_NAMES: readonly string[] = allServers("").map(({ name }) => name);

/** Why a server cannot run here, or null. */
export function whyNot(server: PeerServer): string | null {
  const missing = server.programs.find((program) => findProgram(program) === null);
  if (missing !== undefined) {
    return `${missing} is not installed (Debian packages ${server.packages.join(" ")})`;
  }
  for (const [file, from] of Object.entries(server.files ?? {})) {
    if (!existsSync(file)) {
      return `${file} is missing${from === "" ? "" : ` (Debian package ${from})`}`;
    }
  }
  return null;
}

/** Path of a program, looked for where Debian puts servers, too. */
export function findProgram(name: string): string | null {
  for (const folder of searchPath().split(":")) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not here.
    }
  }
  return null;
}
