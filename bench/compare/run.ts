// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run bench:compare -- <ref>`: the working tree, as it is with all its edits, against a commit.
 *
 * Both are measured in turns within one run, since two runs on a shared machine differ more than two
 * commits do. Exit code 0; 1 with `--fail-below` if a row is surely slower than that; 2 if the
 * command line or the commit is wrong.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { environment, ROOT, round, say, type Table, tableText } from "../kit.ts";
import { compareKernels } from "./kernel.ts";
import { compareRounds, failuresOf, type Ratio, type Rounds } from "./ratio.ts";
import { compareServed } from "./served.ts";
import { commitOf, inWorktree } from "./worktree.ts";

const BENCHES = ["kernel", "served"] as const;

const USAGE = `npm run bench:compare -- <ref> [kernel] [served] [options]

  <ref>             branch, tag or commit that the working tree is compared with
  kernel            both kernels without sockets
  served            one UDP thread by dnsperf; without a name both are run
  --rounds n        rounds, each with new processes; 5
  --only word       only rows of kernel with this word; may be repeated
  --ms n            milliseconds of one round of a kernel; 150
  --secs n          seconds of one round of dnsperf; 2
  --kernel k        auto, native or ts, for the servers of both sides
  --pump p          auto, native or dgram, likewise
  --fail-below x    exit code 1 if a row is slower than x, such as 0.95, beyond doubt
  --no-native       does not build the addons; what is built is used
  --store           writes a file into bench/results/
`;

interface Options {
  readonly ref: string;
  readonly benches: readonly string[];
  readonly rounds: number;
  readonly ms: number;
  readonly secs: number;
  readonly nodeLines: readonly string[];
  readonly failBelow: number;
  readonly only: readonly string[];
  readonly native: boolean;
  readonly store: boolean;
}

/** The options of a command line; a text that says what is wrong with it. */
export function readOptions(args: readonly string[]): Options | string {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const known = { rounds: text, ms: text, secs: text, kernel: text, pump: text } as const;
  const flags = { "no-native": flag, store: flag, help: flag } as const;
  const only = { type: "string", multiple: true } as const;
  const options = { ...known, "fail-below": text, only, ...flags } as const;
  let read: ReturnType<typeof parse>;
  const parse = () => parseArgs({ args: [...args], options, allowPositionals: true });
  try {
    read = parse();
  } catch (error) {
    return (error as Error).message.split("\n")[0]!;
  }
  const { values, positionals } = read;
  const [ref, ...names] = positionals;
  if (values.help === true) return "";
  if (ref === undefined) return "a branch, tag or commit is wanted";
  const unknown = names.find((name) => !(BENCHES as readonly string[]).includes(name));
  if (unknown !== undefined) return `${unknown} is none of ${BENCHES.join(", ")}`;
  const numbers = { rounds: 5, ms: 150, secs: 2 };
  for (const key of ["rounds", "ms", "secs"] as const) {
    const value = values[key];
    if (value === undefined) continue;
    if (!/^[1-9]\d*$/.test(value)) return `--${key} is a whole number above 0`;
    numbers[key] = Number(value);
  }
  const failBelow = Number(values["fail-below"] ?? 0);
  if (!(failBelow >= 0 && failBelow <= 1)) return "--fail-below is a number from 0 to 1";
  const nodeLines = (["kernel", "pump"] as const).flatMap((key) =>
    values[key] === undefined ? [] : [`${key}: ${values[key]}`],
  );
  return {
    ref,
    benches: names.length === 0 ? BENCHES : names,
    ...numbers,
    nodeLines,
    failBelow,
    only: values.only ?? [],
    native: values["no-native"] !== true,
    store: values.store === true,
  };
}

async function compare(options: Options, commit: string): Promise<readonly Ratio[]> {
  return inWorktree(ROOT, commit, async (base, scratch) => {
    if (options.native) for (const tree of [base, ROOT]) buildAddon(tree);
    const rounds: Rounds[] = [];
    if (options.benches.includes("kernel")) {
      rounds.push(...(await compareKernels(base, ROOT, options)));
    }
    if (options.benches.includes("served")) {
      rounds.push(...(await compareServed(base, ROOT, scratch, options)));
    }
    return rounds.map(compareRounds);
  });
}

/** By the tree's own script, which says why if it cannot; without it there is only one kernel. */
function buildAddon(tree: string): void {
  const script = join(tree, "scripts/build-native.ts");
  if (!existsSync(script)) return;
  say(`addon: building in ${tree}`);
  // What it prints is progress: stdout is kept for the table.
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: "utf8" });
  if (status !== 0) {
    const lines = `${stdout}${stderr}`.trim().split("\n");
    say(`addon: not built, ${lines.find((line) => /error/i.test(line)) ?? lines.at(-1)}`);
  } else if (/is not built/.test(stdout)) say(`addon: ${stdout.trim()}`);
}

function tableOf(ratios: readonly Ratio[], ref: string): Table {
  return {
    title: `Working tree against ${ref}: above 1 the working tree is faster`,
    head: ["what", ref, "working tree", "unit", "ratio", "95 % of", "verdict"],
    rows: ratios.map((row) => [
      row.name,
      round(row.baseMedian, 2),
      round(row.headMedian, 2),
      row.unit,
      row.ratio.toFixed(3),
      `${row.low.toFixed(3)}–${row.high.toFixed(3)}`,
      row.verdict,
    ]),
  };
}

function store(ratios: readonly Ratio[], commit: string, options: Options): void {
  const folder = join(ROOT, "bench/results");
  mkdirSync(folder, { recursive: true });
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(":", "");
  const file = join(folder, `${stamp}-compare.json`);
  const command = `npm run bench:compare -- ${process.argv.slice(2).join(" ")}`;
  const results = { compare: { base: commit, rounds: options.rounds, rows: ratios } };
  const written = { command, environment: environment(), results };
  writeFileSync(file, `${JSON.stringify(written, null, 2)}\n`);
  say(`written to ${file}`);
}

/** Runs the command line; gives the exit code. */
async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (typeof options === "string") {
    process.stdout.write(options === "" ? USAGE : `bench:compare: ${options}\n\n${USAGE}`);
    return options === "" ? 0 : 2;
  }
  let commit: string;
  try {
    commit = commitOf(ROOT, options.ref);
  } catch (error) {
    process.stdout.write(`bench:compare: ${(error as Error).message}\n`);
    return 2;
  }
  const ratios = await compare(options, commit);
  process.stdout.write(`${tableText(tableOf(ratios, options.ref))}\n`);
  if (options.store) store(ratios, commit, options);
  const failures = failuresOf(ratios, options.failBelow);
  for (const { name, ratio } of failures) {
    process.stdout.write(`slower than ${options.failBelow}: ${name}, ${ratio.toFixed(3)}\n`);
  }
  return failures.length > 0 ? 1 : 0;
}

if (import.meta.main) process.exitCode = await main();
