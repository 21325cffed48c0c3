// SPDX-License-Identifier: Apache-2.0
/**
 * Draws docs/benchmarks.md and its charts from a kept result, and from nothing else: no figure in
 * the page is typed by hand, and whoever doubts one can look at the rounds in the file it names.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ROOT, tableText } from "../kit.ts";
import { WORKLOADS, type WorkloadName } from "./kinds.ts";
import { bestPeer, isLimit, isOurs, type Medians, type PeersResult, tablesOf } from "./result.ts";
import { barChart, type Chart, type ChartRow } from "./svg.ts";

/** Files below the top of the tree, by their text. `from` is the name of the result's file. */
export function pagesOf(result: PeersResult, from: string): ReadonlyMap<string, string> {
  const pages = new Map<string, string>();
  const images = new Map<WorkloadName, string[]>();
  for (const [name, workload, chart] of chartsOf(result)) {
    const file = `docs/benchmarks/${name}.svg`;
    pages.set(file, barChart(chart));
    if (!images.has(workload)) images.set(workload, []);
    images.get(workload)!.push(`![${chart.title}](benchmarks/${name}.svg)`);
  }
  pages.set("docs/benchmarks.md", pageText(result, basename(from), images));
  return pages;
}

/** Writes them, and removes charts of an earlier result that this one does not have. */
export function drawPages(result: PeersResult, from: string): readonly string[] {
  const pages = pagesOf(result, from);
  const folder = join(ROOT, "docs/benchmarks");
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (name.endsWith(".svg")) rmSync(join(folder, name));
  }
  for (const [path, text] of pages) writeFileSync(join(ROOT, path), text);
  return [...pages.keys()];
}

/** Charts of a result: name of the file, workload, what is drawn. */
function chartsOf(result: PeersResult): readonly (readonly [string, WorkloadName, Chart])[] {
  const { medians, workloads } = result.results.peers;
  return WORKLOADS.filter((name) => workloads[name] !== undefined).flatMap((name) => {
    const rows = medians.filter((one) => one.workload === name && one.rounds > 0);
    const charts: (readonly [string, Chart])[] = [
      ["rate", rateChart(result, name, rows)],
      ["cpu", cpuChart(result, name, rows)],
      ["latency", latencyChart(result, name, rows)],
    ];
    const served = rows.filter(({ server }) => !isLimit(result, server));
    if (name === "W3") charts.push(...lifeCharts(result, name, served));
    return charts
      .filter(([, chart]) => chart.rows.length > 0)
      .map(([what, chart]) => [`${name.toLowerCase()}-${what}`, name, chart] as const);
  });
}

type Of = (row: Medians) => readonly (number | null | undefined)[];

/** Rows with at least one figure, best first. */
function chartRows(
  result: PeersResult,
  rows: readonly Medians[],
  of: Of,
  most: "first" | "last",
): readonly ChartRow[] {
  return rows
    .map((row): ChartRow => {
      const kind = isOurs(row.server) ? "ours" : isLimit(result, row.server) ? "limit" : "peer";
      return { label: row.server, kind, values: of(row).map((value) => value ?? null) };
    })
    .filter((row) => row.values.some((value) => value !== null))
    .toSorted((a, b) => {
      const [one, other] = [a.values[0] ?? Infinity, b.values[0] ?? Infinity];
      return most === "first" ? other - one : one - other;
    });
}

function rateChart(result: PeersResult, name: WorkloadName, rows: readonly Medians[]): Chart {
  const limit = rows.find(({ server }) => server === "bare")?.highestRate ?? null;
  return {
    title: `${name}: highest rate of one worker`,
    unit: "queries per second",
    series: [],
    rows: chartRows(result, rows, (one) => [one.highestRate], "first"),
    digits: 0,
    ...(limit === null ? {} : { mark: { label: "limit", value: limit } }),
  };
}

function cpuChart(result: PeersResult, name: WorkloadName, rows: readonly Medians[]): Chart {
  const limit = rows.find(({ server }) => server === "bare")?.at100k?.cpuMicros;
  return {
    title: `${name}: processor time of the server per query`,
    unit: "microseconds per query",
    series: ["100,000 q/s", "20,000 q/s"],
    rows: chartRows(result, rows, (one) => [one.at100k?.cpuMicros, one.at20k?.cpuMicros], "last"),
    digits: 2,
    ...(limit === undefined ? {} : { mark: { label: "limit at 100,000", value: limit } }),
  };
}

