// SPDX-License-Identifier: Apache-2.0
/** DNS clients of the end-to-end tests over real sockets: single questions, streams, endless load. */
import assert from "node:assert/strict";
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { connect, type Socket } from "node:net";
import { composeQuery, type QueryOptions } from "../../src/dns/compose.ts";
import {
  isMessage,
  type Message,
  type ResourceRecord,
  readMessage,
} from "../../src/dns/message.ts";
import { recordToText } from "../../src/dns/text.ts";
import type { BoundAddress } from "../../src/io/threads.ts";
import { PATIENCE_MS } from "./daemon.ts";

export interface Reply {
  readonly message: Message;
  readonly octets: Uint8Array;
  readonly from: string;
}

/** What a resolver waits before it asks again: over loopback only a lost datagram takes so long. */
const RETRY_MS = 2000;

function socketFor(host: string): UdpSocket {
  return createSocket(host.includes(":") ? "udp6" : "udp4");
}

export function parse(octets: Uint8Array): Message {
  const message = readMessage(octets);
  assert.ok(isMessage(message), `unreadable reply ${Buffer.from(octets).toString("hex")}`);
  return message;
}

/** Asks over UDP; asks again if nothing comes, as every resolver does, unless `tries` is 1. */
export async function askUdp(server: BoundAddress, query: QueryOptions, tries = 5): Promise<Reply> {
  const id = Math.floor(Math.random() * 65536);
  const octets = composeQuery({ ...query, id });
  for (let i = 0; i < tries; i += 1) {
    const got = await exchange(server, octets, RETRY_MS);
    if (got === null) continue;
    const message = parse(got.octets);
    assert.equal(message.id, id);
    return { ...got, message };
  }
  throw new Error(`no answer to ${String(query.name)} ${query.type} in ${tries} tries`);
}

/** Sends octets and gives the first reply, or null if none comes in time. */
export function exchange(
  server: BoundAddress,
  octets: Uint8Array,
  waitMs: number,
): Promise<{ octets: Uint8Array; from: string } | null> {
  const socket = socketFor(server.host);
  return new Promise((resolve) => {
    const done = (got: { octets: Uint8Array; from: string } | null): void => {
      clearTimeout(timer);
      socket.close();
      resolve(got);
    };
    const timer = setTimeout(done, waitMs, null);
    socket.on("error", () => {});
    socket.on("message", (message, from) => done({ octets: message, from: from.address }));
    socket.send(octets, server.port, server.host);
  });
}

/** Answers of one question as sorted RDATA: `192.0.2.1`. */
export async function ask(
  server: BoundAddress,
  name: string,
  type = "A",
  ecs?: string,
): Promise<readonly string[]> {
  const query = { name, type, ...(ecs === undefined ? {} : { ecs }) };
  return rdataOf((await askUdp(server, query)).message.answers);
}

export function rdataOf(records: readonly ResourceRecord[]): readonly string[] {
  return records.map((one) => recordToText(one).split(/\s+/).slice(4).join(" ")).sort();
}

/** A TCP connection that collects whole replies. */
export interface Stream {
  readonly socket: Socket;
  readonly replies: Message[];
  /** The end of the connection, from whichever side and however rough. */
  readonly closed: Promise<void>;
  /** Waits for that many replies in all. */
  got(count: number): Promise<readonly Message[]>;
}

export async function openStream(server: BoundAddress, localAddress?: string): Promise<Stream> {
  const from = localAddress === undefined ? {} : { localAddress };
  const socket = connect({ host: server.host, port: server.port, noDelay: true, ...from });
  const stream = collect(socket);
  await new Promise<void>((resolve) => {
    socket.once("connect", () => resolve());
    socket.once("close", () => resolve());
  });
  return stream;
}

/** The replies of a connection, plain or in TLS. */
export function collect<S extends Socket>(socket: S): Stream & { readonly socket: S } {
  const replies: Message[] = [];
  let wake: () => void = () => {};
  let pending = Buffer.alloc(0);
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      replies.push(parse(new Uint8Array(pending.subarray(2, end))));
      pending = pending.subarray(end);
    }
    wake();
  });
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  void closed.then(() => wake());
  const got = async (count: number): Promise<readonly Message[]> => {
    const timer = setTimeout(() => socket.destroy(), PATIENCE_MS);
    while (replies.length < count && !socket.destroyed) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    clearTimeout(timer);
    assert.ok(replies.length >= count, `${replies.length} replies of ${count}, then the end`);
    return replies;
  };
  return { socket, replies, closed, got };
}

/** A message with its length in front. */
export function framed(octets: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(octets.length >> 8, octets.length & 0xff), octets]);
}

/** A query with its length in front. */
export function frame(query: QueryOptions): Buffer {
  return framed(composeQuery(query));
}

export interface Load {
  /** Answers so far. */
  readonly answered: () => number;
  /** Questions that nobody answered in time. */
  readonly lost: () => number;
  /** Ends the load when every question is answered or lost. */
  stop(): Promise<void>;
}

/**
 * A closed loop: `clients` sockets, each asks again as soon as it is answered. `check` sees every
 * reply. A question counts as lost if no answer comes for RETRY_MS.
 */
export function startLoad(
  server: BoundAddress,
  options: {
    readonly clients: number;
    readonly query: QueryOptions;
    readonly check: (message: Message) => void;
  },
): Load {
  let answered = 0;
  let lost = 0;
  let stopping = false;
  const failures: unknown[] = [];
  const one = async (): Promise<void> => {
    const socket = socketFor(server.host);
    socket.on("error", () => {});
    let arrived: (octets: Uint8Array | null) => void = () => {};
    socket.on("message", (octets) => arrived(octets));
    for (let id = 0; !stopping; id = (id + 1) & 0xffff) {
      const octets = composeQuery({ ...options.query, id });
      const reply = await new Promise<Uint8Array | null>((resolve) => {
        const timer = setTimeout(resolve, RETRY_MS, null);
        arrived = (got) => {
          clearTimeout(timer);
          resolve(got);
        };
        socket.send(octets, server.port, server.host);
      });
      if (reply === null) {
        lost += 1;
        continue;
      }
      answered += 1;
      try {
        const message = parse(reply);
        assert.equal(message.id, id);
        options.check(message);
      } catch (error) {
        failures.push(error);
        break;
      }
    }
    socket.close();
  };
  const all = Array.from({ length: options.clients }, one);
  return {
    answered: () => answered,
    lost: () => lost,
    stop: async () => {
      stopping = true;
      await Promise.all(all);
      if (failures.length > 0) throw failures[0];
    },
  };
}
