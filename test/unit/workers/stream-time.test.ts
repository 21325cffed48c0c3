// SPDX-License-Identifier: Apache-2.0
/** H04: who has had its time is told so, at each place where work would begin. Real sockets. */
import assert from "node:assert/strict";
import { sign } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { request } from "node:https";
import { connect as connectTcp, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { composeQuery } from "../../../src/dns/compose.ts";
import type { LimitValues } from "../../../src/io/settings.ts";
import type { BoundAddress, StreamSettings } from "../../../src/io/threads.ts";
import {
  COUNTER_LIMITED_DRY,
  COUNTER_LIMITED_STREAM,
  COUNTER_QUERIES_HTTPS,
  COUNTER_QUERIES_TCP,
  COUNTER_STREAM_MICROS,
  COUNTER_TCP_ACCEPTED,
  COUNTER_TCP_LIMITED,
  COUNTER_TLS_ACCEPTED,
  COUNTER_TLS_FAILED,
} from "../../../src/layout/gen/counters.ts";
import { newCertificate, type Pem, skipTls as skip } from "../../support/certificates.ts";
import { until } from "../../support/daemon.ts";
import { collect, frame, framed, openStream } from "../../support/daemon-client.ts";
import { notify } from "../../support/slow-end.ts";
import { LOOPBACK, prefixes, startStreamThread } from "../../support/stream-thread.ts";

/** So much at once that no turn of a test is over it: only `exhaust` is. */
const ON: Partial<LimitValues> = {
  ...{ streamMode: 2, streamMicrosPerSecond: 50_000, streamMicrosAtOnce: 2_500_000, keys: [3, 5] },
};
const SELF = "127.0.0.1";

const query = (id: number, name = "www.t.") => frame({ name, type: "A", id });

async function start(
  t: TestContext,
  limits: Partial<LimitValues> = ON,
  streams: Partial<StreamSettings> = {},
) {
  const thread = await startStreamThread(t, {}, streams);
  thread.limit(limits);
  return thread;
}

async function startTls(
  t: TestContext,
  limits: Partial<LimitValues> = ON,
  pem: Pem = newCertificate(),
) {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-time-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const tls = { certificate: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  writeFileSync(tls.certificate, pem.certificate);
  writeFileSync(tls.key, pem.key);
  const listeners = { tls, listenTls: [LOOPBACK], listenHttps: [LOOPBACK] };
  return { ca: pem.certificate, thread: await start(t, limits, listeners) };
}

function openTls({ host, port }: BoundAddress, ca: string, options: ConnectionOptions = {}) {
  return collect(connectTls({ host, port, ca, servername: "dns.test", ...options }));
}

test("a new connection is refused before anything; a neighbour in the same /24 is served", async (t) => {
  const thread = await start(t);
  thread.exhaust(SELF);
  const refused = await openStream(thread.tcp[0]!);
  refused.socket.write(query(1));
  await refused.closed;
  assert.equal(refused.replies.length, 0);
  const neighbour = await openStream(thread.tcp[0]!, "127.0.0.2");
  neighbour.socket.write(query(2));
  await neighbour.got(1);
  neighbour.socket.destroy();
  assert.equal(thread.counted(COUNTER_TCP_LIMITED), 1);
  assert.equal(thread.counted(COUNTER_LIMITED_STREAM), 1);
  assert.equal(thread.counted(COUNTER_TCP_ACCEPTED), 1);
  assert.equal(thread.counted(COUNTER_QUERIES_TCP), 1);
});

test("a connection that stands is closed with its next query; settings change it at once", async (t) => {
  const thread = await start(t);
  const stream = await openStream(thread.tcp[0]!);
  stream.socket.write(query(1));
  await stream.got(1);
  thread.exhaust(SELF);
  thread.limit({ ...ON, streamMode: 0 });
  stream.socket.write(query(2));
  await stream.got(2);
  thread.limit(ON);
  stream.socket.write(Buffer.concat([query(3), query(4)]));
  await stream.closed;
  assert.equal(stream.replies.length, 2);
  assert.equal(thread.counted(COUNTER_TCP_LIMITED), 1);
  assert.equal(thread.counted(COUNTER_QUERIES_TCP), 2);
});

test("H08: a dry run serves and counts, and so is served who is on the list", async (t) => {
  const thread = await start(t, { ...ON, streamMode: 1 });
  thread.exhaust(SELF);
  const dry = await openStream(thread.tcp[0]!);
  dry.socket.write(query(1));
  await dry.got(1);
  // Once for the connection, once for the query.
  assert.equal(thread.counted(COUNTER_LIMITED_STREAM), 2);
  assert.equal(thread.counted(COUNTER_LIMITED_DRY), 2);
  thread.limit({ ...ON, allow: ["127.0.0.0/31"] });
  const free = await openStream(thread.tcp[0]!);
  const charged: number[] = [];
  for (let id = 2; id < 6; id += 1) {
    free.socket.write(query(id));
    await free.got(id - 1);
    // By now all that came before is charged.
    charged.push(thread.counted(COUNTER_STREAM_MICROS));
  }
  for (const { socket } of [dry, free]) socket.destroy();
  assert.equal(thread.counted(COUNTER_LIMITED_STREAM), 2);
  assert.equal(thread.counted(COUNTER_TCP_LIMITED), 0);
  assert.ok(charged[0]! > 0, "the dry run paid");
  assert.equal(charged[3], charged[0], "who is on the list does not");
});

test("a handshake is not begun for who has had its time since it connected", {
  skip,
}, async (t) => {
  const { thread, ca } = await startTls(t);
  const { host, port } = thread.tls[0]!;
  const socket = connectTcp({ host, port });
  await until("it is in", () => thread.counted(COUNTER_TCP_ACCEPTED) === 1);
  thread.exhaust(SELF);
  const late = collect(connectTls({ socket, ca, servername: "dns.test" }));
  await late.closed;
  assert.equal(thread.counted(COUNTER_TLS_ACCEPTED), 0);
  assert.equal(thread.counted(COUNTER_TCP_LIMITED), 1);
  const other = openTls(thread.tls[0]!, ca, { localAddress: "127.0.0.9" } as ConnectionOptions);
  other.socket.write(query(1));
  await other.got(1);
  other.socket.destroy();
});

/** Hands connections on to `to`; what a client says first goes in small pieces. */
async function inPieces(t: TestContext, { host, port }: BoundAddress): Promise<BoundAddress> {
  const between = createServer((near) => {
    const far = connectTcp({ host, port, noDelay: true });
    near.once("data", (hello) => {
      near.pause();
      const pieces = [0, 1, 2, 5, 6, 9, hello.length >> 1, hello.length];
      const next = (i: number): void => {
        if (i === pieces.length) return void near.pipe(far);
        far.write(hello.subarray(pieces[i - 1], pieces[i]), () => setTimeout(next, 5, i + 1));
      };
      next(1);
    });
    far.pipe(near);
    for (const one of [near, far]) one.on("error", () => {});
    near.on("close", () => far.destroy());
  });
  await new Promise<void>((resolve) => between.listen(0, "127.0.0.1", resolve));
  t.after(() => between.close());
  return { host: "127.0.0.1", port: (between.address() as { port: number }).port };
}

test("the signature of a handshake is charged, in however many pieces the hello comes", {
  skip,
}, async (t) => {
  // One that takes much longer than all else of a handshake.
  const pem = newCertificate("dns.test", ["-newkey", "rsa:4096"]);
  const { thread, ca } = await startTls(t, ON, pem);
  const at = await inPieces(t, thread.tls[0]!);
  const shake = async (): Promise<number> => {
    const before = thread.counted(COUNTER_STREAM_MICROS);
    const stream = openTls(at, ca);
    stream.socket.write(query(1));
    await stream.got(1);
    stream.socket.destroy();
    return thread.counted(COUNTER_STREAM_MICROS) - before;
  };
  const signature = (): number => {
    const since = performance.now();
    sign("sha256", Buffer.of(1), pem.key);
    return (performance.now() - since) * 1000;
  };
  const least = Math.min(...Array.from({ length: 10 }, signature));
  await shake();
  for (let i = 0; i < 3; i += 1) {
    const charged = await shake();
    assert.ok(charged > least / 2, `${charged} µs, and a signature takes ${least} µs`);
  }
});

test("who leaves before its hello is whole is a handshake that failed", { skip }, async (t) => {
  const { thread } = await startTls(t);
  const { host, port } = thread.tls[0]!;
  const socket = connectTcp({ host, port });
  socket.end(Buffer.of(22, 3, 1, 2));
  await until("it has failed", () => thread.counted(COUNTER_TLS_FAILED) === 1);
});

test("HTTPS: the connection is closed, over HTTP/2 and HTTP/1.1", { skip }, async (t) => {
  const { thread, ca } = await startTls(t);
  const { host, port } = thread.https[0]!;
  const octets = composeQuery({ name: "www.t.", type: "A", id: 0 });
  const path = `/dns-query?dns=${Buffer.from(octets).toString("base64url")}`;
  const session = connectHttp2(`https://${host}:${port}`, { ca });
  session.on("error", () => {});
  t.after(() => session.destroy());
  const overHttp2 = (): Promise<number> =>
    new Promise((resolve) => {
      const sent = session.request({ ":path": path });
      let status = 0;
      sent.on("response", (headers) => {
        status = Number(headers[":status"]);
      });
      sent.on("error", () => {});
      sent.on("close", () => resolve(status));
      sent.resume();
    });
  assert.equal(await overHttp2(), 200);
  const before = thread.counted(COUNTER_STREAM_MICROS);
  assert.equal(await overHttp2(), 200);
  assert.ok(thread.counted(COUNTER_STREAM_MICROS) > before, "requests are charged");
  thread.exhaust(SELF);
  assert.deepEqual(await Promise.all([overHttp2(), overHttp2(), overHttp2()]), [0, 0, 0]);
  assert.equal(thread.counted(COUNTER_TCP_LIMITED), 1, "one connection, whatever it asks");
  const old = { host, port, path, ca, ALPNProtocols: ["http/1.1"], agent: false } as const;
  const overHttp1 = (localAddress: string): Promise<number> =>
    new Promise((resolve) => {
      const sent = request({ ...old, localAddress }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.on("error", () => resolve(0));
      sent.end();
    });
  assert.equal(await overHttp1(SELF), 0);
  assert.equal(await overHttp1("127.0.0.2"), 200);
  assert.equal(thread.counted(COUNTER_QUERIES_HTTPS), 3);
});

test("behind a balancer the client of the header pays, not the balancer", async (t) => {
  const streams = { listenProxy: [LOOPBACK], proxyAllow: prefixes("127.0.0.0/8") };
  const thread = await start(t, ON, streams);
  const from = (last: number): Buffer =>
    Buffer.from(`PROXY TCP4 192.0.2.${last} 192.0.2.99 4711 53\r\n`);
  thread.exhaust("192.0.2.7");
  thread.exhaust(SELF);
  const over = await openStream(thread.proxy[0]!);
  over.socket.write(Buffer.concat([from(7), query(1)]));
  await over.closed;
  assert.equal(over.replies.length, 0);
  const other = await openStream(thread.proxy[0]!);
  other.socket.write(Buffer.concat([from(8), query(2)]));
  await other.got(1);
  thread.exhaust("192.0.2.8");
  other.socket.write(query(3));
  await other.closed;
  assert.equal(other.replies.length, 1);
  assert.equal(thread.counted(COUNTER_TCP_LIMITED), 2);
});

test("a transfer under way ends first: what is asked meanwhile waits, then the end", async (t) => {
  const thread = await start(t);
  let send: (last: boolean) => void = () => {};
  thread.takeSlow((asked, reply) => {
    const octets = asked.octets.slice();
    send = (last) => reply(octets, last);
  });
  const stream = await openStream(thread.tcp[0]!);
  stream.socket.write(framed(notify(7)));
  await until("it is under way", () => {
    send(false);
    return stream.replies.length > 0;
  });
  thread.exhaust(SELF);
  const charged = thread.counted(COUNTER_STREAM_MICROS);
  stream.socket.write(query(8));
  await until("the query was seen", () => thread.counted(COUNTER_LIMITED_STREAM) > 0);
  const before = stream.replies.length;
  send(false);
  await stream.got(before + 1);
  assert.ok(thread.counted(COUNTER_STREAM_MICROS) > charged, "its messages are charged");
  send(true);
  await stream.closed;
  assert.ok(stream.replies.length >= before + 2);
  assert.ok(stream.replies.every(({ id }) => id === 7));
  assert.equal(thread.counted(COUNTER_TCP_LIMITED), 1);
  assert.equal(thread.counted(COUNTER_LIMITED_STREAM), 2);
});

test("nothing is measured while the limit is off", async (t) => {
  const thread = await start(t, {});
  const stream = await openStream(thread.tcp[0]!);
  stream.socket.write(query(1));
  await stream.got(1);
  stream.socket.destroy();
  assert.equal(thread.counted(COUNTER_STREAM_MICROS), 0);
});
