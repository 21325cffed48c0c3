// SPDX-License-Identifier: Apache-2.0
/**
 * The real transfer thread over a table that the test publishes, and a reader that is the test:
 * what a socket would send goes over the port, and so does what comes back.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import type { Fault } from "../../src/base/faults.ts";
import { threadEntries } from "../../src/daemon/entries.ts";
import type { TransferData } from "../../src/daemon/messages.ts";
import { composeMessage, composeQuery } from "../../src/dns/compose.ts";
import { Class, Type } from "../../src/dns/iana.ts";
import type { Edns } from "../../src/dns/message.ts";
import { nameFromText } from "../../src/dns/names.ts";
import { recordToText } from "../../src/dns/text.ts";
import { writeAddress } from "../../src/io/address.ts";
import { createMemory, type Memory } from "../../src/io/memory.ts";
import { createPublisher, type Publisher, publish, reclaimAll } from "../../src/io/publisher.ts";
import type { SlowAsk, SlowReply } from "../../src/io/slow.ts";
import type {
  TransferOrder,
  TransferReport,
  TransferWanted,
  WantedZone,
} from "../../src/io/transfer-link.ts";
import { TRANSPORT_TCP } from "../../src/layout/gen/enums.ts";
import { NO_TRANSFER } from "../../src/resource/decode-transfer.ts";
import type { ZoneTransfer } from "../../src/resource/types.ts";
import type { BuiltZone } from "../../src/table/build-zone.ts";
import { parse } from "./daemon-client.ts";

export interface AskOptions {
  readonly transport?: number;
  readonly client?: string;
}

export interface TransferThread {
  readonly memory: Memory;
  readonly publisher: Publisher;
  readonly folder: string;
  readonly worker: Worker;
  /** What the thread said to control. */
  readonly reports: readonly TransferReport[];
  /** Each resolves when the thread has carried it out. */
  publish(...zones: readonly BuiltZone[]): Promise<void>;
  /** Publishes without a word to the thread. */
  publishUnseen(...zones: readonly BuiltZone[]): void;
  order(order: TransferOrder): Promise<void>;
  want(wanted: Partial<TransferWanted>): Promise<void>;
  /** Has the control thread be gone: its end of the channel is closed. */
  loseControl(): void;
  /** All messages that answer a request. */
  ask(octets: Uint8Array, options?: AskOptions): Promise<Uint8Array[]>;
  /** Ends the thread as the supervisor does, and starts it again with the same folder. */
  restart(): Promise<void>;
}

const READER = 5;

/** What control says of a text that is to be proved: its faults, or nothing at all. */
export type Judge = (text: string) => readonly Fault[] | null | "silence";

/** No compilers here: the thread is to see for itself. */
const NOBODY: Judge = () => null;

