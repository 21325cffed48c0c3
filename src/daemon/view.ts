// SPDX-License-Identifier: Apache-2.0
/** What the control thread shows: facts of the core, the publisher and the memories as documents. */
import { faults as catalogue, type Fault, severityOf } from "../base/faults.ts";
import type {
  Condition,
  EndpointStatus,
  ExplainDocument,
  ExplainQuery,
  Status,
  ThreadStatus,
  TransitionDocument,
  ZoneAction,
  ZoneStatus,
} from "../control/documents.ts";
import { Type } from "../dns/iana.ts";
import { nameFromText } from "../dns/names.ts";
import { counterBlock, type Memory } from "../io/memory.ts";
import { tableUse } from "../io/publisher.ts";
import type { DataPlane, ReaderInfo, ThreadReport } from "../io/threads.ts";
import type { SecondaryStatus } from "../io/transfer-link.ts";
import {
  CONTROL_BLOCK_SIZE,
  CONTROL_BLOCK_STALE_SINCE_SECS,
  READER_SIZE,
  READER_STATE,
} from "../layout/gen/control.ts";
import { COUNTER_QUERIES_TCP, COUNTER_QUERIES_UDP } from "../layout/gen/counters.ts";
import { READER_STATE_SERVING } from "../layout/gen/enums.ts";
import { EPOCH_MAX } from "../layout/limits.ts";
import type { SteeredName, Zone } from "../resource/types.ts";
import { digestText } from "../table/digest.ts";
import { findZoneHeader } from "../table/find-zone.ts";
import { currentEpoch, currentRoot, observedBy } from "../table/publish.ts";
import { readZoneHeader } from "../table/table-image.ts";
import { zoneNode, zoneRRsets } from "../table/zone-records.ts";
import { counterFamilies, exposition, type Family, gauge } from "../telemetry/metrics.ts";
import { processFamilies } from "../telemetry/process.ts";
import type { TransitionRing } from "../telemetry/transitions.ts";
import { masterFile } from "../zone/master.ts";
import type { CatalogStatus, Catalogs } from "./catalogs.ts";
import type { Loop } from "./loop.ts";
import type { Storyteller } from "./story.ts";

export interface ViewInput {
  readonly name: string;
  readonly version: string;
  readonly startedAtMs: number;
  readonly listen: readonly string[];
  readonly readers: readonly ReaderInfo[];
  readonly transferReader: number;
  readonly secondaries: () => readonly SecondaryStatus[];
  readonly catalogs: Pick<Catalogs, "memberOf" | "statusOf">;
  readonly dataPlane: DataPlane;
  readonly memory: Memory;
  readonly loop: Loop;
  readonly transitions: TransitionRing;
  readonly storyteller: Storyteller;
  readonly threads: () => readonly ThreadReport[];
  /** Faults of the last configuration that was read. */
  readonly configFaults: () => readonly Fault[];
  readonly reload: () => Promise<Condition>;
  readonly zoneAction: (zone: string, action: ZoneAction) => Promise<Condition | null>;
  /** UNIX time of a moment on the loop's clock. */
  readonly wallTime: (instant: number) => string;
}

/** `file:line:column severity CODE detail`, on one line. */
export function faultLine({ key, place, detail }: Fault): string {
  const { severity, code } = catalogue[key];
  const at = place.line === 0 ? place.file : `${place.file}:${place.line}:${place.column}`;
  return `${at} ${severity} ${code} ${detail}`.trim();
}

/** The interface that src/api serves (its ControlView has this shape). */
export function createView(input: ViewInput) {
  const { loop, memory, transitions, storyteller } = input;
  const seen: Seen = { epochs: new Map(), queries: new Map(), epochAtLook: 0 };
  return {
    metrics: (): string => exposition(metrics(input)),
    live: (): Condition => live(input),
    ready: (): Condition => ready(input),
    status: (): Status => {
      look(input, seen);
      return status(input, seen);
    },
    /** Looks where the readers are; to be called now and then, since a sleeping one does not say. */
    look: (): void => look(input, seen),
    zones: (): readonly ZoneStatus[] => zones(input),
    endpoints: (): readonly EndpointStatus[] => endpoints(input),
    transitions: (limit: number): readonly TransitionDocument[] => transitions.list({ limit }),
    explain: (query: ExplainQuery): ExplainDocument | { readonly error: string } =>
      currentRoot(memory.control) === 0
        ? { error: "no table is in force yet" }
        : storyteller.tell(query),
    reload: input.reload,
    zoneAction: input.zoneAction,
    zoneFile: (zone: string): string | null => zoneFile(input, zone),
    core: loop.core,
  };
}

