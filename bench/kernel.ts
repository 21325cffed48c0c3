// SPDX-License-Identifier: Apache-2.0
/**
 * How many questions one thread of the TypeScript kernel answers per second, by kind of question,
 * and how much memory an answer leaves to the collector.
 *
 * A cycle is what a pump hands to a kernel: BATCH_MAX slots, filled with requests and answered by
 * one call. The filling is part of the time, because an answer stands where its request stood; the
 * row `fill only` says what it costs, so that it can be taken off.
 *
 *   npm run bench -- kernel           all kinds, stored in bench/results/
 *   node bench/kernel.ts static wrr   only kinds with these words in their names, not stored
 *   SECONDS=3 node bench/kernel.ts    how long each kind is measured
 *
 * Compare within one run only: the machine is shared, and two runs differ more than two kernels.
 */
import Benchmark from "benchmark";
import { answerBatch, UDP_SLOT_STRIDE } from "../src/answer/kernel.ts";
import { mixHash } from "../src/base/hash.ts";
import type { QueryOptions } from "../src/dns/compose.ts";
import { defaultCountryFile, readMmdb } from "../src/io/mmdb.ts";
import { settingsOff, writeSettings } from "../src/io/settings.ts";
import { BATCH_MAX } from "../src/layout/limits.ts";
import { serverCookie } from "../test/support/server-cookie.ts";
import { createSlab, createTraffic, fillSlab, subnetOf } from "../test/support/traffic.ts";
import { createWorld, type World } from "../test/support/world.ts";
import { round, say, storeResults, tableText } from "./kit.ts";

export const NAMES = 20_000;
const SECONDS = Number(process.env["SECONDS"] ?? 2);
const HEAD =
  "@ 300 SOA ns1 hostmaster 1 7200 1800 259200 120\n@ 300 NS ns1\nns1 300 A 192.0.2.53\n";

const COOKIE_SECRET = new Uint8Array(16).fill(7);
const CLIENT_COOKIE = new Uint8Array(8).fill(1);

/** Kinds of question, by what answers them. */
export const kinds: Record<string, (i: number) => QueryOptions> = {
  "static hit": (i) => ({ name: `h${i}.example.org.`, type: "A" }),
  "static hit, EDNS": (i) => ({ name: `h${i}.example.org.`, type: "A", edns: {} }),
  "static hit, new cookie": (i) => ({ ...withCookie(CLIENT_COOKIE), name: `h${i}.example.org.` }),
  "static hit, cookie": (i) => ({ ...withCookie(cookieOf(i)), name: `h${i}.example.org.` }),
  NXDOMAIN: (i) => ({ name: `no${i}.example.org.`, type: "A" }),
  NODATA: (i) => ({ name: `h${i}.example.org.`, type: "TXT" }),
  wildcard: (i) => ({ name: `w${i}.wild.example.org.`, type: "A" }),
  "CNAME chain": (i) => ({ name: `c${i}.example.org.`, type: "A" }),
  "referral, glue": (i) => ({ name: `www.d${i % 1000}.example.org.`, type: "A" }),
  "127 labels": (i) => ({ name: `${"x.".repeat(111 + (i & 1))}h1.example.org.`, type: "A" }),
  "16 DNAMEs": (i) => ({ name: `x${i}.grow.example.org.`, type: "A" }),
  "rendezvous, ECS": (i) => ({ name: "sticky.example.org.", type: "A", ecs: subnetOf(i) }),
  "rendezvous, no ECS": () => ({ name: "sticky.example.org.", type: "A" }),
  "wrr, ECS": (i) => ({ name: "turn.example.org.", type: "A", ecs: subnetOf(i) }),
  "wrr, no ECS": () => ({ name: "turn.example.org.", type: "A" }),
};

function withCookie(data: Uint8Array): Pick<QueryOptions, "type" | "edns"> {
  return { type: "A", edns: { options: [{ code: 10, data }] } };
}

/** What the server would have given to the sender of request `i` (fillSlab) at the time of the slots. */
function cookieOf(i: number): Uint8Array {
  const address = new Uint8Array(Uint32Array.of(mixHash(i)).buffer);
  return serverCookie(COOKIE_SECRET, CLIENT_COOKIE, address, 0);
}

