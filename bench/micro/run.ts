// SPDX-License-Identifier: Apache-2.0
/**
 * What the parts of the kernel take, each alone: hash, parse, lookup, respond, map, pickers; and
 * whole answers by each kernel.
 *
 *   npm run bench -- micro           all, stored in bench/results/
 *   node bench/micro/run.ts map wrr  only parts with these words in group or name, not stored
 *
 * The parts stand in hot caches and with branches that were guessed a thousand times: their sum is
 * less than an answer takes. They are for comparing a part with itself, before and after a change;
 * what an answer takes is told by bench/kernel.ts and bench/served.ts.
 */
import { createBenchWorld } from "../kernel.ts";
import { type Bench, say, type Table, tableText } from "../kit.ts";
import { hashParts, lookupParts, parseParts } from "./names.ts";
import { measurePart, type Part, type PartRow } from "./part.ts";
import { mapParts, pickParts } from "./steer.ts";
import { answerParts, respondParts } from "./whole.ts";

/** Of one part, for each round that was asked for. */
const SECS_PER_ROUND = 0.15;

export const micro: Bench = {
  name: "micro",
  doc: "parts of the kernel, each alone: hash, parse, lookup, respond, map, pickers",
  run: async ({ rounds, scale }) => {
    const secsEach = SECS_PER_ROUND * rounds * scale;
    const rows = runParts([], secsEach);
    return { figures: { secsEach, threads: 1, rows }, tables: [tableOf(rows)] };
  },
};

/** All parts, or those with one of `words` in group or name. */
export function partsOf(words: readonly string[]): readonly Part[] {
  const world = createBenchWorld();
  const parts = [hashParts(), parseParts(world), lookupParts(world), respondParts(world)];
  // Last what overwrites the scratch records that others were prepared in.
  parts.push(mapParts(world), pickParts(world), answerParts(world));
  return parts
    .flat()
    .filter(
      ({ group, name }) =>
        words.length === 0 || words.some((word) => `${group}, ${name}`.includes(word)),
    );
}

function runParts(words: readonly string[], secsEach: number): readonly PartRow[] {
  return partsOf(words).map((part) => {
    const row = measurePart(part, secsEach);
    say(`${row.group}, ${row.name}: ${row.nanosEach} ns`);
    return row;
  });
}

function tableOf(rows: readonly PartRow[]): Table {
  return {
    title: "Parts of the kernel, one thread, hot caches",
    head: ["part", "what", "ns each", "per second", "± %"],
    rows: rows.map(({ group, name, nanosEach, perSecond, marginPercent }) => [
      group,
      name,
      nanosEach,
      perSecond.toLocaleString("en"),
      marginPercent,
    ]),
  };
}

if (import.meta.main) {
  const words = process.argv.slice(2);
  process.stdout.write(`${tableText(tableOf(runParts(words, SECS_PER_ROUND * 5)))}\n`);
}
