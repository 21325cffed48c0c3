// SPDX-License-Identifier: Apache-2.0
/**
 * The servers that a large zone is compared with, started on the same file in the same minute.
 *
 * Each gets the smallest configuration that serves one zone over UDP with one worker, and no
 * database on the disk, so that all of them read the text, as Azimuth does without a saved table.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../test/support/ports.ts";
import { hasCommand } from "./kit.ts";
import { type Server, startProcess } from "./server.ts";
import { APEX } from "./zones.ts";

export interface Peer {
  readonly name: string;
  /** Starts it on `file`; resolves with its first answer. */
  start(folder: string, file: string, probe: string, waitMs: number): Promise<Server>;
}

/** Those that are installed. */
export function peers(): readonly Peer[] {
  const all = [
    { command: "nsd", peer: { name: "nsd", start: startNsd } },
    { command: "knotd", peer: { name: "knot", start: startKnot } },
  ];
  return all.filter(({ command }) => hasCommand(command)).map(({ peer }) => peer);
}

const ZONE = APEX.slice(0, -1);

async function startNsd(
  folder: string,
  file: string,
  probe: string,
  waitMs: number,
): Promise<Server> {
  const port = await freePort();
  const own = join(folder, "nsd");
  mkdirSync(own, { recursive: true });
  const config = join(own, "nsd.conf");
  writeFileSync(
    config,
    `server:
  server-count: 1
  ip-address: 127.0.0.1@${port}
  username: ""
  chroot: ""
  zonesdir: "${own}"
  database: ""
  pidfile: "${own}/nsd.pid"
  xfrdfile: "${own}/xfrd.state"
  zonelistfile: "${own}/zone.list"
  xfrdir: "${own}"
  rrl-ratelimit: 0
  verbosity: 0
remote-control:
  control-enable: no
zone:
  name: ${ZONE}
  zonefile: ${file}
`,
  );
  return startProcess(port, probe, ["nsd", "-d", "-c", config], undefined, waitMs);
}

async function startKnot(
  folder: string,
  file: string,
  probe: string,
  waitMs: number,
): Promise<Server> {
  const port = await freePort();
  const own = join(folder, "knot");
  mkdirSync(own, { recursive: true });
  const config = join(own, "knot.conf");
  writeFileSync(
    config,
    `server:
  rundir: "${own}"
  listen: 127.0.0.1@${port}
  udp-workers: 1
  tcp-workers: 1
database:
  storage: "${own}"
log:
  - target: stderr
    any: error
zone:
  - domain: ${ZONE}
    file: "${file}"
    storage: "${own}"
    zonefile-sync: -1
    journal-content: none
`,
  );
  return startProcess(port, probe, ["knotd", "-c", config], undefined, waitMs);
}

/**
 * What a process and its descendants take of the machine's memory, MiB; pages that several of them
 * share count once. NSD has three processes over one copy of its zones.
 */
export function treeMiBOf(pid: number): number {
  const tree = [pid];
  let kiB = 0;
  for (const one of tree) {
    try {
      for (const task of readdirSync(`/proc/${one}/task`)) {
        const children = readFileSync(`/proc/${one}/task/${task}/children`, "utf8");
        tree.push(...children.split(" ").filter(Boolean).map(Number));
      }
      const rollup = readFileSync(`/proc/${one}/smaps_rollup`, "utf8");
      kiB += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
    } catch {
      // A process that has ended takes nothing.
    }
  }
  return kiB / 1024;
}
