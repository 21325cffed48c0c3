// SPDX-License-Identifier: Apache-2.0
/**
 * PowerDNS with its bind back end for static zones and its geoip back end for W2: one receiver, one
 * distributor, the packet and query caches as shipped.
 *
 * The geoip back end knows clients by a database only, so the partition is written as one: an edge
 * becomes a country, and a service expands to the record of that country.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeMmdb } from "../../../test/support/mmdb-writer.ts";
import type { PeerServer, Prepared, Site, Steering } from "../kinds.ts";
import { LIBRARIES } from "./settings.ts";

const MODULES = `${LIBRARIES}/pdns`;
const SHARED = {
  programs: ["pdns_server", "pdns_control"],
  answers: "right",
  version: ["pdns_server", "--version"],
} as const;

export const pdnsBind: PeerServer = {
  ...SHARED,
  name: "pdns-bind",
  doc: "PowerDNS with the bind back end, one receiver thread",
  files: { [`${MODULES}/libbindbackend.so`]: "pdns-backend-bind" },
  packages: ["pdns-server", "pdns-backend-bind"],
  workloads: ["W1", "W3"],
  notes: ["caches as shipped, no security poll; no setting for socket buffers"],
  configure(site) {
    const { folder, apex, zoneFile } = site;
    writeFileSync(
      join(folder, "named.conf"),
      `zone "${apex}" { type master; file "${zoneFile}"; };\n`,
    );
    const prepared = prepare(site, `launch=bind\nbind-config=${folder}/named.conf\n`);
    const control = ["pdns_control", `--config-dir=${folder}`, `--socket-dir=${folder}`];
    return {
      ...prepared,
      reload: {
        by: "command",
        commands: [
          [...control, "bind-reload-now", apex],
          [...control, "purge", `${apex}$`],
        ],
      },
    };
  },
};

export const pdnsGeoip: PeerServer = {
  ...SHARED,
  name: "pdns-geoip",
  doc: "PowerDNS with the geoip back end, one receiver thread",
  files: { [`${MODULES}/libgeoipbackend.so`]: "pdns-backend-geoip" },
  packages: ["pdns-server", "pdns-backend-geoip"],
  workloads: ["W2"],
  notes: ["caches as shipped, no security poll; clients by an MMDB of the same networks"],
  configure(site) {
    const { folder, apex, steering } = site;
    if (steering === null) throw new Error("the geoip back end serves W2 alone");
    writeFileSync(join(folder, "clients.mmdb"), databaseOf(steering));
    writeFileSync(join(folder, "zones.yaml"), zonesOf(apex, steering));
    return prepare(
      site,
      `launch=geoip
geoip-database-files=mmdb:${folder}/clients.mmdb
geoip-zones-file=${folder}/zones.yaml
edns-subnet-processing=yes
`,
    );
  },
};

function prepare({ folder, port }: Site, backEnd: string): Prepared {
  writeFileSync(
    join(folder, "pdns.conf"),
    `local-address=127.0.0.1
local-port=${port}
socket-dir=${folder}
module-dir=${MODULES}
receiver-threads=1
distributor-threads=1
signing-threads=1
security-poll-suffix=
version-string=anonymous
disable-axfr=yes
write-pid=no
loglevel=3
daemon=no
guardian=no
webserver=no
${backEnd}`,
  );
  return {
    command: ["pdns_server", `--config-dir=${folder}`],
    reload: { by: "itself" },
  };
}

/** The country of each network is the letter of its edge. */
function databaseOf(steering: Steering): Uint8Array {
  const length = (prefix: string): number => Number(prefix.split("/")[1]);
  // What is written later cuts a hole into what was before, so the longest come last.
  const sorted = [...steering.networks].sort((a, b) => length(a.prefix) - length(b.prefix));
  const networks = sorted.map(({ prefix, edge }) => ({
    prefix,
    data: { country: { iso_code: countryOf(edge) } },
  }));
  return writeMmdb({ databaseType: "GeoLite2-Country", networks });
}

function countryOf(edge: number): string {
  return `E${String.fromCharCode(65 + edge)}`;
}

function zonesOf(apex: string, steering: Steering): string {
  const record = (country: string, address: string): string =>
    `    ${country}.edge.${apex}:\n      - a: ${address}\n`;
  const edges = steering.edges.map((address, i) => record(countryOf(i).toLowerCase(), address));
  const services = steering.owners.map((owner) => `    ${owner}.${apex}: ["%cc.edge.${apex}"]\n`);
  return `domains:
- domain: ${apex}
  ttl: 300
  records:
    ${apex}:
      - soa: ns1.${apex} hostmaster.${apex} 1 7200 1800 1209600 300
      - ns: ns1.${apex}
    ns1.${apex}:
      - a: 192.0.2.53
${edges.join("")}${record("unknown", steering.edges[steering.fallback]!)}  services:
${services.join("")}`;
}
