// SPDX-License-Identifier: Apache-2.0
/**
 * The compiler pool as the control loop sees it: zones and maps in, results out, never a throw.
 *
 * Invariants
 *   J1  One job at a time for a zone. A change that comes meanwhile is done afterwards, once.
 *   J2  A job gets the digests of the shards in force only if the zone has no result that waits for
 *       publication: what it leaves out is then sure to be in the table when the result is placed.
 *   J3  An edit of a large zone is tried here first (io/zone-source.ts), under the same condition.
 */
import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Piscina } from "piscina";
import { type Fault, fault } from "../base/faults.ts";
import type { MapJob, MapResult } from "../io/compile-map.ts";
import { stampOf, type ZoneJob, type ZoneResult } from "../io/compile-zone.ts";
import { createSources, type ZoneInForce } from "../io/zone-source.ts";
import type { Zone } from "../resource/types.ts";

export interface Compilers {
  zones(zones: readonly Zone[]): void;
  map(job: MapJob): void;
  /** Forgets what was kept for other zones than these. */
  retain(apexes: readonly string[]): void;
  close(): Promise<void>;
}

export interface CompilerReports {
  /** The zone in force; null if it must not be relied on (J2). */
  zoneInForce(apex: string): ZoneInForce | null;
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
  const sources = createSources();
  let closed = false;

  const jobOf = (zone: Zone): ZoneJob => ({
    apex: zone.apex,
    file: zone.file,
    steered: zone.steered,
    known: reports.zoneInForce(zone.apex)?.header.shardDigests ?? null,
  });

  const runBatch = async (batch: readonly Zone[]): Promise<void> => {
    let results: readonly ZoneResult[];
    try {
      results = (await editOne(batch)) ?? (await pool.run(batch.map(jobOf)));
    } catch (error) {
      results = batch.map((zone) => failedZone(zone, error as Error));
    }
    // A job that was cut off at the end is no fault of the zone.
    if (closed) return;
    for (const zone of batch) running.delete(zone.apex);
    for (const result of results) {
      sources.keep(result.apex, result.source);
      reports.onZone(result);
    }
    const next = batch.flatMap((zone) => again.get(zone.apex) ?? []);
    for (const zone of next) again.delete(zone.apex);
    if (next.length > 0) start(next);
  };

  /** J3. Async only so that its result comes back as an event of its own. */
  const editOne = async ([zone, other]: readonly Zone[]): Promise<ZoneResult[] | null> => {
    if (zone === undefined || other !== undefined) return null;
    const { apex, file } = zone;
    const files = [{ file, stamp: stampOf(file) }];
    const edit = sources.edit(zone, () => reports.zoneInForce(apex));
    if (edit === null) return null;
    const { recordCount } = edit.source;
    return [{ apex, ...edit, faults: [], files, recordCount }];
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
        if (!closed) reports.onMap(failedMap(job, error));
      });
    },
    retain: sources.retain,
    close: () => {
      closed = true;
      return pool.destroy();
    },
  };
}

function* batches(zones: readonly Zone[]): Generator<readonly Zone[]> {
  let batch: Zone[] = [];
  let octets = 0;
  for (const zone of zones) {
    batch.push(zone);
    octets += sizeOf(zone.file);
    if (batch.length < BATCH_FILES_MAX && octets < BATCH_OCTETS_MAX) continue;
    yield batch;
    batch = [];
    octets = 0;
  }
  if (batch.length > 0) yield batch;
}

/** Zero for what cannot be looked at: the job that reads it says why. */
function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}

/** A compiler that died, out of memory for instance, is a fault of this input and of nothing else. */
function failedZone(zone: Zone, error: Error): ZoneResult {
  const faults: Fault[] = [compilerFault(zone.file, error)];
  return { apex: zone.apex, built: null, faults, files: [], recordCount: 0, source: null };
}

function failedMap(job: MapJob, error: Error): MapResult {
  const faults = [compilerFault(job.map.id, error)];
  return { id: job.map.id, built: null, regions: [], faults, files: [], networkCount: 0 };
}

function compilerFault(file: string, error: Error): Fault {
  return fault("COMPILER_FAILED", { file, line: 0, column: 0 }, error.message);
}
