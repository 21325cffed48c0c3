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
import { type Bench, type BenchOptions, inFolder, median, type Report, round, say } from "./kit.ts";
import { compileProgram, startAzimuth } from "./server.ts";
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

export const million: Bench = {
  name: "million",
  doc: "a zone of a million A records: steps, memory, cold and warm start",
  run: (options) => inFolder((folder) => measure(folder, options)),
};

const execute = promisify(execFile);

async function measure(folder: string, options: BenchOptions): Promise<Report> {
  const records = Math.round(RECORDS * options.scale);
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
  return reportOf(records, textOctets, steps, cold, saved);
}

/** Starts a server, waits for its first answer; after a cold start also for its saved table. */
async function start(folder: string, program: string, untilSaved: boolean): Promise<Start> {
  const probe = hostName(7);
  const server = await startAzimuth({ folder, program, resources: RESOURCES, probe });
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
