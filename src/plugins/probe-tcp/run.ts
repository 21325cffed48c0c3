// SPDX-License-Identifier: Apache-2.0
/** Connects, and resets the connection: the port is open, and nothing was said. */
import { connect } from "node:net";
import type { ProbeTarget } from "../../health/types.ts";
import { attempt, dropSocket, type ProbeResult } from "../probe.ts";

export function runTcpProbe(target: ProbeTarget): Promise<ProbeResult> {
  return attempt(target.probe.timeoutMs, (settle) => {
    const { address, port, family } = target;
    const socket = connect({ host: address, port, family });
    socket.on("connect", () => settle.passed("connected"));
    // Stays after the end: what a dropped socket still reports is of no interest.
    socket.on("error", settle.broken);
    return () => dropSocket(socket);
  });
}
