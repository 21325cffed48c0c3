// SPDX-License-Identifier: Apache-2.0
/**
 * From the edit of a zone file on disk to the first answer that knows of it, in a real server.
 *
 * One record of the zone gets another address, either by a new file that takes the place of the old
 * one, as careful tools write, or by a write in place, as people do. Time counts from the moment
 * before the last system call of the edit; the server is asked again as soon as it has answered.
 */
import { closeSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { compileZone } from "../src/io/compile-zone.ts";
import { sha256 } from "../src/io/digest.ts";
import { createSources } from "../src/io/zone-source.ts";
import { createArena } from "../src/table/arena.ts";
import { applyChange } from "../src/table/patch.ts";
import { createImage, findZone, readZoneHeader } from "../src/table/table-image.ts";
import {
  type Bench,
  type BenchOptions,
  inFolder,
  inTurns,
  median,
  percentile,
  type Report,
  round,
  say,
} from "./kit.ts";
import { type Asker, compileProgram, openAsker, startAzimuth } from "./server.ts";
import { APEX, createChance, hostName, recordLine, writeZone } from "./zones.ts";

const SIZES: readonly number[] = [100_000, 1_000_000];
const EDITS = 20;
const WAIT_MS_MAX = 60_000;
const RESOURCES = `zones:\n  ${APEX.slice(0, -1)}: { file: bench.zone }\n`;

interface Edit {
  readonly ms: number;
  /** Processor time of the whole server. */
  readonly cpuMs: number;
}

export const edit: Bench = {
  name: "edit",
  doc: "one record of a large zone is edited on disk: until the first new answer",
  run: async (options) => {
    const reports: Report[] = [];
    for (const size of SIZES)
      reports.push(await inFolder((folder) => measure(folder, size, options)));
    return {
      figures: Object.assign({}, ...reports.map((one) => one.figures)),
      tables: reports.flatMap((one) => one.tables),
    };
  },
};

async function measure(folder: string, size: number, options: BenchOptions): Promise<Report> {
  const records = Math.round(size * options.scale);
  const file = join(folder, "bench.zone");
  writeZone(file, records);
  const placedOctets = publishedOctets(file);
  const program = compileProgram(folder);
  const server = await startAzimuth({ folder, program, resources: RESOURCES, probe: hostName(0) });
  const asker = await openAsker(server.port);
  const chance = createChance(3);
  let serial = 0;

  const one = async (write: (text: Buffer, at: number, line: string) => number): Promise<Edit> => {
    const i = chance() % records;
    const text = readFileSync(file);
    const before = text.indexOf(recordLine(i).split(" ")[0]!);
    const end = text.indexOf(10, before);
    // Of the same size, so that a write in place is one call and not a rewrite of the rest.
    serial += 1;
    const old = text.subarray(before, end).toString().split(" ").at(-1)!;
    const address = changed(old, serial);
    const cpuBefore = server.cpuMs();
    const startedAt = write(text, before, recordLine(i, address));
    await until(asker, hostName(i), address);
    const got = { ms: performance.now() - startedAt, cpuMs: server.cpuMs() - cpuBefore };
    // What the server still does about the last edit is not the next one's doing.
    await new Promise((resolve) => setTimeout(resolve, records > 200_000 ? 1500 : 300));
    return got;
  };

  try {
    await one(rename(file));
    await one(inPlace(file));
    const edits = records > 200_000 ? Math.min(EDITS, 8) : EDITS;
    say(`edit: ${records} records, ${edits} edits of each kind`);
    const runs = await inTurns(
      { rename: () => one(rename(file)), "in place": () => one(inPlace(file)) },
      Math.max(edits, options.rounds),
    );
    return reportOf(records, runs, placedOctets);
  } finally {
    asker.close();
    await server.stop();
  }
}

/** Octets that the publication of one edited record places; edits the file. */
function publishedOctets(file: string): number {
  const first = compileZone({ apex: APEX, file, steered: [], known: null });
  const image = createImage(createArena(new Uint8Array(256 * 2 ** 20)));
  applyChange(image, { revision: 1, put: [first.built!], digest: sha256 });
  const { header, policies } = findZone(image, first.source!.text.apex)!;
  const sources = createSources();
  sources.keep(APEX, first.source);
  writeFileSync(file, readFileSync(file, "utf8").replace(recordLine(9), recordLine(9, "10.9.9.9")));
  const edit = sources.edit({ apex: APEX, file, steered: [] }, () => ({
    views: image.views,
    header: readZoneHeader(image.views, header.ref),
    policies,
  }));
  if (edit === null) return Number.NaN;
  const done = applyChange(image, { revision: 2, put: [edit.built], digest: sha256 });
  return done.value?.placed.reduce((sum, one) => sum + one.size, 0) ?? Number.NaN;
}

/** Another address of the same length: its last digit moves. */
function changed(address: string, serial: number): string {
  const last = address.at(-1)!;
  const next = String((Number(last) + 1 + (serial % 3)) % 6);
  return address.slice(0, -1) + (next === last ? String((Number(next) + 1) % 6) : next);
}

/** Writes a new file and lets it take the place of the old one. Gives the time before that. */
function rename(file: string) {
  return (text: Buffer, at: number, line: string): number => {
    text.write(line, at);
    writeFileSync(`${file}.new`, text);
    const startedAt = performance.now();
    renameSync(`${file}.new`, file);
    return startedAt;
  };
}

function inPlace(file: string) {
  return (_text: Buffer, at: number, line: string): number => {
    const fd = openSync(file, "r+");
    const startedAt = performance.now();
    writeSync(fd, line, at);
    closeSync(fd);
    return startedAt;
  };
}

async function until(asker: Asker, name: string, address: string): Promise<void> {
  const deadline = performance.now() + WAIT_MS_MAX;
  for (;;) {
    if ((await asker.ask(name, 50)) === address) return;
    if (performance.now() > deadline) throw new Error(`${name} never became ${address}`);
    // Half a millisecond of rest: asking must not take the processor from the compiler.
    await new Promise((resolve) => setTimeout(resolve, 0.5));
  }
}

function reportOf(
  records: number,
  runs: Readonly<Record<string, readonly Edit[]>>,
  placedOctets: number,
): Report {
  const rows = Object.entries(runs).map(([kind, list]) => {
    const times = list.map((one) => one.ms);
    return {
      kind,
      medianMs: round(median(times), 1),
      p90Ms: round(percentile(times, 0.9), 1),
      cpuMs: round(median(list.map((one) => one.cpuMs)), 1),
    };
  });
  return {
    figures: { [`records ${records}`]: { rows, placedOctets, runs } },
    tables: [
      {
        title: `One edited record of ${records}: edit to first new answer`,
        head: ["edit", "median ms", "p90 ms", "server CPU ms", "octets published"],
        rows: rows.map((row) => [row.kind, row.medianMs, row.p90Ms, row.cpuMs, placedOctets]),
      },
    ],
  };
}
