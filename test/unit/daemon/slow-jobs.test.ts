// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { type SlowHandler, serveReader } from "../../../src/daemon/slow-jobs.ts";
import type { SlowReply, SlowRequest } from "../../../src/io/slow.ts";
import { until } from "../../support/daemon.ts";

const request = (id: number): SlowRequest => ({
  ...{ kind: "request", id, octets: new Uint8Array(12), client: new Uint8Array(16) },
  ...{ family: 4, port: 1, transport: 1 },
});

/** The reader's end, and all that came to it. */
function serve(t: TestContext, handle: SlowHandler): { reader: MessagePort; got: SlowReply[] } {
  const { port1, port2 } = new MessageChannel();
  const got: SlowReply[] = [];
  port1.on("message", (reply: SlowReply) => got.push(reply));
  serveReader(port2, handle, () => new Uint8Array([255]));
  t.after(() => port1.close());
  return { reader: port1, got };
}

test("a handler goes on as its client reads, four replies ahead", async (t) => {
  let sent = 0;
  const { reader, got } = serve(t, async (job) => {
    for (let i = 1; i <= 20; i += 1) {
      sent = i;
      assert.ok(await job.send(new Uint8Array([i]), i === 20));
    }
  });
  reader.postMessage(request(7));
  await until("it waits", () => got.length === 4);
  assert.equal(sent, 4);
  for (let i = 0; i < 20; i += 1) {
    reader.postMessage({ kind: "written", id: 7 });
    await until("the next comes", () => got.length >= Math.min(20, 5 + i));
  }
  assert.deepEqual(
    got.map(({ octets }) => octets[0]),
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
  assert.deepEqual(
    got.map(({ last }) => last),
    Array.from({ length: 20 }, (_, i) => i === 19),
  );
});

test("a client that goes wakes its handler, which is told so; others go on", async (t) => {
  const ends = new Map<number, boolean>();
  const { reader, got } = serve(t, async (job) => {
    let there = true;
    while (there) there = await job.send(new Uint8Array([job.request.id]), false);
    ends.set(job.request.id, job.isGone());
  });
  reader.postMessage(request(1));
  reader.postMessage(request(2));
  await until("both wait", () => got.length === 8);
  reader.postMessage({ kind: "gone", id: 1 });
  await until("the first has ended", () => ends.size === 1);
  assert.equal(ends.get(1), true);
  reader.postMessage({ kind: "written", id: 2 });
  await until("the second goes on", () => got.length === 9);
  assert.equal(got.at(-1)!.id, 2);
  reader.close();
  await until("with the reader all are gone", () => ends.size === 2);
});

test("who throws, or forgets the last word, has it said for him, once", async (t) => {
  const { reader, got } = serve(t, async (job) => {
    const { id } = job.request;
    if (id === 1) throw new Error("broken");
    if (id === 3) {
      await job.send(new Uint8Array([1]), true);
      throw new Error("too late");
    }
  });
  for (const id of [1, 2, 3]) reader.postMessage(request(id));
  await until("all are answered", () => got.length === 3);
  assert.deepEqual(
    got.map(({ id, octets, last }) => [id, octets[0], last]),
    [
      [3, 1, true],
      [1, 255, true],
      [2, 255, true],
    ].sort((a, b) => got.findIndex((g) => g.id === a[0]) - got.findIndex((g) => g.id === b[0])),
  );
});
