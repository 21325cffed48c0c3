// SPDX-License-Identifier: Apache-2.0
/** Packets in, packets out: both transports, both families, and what strangers send. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { start } from "../../src/daemon/main.ts";
import { composeQuery } from "../../src/dns/compose.ts";
import { createSite, httpRequest, startTestDaemon, until, zoneText } from "../support/daemon.ts";
import { ask, askUdp, exchange, frame, openStream, rdataOf } from "../support/daemon-client.ts";
import { createPrng, nextRandom } from "../support/prng.ts";

const SECTIONS = { zones: { "example.org": { file: "example.org.zone" } } };
const big = Array.from({ length: 60 }, (_, i) => `big TXT "${"x".repeat(100)} ${i}"`);

test("a server answers over UDP and TCP, and counts what it did", async (t) => {
  const site = createSite(t, { ...SECTIONS, node: { limits: { tableMiB: 64, tcpIdleSecs: 60 } } });
  site.write("example.org.zone", zoneText(7, "static A 192.0.2.80", "*.wild A 192.0.2.81", ...big));
  const server = await startTestDaemon(site);

  await t.test("UDP on both families, from the address that was asked", async () => {
    for (const at of [server.v4, server.v6]) {
      const reply = await askUdp(at, { name: "static.example.org.", type: "A" });
      assert.equal(reply.from, at.host);
      assert.ok(reply.message.aa);
      assert.deepEqual(rdataOf(reply.message.answers), ["192.0.2.80"]);
    }
    const soa = await ask(server.v6, "example.org.", "SOA");
    assert.match(soa[0]!, /^ns1\.example\.org\. hostmaster\.example\.org\. 7 /);
  });

  await t.test("TCP: pipelined, and cut at any octet", async () => {
    for (const at of [server.v4, server.v6]) {
      const stream = await openStream(at);
      const names = ["static", "a.wild", "gone"];
      const octets = Buffer.concat(
        names.map((name, id) => frame({ name: `${name}.example.org.`, type: "A", id })),
      );
      stream.socket.write(octets);
      const replies = await stream.got(3);
      assert.deepEqual(
        replies.map((one) => [one.id, one.rcode]),
        [
          [0, 0],
          [1, 0],
          [2, 3],
        ],
      );
      for (const octet of octets) {
        await new Promise((resolve) => stream.socket.write(Buffer.of(octet), resolve));
      }
      assert.equal((await stream.got(6)).length, 6);
      stream.socket.destroy();
    }
  });

  await t.test("what does not fit is truncated over UDP and whole over TCP", async () => {
    const query = { name: "big.example.org.", type: "TXT" };
    const cut = await askUdp(server.v4, query);
    assert.ok(cut.message.tc);
    const stream = await openStream(server.v4);
    stream.socket.write(frame(query));
    const [whole] = await stream.got(1);
    assert.equal(whole!.tc, false);
    assert.equal(whole!.answers.length, 60);
    stream.socket.destroy();
  });

  await t.test("a frame that cannot be a message closes its connection, and no other", async () => {
    const bad = await openStream(server.v4);
    const good = await openStream(server.v4);
    bad.socket.write(Buffer.of(0, 3, 1, 2, 3));
    await bad.closed;
    good.socket.write(frame({ name: "static.example.org.", type: "A" }));
    assert.equal((await good.got(1)).length, 1);
    good.socket.destroy();
  });

  await t.test("garbage is answered with an error or not at all, and kills nobody", async () => {
    const prng = createPrng(0x5eed);
    const socket = createSocket("udp4");
    const sound = composeQuery({ name: "static.example.org.", type: "A", ecs: "192.0.2.0/24" });
    for (let i = 0; i < 2000; i += 1) {
      const octets =
        i % 2 === 0
          ? new Uint8Array(nextRandom(prng) % 120)
          : sound.slice(0, 1 + (nextRandom(prng) % sound.length));
      const flips = i % 2 === 0 ? octets.length : 3;
      for (let k = 0; k < flips && octets.length > 0; k += 1) {
        octets[nextRandom(prng) % octets.length] = nextRandom(prng) & 0xff;
      }
      await new Promise((resolve) => socket.send(octets, server.v4.port, "127.0.0.1", resolve));
    }
    socket.close();
    assert.deepEqual(await ask(server.v4, "static.example.org."), ["192.0.2.80"]);
    const status = await server.api("/api/v1/status");
    for (const thread of status.body.threads) assert.equal(thread.restarts, 0, thread.name);
  });

  await t.test("the counters say exactly what was sent", async () => {
    const before = await until("the garbage is counted", async () => {
      const first = await server.metrics();
      await pause(100);
      const second = await server.metrics();
      const key = 'azimuth_queries_total{transport="udp"}';
      return first.get(key) === second.get(key) ? second : null;
    });
    for (let i = 0; i < 20; i += 1) await ask(server.v4, "static.example.org.");
    for (let i = 0; i < 7; i += 1) await ask(server.v6, "x.wild.example.org.");
    for (let i = 0; i < 5; i += 1) await ask(server.v4, "gone.example.org.");
    await ask(server.v4, "static.example.org.", "AAAA");
    await ask(server.v4, "elsewhere.example.", "A");
    await exchange(server.v4, composeQuery({ name: ".", type: "A", opcode: 2 }), 2000);
    const stream = await openStream(server.v4);
    stream.socket.write(frame({ name: "static.example.org.", type: "A" }));
    await stream.got(1);
    stream.socket.destroy();

    const wanted = {
      'azimuth_queries_total{transport="udp"}': 35,
      'azimuth_queries_total{transport="tcp"}': 1,
      'azimuth_answers_total{result="hit"}': 28,
      'azimuth_answers_total{result="nodata"}': 1,
      'azimuth_answers_total{result="nxdomain"}': 5,
      azimuth_synthesized_total: 7,
      'azimuth_rcode_total{rcode="NOERROR"}': 29,
      'azimuth_rcode_total{rcode="NXDOMAIN"}': 5,
      'azimuth_rcode_total{rcode="REFUSED"}': 1,
      'azimuth_rcode_total{rcode="NOTIMP"}': 1,
      'azimuth_tcp_connections_total{event="accepted"}': 1,
    };
    const after = await server.metrics();
    const grown = Object.keys(wanted).map((key) => [key, after.get(key)! - before.get(key)!]);
    assert.deepEqual(Object.fromEntries(grown), wanted);
  });
});

test("TCP connections are bounded per client, in number and in idle time", async (t) => {
  const site = createSite(t, {
    ...SECTIONS,
    node: {
      workers: 1,
      limits: { tableMiB: 64, tcpIdleSecs: 3, tcpConnectionsPerClient: 4, tcpConnections: 12 },
    },
  });
  site.write("example.org.zone", zoneText(1, "static A 192.0.2.80"));
  const server = await startTestDaemon(site);
  const query = frame({ name: "static.example.org.", type: "A" });
  const streams = [];
  for (let i = 0; i < 4; i += 1) {
    const stream = await openStream(server.v4);
    stream.socket.write(query);
    await stream.got(1);
    streams.push(stream);
  }
  const fifth = await openStream(server.v4);
  await fifth.closed;
  assert.equal(fifth.replies.length, 0);
  // The other family is another client, and comes in.
  const other = await openStream(server.v6);
  other.socket.write(query);
  await other.got(1);
  // Nobody asks any more: all are let go.
  await Promise.all([...streams, other].map((one) => one.closed));
  const metrics = await server.metrics();
  const count = (event: string) => metrics.get(`azimuth_tcp_connections_total{event="${event}"}`);
  assert.equal(count("accepted"), 5);
  assert.equal(count("refused"), 1);
  assert.equal(count("timed-out"), 5);
});

test("an octet now and then keeps no connection open, whole queries do, up to its total life", async (t) => {
  const limits = { tableMiB: 64, tcpIdleSecs: 1, tcpTotalSecs: 3 };
  const site = createSite(t, { ...SECTIONS, node: { workers: 1, limits } });
  site.write("example.org.zone", zoneText(1, "static A 192.0.2.80"));
  const server = await startTestDaemon(site);
  const query = frame({ name: "static.example.org.", type: "A" });
  const slow = await openStream(server.v4);
  const busy = await openStream(server.v4);
  let sent = 0;
  let ended = "";
  void slow.closed.then(() => {
    ended += "slow ";
  });
  void busy.closed.then(() => {
    ended += "busy ";
  });
  // Less than the whole within any of the waits: the frame never ends before its time is up.
  const drip = setInterval(() => slow.socket.write(query.subarray(sent, (sent += 1))), 200);
  const ask = setInterval(() => busy.socket.write(query), 300);
  t.after(() => {
    clearInterval(drip);
    clearInterval(ask);
  });
  for (const { socket } of [slow, busy]) socket.on("error", () => {});
  await slow.closed;
  clearInterval(drip);
  assert.equal(slow.replies.length, 0);
  await busy.closed;
  assert.equal(ended, "slow busy ");
  assert.ok(busy.replies.length > 3, `${busy.replies.length} answers`);
});

test("not ready while no zone could be loaded, ready when one is mended", async (t) => {
  const site = createSite(t, SECTIONS);
  site.write("example.org.zone", "this is no zone\n");
  const daemon = await start(site.configFile);
  site.atEnd(() => daemon.stop());
  const url = daemon.api[0]!;
  const zones = await until("the zone is refused", async () => {
    const { body } = await httpRequest(`${url}/api/v1/zones`);
    return body[0]?.state === "failed" ? body : null;
  });
  assert.match(zones[0].faults[0], /example\.org\.zone:1:\d+ error /);
  const health = await httpRequest(`${url}/healthz`);
  assert.equal(health.status, 200);
  const ready = await httpRequest(`${url}/readyz`);
  assert.equal(ready.status, 503);
  assert.deepEqual(ready.body.reasons, ["none of the 1 zones could be loaded"]);
  const { message } = await askUdp(daemon.udp[0]!, { name: "static.example.org.", type: "A" });
  // SERVFAIL: the zone is ours, and there is no data to answer from.
  assert.equal(message.rcode, 2);

  site.replace("example.org.zone", zoneText(1, "static A 192.0.2.80"));
  await until("it is ready", async () => (await httpRequest(`${url}/readyz`)).status === 200);
  assert.deepEqual(await ask(daemon.udp[0]!, "static.example.org."), ["192.0.2.80"]);
});
