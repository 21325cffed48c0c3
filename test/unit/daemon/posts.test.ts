// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { createPosts, firstMessage } from "../../../src/daemon/posts.ts";
import type { ThreadReport } from "../../../src/io/threads.ts";
import { createLog } from "../../../src/telemetry/log.ts";
import { until } from "../../support/daemon.ts";

/** Says a word, ends when it is told to `stop`, dies when it is told anything else. */
const CODE = `
  const { parentPort } = require("node:worker_threads");
  parentPort.postMessage("up");
  parentPort.on("message", (word) => {
    if (word.kind !== "stop") throw new Error("told to die");
    parentPort.close();
  });`;

function posting() {
  const lines: string[] = [];
  const log = createLog({
    thread: "test",
    destination: { write: (line) => void lines.push(line) },
  });
  const heard: (readonly ThreadReport[])[] = [];
  const posts = createPosts(log, (threads) => heard.push(threads));
  let ends = 0;
  const post = posts.add(
    "one",
    () => new Worker(CODE, { eval: true }),
    () => {
      ends += 1;
    },
  );
  return { posts, post, lines, heard, ends: () => ends };
}

const up = (message: unknown): string | null => (message === "up" ? "up" : null);

test("M2: a thread that ends unasked is started again, with a word to everybody", async () => {
  const { posts, post, lines, heard, ends } = posting();
  const first = posts.run(post);
  assert.equal(await firstMessage(first, up), "up");
  posts.running(post);
  first.postMessage({ kind: "die" });
  await until("another one", () => post.worker !== null && post.worker !== first);
  assert.equal(ends(), 1);
  assert.equal(posts.threads.get("one"), post.worker);
  const states = heard.map(([one]) => `${one!.state} ${one!.restarts}`);
  assert.deepEqual(states, ["running 0", "restarting 1"]);
  assert.match(lines.join(""), /thread died.*\n.*is started again/);
  await posts.stop([]);
});

test("asked to stop they end, those of the first group first, and nobody comes back", async () => {
  const { posts, post } = posting();
  const order: string[] = [];
  const other = posts.add("two", () => new Worker(CODE, { eval: true }));
  for (const one of [post, other]) {
    const worker = posts.run(one);
    worker.once("exit", () => order.push(one.name));
    await firstMessage(worker, up);
  }
  await posts.stop(["two"]);
  assert.deepEqual(order, ["two", "one"]);
  assert.equal(post.worker, null);
  await posts.stop([]);
});

test("M3: who dies before his first word is the reason why", async () => {
  const { posts, post } = posting();
  const worker = posts.run(post);
  const first = firstMessage(worker, () => null);
  worker.postMessage({ kind: "die" });
  await assert.rejects(first, /told to die/);
  await posts.terminate();
  const silent = new Worker("process.exit(3)", { eval: true });
  await assert.rejects(firstMessage(silent, up), /ended with code 3/);
});