function latencyChart(result: PeersResult, name: WorkloadName, rows: readonly Medians[]): Chart {
  return {
    title: `${name}: latency at 100,000 queries per second`,
    unit: "microseconds",
    series: ["p50", "p99"],
    rows: chartRows(result, rows, (one) => [one.at100k?.p50Micros, one.at100k?.p99Micros], "last"),
    digits: 1,
    logarithmic: true,
  };
}

function lifeCharts(
  result: PeersResult,
  name: WorkloadName,
  rows: readonly Medians[],
): readonly (readonly [string, Chart])[] {
  const one = (
    title: string,
    unit: string,
    of: Of,
    digits: number,
    logarithmic: boolean,
  ): Chart => ({
    title: `${name}: ${title}`,
    unit,
    series: [],
    rows: chartRows(result, rows, of, "last"),
    digits,
    logarithmic,
  });
  const saved = rows
    .filter((row) => row.savedStartMs !== null)
    .map((row) => ({ ...row, server: `${row.server}*`, startMs: row.savedStartMs }));
  const start = one(
    "from start to first answer (* saved table)",
    "milliseconds",
    (row) => [row.startMs],
    0,
    true,
  );
  return [
    [
      "start",
      { ...start, rows: chartRows(result, [...rows, ...saved], (row) => [row.startMs], "last") },
    ],
    ["edit", one("from edit to answer", "milliseconds", (row) => [row.editMs], 1, true)],
    ["memory", one("resident memory, all processes", "MiB", (row) => [row.pssMiB], 0, false)],
  ];
}

function pageText(
  result: PeersResult,
  from: string,
  images: ReadonlyMap<WorkloadName, readonly string[]>,
): string {
  const { peers } = result.results;
  const tables = tablesOf(result);
  const chapters = WORKLOADS.filter((name) => peers.workloads[name] !== undefined).map((name) => {
    const own = tables.filter(({ title }) => title.startsWith(`${name}:`));
    return [
      `## ${name}: ${peers.workloads[name]}`,
      "",
      summaryText(result, name),
      "",
      ...(images.get(name) ?? []).flatMap((image) => [image, ""]),
      ...own.map(tableText),
    ].join("\n");
  });
  return `# Azimuth beside other servers

<!-- Written by bench/peers/draw.ts. Do not edit: npm run bench:peers -- --draw bench/results/${from} -->

${environmentText(result)}

Figures are medians of ${peers.rounds} round${peers.rounds === 1 ? "" : "s"}${peers.quick ? ", quick ones: they show that it runs, not how fast" : ""}, from \`bench/results/${from}\`, which holds every round. Ratios
within this page hold; absolute figures drift with the machine.

${chapters.join("\n")}
${methodText(result)}`;
}

/** The sentence that a reader in a hurry takes along. */
function summaryText(result: PeersResult, name: WorkloadName): string {
  const { medians } = result.results.peers;
  const find = (server: string): Medians | undefined =>
    medians.find((one) => one.workload === name && one.server === server && one.rounds > 0);
  const [ours, limit, peer] = [find("azimuth-native"), find("bare"), bestPeer(result, name)];
  if (!ours?.highestRate) return "Azimuth's native form was not measured.";
  const parts = [`Azimuth answers ${ours.highestRate.toLocaleString("en")} queries per second`];
  if (limit?.highestRate) {
    parts.push(`${(ours.highestRate / limit.highestRate).toFixed(3)} of the limit`);
  }
  if (peer?.highestRate) {
    const ratio = (ours.highestRate / peer.highestRate).toFixed(3);
    parts.push(`${ratio} times the best peer that does the same work (${peer.server})`);
  }
  return `${parts.join(", ")}.`;
}

function environmentText({ environment }: PeersResult): string {
  const text = (key: string): string => String(environment[key] ?? "unknown");
  return `Measured ${text("date").slice(0, 10)} at commit ${text("commit")} on ${text("cpu")}, ${text("cores")} processors, ${text("memoryMiB")} MiB,
${text("system")}, Node ${text("node")}. Load average before: ${text("loadAverage")}.${busyText(environment)}`;
}