export async function startTransferThread(
  t: TestContext,
  judge: Judge = NOBODY,
): Promise<TransferThread> {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-transfer-"));
  const memory = createMemory(256);
  const publisher = createPublisher(memory);
  const reports: TransferReport[] = [];
  const answers = new Map<number, { got: Uint8Array[]; done: (all: Uint8Array[]) => void }>();
  const start = () => begin(folder, memory, reports, answers, judge);
  let running = await start();
  let revision = 0;
  let id = 0;
  t.after(async () => {
    await end(running.worker);
    running.reader.close();
    running.control.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const order = (one: TransferOrder): Promise<void> => {
    const done = new Promise<void>((resolve) => {
      const heard = (report: TransferReport): void => {
        if (report.kind !== "seen") return;
        port.off("message", heard);
        resolve();
      };
      const port = running.control;
      port.on("message", heard);
    });
    running.control.postMessage(one);
    return done;
  };
  const thread: TransferThread = {
    ...{ memory, publisher, folder, reports, order },
    get worker() {
      return running.worker;
    },
    publishUnseen(...put) {
      revision += 1;
      const done = publish(publisher, { revision, put });
      assert.ok("epoch" in done, JSON.stringify(done));
    },
    async publish(...put) {
      thread.publishUnseen(...put);
      await order({ kind: "published" });
      reclaimAll(publisher);
    },
    want: (wanted) =>
      order({ kind: "wanted", wanted: { keys: [], remotes: [], zones: [], ...wanted } }),
    ask(octets, { transport = TRANSPORT_TCP, client = "127.0.0.1" } = {}) {
      id += 1;
      const address = new Uint8Array(16);
      const family = writeAddress(client, address, 0);
      const ask: SlowAsk = {
        ...{ kind: "request", id, octets: new Uint8Array(octets) },
        ...{ client: address, family, port: 4711, transport },
      };
      return new Promise((resolve) => {
        answers.set(id, { got: [], done: resolve });
        running.reader.postMessage(ask);
      });
    },
    loseControl: () => running.control.close(),
    async restart() {
      await end(running.worker);
      running = await start();
    },
  };
  return thread;
}

async function begin(
  folder: string,
  memory: Memory,
  reports: TransferReport[],
  answers: Map<number, { got: Uint8Array[]; done: (all: Uint8Array[]) => void }>,
  judge: Judge,
): Promise<{ worker: Worker; reader: MessagePort; control: MessagePort }> {
  const data: TransferData = {
    ...{ memory: memory.shared, reader: READER, stateFolder: folder },
    ...{ logLevel: "silent", udpSizeMax: 1232 },
  };
  const worker = new Worker(threadEntries().transfer, { workerData: data });
  await new Promise<void>((resolve, reject) => {
    worker.once("message", () => resolve());
    worker.once("error", reject);
  });
  const control = new MessageChannel();
  worker.postMessage({ kind: "control", port: control.port2 }, [control.port2]);
  control.port1.on("message", (report: TransferReport) => {
    reports.push(report);
    if (report.kind !== "prove") return;
    const faults = judge(report.text);
    if (faults === "silence") return;
    control.port1.postMessage({ kind: "proved", id: report.id, faults } satisfies TransferOrder);
  });
  const reader = new MessageChannel();
  worker.postMessage({ kind: "slow", name: "test", port: reader.port2 }, [reader.port2]);
  reader.port1.on("message", ({ id, octets, last }: SlowReply) => {
    const waiting = answers.get(id);
    if (waiting === undefined) return;
    if (octets.length > 0) waiting.got.push(octets);
    if (last) waiting.done(waiting.got);
    else reader.port1.postMessage({ kind: "written", id } satisfies SlowAsk);
  });
  return { worker, reader: reader.port1, control: control.port1 };
}

async function end(worker: Worker): Promise<void> {
  if (worker.threadId < 0) return;
  const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  worker.postMessage({ kind: "stop" });
  await ended;
}

/** A transfer setting of a zone: closed, but for what is given. */
export function wantedZone(
  apex: string,
  transfer: Partial<ZoneTransfer> = {},
  more: Partial<WantedZone> = {},
): WantedZone {
  const zone = { apex, file: `/nowhere/${apex}zone`, steered: false, flattened: [] };
  return { ...zone, transfer: { ...NO_TRANSFER, ...transfer }, ...more };
}

export const ANYBODY: ZoneTransfer["allowTransfer"] = [{ prefix: null, key: null, tls: false }];

/** A query for a zone, or for what is newer than `serial`. */
export function transferQuery(
  apex: string,
  serial: number | null,
  edns?: Partial<Edns>,
): Uint8Array {
  const name = nameFromText(apex)!;
  const query = parse(composeQuery({ name, type: serial === null ? "AXFR" : "IXFR", id: 77 }));
  const rdata = new Uint8Array(22);
  new DataView(rdata.buffer).setUint32(2, serial ?? 0);
  const soa = { owner: name, type: Type.SOA, class: Class.IN, ttl: 0, rdata };
  const opt = { payload: 1232, version: 0, dnssecOk: false, options: [], ...edns };
  return composeMessage({
    ...query,
    authorities: serial === null ? [] : [soa],
    edns: edns === undefined ? null : opt,
  });
}

/** The answers of all messages as lines, in their order. */
export function answerLines(messages: readonly Uint8Array[]): string[] {
  return messages.flatMap((octets) =>
    parse(octets).answers.map((record) => recordToText(record).replaceAll(/\s+/g, " ")),
  );
}

/** RCODE of the only message. */
export function rcodeOf(messages: readonly Uint8Array[]): number {
  assert.equal(messages.length, 1);
  return parse(messages[0]!).rcode;
}
