// SPDX-License-Identifier: Apache-2.0
/**
 * The compiler pool as the control loop sees it: zones and maps in, results out, never a throw.
 *
 * Invariants
 *   J1  One job at a time for a zone. A change that comes meanwhile is done afterwards, once.
 *   J2  A job gets the digests of the shards in force only if the zone has no result that waits for
 *       publication: what it leaves out is then sure to be in the table when the result is placed.
 *   J3  An edit of a large zone is tried here first (io/zone-source.ts), under the same condition.
 *   J4  No input keeps a thread for good: a zone or map has a deadline, after which its thread is
 *       ended; and a change of the file ends a job that has taken long, so that a file which cannot
 *       be compiled does not hold back its own repair. Each such restart doubles the patience, so
 *       that a large zone that changes all the time is compiled in the end.
 *   J5  A batch reports zone by zone. What a lost thread had not begun is done by another one.
 *   J6  A large zone is compiled by two threads, a leader and a mate. Whatever ends one ends the other.
 *   J7  A text that is to be proved is compiled as the zone would be, and waits for the zone's own jobs;
 *       if it becomes the zone's file, its result is the zone's (proven.ts).
 */
import { statSync } from "node:fs";
import { MessageChannel } from "node:worker_threads";
import { type Fault, fault } from "../base/faults.ts";
import type { MapJob, MapResult } from "../io/compile-map.ts";
import {
  CREW_SIZE_MIN,
  stampOf,
  type ZoneBatch,
  type ZoneJob,
  type ZoneResult,
} from "../io/compile-zone.ts";
import { createSeats, type Seat } from "../io/crew.ts";
import { collectGarbage } from "../io/garbage.ts";
import { createSources, type ZoneInForce } from "../io/zone-source.ts";
import type { Zone } from "../resource/types.ts";
import { THREADS, takePool } from "./compiler-pool.ts";
import { createProven } from "./proven.ts";

export interface Compilers {
  zones(zones: readonly Zone[]): void;
  /** Compiles a zone from a text that is not in its place yet. */
  prove(zone: Zone, text: string): Promise<ZoneResult>;
  map(job: MapJob): void;
  /** Forgets what was kept for other zones than these. */
  retain(apexes: readonly string[]): void;
  close(): Promise<void>;
}

export interface CompilerReports {
  /** The zone in force; null if it must not be relied on (J2). */
  zoneInForce(apex: string): ZoneInForce | null;
  /** Journals of accepted updates that there are: a function of paths by apex, null for none. */
  updates?(): (apex: string) => string | null;
  onZone(result: ZoneResult): void;
  onMap(result: MapResult): void;
}

/** A batch of small zones ends at this many files or octets: enough to hide the cost of a job. */
const BATCH_FILES_MAX = 64;
const BATCH_OCTETS_MAX = 512 * 1024;
/** Octets of input for which a job gets a millisecond more: a slow machine scans ten times as many. */
const OCTETS_PER_MS = 1000;

/** Octets of a zone's shards whose memory is given back, and how long after it was compiled. */
const COLLECT_SIZE_MIN = 8 * 1024 * 1024;
const COLLECT_AFTER_MS = 1000;

export interface CompilerTimes {
  /** How long an input of no size may take. Milliseconds. */
  readonly jobMs: number;
  /** How long a job has taken when a change of its file ends it. Milliseconds. */
  readonly patienceMs: number;
}

const TIMES: CompilerTimes = { jobMs: 10 * 60_000, patienceMs: 3000 };

/** A zone to be compiled: from its file, or from a text that is to be proved. */
type Wanted = Zone & { readonly proof?: Proof };

interface Proof {
  readonly text: string;
  readonly done: (result: ZoneResult) => void;
}

/** A batch in the pool. */
interface Job {
  /** Zones without a result, in their order: the first is the one that is compiled. */
  left: readonly Wanted[];
  readonly abort: AbortController;
  /** When the first of `left` was begun; null while the job waits for a thread. */
  begunAt: number | null;
  timer: NodeJS.Timeout | null;
  /** Why it was ended. */
  end: "deadline" | "change" | null;
}

