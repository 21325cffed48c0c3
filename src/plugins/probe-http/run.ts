// SPDX-License-Identifier: Apache-2.0
/**
 * Asks over HTTP/1.1 and looks at the status alone.
 *
 * Each attempt opens a connection of its own: that an old one still works does not prove that new
 * clients get in. The body is not read, redirects are not followed; the connection is reset as
 * soon as the header section is there. RFC 9110 §15 status codes.
 */
import { request } from "node:http";
import type { ProbeTarget } from "../../health/types.ts";
import { attempt, dropSocket, type ProbeResult } from "../probe.ts";

export function runHttpProbe(target: ProbeTarget): Promise<ProbeResult> {
  const { address, port, family, probe } = target;
  return attempt(probe.timeoutMs, (settle) => {
    const headers: Record<string, string> = { "user-agent": "azimuth-probe" };
    if (probe.host !== "") headers["host"] = probe.host;
    const asking = request({
      agent: false,
      family,
      headers,
      host: address,
      method: probe.method,
      path: probe.path,
      port,
    });
    asking.on("response", (response) => {
      const status = response.statusCode ?? 0;
      const accepted = probe.statuses.some(([low, high]) => status >= low && status <= high);
      if (accepted) settle.passed(`status ${status}`);
      else settle.failed(`status ${status}`);
    });
    // Stays after the end: what a dropped connection still reports is of no interest.
    asking.on("error", settle.broken);
    asking.end();
    return () => {
      if (asking.socket !== null && !asking.socket.connecting) dropSocket(asking.socket);
      asking.destroy();
    };
  });
}
