// SPDX-License-Identifier: Apache-2.0
/**
 * The load generator and the bare responder as functions: `azimuth-load` and `bare-responder` of
 * this folder, built by CMake into native/build.
 *
 * Both bind themselves to a processor (`cpu`), so that nothing stands between them and it.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { BUILD, buildTargets, missingTool } from "../../scripts/native/cmake.ts";

export const LOAD_PROGRAM = join(BUILD, "azimuth-load");
export const BARE_PROGRAM = join(BUILD, "bare-responder");

interface LoadCommon {
  /** `127.0.0.1:5300`, `[::1]:5300`. */
  readonly server: string;
  /** A file of `writeQuestions`. */
  readonly questions: string;
  /** Different source ports; 16 unless given. */
  readonly sockets?: number;
  /** Length of the measured part; 4 unless given. */
  readonly seconds?: number;
  /** Load before the measured part, not counted; 1 unless given. */
  readonly warmupSeconds?: number;
  /** Processor of the generator, which it needs for itself. */
  readonly cpu?: number;
  /** Processes of the server, for their processor time and memory. */
  readonly pids?: readonly number[];
  /** After that a query is lost; 200 unless given. */
  readonly timeoutMs?: number;
  /**
   * Whether question, RCODE and number of records are compared, too; true unless given. The bare
   * responder answers NOERROR whatever is asked: false for it where a workload expects misses.
   */
  readonly verify?: boolean;
}

/** Keeps `outstanding` queries on their way: finds the highest rate. */
export interface ClosedLoad extends LoadCommon {
  readonly mode: "closed";
  /** 64 unless given. */
  readonly outstanding?: number;
}

/** Sends by the clock: finds latency and cost at a rate. */
export interface OpenLoad extends LoadCommon {
  readonly mode: "open";
  /** Queries per second. */
  readonly rate: number;
}

export type LoadOptions = ClosedLoad | OpenLoad;

/** A thread of the server, by the time it ran in the measured part. */
export interface ThreadTime {
  readonly name: string;
  readonly micros: number;
}

/** What the generator prints, as one line of JSON. */
export interface LoadReport {
  readonly mode: "closed" | "open";
  /** Queries of the measured part: sent = received + lost. */
  readonly sent: number;
  /** Queries with an answer in time, right or wrong. */
  readonly received: number;
  readonly lost: number;
  /** Answers to queries that had been given up. */
  readonly late: number;
  /** Answers that nobody asked for, or that are not what the file says. */
  readonly wrong: number;
  /** Times the system said that nobody listens there. */
  readonly refused: number;
  /** True length of the measured part. */
  readonly seconds: number;
  /** Received per second. */
  readonly rate: number;
  /** Sent per second: below the rate that was asked for if the generator cannot keep it. */
  readonly offered: number;
  /** From the sending (closed) or the time that was due for it (open) to the answer. */
  readonly latencyMicros: {
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
    readonly p999: number;
    readonly max: number;
  };
  /** Processor time of the server per received answer; null without `pids`. */
  readonly cpuMicrosPerQuery: number | null;
  /** Most busy first. */
  readonly threads: readonly ThreadTime[];
  /** Memory of the server after the measured part; null without `pids`. */
  readonly rssKib: { readonly total: number; readonly anon: number; readonly shmem: number } | null;
  /** How late the generator was at worst. Open mode; 0 in closed mode. */
  readonly behindMaxMicros: number;
  /** Part of the time in which the generator had nothing to do. Near 0 it is itself the limit. */
  readonly idlePart: number;
}

/** Runs the generator once. Rejects with its own words if it fails or nothing was answered. */
export async function runLoad(options: LoadOptions): Promise<LoadReport> {
  const run = await collect(LOAD_PROGRAM, loadArguments(options));
  if (run.code !== 0) throw new Error(run.stderr.trim() || `azimuth-load ended with ${run.code}`);
  if (run.stderr !== "") process.stderr.write(run.stderr);
  return JSON.parse(run.stdout) as LoadReport;
}

/** The command line of `azimuth-load`. */
export function loadArguments(options: LoadOptions): readonly string[] {
  const args = ["--server", options.server, "--questions", options.questions];
  const add = (name: string, value: number | undefined): void => {
    if (value !== undefined) args.push(name, String(value));
  };
  args.push("--mode", options.mode);
  if (options.mode === "closed") add("--outstanding", options.outstanding);
  else add("--rate", options.rate);
  add("--sockets", options.sockets);
  add("--seconds", options.seconds);
  add("--warmup", options.warmupSeconds);
  add("--cpu", options.cpu);
  add("--timeout-ms", options.timeoutMs);
  if (options.pids !== undefined) args.push("--pid", options.pids.join(","));
  if (options.verify !== undefined) add("--verify", options.verify ? 1 : 0);
  return args;
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
function collect(program: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}

export const BARE_LOOPS = ["plain", "poll", "read", "wait", "spin"] as const;
export type BareLoop = (typeof BARE_LOOPS)[number];

export interface BareOptions {
  /** A free one unless given. */
  readonly port?: number;
  readonly cpu?: number;
  /** Answers have at least that many octets; one A record unless given. */
  readonly size?: number;
  /** How it waits; `read` unless given. `bare-responder --help` tells what each is. */
  readonly loop?: BareLoop;
}

/** A running bare responder. */
export interface Bare {
  /** For `server` of the load. */
  readonly address: string;
  readonly port: number;
  readonly pid: number;
  /** Ends it, and resolves when it is gone. */
  stop(): Promise<void>;
}

/** Starts the bare responder on 127.0.0.1; it listens when this resolves. */
export async function startBare(options: BareOptions = {}): Promise<Bare> {
  const args = ["--listen", `127.0.0.1:${options.port ?? 0}`];
  if (options.cpu !== undefined) args.push("--cpu", String(options.cpu));
  if (options.size !== undefined) args.push("--size", String(options.size));
  if (options.loop !== undefined) args.push("--loop", options.loop);
  const child = spawn(BARE_PROGRAM, args, { stdio: ["ignore", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const first = new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    createInterface(child.stdout).once("line", resolve);
    void gone.then(() => reject(new Error(stderr.trim() || "the bare responder ended")));
  });
  const address = /^listening on (\S+)$/.exec(await first)![1]!;
  return {
    address,
    port: Number(address.slice(address.lastIndexOf(":") + 1)),
    pid: child.pid!,
    stop: async () => {
      child.kill("SIGTERM");
      await gone;
    },
  };
}

/**
 * Builds both programs, or brings them up to date; gives null, or why it cannot be done here.
 * What a compiler refuses is thrown.
 */
export function buildLoad(): string | null {
  if (process.platform !== "linux") return `recvmmsg is Linux's, and this is ${process.platform}`;
  const missing = missingTool();
  if (missing !== null) {
    return existsSync(LOAD_PROGRAM) && existsSync(BARE_PROGRAM) ? null : missing;
  }
  buildTargets("azimuth-load", "bare-responder");
  return null;
}
