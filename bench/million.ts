// SPDX-License-Identifier: Apache-2.0
/**
 * A zone of a million A records at a million owners: each step of its way into the table by itself,
 * and the whole as an operator meets it, from the start of the process to the first answer.
 *
 * The steps run in a fresh process per round (bench/million-steps.ts), so that memory is counted
 * from nothing and no round profits from the garbage or the compiled code of the one before.
 */
import { execFile } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  type Bench,
  type BenchOptions,
  inFolder,
  inTurns,
  median,
  type Report,
  round,
  say,
  type Table,
} from "./kit.ts";
import { peers, treeMiBOf } from "./million-peers.ts";
import { compileProgram, type Server, startAzimuth } from "./server.ts";
import { APEX, hostName, writeZone } from "./zones.ts";

const RECORDS = 1_000_000;
const RESOURCES = `zones:\n  ${APEX.slice(0, -1)}: { file: bench.zone }\n`;

/** What million-steps.ts prints. Milliseconds, octets. */
export interface Steps {
  readonly scanMs: number;
  readonly indexMs: number;
  readonly checkMs: number;
  readonly buildMs: number;
  readonly placeMs: number;
  readonly valueOctets: number;
  readonly tableOctets: number;
  readonly rssPeakMiB: number;
}

interface Start {
  readonly firstAnswerMs: number;
  readonly cpuMs: number;
  readonly rssMiB: number;
}

/** A server on the large zone beside the same server on a zone of a few records. */
interface Beside {
  readonly firstAnswerMs: number;
  /** Share of all its processes in the machine's memory when it has settled, per record. Octets. */
  readonly octetsPerRecord: number;
  readonly tinyMs: number;
  readonly tinyMiB: number;
}

/** How long a server may go on tidying up after its first answer. Milliseconds. */
const SETTLE_MS = 4000;
const WAIT_MS = 900_000;

export const million: Bench = {
  name: "million",
  doc: "a zone of a million A records: steps, memory, cold and warm start",
  run: (options) => inFolder((folder) => measure(folder, options)),
};

const execute = promisify(execFile);

async function measure(folder: string, options: BenchOptions): Promise<Report> {
  const records = options.records ?? Math.round(RECORDS * options.scale);
  const file = join(folder, "bench.zone");
  const textOctets = writeZone(file, records);
  const program = compileProgram(folder);
  const steps: Steps[] = [];
  const cold: Start[] = [];
  const saved: Start[] = [];
  const script = join(import.meta.dirname, "million-steps.ts");
  for (let i = 0; i < Math.min(options.rounds, 5); i += 1) {
    say(`million: round ${i + 1}`);
    const { stdout } = await execute(process.execPath, [script, file]);
    steps.push(JSON.parse(stdout) as Steps);
    rmSync(join(folder, "state"), { recursive: true, force: true });
    cold.push(await start(folder, program, true));
    saved.push(await start(folder, program, false));
  }
  const report = reportOf(records, textOctets, steps, cold, saved);
  if (options.peers !== true) return report;
  const sides = await compare(folder, program, records, options.rounds);
  const { figures, tables } = report;
  return { figures: { ...figures, sides }, tables: [...tables, sidesTable(records, sides)] };
}

type Sides = Readonly<Record<string, readonly Beside[]>>;

/** All servers in turns, each on a zone of a few records and on the large one. */
function compare(folder: string, program: string, records: number, rounds: number): Promise<Sides> {
  const tiny = join(folder, "tiny.zone");
  writeZone(tiny, 10);
  const large = join(folder, "bench.zone");
  const probe = hostName(7);
  const sides: Record<string, () => Promise<Beside>> = {
    azimuth: () =>
      beside(records, (isLarge) => {
        rmSync(join(folder, "state"), { recursive: true, force: true });
        const resources = RESOURCES.replace("bench.zone", isLarge ? "bench.zone" : "tiny.zone");
        return startAzimuth({ folder, program, resources, probe, waitMs: WAIT_MS });
      }),
  };
  for (const peer of peers()) {
    sides[peer.name] = () =>
      beside(records, (isLarge) => peer.start(folder, isLarge ? large : tiny, probe, WAIT_MS));
  }
  say(`million: ${rounds} rounds of ${Object.keys(sides).join(", ")}`);
  return inTurns(sides, Math.min(rounds, 5));
}

