// SPDX-License-Identifier: Apache-2.0
/** Other people's servers as secondaries of one zone of ours: NSD, Knot and BIND, on loopback. */
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nsdServer } from "./peer-configs.ts";
import { findDaemon, stopDaemon } from "./peers.ts";
import { DAEMONS, type PrimaryKind, type SharedKey } from "./primaries.ts";

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

/** Starts it; gives what stops it. */
export function startSecondary(kind: PrimaryKind, options: SecondaryOptions): () => Promise<void> {
  const { folder } = options;
  mkdirSync(join(folder, "knot"), { recursive: true });
  const config = join(folder, `${kind}.conf`);
  writeFileSync(config, configs[kind](options));
  const { name, flags } = DAEMONS[kind];
  const child = spawn(findDaemon(name)!, [...flags, config], { stdio: "ignore" });
  return () => stopDaemon(child);
}

const configs = {
  nsd: ({ folder, apex, port, primaryPort, key }: SecondaryOptions): string => `
${nsdServer(folder, port)}  xfrdir: ${folder}
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
