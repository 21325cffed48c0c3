// SPDX-License-Identifier: Apache-2.0
/**
 * The two kernels side by side: nanoseconds of one answer, by kind of question, without sockets.
 *
 * Both work on the same world and the same requests, in turns. Only answerBatch is timed, a batch of
 * BATCH_MAX slots at a time; filling the slots is not. The last row is a zone whose table is larger
 * than the caches: there a look-up waits for memory.
 *
 *   node bench/kernel-native.ts                all kinds, stored in bench/results/
 *   node bench/kernel-native.ts static wrr     only kinds with these words, not stored
 *   ROUNDS=5 MS=300 node bench/kernel-native.ts
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { answerBatch, UDP_SLOT_STRIDE } from "../src/answer/kernel.ts";
import { loadNative } from "../src/io/native.ts";
import { createNativeKernel } from "../src/io/native-kernel.ts";
import { COUNTER_BLOCK_WORDS } from "../src/layout/gen/counters.ts";
import { BATCH_MAX } from "../src/layout/limits.ts";
import { PLAN_ROW_WORDS } from "../src/table/plans.ts";
import { createSlab, createTraffic, fillSlab, type Traffic } from "../test/support/traffic.ts";
import { createWorld, type World } from "../test/support/world.ts";
import { createBenchWorld, kinds, NAMES } from "./kernel.ts";
import { environment, inTurns, median, ROOT, round, say, tableText } from "./kit.ts";

const ROUNDS = Number(process.env["ROUNDS"] ?? 7);
const MS = Number(process.env["MS"] ?? 200);
const LARGE = Number(process.env["LARGE"] ?? 300_000);

type Answer = (slab: ReturnType<typeof createSlab>) => void;

/** Both kernels over one world. */
function kernelsOf(world: World): Readonly<Record<"native" | "script", Answer>> {
  const loaded = loadNative();
  if (loaded.addon === null) throw new Error(loaded.reason);
  const { table, plans, settings } = world.memory;
  const planRows = plans.length / PLAN_ROW_WORDS;
  const counters = new Float64Array(COUNTER_BLOCK_WORDS);
  const memory = { table, plans, settings, counters, planRows };
  const native = createNativeKernel(loaded.addon, memory, { udpSizeMax: 1232 });
  const { kernel } = world;
  return {
    native: (slab) => native.answerBatch(kernel.root, slab.u8, 0, UDP_SLOT_STRIDE, BATCH_MAX),
    script: (slab) => answerBatch(kernel, slab, 0, UDP_SLOT_STRIDE, BATCH_MAX),
  };
}

/** Nanoseconds of one answer: the fastest tenth of a round is left out, as is the slowest. */
function measure(traffic: Traffic, answer: Answer): number {
  const slab = createSlab();
  const times: number[] = [];
  const end = performance.now() + MS;
  for (let now = 0; now < end; ) {
    fillSlab(slab, traffic);
    const before = performance.now();
    answer(slab);
    now = performance.now();
    times.push(now - before);
  }
  times.sort((a, b) => a - b);
  const tenth = Math.floor(times.length / 10);
  const middle = times.slice(tenth, times.length - tenth);
  const mean = middle.reduce((sum, one) => sum + one, 0) / middle.length;
  return (mean * 1e6) / BATCH_MAX;
}

interface Row {
  readonly kind: string;
  readonly nativeNanos: number;
  readonly scriptNanos: number;
}

async function compare(kind: string, traffic: Traffic, world: World): Promise<Row> {
  const kernels = kernelsOf(world);
  const got = await inTurns(
    {
      native: async () => measure(traffic, kernels.native),
      script: async () => measure(traffic, kernels.script),
    },
    ROUNDS,
  );
  const row = {
    kind,
    nativeNanos: round(median(got["native"]!), 1),
    scriptNanos: round(median(got["script"]!), 1),
  };
  say(`${kind}: native ${row.nativeNanos} ns, TypeScript ${row.scriptNanos} ns`);
  return row;
}

function createLargeWorld(): World {
  const lines = [
    "@ 300 SOA ns1 hostmaster 1 7200 1800 259200 120\n@ 300 NS ns1\nns1 A 192.0.2.53\n",
  ];
  for (let i = 0; i < LARGE; i += 1) lines.push(`h${i} 60 A 192.0.2.${i & 255}\n`);
  return createWorld({ zones: { "example.org.": `$TTL 60\n${lines.join("")}` }, tableMiB: 512 });
}

async function main(words: readonly string[]): Promise<void> {
  const wanted = (kind: string): boolean =>
    words.length === 0 || words.some((word) => kind.includes(word));
  const world = createBenchWorld();
  const rows: Row[] = [];
  for (const [kind, make] of Object.entries(kinds).filter(([kind]) => wanted(kind))) {
    rows.push(await compare(kind, createTraffic(NAMES, make), world));
  }
  const large = `static hit of ${LARGE.toLocaleString("en")} names`;
  if (wanted(large)) {
    // Steps of a prime, so that names that lie side by side are not asked one after the other.
    const name = (i: number): string => `h${(i * 7919) % LARGE}.example.org.`;
    const traffic = createTraffic(LARGE, (i) => ({ name: name(i), type: "A" }));
    rows.push(await compare(large, traffic, createLargeWorld()));
  }
  const perSecond = (nanos: number): string => Math.round(1e9 / nanos).toLocaleString("en");
  const table = {
    title: "Both kernels, one thread, without sockets",
    head: ["kind", "native /s", "ns", "TypeScript /s", "ns", "ratio"],
    rows: rows.map(({ kind, nativeNanos, scriptNanos }) => [
      kind,
      ...[perSecond(nativeNanos), nativeNanos, perSecond(scriptNanos), scriptNanos],
      round(scriptNanos / nativeNanos, 1),
    ]),
  };
  process.stdout.write(`${tableText(table)}\n`);
  if (words.length > 0) return;
  const folder = join(ROOT, "bench/results");
  mkdirSync(folder, { recursive: true });
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(":", "");
  const file = join(folder, `${stamp}-kernel-native.json`);
  const figures = { names: NAMES, batch: BATCH_MAX, rounds: ROUNDS, msEach: MS, rows };
  const command = `ROUNDS=${ROUNDS} MS=${MS} node bench/kernel-native.ts`;
  const written = { command, environment: environment(), results: { kernelNative: figures } };
  writeFileSync(file, `${JSON.stringify(written, null, 2)}\n`);
  say(`written to ${file}`);
}

await main(process.argv.slice(2));
