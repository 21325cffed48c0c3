// SPDX-License-Identifier: Apache-2.0
/**
 * Servers of two trees against each other, by dnsperf: processor time of the server per query.
 *
 * Processor time and not the rate: dnsperf ends before a fast server does, and the rate of both is
 * then its own. Both servers stand ready on the same processor, and one is asked at a time.
 */
import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { hasCommand, say } from "../kit.ts";
import { RESOURCES, runDnsperf, STEERED } from "../served.ts";
import { type Server, startAzimuth } from "../server.ts";
import { hostName, staticQueries, steeredQueries, writeQueries, writeZone } from "../zones.ts";
import type { Rounds } from "./ratio.ts";

const NAMES = 20_000;
const QUERIES = 200_000;
const MISS_EVERY = 20;
const WARM_SECS = 1;

export interface ServedOptions {
  readonly rounds: number;
  readonly secs: number;
  /** Lines of the section `node`, such as `kernel: ts`, for both sides. */
  readonly nodeLines: readonly string[];
}

/**
 * Measures both, with files in `folder`; nothing, with a word why, where dnsperf is missing. As with
 * the kernels, each round is made by two new processes.
 */
export async function compareServed(
  base: string,
  head: string,
  folder: string,
  options: ServedOptions,
): Promise<readonly Rounds[]> {
  if (!hasCommand("dnsperf")) {
    say("served: left out, dnsperf is missing (Debian package dnsperf)");
    return [];
  }
  const separate = availableParallelism() > 1;
  const files = { static: join(folder, "static.q"), steered: join(folder, "steered.q") };
  writeQueries(files.static, staticQueries(NAMES, QUERIES, MISS_EVERY));
  writeQueries(files.steered, steeredQueries(STEERED, QUERIES));
  const found = Object.keys(files).map((workload) => ({
    name: `served, ${workload}`,
    unit: "µs CPU",
    base: [] as number[],
    head: [] as number[],
  }));
  for (let round = 0; round < options.rounds; round += 1) {
    say(`served: round ${round + 1} of ${options.rounds}`);
    const servers: Server[] = [];
    try {
      for (const tree of [base, head]) {
        const own = join(folder, tree === base ? "base" : "head");
        servers.push(await startSide(tree, own, options.nodeLines, separate));
      }
      for (const [i, file] of Object.values(files).entries()) {
        const ask = async (server: Server, secs: number): Promise<number> =>
          (await runDnsperf(server, file, secs, separate)).cpuUs;
        const turns = [
          async () => found[i]!.base.push(await ask(servers[0]!, options.secs)),
          async () => found[i]!.head.push(await ask(servers[1]!, options.secs)),
        ];
        for (const server of servers) await ask(server, WARM_SECS);
        for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
      }
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  }
  return found;
}

/** A server of one tree, from its sources: types are blanked, what runs is the same. */
async function startSide(
  tree: string,
  folder: string,
  nodeLines: readonly string[],
  separate: boolean,
): Promise<Server> {
  mkdirSync(folder, { recursive: true });
  writeZone(join(folder, "bench.zone"), NAMES);
  return startAzimuth({
    folder,
    resources: RESOURCES,
    probe: hostName(0),
    program: join(tree, "bin/azimuth.mjs"),
    nodeLines,
    ...(separate ? { cpu: 1 } : {}),
  });
}
