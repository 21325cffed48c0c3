// SPDX-License-Identifier: Apache-2.0
/** Other people's servers as secondaries of one zone of ours: NSD, Knot and BIND, on loopback. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findDaemon } from "./peers.ts";
import type { PrimaryKind } from "./primaries.ts";

export interface SecondaryOptions {
  /** Of its own. */
  readonly folder: string;
  /** With a final dot. */
  readonly apex: string;
  readonly port: number;
  /** Where we are. */
  readonly primaryPort: number;
  /** What it signs with; null for nothing. */
  readonly key: SharedKey | null;
}

export interface SharedKey {
  readonly name: string;
  readonly algorithm: string;
  readonly secret: string;
}

const BINARIES = { nsd: "nsd", knot: "knotd", bind: "named" } as const;

/** Starts it; gives what stops it. */
export function startSecondary(kind: PrimaryKind, options: SecondaryOptions): () => Promise<void> {
  const { folder } = options;
  mkdirSync(join(folder, "knot"), { recursive: true });
  const config = join(folder, `${kind}.conf`);
  writeFileSync(config, configs[kind](options));
  const args = {
    nsd: ["-d", "-c", config],
    knot: ["-c", config],
    bind: ["-g", "-c", config],
  } as const;
  const child = spawn(findDaemon(BINARIES[kind])!, args[kind], { stdio: "ignore" });
  return () => stop(child);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
  await ended;
  clearTimeout(timer);
}

const configs = {
  nsd: ({ folder, apex, port, primaryPort, key }: SecondaryOptions): string => `
server:
  ip-address: 127.0.0.1@${port}
  zonesdir: ${folder}
  username: ""
  chroot: ""
  pidfile: ${folder}/nsd.pid
  database: ""
  xfrdfile: ${folder}/xfrd
  xfrdir: ${folder}
  zonelistfile: ${folder}/zonelist
  rrl-ratelimit: 0
remote-control:
  control-enable: no
${key === null ? "" : `key:\n  name: ${key.name}\n  algorithm: ${key.algorithm}\n  secret: "${key.secret}"`}
zone:
  name: ${apex}
  zonefile: zone
  request-xfr: 127.0.0.1@${primaryPort} ${key?.name ?? "NOKEY"}
  allow-notify: 127.0.0.1 ${key?.name ?? "NOKEY"}
  provide-xfr: 127.0.0.1 NOKEY
`,
  knot: ({ folder, apex, port, primaryPort, key }: SecondaryOptions): string => `
server:
  listen: 127.0.0.1@${port}
  rundir: ${folder}
database:
  storage: ${folder}/knot
${key === null ? "" : `key:\n  - id: ${key.name}\n    algorithm: ${key.algorithm}\n    secret: ${key.secret}`}
remote:
  - id: primary
    address: 127.0.0.1@${primaryPort}
${key === null ? "" : `    key: ${key.name}`}
acl:
  - id: notify
    address: 127.0.0.1
${key === null ? "" : `    key: ${key.name}`}
    action: notify
  - id: transfer
    address: 127.0.0.1
    action: transfer
zone:
  - domain: ${apex}
    storage: ${folder}
    file: zone
    master: primary
    acl: [notify, transfer]
    semantic-checks: off
`,
  bind: ({ folder, apex, port, primaryPort, key }: SecondaryOptions): string => `
options {
  directory "${folder}";
  pid-file "${folder}/named.pid";
  session-keyfile "${folder}/session.key";
  listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 { none; };
  recursion no;
  check-names secondary ignore;
};
controls { };
${key === null ? "" : `key "${key.name}" { algorithm ${key.algorithm}; secret "${key.secret}"; };`}
zone "${apex}" {
  type secondary;
  file "zone";
  notify no;
  primaries { 127.0.0.1 port ${primaryPort}${key === null ? "" : ` key "${key.name}"`}; };
  allow-notify { ${key === null ? "127.0.0.1" : `key "${key.name}"`}; };
  allow-transfer { any; };
  min-refresh-time 1;
};
`,
};
