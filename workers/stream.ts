// SPDX-License-Identifier: Apache-2.0
/**
 * Thread stream-M: DNS over TCP (RFC 7766), TLS (RFC 7858) and HTTPS (RFC 8484), and behind
 * balancers that say whose queries they hand on.
 *
 * Every message goes through the same kernel as a datagram; only the size limit differs.
 *
 *   accept ─► connections: may it come? ─► (PROXY header) ─► (TLS) ─► frames or HTTP ─► kernel
 *                                                                          └─► slow path
 */
import { createServer, type Server, type Socket } from "node:net";
import { parentPort } from "node:worker_threads";
import { writeAddress } from "../src/io/address.ts";
import { createSettingsMirror, type SettingsMirror } from "../src/io/settings-mirror.ts";
import { createSlowLink, SLOW_WAITING_MAX } from "../src/io/slow-link.ts";
import type { BoundAddress, ListenAddress, ReaderOrder, TlsReport } from "../src/io/threads.ts";
import { COUNTER_TCP_LIMITED } from "../src/layout/gen/counters.ts";
import {
  READER_STATE_SERVING,
  READER_STATE_STOPPED,
  TRANSPORT_HTTPS,
  TRANSPORT_TCP,
  TRANSPORT_TLS,
} from "../src/layout/gen/enums.ts";
import { bootReader, setReaderState } from "./boot.ts";
import { createStreamAnswerer } from "./stream-answer.ts";
import { type Connection, createConnections } from "./stream-connections.ts";
import { type DnsContext, serveFrames } from "./stream-dns.ts";
import { createHttps, HTTPS_PROTOCOLS } from "./stream-https.ts";
import { acceptProxy, listenProxyUdp } from "./stream-proxy.ts";
import { createStreamTime } from "./stream-time.ts";
import { createTls } from "./stream-tls.ts";

/** ALPN of DNS over TLS (RFC 7858 §3.2, RFC 9103 §8.1). */
const DOT_PROTOCOLS = ["dot"];

let mirror: SettingsMirror | null = null;
const reader = await bootReader(({ settings }) => {
  mirror = createSettingsMirror(settings);
  return mirror.words;
});
const { counters, data } = reader;
const { tcp: limits, streams } = data;
const count = (counter: number): void => {
  counters[counter] = counters[counter]! + 1;
};
const connections = createConnections(limits, count, () => performance.now());
// Units of 100 ms (RFC 7828 §3.1). When time is short, less is granted, and said.
const follow = (): void => mirror?.follow(Math.min(0xffff, Math.floor(connections.idleMs() / 100)));
const answerer = createStreamAnswerer(reader, follow);
const slow = createSlowLink(SLOW_WAITING_MAX);
const { settings, limits: buckets } = reader.memory;
const time = createStreamTime(settings, buckets, counters);
const context: DnsContext = { answerer, connections, slow, time, limits, count };
const tls = streams.tls === null ? null : createTls(streams.tls, context);
const https = createHttps(context, streams.httpsPath);

/** Takes a new connection, if its client has time left and may have one more. */
function accept(socket: Socket, transport: number, serve: (connection: Connection) => void): void {
  const since = time.begin();
  const client = new Uint8Array(16);
  const family = writeAddress(socket.remoteAddress ?? "", client, 0);
  if (!time.may({ client, family })) {
    count(COUNTER_TCP_LIMITED);
    socket.on("error", () => {});
    socket.resetAndDestroy();
    return;
  }
  const connection = connections.open(socket, transport);
  const port = socket.remotePort ?? 0;
  if (connections.identify(connection, client, family, port)) serve(connection);
  time.end(connection, since);
}

function acceptTcp(socket: Socket): void {
  accept(socket, TRANSPORT_TCP, (one) => serveFrames(context, one, socket));
}

function acceptTls(socket: Socket): void {
  accept(socket, TRANSPORT_TLS, (one) =>
    tls?.secure(one, DOT_PROTOCOLS, (stream) => serveFrames(context, one, stream)),
  );
}

function acceptHttps(socket: Socket): void {
  accept(socket, TRANSPORT_HTTPS, (one) =>
    tls?.secure(one, HTTPS_PROTOCOLS, (stream) => https.serve(one, stream)),
  );
}

function listen(address: ListenAddress, accept: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: false, noDelay: true }, accept);
  const { host, port, family } = address;
  const where = { host, port, ipv6Only: family === 6, reusePort: true, backlog: 1024 };
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(where, () => {
      server.removeListener("error", reject);
      server.on("error", () => {});
      servers.push(server);
      resolve(server);
    });
  });
}

/** Binds one address after the other; gives what was bound. */
async function listenAll(
  addresses: readonly ListenAddress[],
  accept: (socket: Socket) => void,
): Promise<readonly BoundAddress[]> {
  const bound: BoundAddress[] = [];
  for (const address of addresses) {
    const server = await listen(address, accept);
    bound.push({ host: address.host, port: (server.address() as { port: number }).port });
  }
  return bound;
}

/** The same addresses for connections and for datagrams. */
async function listenProxy(): Promise<readonly BoundAddress[]> {
  const allow = streams.proxyAllow;
  const bound = await listenAll(streams.listenProxy, (one) => acceptProxy(context, allow, one));
  for (const [i, address] of streams.listenProxy.entries()) {
    datagrams.push(await listenProxyUdp(context, allow, { ...address, port: bound[i]!.port }));
  }
  return bound;
}

const servers: Server[] = [];
const datagrams: Awaited<ReturnType<typeof listenProxyUdp>>[] = [];
const addresses = await listenAll(data.listen, acceptTcp);
const bound = {
  tls: await listenAll(streams.listenTls, acceptTls),
  https: await listenAll(streams.listenHttps, acceptHttps),
  proxy: await listenProxy(),
};
setReaderState(reader, READER_STATE_SERVING);
parentPort?.postMessage({ kind: "ready", addresses, streams: bound });
parentPort?.on("message", (message: ReaderOrder) => {
  if (message.kind === "slow") slow.connect(message.port);
  if (message.kind === "tls") reloadTls();
  if (message.kind === "stop") stop();
});

function reloadTls(): void {
  if (tls === null) return;
  const before = tls.fingerprint;
  const refusal = tls.reload();
  if (refusal === null && tls.fingerprint === before) return;
  const report: TlsReport = { kind: "tls", fingerprint: tls.fingerprint, refusal };
  parentPort?.postMessage(report);
}

function stop(): void {
  for (const server of servers) server.close();
  for (const socket of datagrams) socket.close();
  connections.close();
  slow.close();
  setReaderState(reader, READER_STATE_STOPPED);
  parentPort?.close();
}
