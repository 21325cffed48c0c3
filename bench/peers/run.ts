// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run bench:peers`: Azimuth beside other servers and beside the limit of the system's sockets.
 *
 * In each round every server is started, checked, loaded and ended under each workload before the
 * next round begins: a machine whose speed drifts does it to all of them, and no server runs while
 * another is measured. Nothing is installed here: what is missing is named and left out.
 */

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT, say, tableText } from "../kit.ts";
import { buildLoad } from "../load/load.ts";
import { compileProgram } from "../server.ts";
import { drawPages } from "./draw.ts";
import { machine, versionOf } from "./environment.ts";
import { type Cell, type PeerServer, WORKLOADS, type WorkloadName } from "./kinds.ts";
import { makeReady } from "./life.ts";
import { measureCell } from "./measure.ts";
import { endAll } from "./process.ts";
import { bestRun, isOurs, type PeersResult, readResult, summarize, tablesOf } from "./result.ts";
import { allServers, SERVER_NAMES, whyNot } from "./servers/all.ts";
import { FULL, QUICK, type Sizes } from "./workloads.ts";

const USAGE = `npm run bench:peers -- [options]

  --rounds N         rounds of everything, 3
  --seconds S        length of a run of the generator, 3
  --servers a,b      ${SERVER_NAMES.join(",")}
  --workloads W1,W2  ${WORKLOADS.join(",")}
  --quick            one round of short runs, smaller zones; not drawn, nor is a part of all
  --label TEXT       stands in the result
  --draw FILE        only draws docs/benchmarks.md from a kept result
`;

interface Plan {
  readonly rounds: number;
  readonly seconds: number;
  readonly sizes: Sizes;
  readonly quick: boolean;
  readonly servers: readonly string[];
  readonly workloads: readonly WorkloadName[];
  readonly label: string;
}

/** What the arguments ask for; a text says what is wrong with them. */
function planOf(args: readonly string[]): Plan | { readonly draw: string } | string {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string" },
      seconds: { type: "string" },
      servers: { type: "string" },
      workloads: { type: "string" },
      label: { type: "string", default: "" },
      draw: { type: "string" },
      quick: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return USAGE;
  if (values.draw !== undefined) return { draw: values.draw };
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
  const seconds = Number(values.seconds ?? (values.quick ? 0.5 : 3));
  if (!(Number.isInteger(rounds) && rounds >= 1 && rounds <= 99)) return `--rounds\n${USAGE}`;
  if (!(seconds >= 0.2 && seconds <= 60)) return `--seconds is 0.2 to 60\n${USAGE}`;
  const servers = listOf(values.servers, SERVER_NAMES);
  const workloads = listOf(values.workloads, WORKLOADS);
  if (typeof servers === "string") return `${servers}\n${USAGE}`;
  if (typeof workloads === "string") return `${workloads}\n${USAGE}`;
  const { quick, label } = values;
  return { rounds, seconds, servers, workloads, quick, label, sizes: quick ? QUICK : FULL };
}

/** An option that nobody knows is told like any other mistake. */
function planOrWhyNot(args: readonly string[]): ReturnType<typeof planOf> {
  try {
    return planOf(args);
  } catch (error) {
    return `${(error as Error).message}\n${USAGE}`;
  }
}

function listOf<T extends string>(text: string | undefined, known: readonly T[]): T[] | string {
  if (text === undefined) return [...known];
  const wanted = text.split(",");
  const unknown = wanted.find((one) => !known.includes(one as T));
  if (unknown !== undefined) return `${unknown} is none of ${known.join(", ")}`;
  return known.filter((one) => wanted.includes(one));
}

/** The program as it is installed, with its addon beside it; gives its launcher. Throws. */
function compileAzimuth(folder: string): string {
  const launcher = compileProgram(folder);
  const addon = join(ROOT, "native/build/azimuth.node");
  const build = spawnSync(process.execPath, [join(ROOT, "scripts/build-native.ts")], {
    encoding: "utf8",
  });
  if (build.status !== 0) say(`the addon could not be built: ${build.stdout}${build.stderr}`);
  mkdirSync(join(folder, "native/build"), { recursive: true });
  if (existsSync(addon)) cpSync(addon, join(folder, "native/build/azimuth.node"));
  return launcher;
}

interface Chosen {
  readonly servers: readonly PeerServer[];
  /** Why the others cannot run here. */
  readonly leftOut: Readonly<Record<string, string>>;
}

