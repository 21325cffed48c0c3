// SPDX-License-Identifier: Apache-2.0
/**
 * Producers of catalog zones on loopback: Knot, which makes a catalog of its own zones (`catalog-role:
 * generate`), and BIND, which serves one that is written by hand, label for label.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Site, until, zoneText } from "./daemon.ts";
import { findDaemon, stopDaemon } from "./peers.ts";
import { freePort } from "./ports.ts";

/** Zones by name without final dot. */
export type Zones = Readonly<Record<string, string>>;

/** The catalog of Knot; BIND serves any. */
export const CATALOG = "catalog.example";

export interface KnotProducer {
  readonly port: number;
  /** Members with their group (null for none) and the only version of the catalog that lists them. */
  list(members: Readonly<Record<string, string | null>>): void;
}

/** Knot with a catalog of its own; `members` as those of list(). */
export async function startKnotProducer(
  site: Site,
  notifyPort: number,
  members: Readonly<Record<string, string | null>>,
): Promise<KnotProducer> {
  const folder = site.path("knot");
  mkdirSync(join(folder, "db"), { recursive: true });
  const port = await freePort();
  const config = join(folder, "knot.conf");
  const write = (given: Readonly<Record<string, string | null>>): void => {
    for (const apex of Object.keys(given)) {
      const text = `$ORIGIN ${apex}.\n${zoneText(1, "www A 192.0.2.1")}`;
      writeFileSync(join(folder, `${apex}.zone`), text);
    }
    writeFileSync(config, knotConfig(folder, port, notifyPort, given));
  };
  write(members);
  const child = spawn(findDaemon("knotd")!, ["-c", config], { stdio: "ignore" });
  site.atEnd(() => stopDaemon(child));
  const knotc = (...args: string[]): number | null =>
    spawnSync(findDaemon("knotc")!, ["-s", join(folder, "knot.sock"), ...args]).status;
  await until("Knot serves its catalog", () => knotc("zone-status", CATALOG) === 0);
  return {
    port,
    list(given) {
      write(given);
      knotc("reload");
    },
  };
}

function knotConfig(
  folder: string,
  port: number,
  notifyPort: number,
  members: Readonly<Record<string, string | null>>,
): string {
  const rows = Object.entries(members).map(
    ([apex, group]) => `  - domain: ${apex}
    storage: ${folder}
    file: ${apex}.zone
    acl: transfer
    catalog-role: member
    catalog-zone: ${CATALOG}
${group === null ? "" : `    catalog-group: ${group}\n`}`,
  );
  return `server:
  listen: 127.0.0.1@${port}
  rundir: ${folder}
database:
  storage: ${folder}/db
remote:
  - id: consumer
    address: 127.0.0.1@${notifyPort}
acl:
  - id: transfer
    address: 127.0.0.1
    action: transfer
zone:
  - domain: ${CATALOG}
    storage: ${folder}
    zonefile-load: none
    zonefile-sync: -1
    journal-content: all
    acl: transfer
    notify: consumer
    catalog-role: generate
${rows.join("")}`;
}

export interface BindProducer {
  readonly port: number;
  /** Puts versions of zones in force. */
  write(zones: Zones): void;
  stop(): Promise<void>;
}

/** BIND as primary of these zones; members are asked for, catalogs look every 2 s. */
export async function startBindProducer(site: Site, zones: Zones): Promise<BindProducer> {
  const port = await freePort();
  const folder = site.path("named");
  mkdirSync(folder, { recursive: true });
  const rows = Object.keys(zones).map(
    (apex) => `zone "${apex}" { type primary; file "${apex}"; };`,
  );
  const write = (given: Zones): void => {
    for (const [apex, text] of Object.entries(given)) {
      writeFileSync(join(folder, apex), `$ORIGIN ${apex}.\n${text}`);
    }
  };
  write(zones);
  writeFileSync(
    join(folder, "named.conf"),
    `options { directory "${folder}"; pid-file "${folder}/pid"; session-keyfile "${folder}/k";
  listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; }; recursion no; notify no;
  allow-transfer { any; }; };
controls { };
${rows.join("\n")}
`,
  );
  const named = spawn(findDaemon("named")!, ["-g", "-c", join(folder, "named.conf")], {
    stdio: "ignore",
  });
  const stop = (): Promise<void> => stopDaemon(named);
  site.atEnd(stop);
  return {
    ...{ port, stop },
    write(given) {
      write(given);
      named.kill("SIGHUP");
    },
  };
}

/** A catalog of version 2 with these lines, that is looked at every 2 s. */
export function catalogText(serial: number, ...lines: readonly string[]): string {
  return rawCatalogText(serial, 'version TXT "2"', ...lines);
}

export function rawCatalogText(serial: number, ...lines: readonly string[]): string {
  const head = `$TTL 60\n@ SOA invalid. invalid. ${serial} 2 1 3600 60\n@ NS invalid.\n`;
  return `${head}${lines.join("\n")}\n`;
}
