// SPDX-License-Identifier: Apache-2.0
/** A small result of a comparison, for tests of what is made of it. */
import type { Cell, LoadFigures, PeerServer } from "../../../../bench/peers/kinds.ts";
import { type PeersResult, summarize } from "../../../../bench/peers/result.ts";

export function loadOf(rate: number): LoadFigures {
  return {
    rate,
    offered: rate,
    sent: rate,
    lost: 0,
    wrong: 0,
    p50Micros: 10,
    p99Micros: 50,
    cpuMicrosPerQuery: 1e6 / rate,
    behindMaxMicros: 3,
    idlePart: 0.2,
  };
}

export function cellOf(server: string, runs: NonNullable<Cell["runs"]>): Cell {
  return { round: 1, server, workload: "W1", runs, startMs: 12, rssKib: 2048, pssKib: 1024 };
}

/** Four servers in W1 and W2; BIND is the quickest of the peers and does not steer. */
export function resultOf(): PeersResult {
  const rates = { bare: 400_000, "azimuth-native": 380_000, bind: 300_000, gdnsd: 250_000 };
  const cells = (["W1", "W2"] as const).flatMap((workload) =>
    Object.entries(rates).map(([server, rate]): Cell => {
      const run = loadOf(rate);
      const runs = { closed64: run, closed256: run, open20k: run, open100k: run };
      return { ...cellOf(server, runs), workload };
    }),
  );
  const answers: Record<string, PeerServer["answers"]> = {
    bare: "no",
    bind: "without client subnet",
  };
  return {
    command: "npm run bench:peers --",
    environment: { date: "2026-01-02T03:04:05Z", cpu: "a & b <c>", versions: { bind: "9.18" } },
    results: {
      peers: {
        label: "",
        quick: false,
        rounds: 1,
        seconds: 1,
        workloads: { W1: "static names", W2: "steered names" },
        servers: Object.keys(rates).map((name) => ({
          name,
          doc: name,
          notes: ["as shipped"],
          answers: answers[name] ?? "right",
        })),
        leftOut: { nsd: "nsd is not installed (Debian packages nsd)" },
        medians: summarize(cells),
        cells,
      },
    },
  };
}