/** A warning where something else ran: the load average of the minute before. */
function busyText(environment: PeersResult["environment"]): string {
  const averages = environment["loadAverage"];
  const last = Array.isArray(averages) ? Number(averages[0]) : 0;
  return last > 1
    ? "\n**The machine was not quiet: figures of this page cannot be relied on.**"
    : "";
}

function methodText(result: PeersResult): string {
  const { peers } = result.results;
  const versions = (result.environment["versions"] ?? {}) as Readonly<Record<string, string>>;
  const buffers = new Map(
    peers.medians
      .filter((one) => one.receiveBufferOctets !== null)
      .map((one) => [one.server, one.receiveBufferOctets!]),
  );
  const servers = peers.servers.map(({ name, doc, notes }) => {
    const kib = Math.round((buffers.get(name) ?? 0) / 1024);
    return `| ${name} | ${doc} | ${versions[name] || "–"} | ${kib === 0 ? "–" : kib.toLocaleString("en")} | ${notes.join("; ")} |`;
  });
  const leftOut = Object.entries(peers.leftOut).map(([name, why]) => `- left out: ${name}, ${why}`);
  const failures = peers.medians
    .filter((one) => one.failed !== null)
    .map(
      (one) =>
        `- ${one.workload} ${one.server}, ${one.rounds} of ${peers.rounds} rounds: ${one.failed}`,
    );
  const silent = [...leftOut, ...failures];
  return `## Method

One worker or thread of each server. Under load all threads of a server are bound to processor 1 and the
generator (\`bench/load\`) to processor 0; over loopback, 16 sockets. In each round every server is started, checked,
loaded and ended before the next: no server runs while another is measured.

- **Highest rate**: closed loop with 64 and with 256 queries outstanding, ${peers.seconds} seconds each; the better one of
  those that lost nothing, else the better one, and *lost* tells how much. Every answer is checked: id, question,
  RCODE, number of records.
- **Processor time**: of all threads of all processes of the server, from the scheduler, per answer, while
  20,000 and 100,000 queries per second are sent by the clock. What the system does for a socket is in it, and for all
  servers alike: *above the limit* is what the server itself adds.
- **Latency**: from the time at which a query was due, in the same runs, so that a late generator cannot hide it.
- **Start**: from the start of the process to the first right answer to a question repeated each millisecond; both
  processors are free. Azimuth also from its saved table.
- **Edit to answer**, the median of three: one record and the serial of the zone file change, the new file takes the place of the old one by
  rename, the server is told in its own way (Azimuth sees it by itself), until the answer is the new one. The start of
  a control program such as \`knotc\` is in it, as it is in life.
- **Memory**: resident after the load; *of all processes* divides what several processes share.
- **Right answers**: 200 answers of each server are compared with the address they must have before it is measured. A
  server that errs is named below and not measured.
- **The limit** answers every question with one record and looks nothing up, so its misses are hits.

| server | what | version | receive buffer KiB | settings |
|---|---|---|---:|---|
${servers.join("\n")}

The receive buffer is what the system reports for the socket, twice what was asked for. 4 MiB is asked for where a
server has a setting; the others keep what they choose themselves.

## What to keep in mind

- Two processors, loopback, one worker: nothing here tells how servers scale or what a network card adds.
- In W2 BIND answers all clients alike: it reads and returns the option, and does not steer.
- PowerDNS answers W1 and W3 from caches as shipped, which is how it is run; its geoip back end caches by client.
- gdnsd and Knot steer by a list of networks and Azimuth by a map of the same networks; none looks at health.
- A generator without idle time would be the limit itself; its idle time stands in the file of the result.

${silent.length === 0 ? "All servers ran in all rounds." : `Not measured:\n\n${silent.join("\n")}`}

## Repeat it

\`\`\`
scripts/install-peers.sh                                  the servers, from Debian; starts none of them
npm run bench:peers                                       all, about 25 minutes
npm run bench:peers -- --quick                            whether it works, below 3 minutes
npm run bench:peers -- --servers azimuth-native,gdnsd --workloads W2 --rounds 5
\`\`\`
`;
}