async function beside(
  records: number,
  startOn: (large: boolean) => Promise<Server>,
): Promise<Beside> {
  const settled = async (large: boolean): Promise<{ ms: number; miB: number }> => {
    const server = await startOn(large);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const miB = treeMiBOf(server.pid);
    await server.stop();
    return { ms: server.firstAnswerMs, miB };
  };
  const tiny = await settled(false);
  const large = await settled(true);
  const octetsPerRecord = ((large.miB - tiny.miB) * 2 ** 20) / records;
  return { firstAnswerMs: large.ms, octetsPerRecord, tinyMs: tiny.ms, tinyMiB: tiny.miB };
}

function sidesTable(records: number, sides: Sides): Table {
  const middle = (side: string, key: keyof Beside): number =>
    median(sides[side]!.map((one) => one[key]));
  const names = Object.keys(sides);
  const fastest = Math.min(
    ...names.filter((name) => name !== "azimuth").map((name) => middle(name, "firstAnswerMs")),
  );
  return {
    title: `Start without anything saved, ${records} A records`,
    head: [
      "server",
      "first answer ms",
      "of the fastest peer",
      "octets/record",
      "tiny ms",
      "tiny MiB",
    ],
    rows: names.map((name) => [
      name,
      round(middle(name, "firstAnswerMs")),
      round(middle(name, "firstAnswerMs") / fastest, 2),
      round(middle(name, "octetsPerRecord")),
      round(middle(name, "tinyMs")),
      round(middle(name, "tinyMiB")),
    ]),
  };
}

/** Starts a server, waits for its first answer; after a cold start also for its saved table. */
async function start(folder: string, program: string, untilSaved: boolean): Promise<Start> {
  const probe = hostName(7);
  const resources = RESOURCES;
  const server = await startAzimuth({ folder, program, resources, probe, waitMs: WAIT_MS });
  const cpuMs = server.cpuMs();
  const table = join(folder, "state/table.azimuth");
  while (untilSaved && !existsSync(table)) await new Promise((resolve) => setTimeout(resolve, 50));
  const rssMiB = server.rssMiB();
  await server.stop();
  return { firstAnswerMs: server.firstAnswerMs, cpuMs, rssMiB };
}

function reportOf(
  records: number,
  textOctets: number,
  steps: readonly Steps[],
  cold: readonly Start[],
  saved: readonly Start[],
): Report {
  const step = (key: keyof Steps): number => median(steps.map((one) => one[key]));
  const of = (list: readonly Start[], key: keyof Start): number =>
    median(list.map((one) => one[key]));
  const tableOctets = step("tableOctets") / records;
  const rows: (readonly [string, number, string])[] = [
    ["scan", round(step("scanMs")), "ms"],
    ["owner index", round(step("indexMs")), "ms"],
    ["checks", round(step("checkMs")), "ms"],
    ["build", round(step("buildMs")), "ms"],
    ["place and verify", round(step("placeMs")), "ms"],
    ["start without saved table to first answer", round(of(cold, "firstAnswerMs")), "ms"],
    ["start from the saved table to first answer", round(of(saved, "firstAnswerMs")), "ms"],
    ["text", round(textOctets / records, 1), "octets/record"],
    ["zone value", round(step("valueOctets") / records, 1), "octets/record"],
    ["table", round(tableOctets, 1), "octets/record"],
    ["resident, server that compiled the zone", round(of(cold, "rssMiB")), "MiB"],
  ];
  return {
    figures: { records, textOctets, rows, steps, cold, saved },
    tables: [{ title: `Zone of ${records} A records`, head: ["what", "median", "unit"], rows }],
  };
}
