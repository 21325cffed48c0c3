// SPDX-License-Identifier: Apache-2.0
/**
 * The life of one server with one zone: configured, begun, checked, given an edit, ended. Without
 * any load, so that a test can lead the same life: what starts there starts in the benchmark.
 */
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort } from "../../test/support/ports.ts";
import { hostName, type QuestionSpec, writeQuestions } from "../load/questions.ts";
import { ANYTHING, type Asker, openAsker, until, verify } from "./ask.ts";
import type { PeerServer, Prepared, Reload, Verified, WorkloadName } from "./kinds.ts";
import { type Running, searchPath, startServer } from "./process.ts";
import {
  createWorkload,
  FIRST_SERIAL,
  recordLine,
  type Sizes,
  soaLine,
  type Workload,
} from "./workloads.ts";

/** Answers that are checked before the load. */
const SAMPLE = 200;
const START_WAIT_MS = 60_000;
const HEARD_WAIT_MS = 2000;
const EDIT_WAIT_MS = 60_000;
/** Odd, so that the last one leaves EDITED_ADDRESS. */
const EDITS = 3;
const EDIT_PAUSE_MS = 1000;
/** The record that is edited, and that a start waits for. */
const PROBED = 77;
/** What it is after the edit. */
export const EDITED_ADDRESS = "192.0.2.77";

const execute = promisify(execFile);

/** A workload with its files, made once and used by all servers. */
export interface Ready {
  readonly workload: Workload;
  readonly zoneFile: string;
  readonly questionsFile: string;
  /** Checked one by one before the load. */
  readonly sample: readonly QuestionSpec[];
}

/** Writes a workload's zone and questions into `folder`. */
export function makeReady(folder: string, name: WorkloadName, sizes: Sizes): Ready {
  const workload = createWorkload(name, sizes);
  const zoneFile = join(folder, `${name}.zone`);
  const questionsFile = join(folder, `${name}.questions`);
  writeFileSync(zoneFile, workload.zoneText());
  const questions = [...workload.questions()];
  writeQuestions(questionsFile, questions);
  const step = Math.max(1, Math.floor(questions.length / SAMPLE));
  const sample = questions.filter((_, i) => i % step === 0).slice(0, SAMPLE);
  return { workload, zoneFile, questionsFile, sample };
}

/** One server under one workload, configured. */
export interface Life {
  readonly server: PeerServer;
  readonly ready: Ready;
  readonly prepared: Prepared;
  readonly port: number;
  readonly zoneFile: string;
}

/** Gives a server its folder, its zone, free ports and its configuration. */
export async function configure(server: PeerServer, ready: Ready, folder: string): Promise<Life> {
  const { apex, steering } = ready.workload;
  const zoneFile = join(folder, server.zonePath?.(apex) ?? `${apex}.zone`);
  mkdirSync(dirname(zoneFile), { recursive: true });
  copyFileSync(ready.zoneFile, zoneFile);
  const [port, controlPort] = [await freePort(), await freePort()];
  const prepared = server.configure({ folder, port, controlPort, apex, zoneFile, steering });
  return { server, ready, prepared, port, zoneFile };
}

/** The right answers of this server. */
export function expectedOf({ server, ready }: Life): Workload["expected"] {
  const { steering, expected } = ready.workload;
  if (server.answers === "right" || steering === null) return expected;
  return () => steering.edges[steering.fallback]!;
}

/** The question that a start waits for. */
function probeOf({ ready }: Life): QuestionSpec {
  if (ready.workload.steering !== null) return ready.sample[0]!;
  return { name: hostName(PROBED), type: "A" };
}

/** The right answer to it, before an edit. */
export function probedAddress(life: Life): string {
  if (life.server.answers === "no") return ANYTHING;
  return expectedOf(life)(probeOf(life))!;
}

/** A server that answers. */
export interface Begun {
  readonly running: Running;
  readonly asker: Asker;
  /** From the start of the process to its first right answer. */
  readonly startMs: number;
}

