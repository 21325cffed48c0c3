// SPDX-License-Identifier: Apache-2.0
/** The probe kind `tcp`: does the port accept connections? */
import type { ProbePlugin } from "../probe.ts";
import { runTcpProbe } from "./run.ts";

export const probeTcp: ProbePlugin = {
  kind: "tcp",
  doc: "Passes if the port accepts a TCP connection within the timeout.",
  options: [{ key: "port", doc: "Port to connect to; an endpoint's probePort wins over it." }],
  run: runTcpProbe,
};
