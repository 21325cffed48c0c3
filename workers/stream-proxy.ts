// SPDX-License-Identifier: Apache-2.0
/**
 * Listeners behind a balancer, which says in a header whose connection or datagram it hands on
 * (src/io/proxy.ts reads it).
 *
 * Invariants
 *   H1  Only who is on the list is heard at all: whoever may send a header may claim any address.
 *   H2  A header comes first and once; without one, or with one that is broken, nothing is answered.
 *   H3  An answer goes to where the datagram came from, without a header.
 */
import type { RemoteInfo, Socket as UdpSocket } from "node:dgram";
import type { Socket } from "node:net";
import { contains, type Prefix } from "../src/geo/prefix.ts";
import { writeAddress } from "../src/io/address.ts";
import { PROXY_HEADER_SIZE_MAX, type ProxyClient, readProxyHeader } from "../src/io/proxy.ts";
import { replyWith } from "../src/io/slow-link.ts";
import type { ListenAddress } from "../src/io/threads.ts";
import {
  COUNTER_DROPPED_PORT,
  COUNTER_PROXY_ACCEPTED,
  COUNTER_PROXY_MALFORMED,
  COUNTER_PROXY_REFUSED,
} from "../src/layout/gen/counters.ts";
import { TRANSPORT_TCP, TRANSPORT_UDP } from "../src/layout/gen/enums.ts";
import { UDP_SIZE_MAX } from "../src/layout/limits.ts";
import { bind } from "./pump-dgram.ts";
import { type DnsContext, serveFrames } from "./stream-dns.ts";

/** The first octet of version 1, which is for streams alone. */
const LINE = 0x50;

/** Whether an address lies in one of the networks. */
export function isAllowed(allow: readonly Prefix[], address: string): boolean {
  const octets = new Uint8Array(16);
  const family = writeAddress(address, octets, 0);
  const own = family === 4 ? octets.subarray(0, 4) : octets;
  return allow.some((prefix) => contains(prefix, own));
}

/** Takes a connection of a balancer: reads the header, then serves whom it names. */
export function acceptProxy(context: DnsContext, allow: readonly Prefix[], socket: Socket): void {
  const { connections, time, count } = context;
  const from = socket.remoteAddress ?? "";
  if (from === "" || !isAllowed(allow, from)) {
    count(COUNTER_PROXY_REFUSED);
    socket.on("error", () => {});
    socket.resetAndDestroy();
    return;
  }
  const connection = connections.open(socket, TRANSPORT_TCP);
  connections.makeRoom();
  let kept: Uint8Array = new Uint8Array(0);
  const onData = (chunk: Buffer): void => {
    kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
    const header = readProxyHeader(kept);
    if (header.kind === "more" && kept.length < PROXY_HEADER_SIZE_MAX) return;
    socket.removeListener("data", onData);
    if (header.kind !== "header") {
      count(COUNTER_PROXY_MALFORMED);
      socket.destroy();
      return;
    }
    count(COUNTER_PROXY_ACCEPTED);
    const { octets, family, port } = header.client ?? peerOf(from, socket.remotePort ?? 0);
    if (!connections.identify(connection, octets, family, port)) return;
    if (!time.may(connection)) {
      connections.dismiss(connection);
      return;
    }
    serveFrames(context, connection, socket, kept.subarray(header.size));
  };
  socket.on("data", onData);
}

function peerOf(address: string, port: number): ProxyClient {
  const octets = new Uint8Array(16);
  return { family: writeAddress(address, octets, 0), octets, port };
}

/** Binds one address for datagrams with a header. Rejects if it cannot be bound. */
export function listenProxyUdp(
  context: DnsContext,
  allow: readonly Prefix[],
  address: ListenAddress,
): Promise<UdpSocket> {
  return bind(address, 0, (socket, message, from) =>
    onDatagram(context, allow, socket, message, from),
  );
}

function onDatagram(
  { answerer, slow, count }: DnsContext,
  allow: readonly Prefix[],
  socket: UdpSocket,
  message: Uint8Array,
  from: RemoteInfo,
): void {
  if (from.port === 0 || !isAllowed(allow, from.address)) {
    count(from.port === 0 ? COUNTER_DROPPED_PORT : COUNTER_PROXY_REFUSED);
    return;
  }
  const header = readProxyHeader(message);
  if (header.kind !== "header" || message[0] === LINE) {
    count(COUNTER_PROXY_MALFORMED);
    return;
  }
  count(COUNTER_PROXY_ACCEPTED);
  const { octets: client, family, port } = header.client ?? peerOf(from.address, from.port);
  const send = (octets: Uint8Array): void => {
    if (octets.length > 0) socket.send(octets, from.port, from.address, () => {});
  };
  // What is beyond a slot is cut; the parser then finds its end missing.
  const size = Math.min(message.length - header.size, UDP_SIZE_MAX);
  const asker = { client, family, port, transport: TRANSPORT_UDP };
  answerer.begin();
  let answer = answerer.answer(asker, message, header.size, size);
  if (answerer.isSlow()) {
    const asked = slow.ask(answerer.question(), replyWith(send));
    answer = asked === 0 ? answerer.refuse() : null;
  }
  // The slot is used again before the datagram has left.
  if (answer !== null) send(Buffer.from(answer));
  answerer.end();
}