function condition(reasons: readonly string[]): Condition {
  return { ok: reasons.length === 0, reasons };
}

function readerState(memory: Memory, reader: number): number {
  return Atomics.load(
    memory.control,
    (CONTROL_BLOCK_SIZE + reader * READER_SIZE + READER_STATE) >> 2,
  );
}

/** Every reader has its sockets. A thread that is being restarted makes this node limp, not dead. */
function live(input: ViewInput): Condition {
  const serving = input.readers.filter(
    ({ reader }) => readerState(input.memory, reader) === READER_STATE_SERVING,
  );
  return condition(serving.length > 0 ? [] : ["no thread has its sockets"]);
}

/** How many epochs an awake reader may be behind before the node takes no more traffic (K08). */
const EPOCH_LAG_MAX = 8;

function ready(input: ViewInput): Condition {
  const { memory, readers } = input;
  const reasons: string[] = [];
  const wanted = input.loop.core.zones.size;
  if (currentRoot(memory.control) === 0) reasons.push("no table is in force");
  else if (wanted > 0 && zoneCounts(input.loop).served === 0) {
    reasons.push(`none of the ${wanted} zones could be loaded`);
  }
  const epoch = currentEpoch(memory.control);
  for (const { name, reader } of readers) {
    if (readerState(memory, reader) !== READER_STATE_SERVING)
      reasons.push(`${name} is not serving`);
    const observed = observedBy(memory.control, reader);
    if (observed !== EPOCH_MAX && epoch - observed > EPOCH_LAG_MAX) {
      reasons.push(`${name} is ${epoch - observed} epochs behind`);
    }
  }
  for (const thread of input.threads()) {
    if (thread.state === "restarting") reasons.push(`${thread.name} is being restarted`);
  }
  return condition(reasons);
}

/** Where the readers were when they last spoke, by number. */
interface Seen {
  readonly epochs: Map<number, number>;
  readonly queries: Map<number, number>;
  epochAtLook: number;
}

/**
 * A reader says which epoch it is in only while it is awake, which is never when one looks. But who
 * has answered since the last look has been in the epoch of that look, or in a later one.
 */
function look({ memory, readers }: ViewInput, seen: Seen): void {
  for (const { reader } of readers) {
    const observed = observedBy(memory.control, reader);
    const queries = queriesOf(memory, reader);
    const before = seen.queries.get(reader);
    seen.queries.set(reader, queries);
    if (observed !== EPOCH_MAX) seen.epochs.set(reader, observed);
    else if (before !== undefined && queries > before && seen.epochAtLook > 0) {
      seen.epochs.set(reader, Math.max(seen.epochs.get(reader) ?? 0, seen.epochAtLook));
    }
  }
  seen.epochAtLook = currentEpoch(memory.control);
}

function queriesOf(memory: Memory, reader: number): number {
  const words = counterBlock(memory.shared, reader);
  return words[COUNTER_QUERIES_UDP]! + words[COUNTER_QUERIES_TCP]!;
}

function threadStatuses(input: ViewInput, seen: Seen): readonly ThreadStatus[] {
  const { memory, readers } = input;
  const byName = new Map(readers.map((one) => [one.name, one.reader]));
  return input.threads().map(({ name, state, restarts }) => {
    const reader = byName.get(name);
    if (reader === undefined) return { name, state, restarts, observedEpoch: null, queries: 0 };
    const observedEpoch = seen.epochs.get(reader) ?? null;
    return { name, state, restarts, observedEpoch, queries: queriesOf(memory, reader) };
  });
}

function status(input: ViewInput, seen: Seen): Status {
  const { memory, loop } = input;
  const use = tableUse(loop.publisher);
  const stale = staleSince(memory);
  const digest = loop.publisher.image.directory?.digest;
  return {
    name: input.name,
    version: input.version,
    pid: process.pid,
    startedAt: new Date(input.startedAtMs).toISOString(),
    revision: loop.publisher.image.revision,
    epoch: currentEpoch(memory.control),
    digest: digest === undefined ? "" : digestText(digest),
    source: stale === 0 ? "live" : `saved table of ${new Date(stale * 1000).toISOString()}`,
    ...input.dataPlane,
    listen: input.listen,
    zones: zoneCounts(loop).served,
    tableOctetsUsed: use.total - use.free,
    tableOctetsMax: use.total,
    threads: threadStatuses(input, seen),
    faults: [
      ...input.configFaults(),
      ...[...loop.core.maps.values()].flatMap((map) => map.faults),
      ...failedZoneFaults(loop),
      ...loop.core.refusal,
    ].map(faultLine),
  };
}

