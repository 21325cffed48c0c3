// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run profile`: where a server under load spends its time, by thread and function.
 *
 * A real server is started from its sources with `--cpu-prof`, which V8 obeys in every thread, and
 * asked for a few seconds. Each thread writes its profile when it ends; what was sampled before and
 * after the load is cut off, the rest is merged and written into a folder of its own:
 *
 *   merged.cpuprofile    for the developer tools of a browser and for speedscope
 *   merged.pb.gz         for `go tool pprof`
 *   flame.html           a flame graph, in any browser
 *   top.txt              the tables that are printed as well
 *   perf.data, perf.txt  with --perf: what the addon and the system did
 *
 * From the sources and not compiled: types are blanked and not removed, so the places in the profile
 * are those in the editor, and a server that has warmed up runs the same code either way.
 *
 * How to read it: docs/guide/profile.md.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { environment, inFolder, ROOT, round, say, type Table, tableText } from "../kit.ts";
import { RESOURCES, type Run, runDnsperf, STEERED } from "../served.ts";
import { type Server, startAzimuth } from "../server.ts";
import { hostName, staticQueries, steeredQueries, writeQueries, writeZone } from "../zones.ts";
import { flameGraph } from "./flame.ts";
import { functionTimes, type ThreadFrames, threadFrames } from "./frames.ts";
import { runLoad } from "./load.ts";
import { type CpuProfile, cutProfile, mergeProfiles, type ThreadProfile } from "./merge.ts";
import { readThreadNames, type ThreadName } from "./names.ts";
import { type ProfileOptions, readOptions, USAGE } from "./options.ts";
import { PERF_NODE_FLAGS, recordPerf, reportPerf } from "./perf.ts";
import { encodePprof } from "./pprof.ts";

const WARM_SECS = 1;
const QUERIES = 100_000;
const MISS_EVERY = 20;
/** Threads that worked less than this part of the time get no table of their own. */
const BUSY_PART_MIN = 0.005;

/** What was measured while the load lasted. */
interface Measured {
  readonly run: Run;
  readonly threads: readonly ThreadProfile[];
  /** Milliseconds of processor time by name of thread, as the scheduler counts; may lack some. */
  readonly cpuMs: ReadonlyMap<string, number>;
  readonly fromUs: number;
  readonly toUs: number;
}

/** Profiles one server and writes the files into `folder`; gives the tables. */
export async function profile(
  options: ProfileOptions,
  folder: string,
  describe: string,
): Promise<readonly Table[]> {
  const startedAtMs = Date.now();
  mkdirSync(folder, { recursive: true });
  const measured = await inFolder((temporary) => measure(temporary, options, folder));
  const { run, threads, fromUs, toUs } = measured;
  const merged = mergeProfiles(threads);
  const frames = threadFrames(merged, ROOT);
  const seconds = (toUs - fromUs) / 1e6;
  const facts = environment();
  const notes = [
    `${describe}, ${round(run.perSec).toLocaleString("en")} answers a second, ${round(run.cpuUs, 2)} µs of processor time each, for ${round(seconds, 1)} s`,
    `${facts["commit"]}, Node ${facts["node"]}, ${facts["cpu"]}, ${facts["date"]}`,
  ];
  writeFileSync(join(folder, "merged.cpuprofile"), JSON.stringify(merged));
  const { intervalUs } = options;
  const about = { startedAtMs, intervalUs, durationMs: seconds * 1000, comments: notes };
  writeFileSync(join(folder, "merged.pb.gz"), encodePprof(frames, about));
  writeFileSync(join(folder, "flame.html"), flameGraph(frames, "Azimuth under load", notes));
  const tables = tablesOf(frames, measured, options.top);
  writeFileSync(join(folder, "top.txt"), [...notes, "", ...tables.map(tableText)].join("\n"));
  return tables;
}

async function measure(
  folder: string,
  options: ProfileOptions,
  results: string,
): Promise<Measured> {
  const { workload, names, seconds, rate, generator } = options;
  writeZone(join(folder, "bench.zone"), names);
  const queries = queriesOf(workload, names);
  const file = join(folder, "queries");
  writeQueries(file, queries);
  const profiles = join(folder, "profiles");
  mkdirSync(profiles);
  const separate = availableParallelism() > 1 && generator === "dnsperf";
  const server = await startAzimuth({
    folder,
    resources: RESOURCES,
    probe: hostName(0),
    nodeLines: options.nodeLines,
    nodeFlags: [
      "--cpu-prof",
      `--cpu-prof-dir=${profiles}`,
      `--cpu-prof-interval=${options.intervalUs}`,
      `--import=${pathToFileURL(join(import.meta.dirname, "names.ts"))}`,
      ...(options.perf ? PERF_NODE_FLAGS : []),
    ],
    ...(separate ? { cpu: 1 } : {}),
  });
  const ask = (secs: number): Promise<Run> =>
    generator === "dnsperf"
      ? runDnsperf(server, file, secs, separate, rate)
      : runLoad(server, queries, secs, rate);
  const cpuMs = new Map<string, number>();
  let run: Run;
  let fromUs: number;
  let toUs: number;
  try {
    await ask(WARM_SECS);
    const threads = readThreadNames(profiles);
    const before = threadTimes(server, threads);
    // V8 stamps its samples with the same clock of the system.
    fromUs = nowUs();
    const recording = options.perf ? recordPerf(server.pid, results) : null;
    run = await ask(seconds);
    toUs = nowUs();
    const complaint = (await recording?.stop()) ?? null;
    if (complaint !== null) say(`perf: ${complaint}`);
    for (const [name, ms] of threadTimes(server, threads)) {
      cpuMs.set(name, ms - (before.get(name) ?? 0));
    }
  } finally {
    // Only now the threads write what was sampled.
    await server.stop();
  }
  if (options.perf) reportPerf(server.pid, results);
  const threads = readProfiles(profiles).map(({ name, profile }) => ({
    name,
    profile: cutProfile(profile, fromUs, toUs),
  }));
  return { run, threads, cpuMs, fromUs, toUs };
}

