// SPDX-License-Identifier: Apache-2.0
/**
 * How a thread should wait for datagrams: the bare responder in each of its ways, in turns, at its
 * highest rate and at two fixed ones. What docs/decisions/0007 rests on.
 *
 * At a low rate a way must not cost latency, at a high one it must not cost throughput; and what it
 * costs of the processor in between is what a server pays all day.
 */
import { join } from "node:path";
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
import { BARE_LOOPS, type BareLoop, buildLoad, runLoad, startBare } from "./load/load.ts";
import { questionsW1, writeQuestions } from "./load/questions.ts";

const RATES = [20_000, 100_000] as const;
const OUTSTANDING = [64, 256] as const;
const SECONDS = 1;
const SERVER_CPU = 0;
const LOAD_CPU = 1;

export const loops: Bench = {
  name: "loops",
  doc: "ways to wait for datagrams, by the bare responder",
  run: (options) => {
    const missing = hasCommand("taskset") ? buildLoad() : "no taskset";
    return missing === null ? inFolder((folder) => measure(folder, options)) : skip(missing);
  },
};

async function skip(reason: string): Promise<Skipped> {
  return { skipped: reason };
}

/** Queries per second at most, then for each fixed rate processor time and latency, microseconds. */
interface Run {
  readonly rates: readonly number[];
  readonly fixed: readonly { readonly cpu: number; readonly p50: number; readonly p99: number }[];
}

async function measure(folder: string, { rounds }: BenchOptions): Promise<Report> {
  const questions = join(folder, "questions");
  writeQuestions(questions, questionsW1());
  const sides = Object.fromEntries(BARE_LOOPS.map((loop) => [loop, () => runOf(loop, questions)]));
  const runs = await inTurns(sides, rounds);
  const rows = Object.entries(runs).map(([loop, list]) => rowOf(loop, list));
  const fixed = RATES.flatMap((rate) => [`µs/q ${rate}`, `p50 ${rate}`, `p99 ${rate}`]);
  const head = ["way", ...OUTSTANDING.map((count) => `q/s, ${count} waiting`), ...fixed];
  return { figures: { runs }, tables: [{ title: "Ways to wait for datagrams", head, rows }] };
}

async function runOf(loop: BareLoop, questions: string): Promise<Run> {
  say(`loops: ${loop}`);
  const bare = await startBare({ cpu: SERVER_CPU, loop });
  // Misses are hits here: nothing is looked up.
  const common = {
    ...{ server: bare.address, questions, cpu: LOAD_CPU, pids: [bare.pid], verify: false },
    ...{ seconds: SECONDS, warmupSeconds: 0.2 },
  };
  try {
    const rates: number[] = [];
    for (const outstanding of OUTSTANDING) {
      rates.push((await runLoad({ ...common, mode: "closed", outstanding })).rate);
    }
    const fixed: Run["fixed"][number][] = [];
    for (const rate of RATES) {
      const { cpuMicrosPerQuery, latencyMicros } = await runLoad({ ...common, mode: "open", rate });
      const { p50, p99 } = latencyMicros;
      fixed.push({ cpu: cpuMicrosPerQuery ?? Number.NaN, p50, p99 });
    }
    return { rates, fixed };
  } finally {
    await bare.stop();
  }
}

function rowOf(loop: string, runs: readonly Run[]): readonly (string | number)[] {
  const middle = (value: (run: Run) => number, digits = 1) =>
    round(median(runs.map(value)), digits);
  const rates = OUTSTANDING.map((_, i) => middle((run) => run.rates[i]!, 0));
  const fixed = RATES.flatMap((_, i) => [
    middle((run) => run.fixed[i]!.cpu, 2),
    middle((run) => run.fixed[i]!.p50),
    middle((run) => run.fixed[i]!.p99),
  ]);
  return [loop, ...rates, ...fixed];
}
