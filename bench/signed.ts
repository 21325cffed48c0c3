// SPDX-License-Identifier: Apache-2.0
/**
 * What DNSSEC costs: nanoseconds of one answer from a signed zone, with DO and without, beside the
 * same question to the same zone without signatures. Without sockets, as kernel-native.ts.
 *
 *   node bench/signed.ts            stored in bench/results/
 *   ROUNDS=3 MS=100 node bench/signed.ts dry    not stored
 */
import type { QueryOptions } from "../src/dns/compose.ts";
import { BATCH_MAX } from "../src/layout/limits.ts";
import { createTraffic } from "../test/support/traffic.ts";
import { type Chain, signUnsoundly } from "../test/support/unsound-sign.ts";
import { createWorld, type World } from "../test/support/world.ts";
import { kernelsOf, MS, measure } from "./both-kernels.ts";
import { inTurns, median, round, say, storeResults, tableText } from "./kit.ts";

const ROUNDS = Number(process.env["ROUNDS"] ?? 5);
const NAMES = 20_000;
const APEX = "example.org.";

function text(): string {
  const lines = [
    "@ 300 SOA ns1 hostmaster 1 7200 1800 259200 120\n@ 300 NS ns1\nns1 300 A 192.0.2.53\n",
  ];
  for (let i = 0; i < NAMES; i += 1) lines.push(`h${i} 60 A 192.0.2.${i & 255}\n`);
  for (let i = 0; i < 1000; i += 1) lines.push(`d${i} 300 NS ns.d${i}\nns.d${i} 300 A 192.0.2.1\n`);
  lines.push("*.wild 60 A 192.0.2.9\n");
  return lines.join("");
}

const questions: Readonly<Record<string, (i: number) => QueryOptions>> = {
  hit: (i) => ({ name: `h${i}.${APEX}`, type: "A" }),
  NODATA: (i) => ({ name: `h${i}.${APEX}`, type: "TXT" }),
  NXDOMAIN: (i) => ({ name: `no${i}.${APEX}`, type: "A" }),
  wildcard: (i) => ({ name: `w${i}.wild.${APEX}`, type: "A" }),
  referral: (i) => ({ name: `www.d${i % 1000}.${APEX}`, type: "A" }),
};

interface Row {
  readonly question: string;
  readonly zone: string;
  readonly dnssecOk: boolean;
  readonly nativeNanos: number;
  readonly scriptNanos: number;
}

async function row(question: string, zone: string, world: World, dnssecOk: boolean): Promise<Row> {
  const make = questions[question]!;
  const traffic = createTraffic(NAMES, (i) => ({ ...make(i), edns: { payload: 1232, dnssecOk } }));
  const kernels = kernelsOf(world);
  const got = await inTurns(
    {
      native: async () => measure(traffic, kernels.native),
      script: async () => measure(traffic, kernels.script),
    },
    ROUNDS,
  );
  const nativeNanos = round(median(got["native"]!), 1);
  const scriptNanos = round(median(got["script"]!), 1);
  say(`${question}, ${zone}${dnssecOk ? ", DO" : ""}: ${nativeNanos} ns, ${scriptNanos} ns`);
  return { question, zone, dnssecOk, nativeNanos, scriptNanos };
}

const forms: Readonly<Record<string, Chain | null>> = {
  unsigned: null,
  NSEC: {},
  NSEC3: { nsec3: true },
};

async function main(dry: boolean): Promise<void> {
  const rows: Row[] = [];
  for (const [zone, chain] of Object.entries(forms)) {
    const signed = chain === null ? text() : signUnsoundly(APEX, text(), chain);
    const world = createWorld({ zones: { [APEX]: signed }, tableMiB: 128 });
    for (const question of Object.keys(questions)) {
      rows.push(await row(question, zone, world, false));
      if (chain !== null) rows.push(await row(question, zone, world, true));
    }
  }
  const plain = (one: Row): Row =>
    rows.find((other) => other.question === one.question && other.zone === "unsigned")!;
  const table = {
    title: "Signed zones, one thread, without sockets; ratios to the unsigned zone",
    head: ["question", "zone", "native ns", "ratio", "TypeScript ns", "ratio"],
    rows: rows.map((one) => [
      one.question,
      one.zone + (one.dnssecOk ? ", DO" : ""),
      one.nativeNanos,
      round(one.nativeNanos / plain(one).nativeNanos, 2),
      one.scriptNanos,
      round(one.scriptNanos / plain(one).scriptNanos, 2),
    ]),
  };
  process.stdout.write(`${tableText(table)}\n`);
  if (dry) return;
  const figures = { names: NAMES, batch: BATCH_MAX, rounds: ROUNDS, msEach: MS, rows };
  const command = `ROUNDS=${ROUNDS} MS=${MS} node bench/signed.ts`;
  storeResults("signed", command, { signed: figures });
}

await main(process.argv.includes("dry"));
