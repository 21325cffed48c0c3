// SPDX-License-Identifier: Apache-2.0
/**
 * The compiler pool as the control loop sees it: zones and maps in, results out, never a throw.
 *
 * Invariants
 *   J1  One job at a time for a zone. A change that comes meanwhile is done afterwards, once.
 *   J2  A job gets the digests of the shards in force only if the zone has no result that waits for
 *       publication: what it leaves out is then sure to be in the table when the result is placed.
 */
import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Piscina } from "piscina";
import { type Fault, fault } from "../base/faults.ts";
import type { MapJob, MapResult } from "../io/compile-map.ts";
import type { ZoneJob, ZoneResult } from "../io/compile-zone.ts";
import type { Zone } from "../resource/types.ts";

export interface Compilers {
  zones(zones: readonly Zone[]): void;
  map(job: MapJob): void;
  close(): Promise<void>;
}

export interface CompilerReports {
  /** Digests of the zone's shards in force; null if they must not be relied on (J2). */
  knownDigests(apex: string): Uint8Array | null;
  onZone(result: ZoneResult): void;
  onMap(result: MapResult): void;
}

/** A batch of small zones ends at this many files or octets: enough to hide the cost of a job. */
const BATCH_FILES_MAX = 64;
const BATCH_OCTETS_MAX = 512 * 1024;
/** A pool of more threads than this would only compete with the data plane. */
const THREADS_MAX = 4;

export function createCompilers(entry: URL, reports: CompilerReports): Compilers {
  const pool = new Piscina({
    filename: entry.href,
    minThreads: 1,
    maxThreads: Math.max(1, Math.min(THREADS_MAX, availableParallelism())),
    idleTimeout: 30_000,
    name: "zones",
  });
  const running = new Set<string>();
  const again = new Map<string, Zone>();

  const jobOf = (zone: Zone): ZoneJob => ({
    apex: zone.apex,
    file: zone.file,
    steered: zone.steered,
    known: reports.knownDigests(zone.apex),
  });

  const runBatch = async (batch: readonly Zone[]): Promise<void> => {
    let results: readonly ZoneResult[];
    try {
      results = await pool.run(batch.map(jobOf));
    } catch (error) {
      results = batch.map((zone) => failedZone(zone, error as Error));
    }
    for (const zone of batch) running.delete(zone.apex);
    for (const result of results) reports.onZone(result);
    const next = batch.flatMap((zone) => again.get(zone.apex) ?? []);
    for (const zone of next) again.delete(zone.apex);
    if (next.length > 0) start(next);
  };

  const start = (zones: readonly Zone[]): void => {
    const ready = zones.filter((zone) => {
      if (running.has(zone.apex)) {
        again.set(zone.apex, zone);
        return false;
      }
      running.add(zone.apex);
      return true;
    });
    for (const batch of batches(ready)) void runBatch(batch);
  };

  return {
    zones: start,
    map: (job) => {
      pool.run(job, { name: "map" }).then(reports.onMap, (error: Error) => {
        reports.onMap(failedMap(job, error));
      });
    },
    close: () => pool.destroy(),
  };
}

function* batches(zones: readonly Zone[]): Generator<readonly Zone[]> {
  let batch: Zone[] = [];
  let octets = 0;
  for (const zone of zones) {
    batch.push(zone);
    octets += statSync(zone.file, { throwIfNoEntry: false })?.size ?? 0;
    if (batch.length < BATCH_FILES_MAX && octets < BATCH_OCTETS_MAX) continue;
    yield batch;
    batch = [];
    octets = 0;
  }
  if (batch.length > 0) yield batch;
}

/** A compiler that died, out of memory for instance, is a fault of this input and of nothing else. */
function failedZone(zone: Zone, error: Error): ZoneResult {
  const faults: Fault[] = [compilerFault(zone.file, error)];
  return { apex: zone.apex, built: null, faults, files: [], recordCount: 0 };
}

function failedMap(job: MapJob, error: Error): MapResult {
  const faults = [compilerFault(job.map.id, error)];
  return { id: job.map.id, built: null, regions: [], faults, files: [], networkCount: 0 };
}

function compilerFault(file: string, error: Error): Fault {
  return fault("COMPILER_FAILED", { file, line: 0, column: 0 }, error.message);
}
