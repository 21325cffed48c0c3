// SPDX-License-Identifier: Apache-2.0
/** Facts of the machine and of the servers that a comparison is worthless without. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { environment } from "../kit.ts";
import type { PeerServer } from "./kinds.ts";
import { searchPath } from "./process.ts";

export function machine(): Readonly<Record<string, unknown>> {
  const sysctl = (name: string): string => {
    try {
      return readFileSync(`/proc/sys/${name}`, "utf8").trim();
    } catch {
      return "unknown";
    }
  };
  return {
    ...environment(),
    kernel: sysctl("kernel/version"),
    receiveBufferMax: sysctl("net/core/rmem_max"),
    receiveBufferDefault: sysctl("net/core/rmem_default"),
  };
}

/** The first number with a dot in what the server says of itself; empty where it says nothing. */
export function versionOf({ version }: PeerServer): string {
  const [program = "", ...args] = version;
  if (program === "") return "";
  const env = { ...process.env, PATH: searchPath() };
  const { stdout, stderr } = spawnSync(program, args, { encoding: "utf8", env, timeout: 10_000 });
  return (
    /\d+\.\d+[\w.~+:-]*/.exec(`${stdout}${stderr}`.replace(/^\w+ \d+ [\d:]+ /gm, ""))?.[0] ?? ""
  );
}
