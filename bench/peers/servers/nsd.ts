// SPDX-License-Identifier: Apache-2.0
/** NSD: one server process; rate limiting off, which would otherwise answer one query in a hundred. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PeerServer } from "../kinds.ts";
import { BUFFER_OCTETS } from "./settings.ts";

export const nsd: PeerServer = {
  name: "nsd",
  doc: "NSD, one server process",
  programs: ["nsd", "nsd-control"],
  packages: ["nsd"],
  workloads: ["W1", "W3"],
  answers: "right",
  notes: ["no database file, no rate limit, minimal responses as shipped, receive buffer 4 MiB"],
  version: ["nsd", "-v"],
  configure({ folder, port, apex, zoneFile }) {
    const config = join(folder, "nsd.conf");
    writeFileSync(
      config,
      `server:
  server-count: 1
  ip-address: 127.0.0.1@${port}
  receive-buffer-size: ${BUFFER_OCTETS}
  send-buffer-size: ${BUFFER_OCTETS}
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
  verbosity: 0
  log-only-syslog: no
  logfile: "${folder}/nsd.log"
  username: ""
  chroot: ""
  database: ""
  zonesdir: "${folder}"
  pidfile: "${folder}/nsd.pid"
  xfrdfile: "${folder}/xfrd.state"
  zonelistfile: "${folder}/zone.list"
  xfrdir: "${folder}"
remote-control:
  control-enable: yes
  control-interface: "${folder}/nsd.ctl"
zone:
  name: ${apex}
  zonefile: ${zoneFile}
`,
    );
    return {
      command: ["nsd", "-d", "-c", config],
      reload: { by: "command", commands: [["nsd-control", "-c", config, "reload", apex]] },
    };
  },
};