export function createBenchWorld(): World {
  const geo = readMmdb(defaultCountryFile()).value;
  if (geo === null) throw new Error("the country database cannot be read");
  const lines = [HEAD];
  for (let i = 0; i < NAMES; i += 1) lines.push(`h${i} 60 A 192.0.2.${i & 255}\n`);
  for (let i = 0; i < NAMES; i += 1) lines.push(`c${i} 60 CNAME h${i}\n`);
  for (let i = 0; i < 1000; i += 1) {
    lines.push(`d${i} 300 NS ns1.d${i}\nd${i} 300 NS ns2.d${i}\nns1.d${i} 300 A 192.0.2.1\n`);
    lines.push(`ns2.d${i} 300 A 192.0.2.2\nns2.d${i} 300 AAAA 2001:db8::2\n`);
  }
  lines.push("*.wild 60 A 192.0.2.9\ngrow 60 DNAME m.grow\n");
  const places = [
    { id: "fra", latitude: 50.1, longitude: 8.7 },
    { id: "iad", latitude: 38.9, longitude: -77.4 },
    { id: "sin", latitude: 1.4, longitude: 104 },
  ];
  const endpoints = places.flatMap(({ id }, p) =>
    [1, 2, 3].map((n) => ({ id: `${id}${n}`, pop: id, v4: `203.0.113.${p * 10 + n}`, weight: n })),
  );
  const policy = { match: [{ location: "default", pools: ["web"] }], order: "nearest" } as const;
  const world = createWorld({
    zones: { "example.org.": lines.join("") },
    tableMiB: 64,
    geo,
    pops: places,
    pools: [{ id: "web", endpoints }],
    policies: [
      { id: "sticky", ...policy, picker: "rendezvous" },
      { id: "turn", ...policy, picker: "wrr" },
    ],
    names: ["sticky", "turn"].map((id) => ({
      zone: "example.org.",
      owner: `${id}.example.org.`,
      types: ["A"],
      policy: id,
    })),
  });
  writeSettings(world.memory.settings, { ...settingsOff, cookieSecrets: [COOKIE_SECRET] });
  return world;
}

interface Row {
  readonly kind: string;
  readonly perSecond: number;
  readonly nanosEach: number;
  /** Relative margin of error of the mean, percent. */
  readonly marginPercent: number;
  readonly octetsAllocatedEach: number;
}

function measure(kind: string, work: () => void): Row {
  const suite = new Benchmark(kind, work, { maxTime: SECONDS, minSamples: 20 });
  suite.run();
  const perSecond = suite.hz * BATCH_MAX;
  return {
    kind,
    perSecond: Math.round(perSecond),
    nanosEach: round(1e9 / perSecond, 1),
    marginPercent: round(suite.stats.rme, 1),
    octetsAllocatedEach: allocatedBy(work),
  };
}

/** Octets that the heap grew by, per answer; the collector does not run within so few batches. */
function allocatedBy(work: () => void): number {
  const rounds = 500;
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < rounds; i += 1) work();
  const grown = process.memoryUsage().heapUsed - before;
  return Math.max(0, round(grown / (rounds * BATCH_MAX), 1));
}

function main(words: readonly string[]): void {
  const world = createBenchWorld();
  const slab = createSlab();
  const chosen = Object.entries(kinds).filter(
    ([kind]) => words.length === 0 || words.some((word) => kind.includes(word)),
  );
  const rows: Row[] = [];
  for (const [i, [kind, make]] of chosen.entries()) {
    const traffic = createTraffic(NAMES, make);
    if (i === 0) rows.push(measure("fill only", () => fillSlab(slab, traffic)));
    const row = measure(kind, () => {
      fillSlab(slab, traffic);
      answerBatch(world.kernel, slab, 0, UDP_SLOT_STRIDE, BATCH_MAX);
    });
    say(`${kind}: ${row.perSecond} /s`);
    rows.push(row);
  }
  const table = {
    title: "TypeScript kernel, one thread",
    head: ["kind", "answers /s", "ns each", "± %", "octets allocated each"],
    rows: rows.map((row) => [
      row.kind,
      row.perSecond.toLocaleString("en"),
      row.nanosEach,
      row.marginPercent,
      row.octetsAllocatedEach,
    ]),
  };
  process.stdout.write(`${tableText(table)}\n`);
  if (words.length === 0) store(rows);
}

function store(rows: readonly Row[]): void {
  const figures = { names: NAMES, batch: BATCH_MAX, secondsEach: SECONDS, threads: 1, rows };
  const command = `SECONDS=${SECONDS} npm run bench -- kernel`;
  storeResults("kernel", command, { kernel: figures });
}

if (import.meta.main) main(process.argv.slice(2));