function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

function queriesOf(workload: ProfileOptions["workload"], names: number): readonly Uint8Array[] {
  const fixed = staticQueries(names, QUERIES, MISS_EVERY);
  if (workload === "static") return fixed;
  const steered = steeredQueries(STEERED, QUERIES);
  return workload === "steered"
    ? steered
    : fixed.map((one, i) => (i % 2 === 0 ? one : steered[i]!));
}

/** Processor time of each thread so far, milliseconds; Linux only, else empty. */
function threadTimes(server: Server, names: readonly ThreadName[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const { name, systemId } of names) {
    try {
      const path = `/proc/${server.pid}/task/${systemId}/schedstat`;
      times.set(name, Number(readFileSync(path, "utf8").split(" ")[0]) / 1e6);
    } catch {
      // The thread has ended, or there is no /proc.
    }
  }
  return times;
}

/** The profiles in the folder with the names of their threads, in the order of their start. */
export function readProfiles(folder: string): readonly ThreadProfile[] {
  const names = new Map(readThreadNames(folder).map(({ threadId, name }) => [threadId, name]));
  // CPU.<date>.<time>.<process>.<thread>.<sequence>.cpuprofile
  return readdirSync(folder)
    .flatMap((file) => {
      const [, thread] = /^CPU\.\d+\.\d+\.\d+\.(\d+)\.\d+\.cpuprofile$/.exec(file) ?? [];
      return thread === undefined ? [] : [{ file, thread: Number(thread) }];
    })
    .sort((a, b) => a.thread - b.thread)
    .map(({ file, thread }) => ({
      name: names.get(thread) ?? `thread-${thread}`,
      profile: JSON.parse(readFileSync(join(folder, file), "utf8")) as CpuProfile,
    }));
}

function tablesOf(
  threads: readonly ThreadFrames[],
  { run, cpuMs, fromUs, toUs }: Measured,
  top: number,
): readonly Table[] {
  const wholeUs = toUs - fromUs;
  const percent = (part: number): string => `${(part * 100).toFixed(1)} %`;
  const overview: Table = {
    title: `Threads, ${round(run.perSec).toLocaleString("en")} answers a second`,
    head: ["thread", "working, sampled", "on a processor", "waiting"],
    rows: threads.map(({ frame, idleUs }) => {
      const onCpu = cpuMs.get(frame.name);
      const part = onCpu === undefined ? "?" : percent((onCpu * 1000) / wholeUs);
      return [frame.name, percent(frame.totalUs / wholeUs), part, percent(idleUs / wholeUs)];
    }),
  };
  const busy = threads.filter(({ frame }) => frame.totalUs > wholeUs * BUSY_PART_MIN);
  const tables = busy.map(
    ({ frame }): Table => ({
      title: `${frame.name}: ${round(frame.totalUs / 1000).toLocaleString("en")} ms of work`,
      head: ["function", "place", "itself ms", "itself", "with callees"],
      rows: functionTimes(frame)
        .slice(0, top)
        .map(({ name, place, selfUs, totalUs }) => [
          name,
          place,
          round(selfUs / 1000, 1),
          percent(selfUs / frame.totalUs),
          percent(totalUs / frame.totalUs),
        ]),
    }),
  );
  return [overview, ...tables];
}

async function main(): Promise<void> {
  const read = readOptions(process.argv.slice(2));
  if (typeof read === "string") {
    process.stdout.write(read === "" ? USAGE : `profile: ${read}\n\n${USAGE}`);
    process.exitCode = read === "" ? 0 : 2;
    return;
  }
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(":", "");
  const folder = join(read.out, stamp);
  say(`profile: ${read.describe}, ${read.options.seconds} s`);
  const tables = await profile(read.options, folder, read.describe);
  for (const table of tables) process.stdout.write(`${tableText(table)}\n`);
  say(`written to ${folder}`);
}

if (import.meta.main) await main();
