// SPDX-License-Identifier: Apache-2.0
/**
 * What the process says of itself, under the names that every dashboard already knows.
 *
 * The names are those of the Prometheus client libraries, and their unit is `bytes` although this
 * house counts octets: a well-known name is worth more here than our own word.
 * They are read when asked for and kept nowhere.
 */
import { availableParallelism } from "node:os";
import { counter, type Family, gauge } from "./metrics.ts";

/** Facts that only the composition root knows. */
export interface BuildFacts {
  readonly version: string;
  readonly kernel: string;
  readonly pump: string;
  readonly commit?: string;
}

/** Gauges and counters of the whole process, of all its threads together. Times in seconds. */
export function processFamilies(build: BuildFacts): readonly Family[] {
  const cpu = process.cpuUsage();
  const memory = process.memoryUsage();
  const startedSecs = (Date.now() - process.uptime() * 1000) / 1000;
  return [
    gauge("azimuth_build_info", "Always 1; the labels tell what runs.", 1, {
      version: build.version,
      commit: build.commit ?? "",
      kernel: build.kernel,
      pump: build.pump,
      node: process.version,
    }),
    counter(
      "process_cpu_seconds_total",
      "User and system CPU time of all threads.",
      (cpu.user + cpu.system) / 1e6,
    ),
    gauge("process_resident_memory_bytes", "Resident memory.", memory.rss),
    gauge("process_start_time_seconds", "Start of the process, UNIX time.", startedSecs),
    gauge("azimuth_heap_used_octets", "JavaScript heap of the thread that reads.", memory.heapUsed),
    gauge(
      "azimuth_external_octets",
      "Memory outside the heap of the thread that reads, shared memories included.",
      memory.external,
    ),
    gauge("azimuth_cpus", "Processors that this process may use.", availableParallelism()),
  ];
}
