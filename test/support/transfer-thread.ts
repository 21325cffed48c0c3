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
import { threadEntries } from "../../src/daemon/entries.ts";
import type { TransferData } from "../../src/daemon/messages.ts";
import { writeAddress } from "../../src/io/address.ts";
import { createMemory, type Memory } from "../../src/io/memory.ts";
import { createPublisher, type Publisher, publish, reclaimAll } from "../../src/io/publisher.ts";
import type { SlowAsk, SlowReply } from "../../src/io/slow.ts";
import type { TransferOrder, TransferReport, TransferWanted } from "../../src/io/transfer-link.ts";
import { TRANSPORT_TCP } from "../../src/layout/gen/enums.ts";
import type { BuiltZone } from "../../src/table/build-zone.ts";

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
  publish(...zones: readonly BuiltZone[]): void;
  order(order: TransferOrder): void;
  want(wanted: Partial<TransferWanted>): void;
  /** All messages that answer a request. */
  ask(octets: Uint8Array, options?: AskOptions): Promise<Uint8Array[]>;
  /** The port to the thread, as a reader has it. */
  readonly reader: MessagePort;
  /** Ends the thread as the supervisor does, and starts it again with the same folder. */
  restart(): Promise<void>;
}

const READER = 5;

export async function startTransferThread(t: TestContext): Promise<TransferThread> {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-transfer-"));
  const memory = createMemory(256);
  const publisher = createPublisher(memory);
  const reports: TransferReport[] = [];
  const answers = new Map<number, { got: Uint8Array[]; done: (all: Uint8Array[]) => void }>();
  let running = await begin(folder, memory, reports, answers);
  let revision = 0;
  let id = 0;
  t.after(async () => {
    await end(running.worker);
    running.reader.close();
    running.control.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const order = (one: TransferOrder): void => running.control.postMessage(one);
  const thread: TransferThread = {
    ...{ memory, publisher, folder, reports, order },
    get worker() {
      return running.worker;
    },
    get reader() {
      return running.reader;
    },
    publish(...put) {
      revision += 1;
      const done = publish(publisher, { revision, put });
      assert.ok("epoch" in done, JSON.stringify(done));
      order({ kind: "published" });
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
    async restart() {
      await end(running.worker);
      running = await begin(folder, memory, reports, answers);
    },
  };
  return thread;
}

async function begin(
  folder: string,
  memory: Memory,
  reports: TransferReport[],
  answers: Map<number, { got: Uint8Array[]; done: (all: Uint8Array[]) => void }>,
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
  control.port1.on("message", (report: TransferReport) => reports.push(report));
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
