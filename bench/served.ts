// SPDX-License-Identifier: Apache-2.0
/**
 * What one UDP thread serves, beside a bare node:dgram responder in the same minute.
 *
 * dnsperf keeps a fixed number of queries outstanding, so its rate is the server's own. The server
 * is bound to processor 1 and the generator to 0. Besides the rate, the processor time of the server
 * per answer is taken from the scheduler: dnsperf itself ends below 190,000 queries per second, and
 * what else runs on the machine disturbs it less. The ratio of the two times is the one to trust.
 */
import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  type Bench,
  type BenchOptions,
  hasCommand,
  inFolder,
  inTurns,
  median,
  type Report,
  round,
  type Skipped,
  say,
} from "./kit.ts";
import { compileProgram, pinned, type Server, startAzimuth, startBare } from "./server.ts";
import { APEX, hostName, staticQueries, steeredQueries, writeQueries, writeZone } from "./zones.ts";

const NAMES = 20_000;
const QUERIES = 200_000;
const MISS_EVERY = 20;
const RUN_SECS = 2;
const WARM_SECS = 2;
/** Enough that neither side ever sleeps: with 64 both wait for each other in lock-step. */
const OUTSTANDING = 256;
const CLIENTS = 16;
export const STEERED = `www.${APEX}`;

/** POPs and the policy of the quickstart; without probes, so that nothing else takes time. */
export const RESOURCES = `
pops:
  fra: { latitude: 50.11, longitude: 8.68, country: DE }
  iad: { latitude: 38.95, longitude: -77.45, country: US }
  sin: { latitude: 1.35, longitude: 103.99, country: SG }
pools:
  web:
    endpoints:
      fra1: { pop: fra, v4: 192.0.2.1, v6: "2001:db8:1::1" }
      iad1: { pop: iad, v4: 198.51.100.1, v6: "2001:db8:2::1" }
      sin1: { pop: sin, v4: 203.0.113.1, v6: "2001:db8:3::1" }
maps:
  world: { country: default, granularity: country, default: EU }
policies:
  nearest: { map: world, pool: web, order: nearest, ttlSecs: 300 }
zones:
  ${APEX.slice(0, -1)}:
    file: bench.zone
    steer: { www: nearest }
`;

/** One run of dnsperf against one server. */
export interface Run {
  readonly perSec: number;
  readonly cpuUs: number;
  readonly lostPart: number;
  readonly latencyUs: number;
}

export const served: Bench = {
  name: "served",
  doc: "one UDP thread by dnsperf, against a bare node:dgram responder",
  run: (options) => inFolder((folder) => measure(folder, options)),
};

async function measure(folder: string, options: BenchOptions): Promise<Report | Skipped> {
  if (!hasCommand("dnsperf")) return { skipped: "dnsperf is missing (Debian package dnsperf)" };
  const separate = availableParallelism() > 1;
  writeZone(join(folder, "bench.zone"), NAMES);
  const files = { static: join(folder, "static.q"), steered: join(folder, "steered.q") };
  writeQueries(files.static, staticQueries(NAMES, QUERIES, MISS_EVERY));
  writeQueries(files.steered, steeredQueries(STEERED, QUERIES));

  const cpu = separate ? 1 : undefined;
  const program = compileProgram(folder);
  const resources = RESOURCES;
  const probe = hostName(0);
  const azimuth = await startAzimuth({ folder, program, resources, probe, ...pin(cpu) });
  const bare = await startBare(hostName(0), cpu);
  const sides: Record<string, () => Promise<Run>> = {};
  try {
    for (const [workload, file] of Object.entries(files)) {
      for (const [name, server] of Object.entries({ azimuth, bare })) {
        say(`served: warming ${name}, ${workload}`);
        await runDnsperf(server, file, WARM_SECS, separate);
        sides[`${workload} ${name}`] = () => runDnsperf(server, file, RUN_SECS, separate);
      }
    }
    say(`served: ${options.rounds} rounds of ${Object.keys(sides).length} runs`);
    return reportOf(await inTurns(sides, options.rounds), options.rounds);
  } finally {
    await Promise.all([azimuth.stop(), bare.stop()]);
  }
}

function pin(cpu: number | undefined): { cpu?: number } {
  return cpu === undefined ? {} : { cpu };
}

function reportOf(runs: Readonly<Record<string, readonly Run[]>>, rounds: number): Report {
  const middle = (side: string, key: keyof Run): number =>
    median(runs[side]!.map((run) => run[key]));
  const rows = ["static", "steered"].map((workload) => {
    const [ours, bare] = [`${workload} azimuth`, `${workload} bare`];
    return {
      workload,
      perSec: round(middle(ours, "perSec")),
      barePerSec: round(middle(bare, "perSec")),
      ratio: round(middle(ours, "perSec") / middle(bare, "perSec"), 3),
      cpuUs: round(middle(ours, "cpuUs"), 2),
      bareCpuUs: round(middle(bare, "cpuUs"), 2),
      cpuRatio: round(middle(bare, "cpuUs") / middle(ours, "cpuUs"), 3),
      lostPart: round(middle(ours, "lostPart"), 6),
      latencyUs: round(middle(ours, "latencyUs")),
    };
  });
  return {
    figures: { rounds, runSecs: RUN_SECS, outstanding: OUTSTANDING, clients: CLIENTS, rows, runs },
    tables: [
      {
        title: "Served by one UDP thread, TypeScript and node:dgram",
        head: ["workload", "q/s", "bare", "ratio", "µs CPU/q", "bare", "ratio", "lost", "ms mean"],
        rows: rows.map((row) => [
          row.workload,
          row.perSec,
          row.barePerSec,
          row.ratio.toFixed(3),
          row.cpuUs.toFixed(2),
          row.bareCpuUs.toFixed(2),
          row.cpuRatio.toFixed(3),
          row.lostPart,
          (row.latencyUs / 1000).toFixed(2),
        ]),
      },
    ],
  };
}

const execute = promisify(execFile);

/**
 * Runs dnsperf for `secs` seconds with a fixed number of queries outstanding, at most `rate` per
 * second if it is not 0.
 */
export async function runDnsperf(
  server: Server,
  file: string,
  secs: number,
  separate: boolean,
  rate = 0,
): Promise<Run> {
  const args = ["-s", "127.0.0.1", "-p", String(server.port), "-B", "-d", file, "-l", String(secs)];
  args.push("-c", String(CLIENTS), "-q", String(OUTSTANDING), "-t", "2");
  if (rate > 0) args.push("-Q", String(rate));
  const command = pinned(["dnsperf", ...args], separate ? 0 : undefined);
  const cpuBefore = server.cpuMs();
  const { stdout } = await execute(command[0]!, command.slice(1));
  const cpuMs = server.cpuMs() - cpuBefore;
  const number = (pattern: RegExp): number => Number(pattern.exec(stdout)?.[1] ?? "NaN");
  const completed = number(/Queries completed:\s+(\d+)/);
  return {
    perSec: number(/Queries per second:\s+([\d.]+)/),
    cpuUs: (cpuMs * 1000) / completed,
    lostPart: number(/Queries lost:\s+(\d+)/) / completed,
    latencyUs: number(/Average Latency \(s\):\s+([\d.]+)/) * 1e6,
  };
}
