// SPDX-License-Identifier: Apache-2.0
/** With threads of a few lines at the ends of the channels. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type MessagePort, Worker } from "node:worker_threads";
import type { NodeConfig } from "../../../src/config/node.ts";
import { createPosts } from "../../../src/daemon/posts.ts";
import { createTransferPosts } from "../../../src/daemon/transfer-posts.ts";
import { createMemory } from "../../../src/io/memory.ts";
import { EPOCH_MAX } from "../../../src/layout/limits.ts";
import { observedBy } from "../../../src/table/publish.ts";
import { createLog } from "../../../src/telemetry/log.ts";
import { until } from "../../support/daemon.ts";

const code = (text: string): URL => new URL(`data:text/javascript,${encodeURIComponent(text)}`);

/** Greets on every port that it is given, with the number of ports so far. */
const TRANSFER = code(`
  import { parentPort } from "node:worker_threads";
  let ports = 0;
  parentPort.on("message", ({ kind, name, port }) => {
    if (kind === "stop") process.exit();
    port.postMessage([kind, name, (ports += 1)]);
  });
  parentPort.postMessage({ kind: "ready" });`);
/** Tells what it hears on its port. */
const READER = code(`
  import { parentPort } from "node:worker_threads";
  parentPort.on("message", ({ port }) => port.on("message", (word) => parentPort.postMessage(word)));`);

test("both ends get a new channel whenever either of them starts again", async (t) => {
  const posts = createPosts(createLog({ thread: "test", level: "silent" }), () => {});
  t.after(() => posts.terminate());
  const memory = createMemory(16);
  const node = { stateFolder: "/nowhere", logLevel: "silent", udpPayloadSizeMax: 1232 };
  const transfer = createTransferPosts(TRANSFER, node as NodeConfig, memory, posts);
  const heard: unknown[] = [];
  const reader = posts.add("udp-0", () => {
    const worker = new Worker(READER);
    worker.on("message", (word) => heard.push(word));
    return worker;
  });
  posts.run(reader);
  const control: MessagePort[] = [];
  transfer.readerIsUp("udp-0");
  transfer.controlIsUp((port) => {
    control.push(port);
    port.on("message", (word) => heard.push(word));
  });
  await transfer.start(6);
  await until("both hear", () => heard.length === 2);
  assert.deepEqual(heard.sort(), [
    ["control", undefined, 2],
    ["slow", "udp-0", 1],
  ]);

  heard.length = 0;
  transfer.readerIsUp("udp-0");
  await until("the reader hears again", () => heard.length === 1);
  assert.deepEqual(heard, [["slow", "udp-0", 3]]);

  heard.length = 0;
  memory.control.fill(1, memory.control.length / 2);
  await posts.threads.get("transfer")!.terminate();
  assert.equal(observedBy(memory.control, 6), EPOCH_MAX);
  await until("both hear of the new thread", () => heard.length === 2);
  assert.equal(control.length, 2);
  for (const port of control) port.close();
});

test("a thread that cannot start ends the start", async (t) => {
  const posts = createPosts(createLog({ thread: "test", level: "silent" }), () => {});
  t.after(() => posts.terminate());
  const node = { stateFolder: "/nowhere", logLevel: "silent", udpPayloadSizeMax: 1232 };
  const broken = code("throw new Error('broken')");
  const transfer = createTransferPosts(broken, node as NodeConfig, createMemory(16), posts);
  await assert.rejects(transfer.start(6), /broken/);
});