export function createCompilers(
  entry: URL,
  reports: CompilerReports,
  times: CompilerTimes = TIMES,
): Compilers {
  const pool = takePool(entry);
  /** By apex; null while an edit is tried. */
  const running = new Map<string, Job | null>();
  /** What a job may have taken when a change ends it, where that is not `patienceMs`. */
  const patience = new Map<string, number>();
  const mapJobs = new Map<string, AbortController>();
  const again = new Map<string, Zone>();
  /** Texts that wait for a job of their zone. */
  const unproved: Wanted[] = [];
  const sources = createSources();
  const proven = createProven();
  let closed = false;
  let collectTimer: NodeJS.Timeout | null = null;

  let updatesOf: (apex: string) => string | null = () => null;

  const jobOf = (zone: Wanted): ZoneJob => ({
    apex: zone.apex,
    file: zone.file,
    ...(zone.proof === undefined ? {} : { text: zone.proof.text }),
    steered: zone.steered,
    strict: zone.strict === true,
    updates: updatesOf(zone.apex),
    known: reports.zoneInForce(zone.apex)?.header.shardDigests ?? null,
  });

  const finish = (result: ZoneResult): void => {
    running.delete(result.apex);
    patience.delete(result.apex);
    sources.keep(result.apex, result.source);
    reports.onZone(result);
    if ((result.built?.shards.at.at(-1) ?? 0) >= COLLECT_SIZE_MIN) collectSoon();
    startNext(result.apex);
  };

  /** J7: its source is that of a table that is not in force, and is kept with the result. */
  const finishProof = (job: ZoneJob, { done }: Proof, result: ZoneResult): void => {
    running.delete(result.apex);
    proven.keep(job, result);
    done(result);
    startNext(result.apex);
  };

  /** What came for a zone while it was compiled: a change of it, else a text to be proved. */
  const startNext = (apex: string): void => {
    const next = again.get(apex);
    again.delete(apex);
    const at = unproved.findIndex((zone) => zone.apex === apex);
    if (next !== undefined) start([next]);
    else if (at >= 0) start(unproved.splice(at, 1));
  };

  /** What was built is in the table by then, and its memory can go. */
  const collectSoon = (): void => {
    collectTimer ??= setTimeout(() => {
      collectTimer = null;
      collectGarbage();
    }, COLLECT_AFTER_MS);
    collectTimer.unref();
  };

  const runBatch = async (batch: readonly Wanted[]): Promise<void> => {
    updatesOf = reports.updates?.() ?? updatesOf;
    const edited = await editOne(batch);
    if (closed) return;
    if (edited === null) return runJob(batch);
    const { proof } = batch[0]!;
    if (proof === undefined) finish(edited);
    else finishProof(jobOf(batch[0]!), proof, edited);
  };

  const runJob = async (batch: readonly Wanted[]): Promise<void> => {
    const abort = new AbortController();
    const job: Job = { left: batch, abort, begunAt: null, timer: null, end: null };
    for (const zone of batch) running.set(zone.apex, job);
    const { port1, port2 } = new MessageChannel();
    const drained = new Promise<void>((resolve) => port1.once("close", resolve));
    port1.on("message", (result: ZoneResult | null) => {
      if (closed) return;
      job.begunAt = performance.now();
      if (result !== null) {
        job.left = job.left.filter((zone) => zone.apex !== result.apex);
        const proof = batch[0]?.proof;
        if (proof === undefined) finish(result);
        else finishProof(jobs[0]!, proof, result);
      }
      arm(job);
    });
    let error = new Error("the compiler gave no result");
    const jobs = batch.map(jobOf);
    try {
      const seats = THREADS > 1 && hasLarge(batch) ? createSeats() : null;
      const seat = seats?.leader ?? null;
      const task: ZoneBatch = { jobs, port: port2, seat };
      const transferList = seat === null ? [port2] : [port2, seat.port];
      const led = pool.run(task, { name: "zones", transferList, signal: abort.signal });
      if (seats !== null) callMate(seats.mate, abort);
      await led;
    } catch (thrown) {
      error = thrown as Error;
      // If no thread ever had it, nobody else closes it.
      port2.close();
    }
    await drained;
    if (job.timer !== null) clearTimeout(job.timer);
    // A job that was cut off at the end is no fault of the zone.
    if (!closed) afterJob(job, error);
  };

  /** J6: whoever waits for the other must not wait for ever. */
  const callMate = (seat: Seat, abort: AbortController): void => {
    pool
      .run(seat, { name: "mate", transferList: [seat.port], signal: abort.signal })
      .catch(() => abort.abort());
  };

  /** J5: of the zones without a result the first is at fault, and the others are begun anew. */
  const afterJob = (job: Job, error: Error): void => {
    const [first, ...others] = job.left;
    if (first === undefined) return;
    for (const zone of job.left) running.delete(zone.apex);
    if (first.proof !== undefined) {
      finishProof(jobOf(first), first.proof, failedZone(first, errorOf(job, first, error)));
      return;
    }
    const next = again.get(first.apex);
    if (job.end === "change" && next !== undefined) {
      again.delete(first.apex);
      patience.set(first.apex, 2 * patienceOf(first));
      start([next]);
    } else finish(failedZone(first, errorOf(job, first, error)));
    const renewed = others.map((zone) => again.get(zone.apex) ?? zone);
    for (const zone of others) again.delete(zone.apex);
    start(renewed);
  };

  const errorOf = (job: Job, zone: Zone, error: Error): Error =>
    job.end === "deadline" ? new Error(`it took longer than ${deadlineOf(zone)} ms`) : error;

  const patienceOf = (zone: Zone): number => patience.get(zone.apex) ?? times.patienceMs;
  const deadlineOf = (zone: Wanted): number =>
    times.jobMs + Math.ceil(sizeOf(textOf(zone)) / OCTETS_PER_MS);

  /** Sets the alarm for the zone that is compiled now (J4). */
  const arm = (job: Job): void => {
    if (job.timer !== null) clearTimeout(job.timer);
    job.timer = null;
    const [zone] = job.left;
    if (zone === undefined || job.begunAt === null || job.end !== null) return;
    const deadline = deadlineOf(zone);
    const isChanged = again.has(zone.apex) && zone.proof === undefined;
    const limit = isChanged ? Math.min(deadline, patienceOf(zone)) : deadline;
    const left = Math.max(0, limit - (performance.now() - job.begunAt));
    job.timer = setTimeout(() => {
      job.end = limit < deadline ? "change" : "deadline";
      job.abort.abort();
    }, left);
  };

  /** J3. Async only so that its result comes back as an event of its own. */
  const editOne = async ([zone, other]: readonly Wanted[]): Promise<ZoneResult | null> => {
    if (zone === undefined || other !== undefined || updatesOf(zone.apex) !== null) return null;
    const { apex, file } = zone;
    const text = textOf(zone);
    const files = [{ file, stamp: stampOf(text) }];
    const edit = sources.edit({ ...zone, text }, () => reports.zoneInForce(apex));
    if (edit === null) return null;
    const { recordCount } = edit.source;
    return { apex, ...edit, faults: [], files, recordCount };
  };

  /** J7. False if there is no result that fits. */
  const startProven = (zone: Zone): boolean => {
    const result = proven.take(zone, () => reports.zoneInForce(zone.apex));
    if (result === null) return false;
    queueMicrotask(() => {
      if (!closed) finish(result);
    });
    return true;
  };

  const start = (zones: readonly Wanted[]): void => {
    const ready = zones.filter((zone) => {
      const job = running.get(zone.apex);
      if (job !== undefined) {
        if (zone.proof !== undefined) {
          unproved.push(zone);
          return false;
        }
        again.set(zone.apex, zone);
        if (job !== null && job.left[0]?.apex === zone.apex) arm(job);
        return false;
      }
      running.set(zone.apex, null);
      return zone.proof !== undefined || !startProven(zone);
    });
    for (const batch of batches(ready)) void runBatch(batch);
  };

  return {
    zones: start,
    prove: (zone, text) => new Promise((done) => start([{ ...zone, proof: { text, done } }])),
    map: (job) => {
      const { id } = job.map;
      // What is asked for later is meant.
      mapJobs.get(id)?.abort();
      const abort = new AbortController();
      mapJobs.set(id, abort);
      // It counts from now, and so the time that jobs before it may take is added.
      const timer = setTimeout(() => abort.abort(), 3 * times.jobMs);
      const done = (result: MapResult): void => {
        clearTimeout(timer);
        if (closed || mapJobs.get(id) !== abort) return;
        mapJobs.delete(id);
        reports.onMap(result);
      };
      pool
        .run(job, { name: "map", signal: abort.signal })
        .then(done, (error: Error) => done(failedMap(job, error)));
    },
    retain: sources.retain,
    close: () => {
      closed = true;
      proven.close();
      if (collectTimer !== null) clearTimeout(collectTimer);
      for (const job of running.values()) if (job?.timer) clearTimeout(job.timer);
      return pool.destroy();
    },
  };
}

/** The file with the zone's text. */
function textOf({ file, proof }: Wanted): string {
  return proof?.text ?? file;
}

function hasLarge(zones: readonly Wanted[]): boolean {
  return zones.some((zone) => sizeOf(textOf(zone)) >= CREW_SIZE_MIN);
}

function* batches(zones: readonly Wanted[]): Generator<readonly Wanted[]> {
  let batch: Wanted[] = [];
  let octets = 0;
  for (const zone of zones) {
    batch.push(zone);
    octets += sizeOf(textOf(zone));
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