/** Those that can run here; the others are said to be left out. */
function chooseServers(plan: Plan, folder: string): Chosen {
  const leftOut: Record<string, string> = {};
  let launcher = "";
  const ours = plan.servers.filter(isOurs);
  try {
    if (ours.length > 0) launcher = compileAzimuth(join(folder, "program"));
  } catch (error) {
    for (const name of ours) leftOut[name] = `it does not compile: ${(error as Error).message}`;
  }
  const wanted = allServers(launcher).filter(({ name }) => plan.servers.includes(name));
  for (const server of wanted) {
    const reason = whyNot(server);
    if (reason !== null) leftOut[server.name] ??= reason;
  }
  for (const [name, reason] of Object.entries(leftOut)) say(`left out: ${name}, ${reason}`);
  if (Object.keys(leftOut).length > 0) say("scripts/install-peers.sh installs other servers");
  return { servers: wanted.filter(({ name }) => !(name in leftOut)), leftOut };
}

async function measureAll(plan: Plan, folder: string): Promise<PeersResult> {
  const startedAt = Date.now();
  const reason = buildLoad();
  if (reason !== null) throw new Error(`no load generator: ${reason}`);
  const { servers, leftOut } = chooseServers(plan, folder);
  const versions = Object.fromEntries(servers.map((server) => [server.name, versionOf(server)]));
  const environment = { ...machine(), versions };
  const ready = new Map(plan.workloads.map((name) => [name, makeReady(folder, name, plan.sizes)]));
  const cells: Cell[] = [];
  for (let round = 1; round <= plan.rounds; round += 1) {
    for (const name of plan.workloads) {
      for (const server of servers.filter(({ workloads }) => workloads.includes(name))) {
        const { seconds } = plan;
        const cell = await measureCell(server, ready.get(name)!, { folder, seconds, round });
        cells.push(cell);
        const minutes = ((Date.now() - startedAt) / 60_000).toFixed(1);
        say(`${minutes} min  round ${round}/${plan.rounds}  ${cellText(cell)}`);
      }
    }
  }
  const { rounds, seconds, quick, label } = plan;
  return {
    command: `npm run bench:peers -- ${process.argv.slice(2).join(" ")}`.trim(),
    environment,
    results: {
      peers: {
        label,
        quick,
        rounds,
        seconds,
        workloads: Object.fromEntries([...ready].map(([name, one]) => [name, one.workload.doc])),
        servers: servers.map(({ name, doc, notes, answers }) => ({ name, doc, notes, answers })),
        leftOut,
        medians: summarize(cells),
        cells,
      },
    },
  };
}

function cellText(cell: Cell): string {
  const name = `${cell.workload} ${cell.server.padEnd(14)}`;
  if (cell.failed !== undefined) return `${name} NOT MEASURED: ${cell.failed}`;
  const figure = (value: number | undefined, digits: number, unit: string): string =>
    value === undefined ? "" : ` ${value.toFixed(digits)} ${unit}`;
  const { runs } = cell;
  const best = bestRun(cell)?.rate ?? 0;
  return [
    `${name} ${Math.round(best).toLocaleString("en")} q/s`,
    figure(runs?.open100k?.cpuMicrosPerQuery, 2, "µs at 100k"),
    figure(cell.startMs, 0, "ms start"),
    figure(cell.savedStartMs, 0, "ms saved"),
    figure(cell.editMs, 1, "ms edit"),
    figure((cell.pssKib ?? 0) / 1024, 0, "MiB"),
    cell.trouble === undefined ? "" : `  TROUBLE: ${cell.trouble}`,
  ].join("");
}

function keep(result: PeersResult, quick: boolean): string {
  const results = join(ROOT, "bench/results");
  mkdirSync(results, { recursive: true });
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(":", "");
  const file = join(results, `${stamp}-peers${quick ? "-quick" : ""}.json`);
  writeFileSync(file, `${JSON.stringify(result, null, 1)}\n`);
  return file;
}

async function main(): Promise<number> {
  const plan = planOrWhyNot(process.argv.slice(2));
  if (typeof plan === "string") {
    process.stdout.write(plan);
    return plan === USAGE ? 0 : 2;
  }
  if ("draw" in plan) {
    for (const file of drawPages(readResult(plan.draw), plan.draw)) say(`drawn: ${file}`);
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), "azimuth-peers-"));
  const cleanUp = (): void => {
    endAll();
    rmSync(folder, { recursive: true, force: true });
  };
  process.on("exit", cleanUp);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => process.exit(130));
  }
  const result = await measureAll(plan, folder);
  const file = keep(result, plan.quick);
  for (const table of tablesOf(result)) process.stdout.write(`${tableText(table)}\n`);
  say(`written to ${file}`);
  const whole =
    plan.servers.length === SERVER_NAMES.length && plan.workloads.length === WORKLOADS.length;
  if (plan.quick || !whole) say(`a part, so not drawn; --draw ${file} does it all the same`);
  else for (const page of drawPages(result, file)) say(`drawn: ${page}`);
  return 0;
}

process.exitCode = await main();
