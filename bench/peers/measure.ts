// SPDX-License-Identifier: Apache-2.0
/**
 * One cell of the comparison: one server under one workload in one round.
 *
 * The order is that of a server's life: start, the first right answer, a sample of answers checked,
 * load, memory, an edit, the end; Azimuth once more from its saved table. While it starts and while
 * it takes an edit a server may use the whole machine, as it would in life; under load all of its
 * threads are bound to one processor and the generator to the other.
 */

import { existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { median, say } from "../kit.ts";
import { type LoadOptions, type LoadReport, runLoad } from "../load/load.ts";
import { verify } from "./ask.ts";
import type { Cell, LoadFigures, PeerServer, Prepared, RunName, Verified } from "./kinds.ts";
import {
  type Begun,
  begin,
  configure,
  EDITED_ADDRESS,
  editOften,
  expectedOf,
  type Life,
  probedAddress,
  type Ready,
} from "./life.ts";
import { bindTo, memoryOf, type Running, receiveBufferOf, treeCpuMs, treeOf } from "./process.ts";

export interface MeasureOptions {
  /** For the server's folder, which is removed again. */
  readonly folder: string;
  /** Length of a run of the generator. */
  readonly seconds: number;
  readonly round: number;
}

const SAVED_WAIT_MS = 20_000;
/** The server is quiet when it used less than this part of a processor for half a second. */
const QUIET_PART = 0.03;
const QUIET_WAIT_MS = 15_000;
const SOCKETS = 16;
const GENERATOR_CPU = 0;
const SERVER_CPU = 1;

/** Never throws for what a server does: that is what the cell then says. */
export async function measureCell(
  server: PeerServer,
  ready: Ready,
  options: MeasureOptions,
): Promise<Cell> {
  const { workload } = ready;
  const folder = join(options.folder, `${server.name}-${workload.name}`);
  mkdirSync(folder, { recursive: true });
  const cell: Cell = { round: options.round, server: server.name, workload: workload.name };
  try {
    return { ...cell, ...(await live(server, ready, folder, options)) };
  } catch (error) {
    return { ...cell, failed: (error as Error).message };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Findings = Omit<Cell, "round" | "server" | "workload">;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

async function live(
  server: PeerServer,
  ready: Ready,
  folder: string,
  options: MeasureOptions,
): Promise<Findings> {
  const life = await configure(server, ready, folder);
  const { prepared, port } = life;
  const first = await begin(life, probedAddress(life));
  const found: Mutable<Findings> = { startMs: first.startMs };
  try {
    if (server.answers !== "no") {
      found.verified = await verify(first.asker, ready.sample, expectedOf(life));
      if (found.verified.right < found.verified.asked) {
        return { ...found, failed: wrongText(found.verified) };
      }
    }
    await quiet(first.running.pid);
    found.receiveBufferOctets = receiveBufferOf(port);
    found.runs = await loads(first.running, life, options.seconds);
    Object.assign(found, memoryOf(first.running.pid));
    const wrong = Object.values(found.runs).reduce((sum, run) => sum + run.wrong, 0);
    if (wrong > 0) found.trouble = `${wrong} answers were wrong under load`;
    await later(life, first, found);
  } finally {
    first.asker.close();
    await first.running.stop();
  }
  const { savedTable } = prepared;
  const isStatic = ready.workload.steering === null;
  if (savedTable !== undefined && isStatic && existsSync(savedTable)) {
    await again(life, found);
  }
  return found;
}

/** The edit, and until its table is saved. */
async function later(life: Life, first: Begun, found: Mutable<Findings>): Promise<void> {
  const { server, ready, prepared } = life;
  const editedAt = Date.now();
  const edits = ready.workload.name === "W3" && server.answers !== "no";
  try {
    if (edits) found.editMs = median(await editOften(life, first));
  } catch (error) {
    found.trouble = `edit: ${(error as Error).message}`;
  }
  await savedTable(prepared, edits ? editedAt : 0);
}

/** Starts it once more on what it left. */
async function again(life: Life, found: Mutable<Findings>): Promise<void> {
  const wanted = found.editMs === undefined ? probedAddress(life) : EDITED_ADDRESS;
  try {
    const { running, asker, startMs } = await begin(life, wanted);
    asker.close();
    await running.stop();
    found.savedStartMs = startMs;
  } catch (error) {
    found.trouble = (error as Error).message;
  }
}

function wrongText({ asked, right, firstWrong }: Verified): string {
  return `${right} of ${asked} answers were right; ${firstWrong}`;
}

/** Waits until a table saved after `since` is on disk: an edit is saved some time later. */
async function savedTable({ savedTable: file }: Prepared, since: number): Promise<void> {
  if (file === undefined) return;
  const deadline = performance.now() + SAVED_WAIT_MS;
  const isSaved = (): boolean => existsSync(file) && statSync(file).mtimeMs >= since;
  while (!isSaved() && performance.now() < deadline) await pause(50);
}

/** Waits until what a start leaves to be done is done: writing tables, giving memory back. */
async function quiet(pid: number): Promise<void> {
  const deadline = performance.now() + QUIET_WAIT_MS;
  let before = treeCpuMs(pid);
  while (performance.now() < deadline) {
    await pause(500);
    const now = treeCpuMs(pid);
    if (now - before < 500 * QUIET_PART) return;
    before = now;
  }
}

/** The runs of the generator, all threads of the server bound to one processor. */
async function loads(
  running: Running,
  { server, ready, port }: Life,
  seconds: number,
): Promise<Readonly<Record<RunName, LoadFigures>>> {
  const cores = availableParallelism();
  if (cores > 1) bindTo(running.pid, String(SERVER_CPU));
  const shared = {
    server: `127.0.0.1:${port}`,
    questions: ready.questionsFile,
    sockets: SOCKETS,
    verify: server.answers !== "no",
    pids: treeOf(running.pid),
    ...(cores > 1 ? { cpu: GENERATOR_CPU } : {}),
  };
  const closed = (outstanding: number): Promise<LoadFigures> => {
    const times = { seconds, warmupSeconds: seconds / 5 };
    return load({ ...shared, ...times, mode: "closed", outstanding });
  };
  const open = (rate: number): Promise<LoadFigures> => {
    const times = { seconds: seconds / 2, warmupSeconds: seconds / 10 };
    return load({ ...shared, ...times, mode: "open", rate });
  };
  const closed64 = await closed(64);
  const closed256 = await closed(256);
  const open20k = await open(20_000);
  const open100k = await open(100_000);
  if (cores > 1) bindTo(running.pid, `0-${cores - 1}`);
  return { closed64, closed256, open20k, open100k };
}

/** Once more after a failure: a machine that stood still for a moment is not the server's doing. */
async function load(options: LoadOptions): Promise<LoadFigures> {
  try {
    return figuresOf(await runLoad(options));
  } catch (error) {
    say(`once more: ${(error as Error).message}`);
    return figuresOf(await runLoad(options));
  }
}

function figuresOf(report: LoadReport): LoadFigures {
  const { rate, offered, sent, lost, wrong, latencyMicros, behindMaxMicros, idlePart } = report;
  return {
    rate,
    offered,
    sent,
    lost,
    wrong,
    p50Micros: latencyMicros.p50,
    p99Micros: latencyMicros.p99,
    cpuMicrosPerQuery: report.cpuMicrosPerQuery ?? Number.NaN,
    behindMaxMicros,
    idlePart,
  };
}