function staleSince(memory: Memory): number {
  return Atomics.load(memory.control, CONTROL_BLOCK_STALE_SINCE_SECS >> 2) >>> 0;
}

/** Failed zones whose fault the status names; all are in the list of zones. */
const FAILED_ZONES_MAX = 20;

/** The first fault of zones that are answered with SERVFAIL. */
function failedZoneFaults(loop: Loop): readonly Fault[] {
  const faults: Fault[] = [];
  for (const zone of loop.core.zones.values()) {
    if (zone.phase !== "failed") continue;
    faults.push(...zone.faults.filter((one) => severityOf(one) === "error").slice(0, 1));
    if (faults.length === FAILED_ZONES_MAX) break;
  }
  return faults;
}

/** Zones with data in the table, and those that are configured and have none there. */
function zoneCounts(loop: Loop): { readonly served: number; readonly failed: number } {
  let served = 0;
  let failed = 0;
  for (const { inForce, phase } of loop.core.zones.values()) {
    if (inForce) served += 1;
    if (phase === "failed" || phase === "expired") failed += 1;
  }
  return { served, failed };
}

function zones(input: ViewInput): readonly ZoneStatus[] {
  const secondaries = new Map(input.secondaries().map((one) => [one.apex, one]));
  return [...input.loop.core.zones.values()].map((record) => ({
    zone: record.zone.apex,
    source: sourceOf(record.zone),
    secondary: secondaryOf(secondaries.get(record.zone.apex)),
    member: input.catalogs.memberOf(record.zone.apex),
    catalog: catalogOf(input.catalogs.statusOf(record.zone.apex)),
    serial: record.serial,
    owners: record.owners,
    file: record.zone.file,
    state: record.phase,
    faults: record.faults.map(faultLine),
    loadedAt: record.loadedAt === null ? null : input.wallTime(record.loadedAt),
    steered: record.zone.steered.map(({ owner, types, policy }) => ({ owner, types, policy })),
  }));
}

function zoneFile({ memory, loop }: ViewInput, zone: string): string | null {
  const { table, control } = memory;
  const apex = nameFromText(zone);
  const ref = apex === null ? 0 : findZoneHeader(table, currentRoot(control), apex);
  if (apex === null || ref === 0) return null;
  const header = readZoneHeader(table, ref);
  const soa = zoneNode(table, header, apex)?.rrsets.get(Type.SOA);
  if (soa === undefined) return null;
  const steered = loop.core.zones.get(zone)?.zone.steered ?? [];
  return [...masterFile(soa, zoneRRsets(table, header)), ...steered.map(steeredComment)].join("");
}

/** A line of the master file for what it has no records of. */
function steeredComment({ owner, types, policy }: SteeredName): string {
  return `; ${owner} ${types.join(" ")}: answered by policy ${policy}\n`;
}

function sourceOf({ transfer }: Zone): ZoneStatus["source"] {
  if (transfer.primaries.length > 0) return "secondary";
  return transfer.allowUpdate.length > 0 ? "dynamic" : "file";
}

function secondaryOf(status: SecondaryStatus | undefined): ZoneStatus["secondary"] {
  if (status === undefined) return null;
  const time = (ms: number | null): string | null => (ms ? new Date(ms).toISOString() : null);
  return {
    ...{ primary: status.primary, busy: status.busy, error: status.lastError },
    confirmedAt: time(status.confirmedAt),
    nextAt: time(status.nextAt),
    expiresAt: time(status.expiresAt),
  };
}

function catalogOf(status: CatalogStatus | null): ZoneStatus["catalog"] {
  if (status === null) return null;
  const clashes = status.clashes.map(({ zone, owner }) => ({ zone, owner }));
  return { ...status, clashes };
}

