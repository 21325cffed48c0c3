// SPDX-License-Identifier: Apache-2.0
/** YADIFA: one thread for the address, statistics and rate limiting off. It has no steering. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PeerServer } from "../kinds.ts";

/** Its control channel wants one. */
const KEY = { algorithm: "hmac-sha256", name: "bench-key", secret: "YmVuY2htYXJrLW9mLWF6aW11dGg=" };

export const yadifa: PeerServer = {
  name: "yadifa",
  doc: "YADIFA, one thread for the address",
  programs: ["yadifad", "yadifa"],
  packages: ["yadifa"],
  workloads: ["W1", "W3"],
  answers: "right",
  notes: ["its network model `multi`, as shipped; no setting for socket buffers"],
  version: ["yadifad", "-V"],
  configure({ folder, port, apex, zoneFile }) {
    for (const name of ["keys", "xfr", "log"]) mkdirSync(join(folder, name), { recursive: true });
    const config = join(folder, "yadifad.conf");
    writeFileSync(
      config,
      `<main>
  daemon off
  chroot off
  uid root
  gid root
  data-path "${folder}"
  keys-path "${folder}/keys"
  xfr-path "${folder}/xfr"
  log-path "${folder}/log"
  pid-file "${folder}/yadifad.pid"
  listen 127.0.0.1 port ${port}
  port ${port}
  statistics off
  queries-log-type 0
  thread-count-by-address 1
  max-tcp-queries 100
  allow-query any
  allow-control bench
</main>
<acl>
  bench key ${KEY.name}
</acl>
<key>
  name ${KEY.name}
  algorithm ${KEY.algorithm}
  secret ${KEY.secret}
</key>
<control>
  enabled true
</control>
<rrl>
  enabled false
</rrl>
<channels>
  errors yadifad.log 0644
</channels>
<loggers>
  server crit,alert,emerg errors
  database crit,alert,emerg errors
  system crit,alert,emerg errors
  zone crit,alert,emerg errors
</loggers>
<zone>
  type primary
  domain ${apex}
  file-name "${zoneFile}"
  notify-auto off
  maintain-dnssec off
</zone>
`,
    );
    // A signal reloads the configuration and leaves the zone as it was.
    const key = `${KEY.algorithm}:${KEY.name}:${KEY.secret}`;
    const control = ["yadifa", "ctrl", "-s", `127.0.0.1 port ${port}`, "-y", key];
    return {
      command: ["yadifad", "-c", config],
      reload: { by: "command", commands: [[...control, "-t", "reload", "-q", apex]] },
    };
  },
};