/** Starts the server and waits until it says `wanted`. */
export async function begin(life: Life, wanted: string): Promise<Begun> {
  const asker = await openAsker(life.port);
  const startedAt = performance.now();
  const running = startServer(life.prepared);
  const broken = (): string | null => {
    const ended = running.ended();
    return ended === null ? null : `it ${ended}: ${lastLines(running.said())}`;
  };
  try {
    const options = { startedAt, waitMs: START_WAIT_MS, broken };
    const startMs = await until(asker, probeOf(life), wanted, options);
    await heard(running, life.prepared.says);
    return { running, asker, startMs };
  } catch (error) {
    asker.close();
    await running.stop();
    throw new Error(`it did not start: ${(error as Error).message}`);
  }
}

/** What a process writes comes a little after it was written. */
async function heard(running: Running, wanted: string | undefined): Promise<void> {
  if (wanted === undefined) return;
  const deadline = performance.now() + HEARD_WAIT_MS;
  while (!running.said().includes(wanted)) {
    if (performance.now() > deadline) {
      throw new Error(`it does not say "${wanted}": ${lastLines(running.said())}`);
    }
    await pause(20);
  }
}

function lastLines(text: string): string {
  return text.trim().split("\n").slice(-3).join(" | ");
}

/**
 * Changes one record and the serial on disk, as careful tools do, and waits for the answer to change;
 * EDITS times, there and back, so that the last address is EDITED_ADDRESS. Gives the times.
 */
export async function editOften(life: Life, begun: Begun): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < EDITS; i += 1) {
    const addresses = [undefined, EDITED_ADDRESS] as const;
    const [from, to] = i % 2 === 0 ? addresses : addresses.toReversed();
    times.push(await edit(life, begun, FIRST_SERIAL + i, [from, to]));
    // What a server still does about this edit is not the next one's doing.
    await pause(EDIT_PAUSE_MS);
  }
  return times;
}

/** One edit; `addresses` are before and after, undefined for the one the zone began with. */
async function edit(
  life: Life,
  { running, asker }: Begun,
  serial: number,
  [from, to]: readonly [string | undefined, string | undefined],
): Promise<number> {
  const file = life.zoneFile;
  const text = readFileSync(file, "utf8");
  const edited = text
    .replace(soaLine(serial), soaLine(serial + 1))
    .replace(`\n${recordLine(PROBED, from)}`, `\n${recordLine(PROBED, to)}`);
  if (!edited.includes(`\n${recordLine(PROBED, to)}`)) throw new Error("the edit changes nothing");
  writeFileSync(`${file}.new`, edited);
  const startedAt = performance.now();
  renameSync(`${file}.new`, file);
  const told = tell(life.prepared.reload);
  const options = { startedAt, waitMs: EDIT_WAIT_MS, broken: running.ended };
  const ms = await until(asker, probeOf(life), to ?? probedAddress(life), options);
  await told;
  return ms;
}

async function tell(reload: Reload): Promise<void> {
  if (reload.by !== "command") return;
  for (const [program = "", ...args] of reload.commands) {
    await execute(program, args, { env: { ...process.env, PATH: searchPath() } }).catch((error) => {
      process.stderr.write(`${program}: ${(error as Error).message}\n`);
    });
  }
}

/** Starts a server, checks a sample of its answers, and where asked for an edit; ends it. */
export async function checkServer(
  server: PeerServer,
  ready: Ready,
  options: { readonly folder: string; readonly edits: boolean },
): Promise<Verified> {
  const life = await configure(server, ready, options.folder);
  const begun = await begin(life, probedAddress(life));
  try {
    const verified = await verify(begun.asker, ready.sample, expectedOf(life));
    if (options.edits) await editOften(life, begun);
    return verified;
  } finally {
    begun.asker.close();
    await begun.running.stop();
  }
}
