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
import { BATCH_MAX } from "../src/layout/limits.ts";
import { createTraffic, type Traffic } from "../test/support/traffic.ts";
import { createWorld, type World } from "../test/support/world.ts";
import { kernelsOf, MS, measure } from "./both-kernels.ts";
import { createBenchWorld, kinds, NAMES } from "./kernel.ts";
import { inTurns, median, round, say, storeResults, tableText } from "./kit.ts";

const ROUNDS = Number(process.env["ROUNDS"] ?? 7);
const LARGE = Number(process.env["LARGE"] ?? 300_000);

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
  const figures = { names: NAMES, batch: BATCH_MAX, rounds: ROUNDS, msEach: MS, rows };
  const command = `ROUNDS=${ROUNDS} MS=${MS} node bench/kernel-native.ts`;
  storeResults("kernel-native", command, { kernelNative: figures });
}

await main(process.argv.slice(2));
