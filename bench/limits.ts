// SPDX-License-Identifier: Apache-2.0
/**
 * What the rate limiter costs: nanoseconds of one answer with it off, on and not reached, and on with
 * nearly all over the limit. Clients are spread over the whole address space, which is the worst for
 * its memory. Without sockets, as kernel-native.ts.
 *
 *   node bench/limits.ts            stored in bench/results/
 *   ROUNDS=3 MS=100 node bench/limits.ts dry    not stored
 */
import { type LimitValues, limitsOff, settingsOff, writeSettings } from "../src/io/settings.ts";
import { BATCH_MAX } from "../src/layout/limits.ts";
import { createTraffic } from "../test/support/traffic.ts";
import type { World } from "../test/support/world.ts";
import { kernelsOf, MS, measure } from "./both-kernels.ts";
import { createBenchWorld, kinds, NAMES } from "./kernel.ts";
import { inTurns, median, round, say, storeResults, tableText } from "./kit.ts";

const ROUNDS = Number(process.env["ROUNDS"] ?? 7);

const ON: LimitValues = { ...limitsOff, answerMode: 2, keys: [1, 2] };
const modes: Readonly<Record<string, LimitValues>> = {
  off: limitsOff,
  "not reached": { ...ON, answersPerSecond: 1_000_000, answersAtOnce: 1_000_000 },
  over: { ...ON, answersPerSecond: 1, answersAtOnce: 1 },
};

interface Row {
  readonly kind: string;
  readonly mode: string;
  readonly nativeNanos: number;
  readonly scriptNanos: number;
}

async function rowsOf(kind: string, world: World): Promise<Row[]> {
  const traffic = createTraffic(NAMES, kinds[kind]!);
  const kernels = kernelsOf(world);
  const under = (mode: string, kernel: "native" | "script") => async (): Promise<number> => {
    writeSettings(world.memory.settings, { ...settingsOff, limits: modes[mode]! });
    return measure(traffic, kernels[kernel]);
  };
  const works: Record<string, () => Promise<number>> = {};
  for (const mode of Object.keys(modes)) {
    works[`${mode} native`] = under(mode, "native");
    works[`${mode} script`] = under(mode, "script");
  }
  const got = await inTurns(works, ROUNDS);
  return Object.keys(modes).map((mode) => ({
    ...{ kind, mode },
    nativeNanos: round(median(got[`${mode} native`]!), 1),
    scriptNanos: round(median(got[`${mode} script`]!), 1),
  }));
}

const world = createBenchWorld();
const rows: Row[] = [];
for (const kind of ["static hit", "NXDOMAIN", "referral, glue"]) {
  rows.push(...(await rowsOf(kind, world)));
  say(`${kind}: done`);
}
const off = (row: Row): Row => rows.find((one) => one.kind === row.kind && one.mode === "off")!;
const table = {
  title: "Cost of the rate limiter, one thread, without sockets",
  head: ["kind", "mode", "native ns", "to off", "TypeScript ns", "to off"],
  rows: rows.map((row) => [
    ...[row.kind, row.mode, row.nativeNanos, round(row.nativeNanos / off(row).nativeNanos, 2)],
    ...[row.scriptNanos, round(row.scriptNanos / off(row).scriptNanos, 2)],
  ]),
};
process.stdout.write(`${tableText(table)}\n`);
if (process.argv[2] !== "dry") {
  const figures = { names: NAMES, batch: BATCH_MAX, rounds: ROUNDS, msEach: MS, rows };
  const command = `ROUNDS=${ROUNDS} MS=${MS} node bench/limits.ts`;
  storeResults("limits", command, { limits: figures });
}
