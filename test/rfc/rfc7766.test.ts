// SPDX-License-Identifier: Apache-2.0
/** RFC 7766: DNS transport over TCP, over real sockets. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { COUNTER_TCP_MALFORMED, COUNTER_TCP_STALLED } from "../../src/layout/gen/counters.ts";
import { until } from "../support/daemon.ts";
import { frame, framed, openStream } from "../support/daemon-client.ts";
import { notify } from "../support/slow-end.ts";
import { startStreamThread } from "../support/stream-thread.ts";

const query = (id: number, name = "www.t.", type = "A") => frame({ name, type, id });

test("§5  queries are answered over TCP, of both families, with answers that UDP would cut", async (t) => {
  const thread = await startStreamThread(t);
  for (const at of thread.tcp) {
    const stream = await openStream(at);
    stream.socket.write(query(7, "big.t.", "TXT"));
    const [reply] = await stream.got(1);
    assert.equal(reply!.id, 7);
    assert.equal(reply!.tc, false);
    assert.equal(reply!.answers.length, 40);
    stream.socket.destroy();
  }
});

test("§6.2.1.1  pipelined queries are all answered, in one segment or in many", async (t) => {
  const { tcp } = await startStreamThread(t);
  const stream = await openStream(tcp[0]!);
  const ids = Array.from({ length: 300 }, (_, i) => i + 1);
  const all = Buffer.concat(ids.map((id) => query(id)));
  stream.socket.write(all.subarray(0, 5000));
  await stream.got(1);
  stream.socket.write(all.subarray(5000));
  const replies = await stream.got(300);
  assert.deepEqual(
    replies.map(({ id }) => id),
    ids,
  );
  stream.socket.destroy();
});

test("§6.2.3  an idle connection is closed, a used one is not", async (t) => {
  const { tcp } = await startStreamThread(t, { idleMs: 1500 });
  const idle = await openStream(tcp[0]!);
  const used = await openStream(tcp[0]!);
  const asking = setInterval(() => used.socket.write(query(1)), 50);
  t.after(() => clearInterval(asking));
  await idle.closed;
  const before = used.replies.length;
  await used.got(before + 2);
  assert.equal(used.socket.destroyed, false);
});

test("§7  answers need not come in the order of their queries, and each is whole", async (t) => {
  const thread = await startStreamThread(t);
  const later: (() => void)[] = [];
  const heard = thread.takeSlow((request, reply) => {
    later.push(() => {
      request.octets[2]! |= 0x80;
      reply(request.octets.slice(), false);
      reply(request.octets.slice(), true);
    });
  });
  const stream = await openStream(thread.tcp[0]!);
  stream.socket.write(Buffer.concat([framed(notify(1)), query(2, "big.t.", "TXT"), query(3)]));
  await stream.got(2);
  await until("the slow one is handed over", () => later.length === 1);
  later[0]!();
  stream.socket.write(query(4));
  const replies = await stream.got(5);
  assert.deepEqual(
    replies.slice(0, 2).map(({ id }) => id),
    [2, 3],
  );
  assert.deepEqual(
    replies
      .slice(2)
      .map(({ id }) => id)
      .sort(),
    [1, 1, 4],
  );
  await until("its first reply is told as written", () => heard.length === 2);
  assert.deepEqual(heard[1], { kind: "written", id: 1 });
  stream.socket.destroy();
});

test("§6.2.4  a client that goes away is told to the thread of transfers", async (t) => {
  const thread = await startStreamThread(t);
  const heard = thread.takeSlow(() => {});
  const stream = await openStream(thread.tcp[0]!);
  stream.socket.write(framed(notify(1)));
  await until("it is heard", () => heard.length === 1);
  stream.socket.destroy();
  await until("it is gone", () => heard.length === 2);
  assert.deepEqual(heard[1], { kind: "gone", id: 1 });
});

test("§7  slow requests of one connection are bounded: the next one waits", async (t) => {
  const thread = await startStreamThread(t, { inFlightMax: 2 });
  const replies: (() => void)[] = [];
  thread.takeSlow((request, reply) => {
    replies.push(() => reply(request.octets.slice(), true));
  });
  const stream = await openStream(thread.tcp[0]!);
  stream.socket.write(Buffer.concat([1, 2, 3].map((id) => framed(notify(id)))));
  stream.socket.write(query(4));
  await until("two are under way", () => replies.length === 2);
  const other = await openStream(thread.tcp[0]!);
  other.socket.write(query(9));
  await other.got(1);
  assert.equal(stream.replies.length, 0);
  replies[0]!();
  await until("the third is under way", () => replies.length === 3);
  replies[1]!();
  replies[2]!();
  const got = await stream.got(4);
  assert.deepEqual(got.map(({ id }) => id).sort(), [1, 2, 3, 4]);
});

test("§8  length and message come in one segment; a frame may come octet by octet", async (t) => {
  const { tcp } = await startStreamThread(t);
  const stream = await openStream(tcp[0]!);
  const sizes: number[] = [];
  stream.socket.on("data", (chunk) => sizes.push(chunk.length));
  for (const octet of query(5)) {
    stream.socket.write(Buffer.of(octet));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await stream.got(1);
  assert.equal(sizes.length, 1);
  assert.ok(sizes[0]! > 30);
});

test("§8  a length below a header's is malformed: what came before is answered, then the end", async (t) => {
  const thread = await startStreamThread(t);
  const stream = await openStream(thread.tcp[0]!);
  stream.socket.write(Buffer.concat([query(6), Buffer.of(0, 11), Buffer.alloc(40)]));
  await stream.closed;
  assert.deepEqual(
    stream.replies.map(({ id }) => id),
    [6],
  );
  assert.equal(thread.counted(COUNTER_TCP_MALFORMED), 1);
});

test("§6.2.2  who asks and does not read is held back, then let go; others are served", async (t) => {
  const thread = await startStreamThread(t, { idleMs: 700, queuedOctetsMax: 16 * 1024 });
  const deaf = await openStream(thread.tcp[0]!);
  deaf.socket.pause();
  const many = Buffer.concat(Array.from({ length: 2000 }, (_, i) => query(i, "big.t.", "TXT")));
  for (let i = 0; i < 5; i += 1) deaf.socket.write(many);
  const other = await openStream(thread.tcp[0]!);
  other.socket.write(query(1));
  await other.got(1);
  await until("it is let go", () => thread.counted(COUNTER_TCP_STALLED) === 1);
  deaf.socket.destroy();
});

test("§6.2.2  who reads late gets every answer", async (t) => {
  const { tcp } = await startStreamThread(t, { queuedOctetsMax: 16 * 1024 });
  const stream = await openStream(tcp[0]!);
  stream.socket.pause();
  const many = Array.from({ length: 2000 }, (_, i) => query(i, "big.t.", "TXT"));
  stream.socket.write(Buffer.concat(many));
  const other = await openStream(tcp[0]!);
  other.socket.write(query(1));
  await other.got(1);
  stream.socket.resume();
  const replies = await stream.got(2000);
  assert.deepEqual(
    replies.map(({ id }) => id),
    many.map((_, i) => i),
  );
});
