// SPDX-License-Identifier: Apache-2.0
/** The kept result of a comparison: its shape, medians over rounds, and the tables made of them. */
import { readFileSync } from "node:fs";
import { median, round, type Table } from "../kit.ts";
import {
  type Cell,
  type LoadFigures,
  type PeerServer,
  type RunName,
  WORKLOADS,
  type WorkloadName,
} from "./kinds.ts";

export interface PeersResult {
  readonly command: string;
  readonly environment: Readonly<Record<string, unknown>>;
  readonly results: { readonly peers: PeersFigures };
}

export interface PeersFigures {
  readonly label: string;
  readonly quick: boolean;
  readonly rounds: number;
  readonly seconds: number;
  /** What each workload is. */
  readonly workloads: Readonly<Partial<Record<WorkloadName, string>>>;
  readonly servers: readonly Pick<PeerServer, "name" | "doc" | "notes" | "answers">[];
  /** Servers that could not run here, and why. */
  readonly leftOut: Readonly<Record<string, string>>;
  readonly medians: readonly Medians[];
  readonly cells: readonly Cell[];
}

/** Of one server under one workload, each figure by itself; null where nothing was measured. */
export interface Medians {
  readonly workload: WorkloadName;
  readonly server: string;
  readonly rounds: number;
  /** Why rounds, or some of their figures, are missing. */
  readonly failed: string | null;
  /** Of the closed runs that lost nothing the best, else of those that did. Queries per second. */
  readonly highestRate: number | null;
  /** Part of the queries lost in that run. */
  readonly lostAtHighest: number | null;
  /** Idle time of the generator in that run: near 0 the rate is the generator's own. */
  readonly generatorIdle: number | null;
  readonly at20k: FixedRate | null;
  readonly at100k: FixedRate | null;
  readonly startMs: number | null;
  readonly savedStartMs: number | null;
  readonly editMs: number | null;
  readonly rssMiB: number | null;
  readonly pssMiB: number | null;
  readonly receiveBufferOctets: number | null;
}

export interface FixedRate {
  readonly cpuMicros: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  readonly lostPart: number;
}

/** Reads a file that `npm run bench:peers` kept. Throws if it is none. */
export function readResult(file: string): PeersResult {
  const result = JSON.parse(readFileSync(file, "utf8")) as Partial<PeersResult>;
  if (!Array.isArray(result.results?.peers?.medians)) {
    throw new Error(`${file} holds no result of a comparison of servers`);
  }
  return result as PeersResult;
}

export function summarize(cells: readonly Cell[]): readonly Medians[] {
  const groups = Map.groupBy(cells, ({ workload, server }) => `${workload} ${server}`);
  return [...groups.values()].map(summarizeOne);
}

function summarizeOne(cells: readonly Cell[]): Medians {
  const { workload, server } = cells[0]!;
  const good = cells.filter((cell) => cell.failed === undefined);
  const middle = (of: (cell: Cell) => number | undefined, digits: number): number | null => {
    const values = good.map(of).filter((value) => value !== undefined && !Number.isNaN(value));
    return values.length === 0 ? null : round(median(values as number[]), digits);
  };
  return {
    workload,
    server,
    rounds: good.length,
    failed:
      cells.map((cell) => cell.failed ?? cell.trouble).find((one) => one !== undefined) ?? null,
    highestRate: middle((cell) => bestRun(cell)?.rate, 0),
    lostAtHighest: middle((cell) => lostPart(bestRun(cell)), 6),
    generatorIdle: middle((cell) => bestRun(cell)?.idlePart, 3),
    at20k: fixedRate("open20k", middle),
    at100k: fixedRate("open100k", middle),
    startMs: middle((cell) => cell.startMs, 1),
    savedStartMs: middle((cell) => cell.savedStartMs, 1),
    editMs: middle((cell) => cell.editMs, 1),
    rssMiB: middle((cell) => inMiB(cell.rssKib), 1),
    pssMiB: middle((cell) => inMiB(cell.pssKib), 1),
    receiveBufferOctets: middle((cell) => cell.receiveBufferOctets, 0),
  };
}

function inMiB(kib: number | undefined): number | undefined {
  return kib === undefined ? undefined : kib / 1024;
}

function fixedRate(
  name: RunName,
  middle: (of: (cell: Cell) => number | undefined, digits: number) => number | null,
): FixedRate | null {
  const figure = (of: (run: LoadFigures) => number | undefined, digits: number): number | null =>
    middle((cell) => {
      const run = cell.runs?.[name];
      return run === undefined ? undefined : of(run);
    }, digits);
  const cpuMicros = figure((run) => run.cpuMicrosPerQuery, 2);
  const p50Micros = figure((run) => run.p50Micros, 1);
  const p99Micros = figure((run) => run.p99Micros, 1);
  const lost = figure(lostPart, 6);
  if (cpuMicros === null || p50Micros === null || p99Micros === null || lost === null) return null;
  return { cpuMicros, p50Micros, p99Micros, lostPart: lost };
}

