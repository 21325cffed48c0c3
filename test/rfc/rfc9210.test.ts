// SPDX-License-Identifier: Apache-2.0
/** RFC 9210: operational requirements of DNS over TCP, over real sockets. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  COUNTER_TCP_ACCEPTED,
  COUNTER_TCP_EVICTED,
  COUNTER_TCP_REFUSED,
  COUNTER_TCP_TIMED_OUT,
} from "../../src/layout/gen/counters.ts";
import { until } from "../support/daemon.ts";
import { frame, openStream, type Stream } from "../support/daemon-client.ts";
import { startStreamThread } from "../support/stream-thread.ts";

const query = (id: number) => frame({ name: "www.t.", type: "A", id });

async function asked(at: { host: string; port: number }, localAddress?: string): Promise<Stream> {
  const stream = await openStream(at, localAddress);
  stream.socket.write(query(1));
  await stream.got(1);
  return stream;
}

test("§4.1  connections of a client and of its network are bounded; others come in", async (t) => {
  const limits = { connectionsPerClientMax: 2, connectionsPerPrefixMax: 3 };
  const thread = await startStreamThread(t, limits);
  const [v4, v6] = thread.tcp;
  const first = await asked(v4!);
  await asked(v4!);
  const third = await openStream(v4!);
  await third.closed;
  // Another address of the same /24 has the last place of the network.
  await asked(v4!, "127.0.0.2");
  const fifth = await openStream(v4!, "127.0.0.3");
  await fifth.closed;
  // Another network, and another family.
  await asked(v4!, "127.0.1.1");
  await asked(v6!);
  assert.equal(thread.counted(COUNTER_TCP_REFUSED), 2);
  assert.equal(thread.counted(COUNTER_TCP_ACCEPTED), 5);
  // Whose connection ends has a place again.
  first.socket.destroy();
  await until("there is a place", async () => {
    const again = await openStream(v4!);
    again.socket.write(query(1));
    await Promise.race([again.got(1), again.closed]);
    return again.replies.length === 1;
  });
});

test("§4.2  when all connections are taken, the idlest gives way; who is refused drives nobody out", async (t) => {
  const limits = { connectionsMax: 3, connectionsPerClientMax: 3 };
  const thread = await startStreamThread(t, limits);
  const [v4, v6] = thread.tcp;
  const streams = [await asked(v4!), await asked(v4!), await asked(v4!)];
  // The first one is used again, so the second one is the idlest now.
  streams[0]!.socket.write(query(2));
  await streams[0]!.got(2);
  const refused = await openStream(v4!);
  await refused.closed;
  assert.equal(thread.counted(COUNTER_TCP_EVICTED), 0);
  await asked(v6!);
  await streams[1]!.closed;
  assert.deepEqual(
    streams.map(({ socket }) => socket.destroyed),
    [false, true, false],
  );
  assert.equal(thread.counted(COUNTER_TCP_EVICTED), 1);
});

test("§4.2  idle connections are given less time when few are left", async (t) => {
  // The other one is given all its time, and outlives this one.
  const roomy = await startStreamThread(t, { connectionsMax: 9, idleMs: 20_000 });
  const other = await asked(roomy.tcp[0]!);
  const thread = await startStreamThread(t, { connectionsMax: 1, idleMs: 20_000 });
  const stream = await asked(thread.tcp[0]!);
  await stream.closed;
  assert.equal(thread.counted(COUNTER_TCP_TIMED_OUT), 1);
  assert.equal(other.socket.destroyed, false);
});

test("§4.2  thousands of idle connections are held, and each is answered", async (t) => {
  const thread = await startStreamThread(t);
  const count = 2000;
  const streams: Stream[] = [];
  for (let i = 0; i < count; i += 50) {
    const opened = Array.from({ length: 50 }, () => openStream(thread.tcp[0]!));
    streams.push(...(await Promise.all(opened)));
  }
  await until("all are accepted", () => thread.counted(COUNTER_TCP_ACCEPTED) === count);
  for (const stream of streams) stream.socket.write(query(3));
  for (const stream of streams) await stream.got(1);
  for (const { socket } of streams) socket.destroy();
});

test("§4.3  a connection ends at its age, however busy it is", async (t) => {
  const thread = await startStreamThread(t, { totalMs: 1000 });
  const stream = await asked(thread.tcp[0]!);
  const asking = setInterval(() => stream.socket.write(query(4)), 50);
  t.after(() => clearInterval(asking));
  await stream.closed;
  assert.equal(thread.counted(COUNTER_TCP_TIMED_OUT), 1);
});
