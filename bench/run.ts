// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run bench -- [name…] [--rounds n] [--scale f]`: runs measurements, prints their tables on
 * stdout and writes one file with the environment into bench/results/.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compile } from "./compile.ts";
import { edit } from "./edit.ts";
import { type Bench, environment, ROOT, say, storeResults, tableText } from "./kit.ts";
import { loops } from "./loops.ts";
import { micro } from "./micro/run.ts";
import { million } from "./million.ts";
import { served } from "./served.ts";

const BENCHES: readonly Bench[] = [served, million, edit, compile, micro, loops];
/** Stands alone, and writes its own file. */
const KERNEL = join(import.meta.dirname, "kernel.ts");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "5" },
    scale: { type: "string", default: "1" },
    records: { type: "string" },
    peers: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

function usage(): string {
  const list = [...BENCHES.map(({ name, doc }) => [name, doc]), ["kernel", "the kernel alone"]];
  const lines = list.map(([name, doc]) => `  ${name!.padEnd(9)}${doc}`);
  return `npm run bench -- [name…] [--rounds n] [--scale f] [--records n] [--peers]\n\n${lines.join("\n")}\n`;
}

async function runOne(bench: Bench, results: Record<string, unknown>): Promise<void> {
  say(`${bench.name}: ${bench.doc}`);
  const { rounds, scale, records, peers } = values;
  const options = {
    ...{ rounds: Number(rounds), scale: Number(scale), peers },
    ...(records === undefined ? {} : { records: Number(records) }),
  };
  const loadBefore = environment();
  const got = await bench.run(options);
  if ("skipped" in got) {
    say(`${bench.name}: skipped, ${got.skipped}`);
    return;
  }
  results[bench.name] = { loadAverage: loadBefore["loadAverage"], ...got.figures };
  for (const table of got.tables) process.stdout.write(`${tableText(table)}\n`);
}

const wanted = new Set(positionals);
const unknown = positionals.filter(
  (name) => name !== "kernel" && !BENCHES.some((bench) => bench.name === name),
);
if (values.help || unknown.length > 0) {
  process.stdout.write(usage());
  process.exitCode = unknown.length > 0 ? 2 : 0;
} else {
  const results: Record<string, unknown> = {};
  for (const bench of BENCHES) {
    if (wanted.size === 0 || wanted.has(bench.name)) await runOne(bench, results);
  }
  if ((wanted.size === 0 || wanted.has("kernel")) && existsSync(KERNEL)) {
    spawnSync(process.execPath, [KERNEL], { stdio: "inherit", cwd: ROOT });
  }
  if (Object.keys(results).length > 0) {
    const command = `npm run bench -- ${process.argv.slice(2).join(" ")}`.trim();
    storeResults(Object.keys(results).join("-"), command, results);
  }
}
