// SPDX-License-Identifier: Apache-2.0
/**
 * Thread entry of the prober: due probes → outcomes.
 *
 * Talks to the control thread over the port in `workerData`; the parent only hears that it is
 * ready. When the port closes, because the control thread ended, the prober ends too: outcomes that
 * nobody reads are not worth asking for. If this thread dies, verdicts become unknown, never down.
 *
 * Times are those of CLOCK_MONOTONIC, which all threads of the process share; `performance.now()`
 * counts from the start of each thread and would not do.
 */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { probePluginOf } from "../src/plugins/registry.ts";
import { createProber, type ProberCommand } from "./prober-rounds.ts";

/** What the thread is started with; `port` is also in the transfer list. */
export interface ProberData {
  readonly port: MessagePort;
  readonly inFlightMax?: number;
  readonly roundsPerSecMax?: number;
  /** Tells vantages apart: a hash of the node's id. */
  readonly seed?: number;
}

const { port, ...bounds } = workerData as ProberData;

const prober = createProber({
  ...bounds,
  post: (report) => port.postMessage(report),
  now: () => Number(process.hrtime.bigint()) / 1e6,
  after: (delayMs, fn) => {
    const timer = setTimeout(fn, delayMs);
    return () => clearTimeout(timer);
  },
  run: (target) => probePluginOf[target.probe.kind].run(target),
});

port.on("message", (command: ProberCommand) => {
  if (command.kind === "targets") prober.setTargets(command.targets);
  else port.close();
});
port.on("close", () => prober.stop());
parentPort?.postMessage({ kind: "ready" });