/** One gauge of each for a catalog; nothing on servers without. */
function catalogFamilies({ catalogs, loop }: ViewInput): readonly Family[] {
  const rows = [...loop.core.zones.keys()].flatMap((apex) => {
    const status = catalogs.statusOf(apex);
    return status === null ? [] : [{ labels: { catalog: apex }, status }];
  });
  const family = (name: string, help: string, of: (status: CatalogStatus) => number): Family => {
    const samples = rows.map(({ labels, status }) => ({ labels, value: of(status) }));
    return { name: `azimuth_catalog_${name}`, help, type: "gauge", samples };
  };
  if (rows.length === 0) return [];
  return [
    family("members", "Zones that are served because a catalog lists them.", (s) => s.members),
    family("clashes", "Zones it lists that others have.", (s) => s.clashes.length),
    family("broken", "1 if the version in force is broken.", (s) => (s.broken === null ? 0 : 1)),
  ];
}

function endpoints(input: ViewInput): readonly EndpointStatus[] {
  const { core } = input.loop;
  const targets = new Map(core.targets.targets.map((target) => [target.key, target]));
  return core.endpoints.endpoints.map(({ id, pop }, i) => {
    const wanted = core.targets.endpoints.get(id);
    const keys = [...(wanted?.v4 ?? []), ...(wanted?.v6 ?? []), ...(wanted?.whole ?? [])];
    return {
      endpoint: id,
      pop: pop.id,
      status: core.verdicts[i]?.status ?? "unknown",
      addresses: keys.map((key) => {
        const target = targets.get(key);
        const track = core.tracks.get(key);
        const host = target?.family === 6 ? `[${target.address}]` : target?.address;
        return {
          address: `${host}:${target?.port}`,
          status: track?.status ?? "unknown",
          since: track === undefined ? null : input.wallTime(track.since),
          rttMs: track?.rttMs ?? null,
          reason: track?.reason ?? "",
        };
      }),
    };
  });
}

function metrics(input: ViewInput): readonly Family[] {
  const { memory, loop } = input;
  const use = tableUse(loop.publisher);
  const counting = [...input.readers, { name: "transfer", reader: input.transferReader }];
  const blocks = counting.map(({ name, reader }) => ({
    worker: name,
    words: counterBlock(memory.shared, reader),
  }));
  const counts = zoneCounts(loop);
  const stale = staleSince(memory);
  const threads = input.threads();
  return [
    ...processFamilies({ version: input.version, ...input.dataPlane }),
    ...counterFamilies(blocks, { perWorker: true }),
    gauge("azimuth_table_epoch", "Publications of this process.", currentEpoch(memory.control)),
    gauge("azimuth_table_revision", "Revision in force.", loop.publisher.image.revision),
    gauge("azimuth_table_octets", "Octets of table memory.", use.total - use.free, {
      state: "used",
    }),
    gauge("azimuth_table_octets", "Octets of table memory.", use.free, { state: "free" }),
    gauge("azimuth_table_octets", "Octets of table memory.", use.retired, { state: "retired" }),
    gauge(
      "azimuth_table_stale_since_seconds",
      "UNIX time of the saved table that serves; 0 when the table is live.",
      stale,
    ),
    gauge("azimuth_zones", "Zones served.", counts.served),
    gauge("azimuth_zones_failed", "Zones that never were good: SERVFAIL.", counts.failed),
    total("azimuth_publications_total", "Tables published.", loop.last.publications),
    total("azimuth_publications_refused_total", "Tables refused.", loop.last.refused),
    total("azimuth_plan_words_written_total", "Words of plans changed.", loop.last.wordsWritten),
    endpointFamily(loop),
    ...catalogFamilies(input),
    {
      name: "azimuth_thread_restarts_total",
      help: "Times that a thread was started again.",
      type: "counter",
      samples: threads.map(({ name, restarts }) => ({ labels: { thread: name }, value: restarts })),
    },
  ];
}

function total(name: string, help: string, value: number): Family {
  return { name, help, type: "counter", samples: [{ labels: {}, value }] };
}

function endpointFamily(loop: Loop): Family {
  const { core } = loop;
  return {
    name: "azimuth_endpoint_up",
    help: "1 if the endpoint is up, 0 if not.",
    type: "gauge",
    samples: core.endpoints.endpoints.map(({ id, pop }, i) => {
      const up = core.verdicts[i]?.status === "up" ? 1 : 0;
      return { labels: { endpoint: id, pop: pop.id }, value: up };
    }),
  };
}