/** The best closed run without loss; if all lost something, the best of all. */
export function bestRun({ runs }: Cell): LoadFigures | undefined {
  const closed = [runs?.closed64, runs?.closed256].filter((run) => run !== undefined);
  const lossless = closed.filter((run) => run.lost === 0);
  const from = lossless.length > 0 ? lossless : closed;
  return from.toSorted((a, b) => b.rate - a.rate)[0];
}

function lostPart(run: LoadFigures | undefined): number | undefined {
  return run === undefined || run.sent === 0 ? undefined : run.lost / run.sent;
}

/** A responder without names is a limit and no competitor. */
export function isLimit(result: PeersResult, server: string): boolean {
  return result.results.peers.servers.some((one) => one.name === server && one.answers === "no");
}

/** Whether it is Azimuth in one of its forms. */
export function isOurs(server: string): boolean {
  return server.startsWith("azimuth-");
}

/** The highest rate among other people's servers, those that do all of the work. */
export function bestPeer(result: PeersResult, workload: WorkloadName): Medians | null {
  const { servers, medians } = result.results.peers;
  const whole = new Set(
    servers
      .filter((one) => one.answers === "right" || (workload !== "W2" && one.answers !== "no"))
      .map(({ name }) => name),
  );
  const rows = medians.filter(
    (one) =>
      one.workload === workload &&
      whole.has(one.server) &&
      !isOurs(one.server) &&
      one.highestRate !== null,
  );
  return rows.toSorted((a, b) => b.highestRate! - a.highestRate!)[0] ?? null;
}

/** Tables of a result: load by workload, then the life of a server. */
export function tablesOf(result: PeersResult): readonly Table[] {
  const { workloads } = result.results.peers;
  return WORKLOADS.filter((name) => workloads[name] !== undefined).flatMap((name) => [
    rateTable(result, name),
    latencyTable(result, name),
    ...(name === "W2" ? [] : [lifeTable(result, name)]),
  ]);
}

function rowsOf(result: PeersResult, workload: WorkloadName): readonly Medians[] {
  return result.results.peers.medians
    .filter((one) => one.workload === workload && one.rounds > 0)
    .toSorted((a, b) => (b.highestRate ?? 0) - (a.highestRate ?? 0));
}

function rateTable(result: PeersResult, workload: WorkloadName): Table {
  const rows = rowsOf(result, workload);
  const limit = rows.find(({ server }) => server === "bare");
  const peer = bestPeer(result, workload);
  const ratio = (value: number | null, to: number | null | undefined): string =>
    value === null || to === null || to === undefined ? "–" : (value / to).toFixed(3);
  return {
    title: `${workload}: rate and processor time`,
    head: [
      "server",
      "q/s",
      "of the limit",
      "of the best peer",
      "lost",
      "µs/q 20k",
      "µs/q 100k",
      "above the limit",
    ],
    rows: rows.map((one) => [
      one.server,
      (one.highestRate ?? 0).toLocaleString("en"),
      ratio(one.highestRate, limit?.highestRate),
      ratio(one.highestRate, peer?.highestRate),
      partText(one.lostAtHighest),
      numberText(one.at20k?.cpuMicros, 2),
      numberText(one.at100k?.cpuMicros, 2),
      limit?.at100k && one.at100k
        ? numberText(one.at100k.cpuMicros - limit.at100k.cpuMicros, 2)
        : "–",
    ]),
  };
}

function latencyTable(result: PeersResult, workload: WorkloadName): Table {
  return {
    title: `${workload}: latency at a fixed rate, microseconds`,
    head: ["server", "p50 20k", "p99 20k", "lost 20k", "p50 100k", "p99 100k", "lost 100k"],
    rows: rowsOf(result, workload).map(({ server, at20k, at100k }) => [
      server,
      numberText(at20k?.p50Micros, 1),
      numberText(at20k?.p99Micros, 1),
      partText(at20k?.lostPart ?? null),
      numberText(at100k?.p50Micros, 1),
      numberText(at100k?.p99Micros, 1),
      partText(at100k?.lostPart ?? null),
    ]),
  };
}

function lifeTable(result: PeersResult, workload: WorkloadName): Table {
  const rows = rowsOf(result, workload).filter(({ server }) => !isLimit(result, server));
  const edits = workload === "W3";
  return {
    title: `${workload}: start, ${edits ? "edit, " : ""}memory`,
    head: [
      "server",
      "start ms",
      "from saved table ms",
      ...(edits ? ["edit to answer ms"] : []),
      "resident MiB",
      "of all processes MiB",
    ],
    rows: rows.map((one) => [
      one.server,
      numberText(one.startMs, 0),
      numberText(one.savedStartMs, 0),
      ...(edits ? [numberText(one.editMs, 1)] : []),
      numberText(one.rssMiB, 1),
      numberText(one.pssMiB, 1),
    ]),
  };
}

function numberText(value: number | null | undefined, digits: number): string {
  if (value === null || value === undefined) return "–";
  return value.toLocaleString("en", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** A part as a percentage; exactly nothing is `0`. */
function partText(part: number | null): string {
  if (part === null) return "–";
  return part === 0 ? "0" : `${(part * 100).toPrecision(2)} %`;
}
