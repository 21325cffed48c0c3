// SPDX-License-Identifier: Apache-2.0
/**
 * Other people's servers as primaries of one zone, on loopback: NSD, Knot and BIND. Each signs with
 * the key that it is given, tells of changes, and reads its zone file again when it is told.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { until } from "./daemon.ts";
import { nsdServer } from "./peer-configs.ts";
import { findDaemon, stopDaemon } from "./peers.ts";
import { freePort } from "./ports.ts";

export interface SharedKey {
  readonly name: string;
  readonly algorithm: string;
  readonly secret: string;
}

export interface PrimaryOptions {
  /** Of its own. */
  readonly folder: string;
  /** With a final dot. */
  readonly apex: string;
  readonly text: string;
  /** Where it says that something has changed; null: nowhere. */
  readonly notifyPort: number | null;
  readonly key: SharedKey;
  /** As the primary had before. */
  readonly port?: number;
  /** BIND alone: transfers on that port, over TLS and not otherwise. */
  readonly tls?: { readonly port: number; readonly certificate: string; readonly key: string };
}

export interface Primary {
  readonly port: number;
  /** Puts another version in force. */
  update(text: string): void;
  stop(): Promise<void>;
}

/** What the daemons are called, and what stands in front of their configuration. */
export const DAEMONS = {
  nsd: { name: "nsd", flags: ["-d", "-c"] },
  knot: { name: "knotd", flags: ["-c"] },
  bind: { name: "named", flags: ["-g", "-c"] },
} as const;

export const PRIMARY_KINDS = ["nsd", "knot", "bind"] as const;
export type PrimaryKind = (typeof PRIMARY_KINDS)[number];

/** Why a kind cannot be started here; false if it can. */
export function missing(kind: PrimaryKind): string | false {
  const { name } = DAEMONS[kind];
  return findDaemon(name) === null ? `no ${name} here: scripts/install-peers.sh` : false;
}

export async function startPrimary(kind: PrimaryKind, options: PrimaryOptions): Promise<Primary> {
  const port = options.port ?? (await freePort());
  const { folder } = options;
  // Knot does not make the folder of its database.
  mkdirSync(join(folder, "knot"), { recursive: true });
  const zoneFile = join(folder, "zone");
  writeFileSync(zoneFile, options.text);
  const config = join(folder, `${kind}.conf`);
  writeFileSync(config, configs[kind](options, port));
  const child = spawn(findDaemon(DAEMONS[kind].name)!, [...DAEMONS[kind].flags, config], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      log += chunk.toString();
    });
  }
  await until(`${kind} answers`, async () => {
    if (child.exitCode !== null) throw new Error(`${kind} ended: ${log}`);
    return isOpen(port);
  });
  return {
    port,
    update(text) {
      writeFileSync(zoneFile, text);
      // Knot's SIGHUP reads the configuration again, and of zones only what that changes.
      if (kind !== "knot") child.kill("SIGHUP");
      else
        spawnSync(findDaemon("knotc")!, [
          "-s",
          join(folder, "knot.sock"),
          "zone-reload",
          options.apex,
        ]);
    },
    stop: () => stopDaemon(child),
  };
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

const configs = {
  nsd: ({ folder, apex, key, notifyPort }: PrimaryOptions, port: number): string => `
${nsdServer(folder, port)}remote-control:
  control-enable: no
key:
  name: ${key.name}
  algorithm: ${key.algorithm}
  secret: "${key.secret}"
zone:
  name: ${apex}
  zonefile: zone
  provide-xfr: 127.0.0.1 ${key.name}
${notifyPort === null ? "" : `  notify: 127.0.0.1@${notifyPort} ${key.name}\n  notify-retry: 1\n`}`,
  knot: ({ folder, apex, key, notifyPort }: PrimaryOptions, port: number): string => `
server:
  listen: 127.0.0.1@${port}
  rundir: ${folder}
database:
  storage: ${folder}/knot
key:
  - id: ${key.name}
    algorithm: ${key.algorithm}
    secret: ${key.secret}
${notifyPort === null ? "" : `remote:\n  - id: secondary\n    address: 127.0.0.1@${notifyPort}\n    key: ${key.name}`}
acl:
  - id: transfer
    address: 127.0.0.1
    key: ${key.name}
    action: transfer
zone:
  - domain: ${apex}
    storage: ${folder}
    file: zone
    zonefile-load: difference
    journal-content: changes
    ${notifyPort === null ? "" : "notify: secondary"}
    acl: transfer
`,
  bind: ({ folder, apex, key, notifyPort, tls }: PrimaryOptions, port: number): string => `
${tls === undefined ? "" : `tls own { cert-file "${tls.certificate}"; key-file "${tls.key}"; };`}
options {
  directory "${folder}";
  pid-file "${folder}/named.pid";
  session-keyfile "${folder}/session.key";
  listen-on port ${port} { 127.0.0.1; };
  ${tls === undefined ? "" : `listen-on port ${tls.port} tls own { 127.0.0.1; };`}
  listen-on-v6 { none; };
  recursion no;
  ixfr-from-differences yes;
  notify-delay 0;
  check-names primary ignore;
  check-integrity no;
};
controls { };
key "${key.name}" { algorithm ${key.algorithm}; secret "${key.secret}"; };
server 127.0.0.1 { keys { "${key.name}"; }; };
zone "${apex}" {
  type primary;
  file "zone";
  ${notifyPort === null ? "notify no" : `notify explicit; also-notify { 127.0.0.1 port ${notifyPort} key "${key.name}"; }`};
  allow-transfer ${tls === undefined ? "" : `port ${tls.port} transport tls`} { key "${key.name}"; };
};
`,
};
