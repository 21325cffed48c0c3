// SPDX-License-Identifier: Apache-2.0
/**
 * `perf` beside V8's own profiler: what the addon and the system do, which V8 sees as one function.
 *
 * `--perf-basic-prof` makes V8 tell perf the names of its compiled functions, in a file below /tmp
 * that bears the number of the process; it is taken along into the folder of the profile, so that
 * `perf report` can be asked again later only on this machine and with that file put back.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Samples per second. A prime, so that it does not beat with timers of round periods. */
const RATE_HZ = 997;

/** For the Node that is to be recorded. The log that the second brings is nobody's. */
export const PERF_NODE_FLAGS = [
  ...["--perf-basic-prof", "--interpreted-frames-native-stack"],
  ...["--no-logfile-per-isolate", "--logfile=/dev/null"],
] as const;

export interface Recording {
  /** Resolves with what perf had to complain of when all is written; null if it had nothing. */
  stop(): Promise<string | null>;
}

/** Records the process from now on into perf.data of `folder`. */
export function recordPerf(pid: number, folder: string): Recording {
  const data = join(folder, "perf.data");
  const args = ["record", "-F", String(RATE_HZ), "-g", "-p", String(pid), "-o", data];
  const child = spawn("perf", args, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  child.once("error", (error) => {
    said += error.message;
  });
  return {
    async stop() {
      child.kill("SIGINT");
      await ended;
      return existsSync(data) ? null : (said.trim().split("\n")[0] ?? "it wrote nothing");
    },
  };
}

/**
 * Writes perf.txt, functions by thread and by time, from perf.data of `folder`. Call it when the
 * process has ended: V8 goes on writing names until then.
 */
export function reportPerf(pid: number, folder: string): void {
  const sort = ["-F", "overhead,comm,dso,sym", "--percent-limit=0.2"];
  const args = [
    "report",
    "-i",
    join(folder, "perf.data"),
    "--stdio",
    "--no-children",
    "-g",
    "none",
  ];
  const { stdout } = spawnSync("perf", [...args, ...sort], {
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  // perf makes every column as wide as the longest name of all, which is a line of a novel.
  const text = stdout.replaceAll(/\.{40,}/g, "....").replaceAll(/ +$/gm, "");
  writeFileSync(join(folder, "perf.txt"), text);
  const map = `/tmp/perf-${pid}.map`;
  if (existsSync(map)) moveFile(map, join(folder, `perf-${pid}.map`));
}

function moveFile(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch {
    // Another file system: it stays where perf looks for it.
  }
}
