// SPDX-License-Identifier: Apache-2.0
/**
 * What every measurement needs: medians, rounds in turns, tables, and the facts of the machine.
 *
 * Why medians of rounds in turns and not one long run of each side: the speed of a shared machine
 * drifts by a tenth within minutes, and A B A B … gives both sides the same weather. A ratio of two
 * medians of one run is then worth more than either of them.
 */
import "../bin/v8-flags.mjs";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism, cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "..");

/** A measurement: what it gave, as data for the file and as tables for people. */
export interface Report {
  readonly figures: Readonly<Record<string, unknown>>;
  readonly tables: readonly Table[];
}

/** Why a measurement could not be made here; not a failure. */
export interface Skipped {
  readonly skipped: string;
}

export interface Bench {
  readonly name: string;
  readonly doc: string;
  readonly run: (options: BenchOptions) => Promise<Report | Skipped>;
}

export interface BenchOptions {
  /** Rounds of each side; a measurement may take fewer where one round is long. */
  readonly rounds: number;
  /** Records of the large zone; a million times `scale` unless given. */
  readonly records?: number;
  /** Other servers are started on the same zone, too. */
  readonly peers?: boolean;
  /** Factor on sizes: 1 is what docs/guide/benchmarks.md reports. */
  readonly scale: number;
}

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** One line of progress; stdout is kept for the tables. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** The middle one, or the mean of the two middle ones. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The value below which the part `p` of all values lies. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN;
}

/** Rounded to `digits` places, as a number: results are read by people, too. */
export function round(value: number, digits = 0): number {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor;
}

/** Runs all sides in turns, A B A B …, and gives what each gave, by side. */
export async function inTurns<T>(
  sides: Readonly<Record<string, () => Promise<T>>>,
  rounds: number,
): Promise<Readonly<Record<string, readonly T[]>>> {
  const got: Record<string, T[]> = Object.fromEntries(Object.keys(sides).map((key) => [key, []]));
  for (let i = 0; i < rounds; i += 1) {
    for (const [key, side] of Object.entries(sides)) got[key]!.push(await side());
  }
  return got;
}

/** Calls `use` with a new folder below the system's temporary one, and removes it. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-bench-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether the command can be found. */
export function hasCommand(name: string): boolean {
  return (process.env["PATH"] ?? "").split(":").some((folder) => existsSync(join(folder, name)));
}

/** Keeps what was measured in bench/results, with the command that gives it again. */
export function storeResults(
  name: string,
  command: string,
  results: Readonly<Record<string, unknown>>,
): void {
  const folder = join(ROOT, "bench/results");
  mkdirSync(folder, { recursive: true });
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(":", "");
  const file = join(folder, `${stamp}-${name}.json`);
  const written = { command, environment: environment(), results };
  writeFileSync(file, `${JSON.stringify(written, null, 2)}\n`);
  say(`written to ${file}`);
}

/** Facts that a number is worthless without. */
export function environment(): Readonly<Record<string, unknown>> {
  const processors = cpus();
  return {
    date: new Date().toISOString(),
    commit: commitText(),
    node: process.version,
    cpu: processors[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    system: `${process.platform} ${release()}`,
    loadAverage: loadavg().map((load) => round(load, 2)),
  };
}

function commitText(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim();
    const dirty = git("status", "--porcelain", "--", "src", "workers") !== "";
    return git("rev-parse", "--short", "HEAD") + (dirty ? "+" : "");
  } catch {
    return "unknown";
  }
}

/** Processor time of all threads of a process so far, milliseconds; Linux only, else NaN. */
export function cpuMsOf(pid: number): number {
  try {
    const tasks = `/proc/${pid}/task`;
    let ns = 0;
    for (const task of readdirSync(tasks)) {
      ns += Number(readFileSync(join(tasks, task, "schedstat"), "utf8").split(" ")[0]);
    }
    return ns / 1e6;
  } catch {
    return Number.NaN;
  }
}

/** Resident memory of a process, MiB; Linux only, else NaN. */
export function rssMiBOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}

/** A table in the form of Markdown, its columns aligned. */
export function tableText({ title, head, rows }: Table): string {
  const all = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, i) => Math.max(...all.map((row) => (row[i] ?? "").length)));
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, i) => pad(row[i] ?? "", width, i)).join(" | ")} |`;
  const rule = `|${widths.map((width, i) => (i === 0 ? "" : " ") + "-".repeat(i === 0 ? width + 2 : width) + (i === 0 ? "" : ":")).join("|")}|`;
  return [`### ${title}`, "", line(all[0]!), rule, ...all.slice(1).map(line), ""].join("\n");
}

function pad(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}
