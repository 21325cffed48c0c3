// SPDX-License-Identifier: Apache-2.0
/**
 * gdnsd: one UDP thread. Steering by plugin_geoip with a file of networks and no database; one
 * address per edge, always up, so that neither side spends anything on health.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PeerServer, Site, Steering } from "../kinds.ts";
import { appendLines } from "./settings.ts";

/** The largest that it takes. */
const GDNSD_BUFFER_OCTETS = 1 << 20;

export const gdnsd: PeerServer = {
  name: "gdnsd",
  doc: "gdnsd, one UDP thread; W2 by plugin_geoip",
  programs: ["gdnsd", "gdnsdctl"],
  packages: ["gdnsd"],
  workloads: ["W1", "W2", "W3"],
  answers: "right",
  notes: [
    "receive buffer 1 MiB, the largest it takes; clients by a file of networks, no geographic database",
  ],
  version: ["gdnsd", "-v"],
  zonePath: (apex) => `zones/${apex}`,
  configure(site) {
    const { folder, port, steering } = site;
    mkdirSync(join(folder, "geoip"), { recursive: true });
    mkdirSync(join(folder, "run"), { recursive: true });
    mkdirSync(join(folder, "state"), { recursive: true });
    writeFileSync(
      join(folder, "config"),
      `options => {
  listen => [ "127.0.0.1:${port}" ]
  udp_threads => 1
  tcp_threads => 1
  udp_rcvbuf => ${GDNSD_BUFFER_OCTETS}
  udp_sndbuf => ${GDNSD_BUFFER_OCTETS}
  run_dir => "${folder}/run"
  state_dir => "${folder}/state"
}
${steering === null ? "" : plugin(site, steering)}`,
    );
    return {
      command: ["gdnsd", "-c", folder, "start"],
      reload: { by: "command", commands: [["gdnsdctl", "-c", folder, "reload-zones"]] },
    };
  },
};

function plugin({ folder, zoneFile }: Site, steering: Steering): string {
  const name = (edge: number): string => `e${edge}`;
  const rows = steering.networks.map(({ prefix, edge }) => `${prefix} => ${name(edge)}`);
  writeFileSync(join(folder, "geoip", "nets"), `${rows.join("\n")}\n`);
  appendLines(
    zoneFile,
    steering.owners.map((owner) => `${owner} DYNA geoip!cdn`),
  );
  // The first of the list is what clients in no network get.
  const others = steering.edges.map((_, i) => i).filter((i) => i !== steering.fallback);
  const order = [steering.fallback, ...others].map(name);
  const places = steering.edges.map((address, i) => `${name(i)} => ${address}`);
  return `plugins => { geoip => {
  maps => { clients => { datacenters => [ ${order.join(", ")} ], nets => nets } }
  resources => { cdn => {
    map => clients
    service_types => up
    dcmap => { ${places.join(", ")} }
  } }
} }
`;
}
