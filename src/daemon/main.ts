// SPDX-License-Identifier: Apache-2.0
/**
 * The first file of the program: begins what a server can begin at once, then imports the rest.
 *
 * Why the rest is not imported at the top: to read the program takes longer than to read a million
 * records from the saved table, and another thread can do one while this one does the other.
 * bin/azimuth.mjs calls `main`.
 */
import type { Early } from "./early.ts";
import { spareThread, threadEntries } from "./entries.ts";
import type { Daemon } from "./supervisor.ts";

/** Starts the server of `configFile`; rejects with a reason that people can read. */
export async function start(configFile: string): Promise<Daemon> {
  return (await import("./actions.ts")).start(configFile);
}

/** Runs the command line; gives the exit code of the process. */
export async function main(args: readonly string[]): Promise<number | undefined> {
  const [verb, ...rest] = args;
  const early = verb === "serve" ? await begin(rest) : null;
  try {
    const { createActions } = await import("./actions.ts");
    const { runProgram } = await import("../cli/program.ts");
    return await runProgram(createActions(early), args);
  } finally {
    early?.end();
  }
}

async function begin(args: readonly string[]): Promise<Early> {
  const reader = spareThread(threadEntries().udp, "udp-0");
  const { beginEarly } = await import("./early.ts");
  return beginEarly(args, reader);
}
