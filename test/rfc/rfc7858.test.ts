// SPDX-License-Identifier: Apache-2.0
/** RFC 7858: DNS over TLS; and what RFC 9103 and RFC 9539 ask of its server. Real TLS clients. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { promisify } from "node:util";
import type { BoundAddress, TcpLimits } from "../../src/io/threads.ts";
import {
  COUNTER_QUERIES_TCP,
  COUNTER_QUERIES_TLS,
  COUNTER_TLS_ACCEPTED,
  COUNTER_TLS_FAILED,
} from "../../src/layout/gen/counters.ts";
import { newCertificate, type Pem, skipTls as skip } from "../support/certificates.ts";
import { until } from "../support/daemon.ts";
import { collect, frame, framed } from "../support/daemon-client.ts";
import { notify } from "../support/slow-end.ts";
import { LOOPBACK, LOOPBACK_V6, startStreamThread } from "../support/stream-thread.ts";

const query = (id: number, name = "www.t.", type = "A") => frame({ name, type, id });

async function startTls(t: TestContext, limits: Partial<TcpLimits> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-dot-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const pem = newCertificate();
  const files = { certificate: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  const put = ({ certificate, key }: Pem): void => {
    writeFileSync(files.certificate, certificate);
    writeFileSync(files.key, key);
  };
  put(pem);
  const listenTls = [LOOPBACK, LOOPBACK_V6];
  const thread = await startStreamThread(t, limits, { tls: files, listenTls });
  return { thread, pem, put, at: thread.tls[0]! };
}

async function open({ host, port }: BoundAddress, pem: Pem, options: ConnectionOptions = {}) {
  const socket: TLSSocket = connect({
    ...{ host, port, ca: pem.certificate, servername: "dns.test", ...options },
  });
  const stream = collect(socket);
  await new Promise<void>((resolve) => {
    socket.once("secureConnect", () => resolve());
    socket.once("close", () => resolve());
  });
  return stream;
}

test("§3.2  TLS from the start, 1.3 if the client can and 1.2 if not; ALPN dot, or none", {
  skip,
}, async (t) => {
  const { thread, pem } = await startTls(t);
  for (const at of thread.tls) {
    const stream = await open(at, pem, { ALPNProtocols: ["dot"] });
    assert.equal(stream.socket.authorized, true);
    assert.equal(stream.socket.alpnProtocol, "dot");
    assert.equal(stream.socket.getProtocol(), "TLSv1.3");
    stream.socket.write(query(1));
    const [reply] = await stream.got(1);
    assert.equal(reply!.answers.length, 1);
    stream.socket.destroy();
  }
  const older = await open(thread.tls[0]!, pem, { maxVersion: "TLSv1.2" });
  assert.equal(older.socket.getProtocol(), "TLSv1.2");
  assert.equal(older.socket.alpnProtocol, false);
  older.socket.write(query(2));
  await older.got(1);
  older.socket.destroy();
  assert.equal(thread.counted(COUNTER_QUERIES_TLS), 3);
  assert.equal(thread.counted(COUNTER_QUERIES_TCP), 0);
  assert.equal(thread.counted(COUNTER_TLS_ACCEPTED), 3);
});

test("§3.2  TLS 1.1, another protocol and plain DNS are refused, and others are served", {
  skip,
}, async (t) => {
  const { thread, pem, at } = await startTls(t);
  const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL@SECLEVEL=0" } as const;
  const outdated = await open(at, pem, old);
  await outdated.closed;
  const foreign = await open(at, pem, { ALPNProtocols: ["h2"] });
  await foreign.closed;
  const plain = connectTcp(at.port, at.host);
  const got = collect(plain);
  plain.write(query(1));
  await got.closed;
  assert.equal(got.replies.length, 0);
  await until("all have failed", () => thread.counted(COUNTER_TLS_FAILED) === 3);
  const stream = await open(at, pem);
  stream.socket.write(query(2));
  await stream.got(1);
  stream.socket.destroy();
});

test("§3.3  frames as over TCP, pipelined, with large answers", { skip }, async (t) => {
  const { pem, at } = await startTls(t, { queuedOctetsMax: 16 * 1024 });
  const stream = await open(at, pem);
  const ids = Array.from({ length: 500 }, (_, i) => i);
  stream.socket.write(Buffer.concat(ids.map((id) => query(id, "big.t.", "TXT"))));
  const replies = await stream.got(500);
  assert.deepEqual(
    replies.map(({ id }) => id),
    ids,
  );
  stream.socket.destroy();
});

test("§3.4  idle connections and unfinished handshakes are closed", { skip }, async (t) => {
  const { pem, at } = await startTls(t, { idleMs: 1000 });
  const idle = await open(at, pem);
  const silent = connectTcp(at.port, at.host);
  const got = collect(silent);
  await Promise.all([idle.closed, got.closed]);
});

test("§3.4  a session is resumed", { skip }, async (t) => {
  const { pem, at } = await startTls(t);
  const first = await open(at, pem);
  const session = new Promise<Buffer>((resolve) => first.socket.once("session", resolve));
  first.socket.write(query(1));
  await first.got(1);
  const again = await open(at, pem, { session: await session });
  assert.equal(again.socket.isSessionReused(), true);
  again.socket.write(query(2));
  await again.got(1);
  for (const { socket } of [first, again]) socket.destroy();
});

test("another certificate is in force for the next handshake; a broken one changes nothing", {
  skip,
}, async (t) => {
  const { thread, pem, put, at } = await startTls(t);
  const stands = await open(at, pem);
  const next = newCertificate();
  const reports: { refusal: string | null; fingerprint: string }[] = [];
  thread.worker.on("message", (message) => reports.push(message));
  put(next);
  thread.worker.postMessage({ kind: "tls" });
  await until("it is read", () => reports.length === 1);
  const renewed = await open(at, next);
  assert.equal(renewed.socket.authorized, true);
  put({ certificate: next.certificate, key: pem.key });
  thread.worker.postMessage({ kind: "tls" });
  put({ certificate: "no certificate", key: pem.key });
  thread.worker.postMessage({ kind: "tls" });
  await until("it is refused", () => reports.length === 3);
  assert.equal(reports[0]!.refusal, null);
  assert.ok(reports.slice(1).every(({ refusal }) => refusal !== null));
  assert.equal(reports[2]!.fingerprint, reports[0]!.fingerprint);
  assert.ok(!JSON.stringify(reports).includes("PRIVATE"));
  const after = await open(at, next);
  assert.equal(after.socket.authorized, true);
  for (const { socket, got } of [stands, renewed, after]) {
    socket.write(query(1));
    await got(1);
    socket.destroy();
  }
});

test("RFC 9103 §7.1  what is slow says that it came in TLS", { skip }, async (t) => {
  const { thread, pem, at } = await startTls(t);
  const transports: number[] = [];
  thread.takeSlow((request, reply) => {
    transports.push(request.transport);
    reply(request.octets.slice(), false);
    reply(request.octets.slice(), true);
  });
  const stream = await open(at, pem, { ALPNProtocols: ["dot"] });
  const octets = notify(5);
  stream.socket.write(framed(octets));
  const replies = await stream.got(2);
  assert.deepEqual(
    replies.map(({ id }) => id),
    [5, 5],
  );
  assert.deepEqual(transports, [2]);
  stream.socket.destroy();
});

test("kdig +tls is answered", { skip }, async (t) => {
  const { at } = await startTls(t);
  const args = ["+tls", "+short", "-p", String(at.port), `@${at.host}`, "www.t.", "A"];
  const ran = await promisify(execFile)("kdig", args).catch((error) => error);
  if (ran.code === "ENOENT") return t.skip("kdig is not installed");
  assert.equal(ran.stdout.trim(), "192.0.2.1");
});
