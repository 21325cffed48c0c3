// SPDX-License-Identifier: Apache-2.0
/**
 * Knot DNS: one UDP worker. Steering by its geoip module in the mode of subnets, which knows every
 * name by itself; clients in no network get what the zone says.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PeerServer, Site, Steering } from "../kinds.ts";
import { appendLines, LIBRARIES } from "./settings.ts";

const MODULE = `${LIBRARIES}/knot/modules-3.2/geoip.so`;

export const knot: PeerServer = {
  name: "knot",
  doc: "Knot DNS, one UDP worker; W2 by mod-geoip",
  programs: ["knotd", "knotc"],
  files: { [MODULE]: "knot-module-geoip" },
  packages: ["knot", "knot-module-geoip"],
  workloads: ["W1", "W2", "W3"],
  answers: "right",
  notes: ["no rate limit module, no journal, the socket buffers that it chooses itself"],
  version: ["knotd", "-V"],
  configure(site) {
    const { folder, port, apex, zoneFile, steering } = site;
    mkdirSync(join(folder, "db"), { recursive: true });
    const config = join(folder, "knot.conf");
    writeFileSync(
      config,
      `server:
  rundir: "${folder}"
  listen: 127.0.0.1@${port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
  edns-client-subnet: ${steering === null ? "off" : "on"}
control:
  listen: "${folder}/knot.sock"
log:
  - target: "${folder}/knot.log"
    any: error
database:
  storage: "${folder}/db"
${steering === null ? "" : geoModule(site, steering)}zone:
  - domain: ${apex}
    storage: "${folder}"
    file: "${zoneFile}"
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
    semantic-checks: off
${steering === null ? "" : "    module: mod-geoip/steer\n"}`,
    );
    const control = ["knotc", "-s", `${folder}/knot.sock`];
    return {
      command: ["knotd", "-c", config],
      reload: { by: "command", commands: [[...control, "-b", "zone-reload", apex]] },
    };
  },
};

function geoModule({ folder, apex, zoneFile }: Site, steering: Steering): string {
  const file = join(folder, "geo.conf");
  const nets = steering.networks.map(
    ({ prefix, edge }) => `  - net: "${prefix}"\n    A: ["${steering.edges[edge]}"]\n`,
  );
  const text = steering.owners.map((owner) => `${owner}.${apex}:\n${nets.join("")}`);
  writeFileSync(file, text.join(""));
  const fallback = steering.edges[steering.fallback]!;
  appendLines(
    zoneFile,
    steering.owners.map((owner) => `${owner} A ${fallback}`),
  );
  return `mod-geoip:
  - id: steer
    config-file: "${file}"
    ttl: 300
    mode: subnet
`;
}
