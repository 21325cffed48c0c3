// SPDX-License-Identifier: Apache-2.0
/**
 * Azimuth in its forms: native kernel and pump, native pump with the TypeScript kernel, nothing
 * native at all, and the first once more with threads that spin before they sleep. The compiled program runs, as it is installed, with its addon beside it.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { PeerServer, Prepared, Site, Steering } from "../kinds.ts";

/** All of them; `launcher` is the compiled program's bin/azimuth.mjs. */
export function azimuths(launcher: string): readonly PeerServer[] {
  const make = (name: string, doc: string, choice: Choice): PeerServer => ({
    name,
    doc,
    programs: [],
    packages: [],
    workloads: choice.udp === undefined ? ["W1", "W2", "W3"] : ["W1", "W2"],
    answers: "right",
    notes: ["one UDP worker, no probes, API off; receive buffer 4 MiB; sees an edit by itself"],
    version: [process.execPath, launcher, "--version"],
    configure: (site) => configure(site, launcher, choice),
  });
  const native = { kernel: "native", pump: "native" } as const;
  const spin = { ...native, udp: { spinMicros: SPIN_MICROS } };
  return [
    make("azimuth-native", "Azimuth, native kernel and pump", native),
    make("azimuth-pump", "Azimuth, native pump, TypeScript kernel", {
      kernel: "ts",
      pump: "native",
    }),
    make("azimuth-ts", "Azimuth, TypeScript alone, node:dgram", { kernel: "ts", pump: "dgram" }),
    make("azimuth-spin", `azimuth-native that looks ${SPIN_MICROS} µs before it sleeps`, spin),
  ];
}

/** At 20,000 queries per second the next one is 50 µs away: long enough to find it awake. */
const SPIN_MICROS = 200;

interface Choice {
  readonly kernel: "native" | "ts";
  readonly pump: "native" | "dgram";
  readonly udp?: { readonly spinMicros: number };
}

function configure(site: Site, launcher: string, choice: Choice): Prepared {
  const { folder, port, apex, zoneFile, steering } = site;
  const state = join(folder, "state");
  mkdirSync(state, { recursive: true });
  const config = join(folder, "azimuth.yaml");
  const zone = { file: zoneFile, ...(steering === null ? {} : { steer: steerOf(steering) }) };
  const sections = {
    node: {
      name: "bench",
      listen: [`127.0.0.1:${port}`],
      workers: 1,
      ...choice,
      state,
      api: "off",
      log: { level: "info" },
    },
    ...(steering === null ? {} : resourcesOf(steering)),
    zones: { [apex]: zone },
  };
  writeFileSync(config, stringify(sections));
  return {
    command: [process.execPath, launcher, "serve", "--config", config],
    // The environment would go before the configuration.
    env: { AZIMUTH_KERNEL: "", AZIMUTH_PUMP: "", AZIMUTH_NATIVE: "" },
    reload: { by: "itself" },
    says: `kernel ${choice.kernel}, pump ${choice.pump}`,
    savedTable: join(state, "table.azimuth"),
  };
}

const edgeName = (edge: number): string => `e${edge}`;

/** Every edge a pool of one endpoint, every edge's networks one rule of the map. */
function resourcesOf(steering: Steering): Readonly<Record<string, unknown>> {
  const byEdge = <T>(make: (address: string, edge: number) => T): Record<string, T> =>
    Object.fromEntries(steering.edges.map((address, i) => [edgeName(i), make(address, i)]));
  const prefixesOf = (edge: number): readonly string[] =>
    steering.networks.filter((one) => one.edge === edge).map(({ prefix }) => prefix);
  const match = Object.fromEntries(
    steering.edges.map((_, i) => [`net/${edgeName(i)}`, [edgeName(i)]]),
  );
  return {
    pops: byEdge((_, i) => ({ latitude: 10 * i - 40, longitude: 20 * i })),
    pools: byEdge((address, i) => ({
      endpoints: { [edgeName(i)]: { pop: edgeName(i), v4: address } },
    })),
    maps: {
      clients: { default: "EU", networks: byEdge((_, i) => ({ prefixes: prefixesOf(i) })) },
    },
    policies: {
      cdn: {
        map: "clients",
        match: { default: [edgeName(steering.fallback)], ...match },
        order: "weight",
        ttlSecs: 300,
      },
    },
  };
}

function steerOf(steering: Steering): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    steering.owners.map((owner) => [owner, { policy: "cdn", types: ["A"] }]),
  );
}
