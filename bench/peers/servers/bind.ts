// SPDX-License-Identifier: Apache-2.0
/**
 * BIND: one worker. It reads the client subnet and does not answer by it, so in W2 it serves the
 * same names with one address: what parsing and echoing the option costs, and no more.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PeerServer } from "../kinds.ts";
import { appendLines } from "./settings.ts";

export const bind: PeerServer = {
  name: "bind",
  doc: "BIND, one worker; in W2 the client subnet is ignored",
  programs: ["named", "rndc"],
  packages: ["bind9", "bind9-utils"],
  workloads: ["W1", "W2", "W3"],
  answers: "without client subnet",
  notes: ["recursion, query log and rate limit off, minimal responses; no setting for buffers"],
  version: ["named", "-v"],
  configure({ folder, port, controlPort, apex, zoneFile, steering }) {
    const key = `key "bench" { algorithm hmac-sha256; secret "YmVuY2htYXJrLW9mLWF6aW11dGg="; };\n`;
    const config = join(folder, "named.conf");
    const control = join(folder, "rndc.conf");
    if (steering !== null) {
      const address = steering.edges[steering.fallback]!;
      appendLines(
        zoneFile,
        steering.owners.map((owner) => `${owner} A ${address}`),
      );
    }
    writeFileSync(
      config,
      `${key}controls {
  inet 127.0.0.1 port ${controlPort} allow { 127.0.0.1; } keys { "bench"; };
};
options {
  directory "${folder}";
  pid-file "${folder}/named.pid";
  session-keyfile "${folder}/session.key";
  managed-keys-directory "${folder}";
  listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 { none; };
  recursion no;
  minimal-responses yes;
  querylog no;
  notify no;
  dnssec-validation no;
  allow-transfer { none; };
  zone-statistics none;
};
logging {
  channel errors { file "${folder}/named.log"; severity error; };
  category default { errors; };
};
zone "${apex}" { type primary; file "${zoneFile}"; };
`,
    );
    writeFileSync(
      control,
      `${key}options { default-key "bench"; default-server 127.0.0.1; default-port ${controlPort}; };\n`,
    );
    return {
      command: ["named", "-f", "-n", "1", "-c", config],
      reload: { by: "command", commands: [["rndc", "-c", control, "reload", apex]] },
    };
  },
};
