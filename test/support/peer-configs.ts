// SPDX-License-Identifier: Apache-2.0
/**
 * What other people's servers are told: serve these zones on one port of loopback, answer as fully
 * as you can, cut nothing that fits 4096 octets, limit nobody, write nothing outside the folder.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RandomZone } from "./random-zone.ts";

/** What is sent over UDP before it is truncated. */
export const PEER_PAYLOAD = 4096;

export interface PeerKind {
  readonly name: string;
  readonly daemon: string;
  /** Writes the configuration; gives the arguments. */
  configure(folder: string, port: number, zones: readonly RandomZone[]): readonly string[];
}

/** Section server of an NSD that keeps to its folder. */
export function nsdServer(folder: string, port: number): string {
  return `server:
  ip-address: 127.0.0.1@${port}
  zonesdir: ${folder}
  username: ""
  chroot: ""
  pidfile: ${folder}/nsd.pid
  database: ""
  xfrdfile: ${folder}/xfrd
  zonelistfile: ${folder}/zonelist
  rrl-ratelimit: 0
`;
}

const nsd: PeerKind = {
  name: "nsd",
  daemon: "nsd",
  configure(folder, port, zones) {
    const head = `${nsdServer(folder, port)}  ipv4-edns-size: ${PEER_PAYLOAD}
  minimal-responses: yes
remote-control:
  control-enable: no
`;
    const rows = zones.map(({ apex }) => `zone:\n  name: ${apex}\n  zonefile: ${apex}zone\n`);
    const file = join(folder, "nsd.conf");
    writeFileSync(file, head + rows.join(""));
    return ["-d", "-c", file];
  },
};

const knot: PeerKind = {
  name: "knot",
  daemon: "knotd",
  configure(folder, port, zones) {
    mkdirSync(join(folder, "knot"), { recursive: true });
    const head = `server:
  listen: 127.0.0.1@${port}
  rundir: ${folder}
  udp-max-payload: ${PEER_PAYLOAD}
database:
  storage: ${folder}/knot
  journal-db-max-size: 1M
template:
  - id: default
    storage: ${folder}
    zonefile-load: whole
    zonefile-sync: -1
    journal-content: none
zone:
`;
    const rows = zones.map(({ apex }) => `  - domain: ${apex}\n    file: ${apex}zone\n`);
    const file = join(folder, "knot.conf");
    writeFileSync(file, head + rows.join(""));
    return ["-c", file];
  },
};

const bind: PeerKind = {
  name: "bind",
  daemon: "named",
  configure(folder, port, zones) {
    const head = `options {
  directory "${folder}";
  pid-file "${folder}/named.pid";
  session-keyfile "${folder}/session.key";
  managed-keys-directory "${folder}";
  listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 { none; };
  recursion no;
  max-udp-size ${PEER_PAYLOAD};
  nocookie-udp-size ${PEER_PAYLOAD};
  edns-udp-size ${PEER_PAYLOAD};
  minimal-responses no;
  answer-cookie no;
  querylog no;
  notify no;
  dnssec-validation no;
  empty-zones-enable no;
  zone-statistics none;
  check-names primary ignore;
  check-integrity no;
  check-mx ignore;
  check-mx-cname ignore;
  check-srv-cname ignore;
  check-wildcard no;
};
controls { };
logging { category default { default_stderr; }; category lame-servers { null; }; };
`;
    const rows = zones.map(
      ({ apex }) => `zone "${apex}" { type primary; file "${folder}/${apex}zone"; };\n`,
    );
    const file = join(folder, "named.conf");
    writeFileSync(file, head + rows.join(""));
    return ["-g", "-n", "1", "-c", file];
  },
};

const pdns: PeerKind = {
  name: "pdns",
  daemon: "pdns_server",
  configure(folder, port, zones) {
    const rows = zones.map(
      ({ apex }) => `zone "${apex.slice(0, -1)}" { type master; file "${folder}/${apex}zone"; };\n`,
    );
    writeFileSync(join(folder, "pdns-zones.conf"), rows.join(""));
    writeFileSync(
      join(folder, "pdns.conf"),
      `launch=bind
bind-config=${folder}/pdns-zones.conf
bind-check-interval=0
local-address=127.0.0.1
local-port=${port}
socket-dir=${folder}
receiver-threads=1
distributor-threads=1
signing-threads=1
cache-ttl=0
query-cache-ttl=0
negquery-cache-ttl=0
dname-processing=yes
8bit-dns=yes
any-to-tcp=no
udp-truncation-threshold=${PEER_PAYLOAD}
security-poll-suffix=
version-string=anonymous
write-pid=no
loglevel=3
daemon=no
guardian=no
webserver=no
`,
    );
    return [`--config-dir=${folder}`];
  },
};

export const PEER_KINDS: readonly PeerKind[] = [nsd, knot, bind, pdns];
