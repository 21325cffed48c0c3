// SPDX-License-Identifier: Apache-2.0
/**
 * Servers as processes: started, bound to a processor, measured, ended, whatever they fork.
 *
 * Each server leads a process group of its own, so that one signal reaches all of it and a Ctrl-C
 * of the terminal reaches this program alone, which then ends them itself (`endAll`).
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpuMsOf, hasCommand } from "../kit.ts";
import type { Prepared } from "./kinds.ts";

export interface Running {
  readonly pid: number;
  /** Null while it runs. */
  readonly ended: () => string | null;
  /** The last of what it wrote. */
  readonly said: () => string;
  /** Ends it, and resolves when its whole group is gone. */
  stop(): Promise<void>;
}

const SAID_MAX = 4000;
/** From the request to end until it is made to. Some servers take three seconds over it. */
const PATIENCE_MS = 6000;
const live = new Set<ChildProcess>();

/** Starts a configured server; nobody waits for it here. */
export function startServer({ command, env }: Prepared): Running {
  const child = spawn(command[0]!, command.slice(1), {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    // /usr/sbin is where Debian puts servers, and not in everybody's path.
    env: { ...process.env, PATH: searchPath(), ...env },
  });
  live.add(child);
  let said = "";
  let failure: string | null = null;
  const hear = (text: string): void => {
    said = (said + text).slice(-SAID_MAX);
  };
  child.stdout.setEncoding("utf8").on("data", hear);
  child.stderr.setEncoding("utf8").on("data", hear);
  const gone = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      failure = error.message;
      live.delete(child);
      resolve();
    });
    child.once("exit", (code, signal) => {
      failure ??= `ended with ${code ?? signal}`;
      resolve();
    });
  });
  return {
    pid: child.pid ?? 0,
    ended: () => failure,
    said: () => said,
    stop: async () => {
      child.kill("SIGTERM");
      const timer = setTimeout(() => killGroup(child), PATIENCE_MS);
      await gone;
      clearTimeout(timer);
      // What was forked and stayed behind.
      killGroup(child);
      live.delete(child);
    },
  };
}

/** Ends all servers at once, for an interrupted run. Nothing is waited for. */
export function endAll(): void {
  for (const child of live) killGroup(child);
  live.clear();
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // Nobody of the group is left.
  }
}

export function searchPath(): string {
  const path = process.env["PATH"] ?? "";
  return [path, "/usr/sbin", "/usr/local/sbin"].filter((part) => part !== "").join(":");
}

/** A process and all that it forked, itself first. Linux only. */
export function treeOf(pid: number): readonly number[] {
  const found = [pid];
  for (const one of found) {
    const children = readOr(`/proc/${one}/task/${one}/children`).split(" ");
    found.push(...children.filter((text) => text !== "").map(Number));
  }
  return found;
}

/** Binds every thread of a process tree to these processors, such as `1` or `0,1`. */
export function bindTo(pid: number, processors: string): void {
  if (!hasCommand("taskset")) return;
  for (const one of treeOf(pid)) {
    spawnSync("taskset", ["-a", "-c", "-p", processors, String(one)], { stdio: "ignore" });
  }
}

/** Processor time of a whole tree so far, milliseconds. */
export function treeCpuMs(pid: number): number {
  return treeOf(pid).reduce((sum, one) => sum + (cpuMsOf(one) || 0), 0);
}

export interface Memory {
  /** Of the largest process. */
  readonly rssKib: number;
  /** Of all processes, what several share divided among them. */
  readonly pssKib: number;
}

export function memoryOf(pid: number): Memory {
  let rssKib = 0;
  let pssKib = 0;
  for (const one of treeOf(pid)) {
    const text = readOr(`/proc/${one}/smaps_rollup`);
    rssKib = Math.max(rssKib, Number(/^Rss:\s+(\d+)/m.exec(text)?.[1] ?? 0));
    pssKib += Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
  }
  return { rssKib, pssKib };
}

/** Receive buffer of the UDP socket on a port of 127.0.0.1, as the system counts it; 0: unknown. */
export function receiveBufferOf(port: number): number {
  const run = spawnSync("ss", ["-u", "-l", "-n", "-m", `sport = :${port}`], { encoding: "utf8" });
  return Number(/\brb(\d+)/.exec(run.stdout ?? "")?.[1] ?? 0);
}

function readOr(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
