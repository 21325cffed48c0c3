// SPDX-License-Identifier: Apache-2.0
/** The probe kind `http`: does the service answer with a status that is accepted? */
import type { ProbePlugin } from "../probe.ts";
import { runHttpProbe } from "./run.ts";

export const probeHttp: ProbePlugin = {
  kind: "http",
  doc: "Passes if an HTTP/1.1 request is answered with an accepted status within the timeout.",
  options: [
    { key: "port", doc: "Port to connect to; an endpoint's probePort wins over it." },
    { key: "method", doc: "HEAD or GET." },
    { key: "path", doc: "Path and query of the request." },
    { key: "host", doc: "Host header; empty for the probed address." },
    { key: "statuses", doc: "Accepted status codes, inclusive ranges." },
  ],
  run: runHttpProbe,
};
