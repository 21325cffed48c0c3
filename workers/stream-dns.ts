// SPDX-License-Identifier: Apache-2.0
/**
 * DNS messages in frames on one stream, plain or in TLS (RFC 7766): pipelined queries in, answers
 * out, what is slow later and out of order, each answer whole.
 *
 * Nothing is read while too much is unread on the other side, or too many slow requests are under
 * way: the client then waits, and its idle time runs. So a connection holds at most one chunk of
 * queries and the bound of unread answers, and one answer more.
 *
 * A client that has had its time (stream-time.ts) is closed, not held: a held connection keeps one of
 * few places and its client waiting, while a closed one sends it to the next server of the zone.
 */
import type { Duplex } from "node:stream";
import { createFramer, pushChunk } from "../src/answer/stream.ts";
import type { SlowLink } from "../src/io/slow-link.ts";
import type { TcpLimits } from "../src/io/threads.ts";
import { COUNTER_TCP_MALFORMED } from "../src/layout/gen/counters.ts";
import type { StreamAnswerer } from "./stream-answer.ts";
import type { Connection, Connections } from "./stream-connections.ts";
import type { StreamTime } from "./stream-time.ts";

export interface DnsContext {
  readonly answerer: StreamAnswerer;
  readonly connections: Connections;
  readonly slow: SlowLink;
  readonly time: StreamTime;
  readonly limits: TcpLimits;
  readonly count: (counter: number) => void;
}

/** Serves a stream until it ends. `first` are octets that were read from it already. */
export function serveFrames(
  context: DnsContext,
  connection: Connection,
  stream: Duplex,
  first: Uint8Array | null = null,
): void {
  const { answerer, connections, limits, time, count } = context;
  const framer = createFramer();
  let backlog: Uint8Array | null = null;
  let replies: Buffer[] = [];
  let queued = 0;
  let ended = false;
  /** Over its time, with a transfer under way. */
  let isHeld = false;
  connection.stream = stream;
  // One listener for each slow request under way.
  stream.setMaxListeners(limits.inFlightMax + 10);

  const isFull = (): boolean =>
    stream.writableLength + queued >= limits.queuedOctetsMax ||
    connection.inFlight >= limits.inFlightMax;

  const onFrame = (octets: Uint8Array, at: number, size: number): boolean => {
    let reply = answerer.answer(connection, octets, at, size);
    if (answerer.isSlow()) {
      reply = handOver(context, connection, stream, goOn) ? null : answerer.refuse();
    }
    if (reply !== null) {
      const frame = frameOf(reply);
      replies.push(frame);
      queued += frame.length;
    }
    return !isFull();
  };

  const take = (chunk: Uint8Array): void => {
    if (!time.may(connection)) {
      // Half of a transfer helps nobody, and would be asked for again.
      isHeld = connection.inFlight > 0;
      if (isHeld) backlog = chunk;
      else {
        ended = true;
        connections.dismiss(connection);
      }
      return;
    }
    const since = time.begin();
    answerer.begin();
    const taken = pushChunk(framer, chunk, onFrame);
    answerer.end();
    if (replies.length > 0) {
      // A whole query came and was answered.
      connections.touch(connection);
      stream.write(replies.length === 1 ? replies[0]! : Buffer.concat(replies), goOn);
      replies = [];
      queued = 0;
    }
    backlog = taken >= 0 && taken < chunk.length ? chunk.subarray(taken) : null;
    if (taken < 0) {
      ended = true;
      count(COUNTER_TCP_MALFORMED);
      stream.end();
    }
    time.end(connection, since);
  };

  /** Goes on where too much was under way, when some of it has left. */
  const goOn = (): void => {
    if (ended || stream.destroyed || isFull() || (isHeld && connection.inFlight > 0)) return;
    if (backlog !== null) {
      const rest = backlog;
      backlog = null;
      take(rest);
    }
    if (backlog === null && !isFull() && stream.isPaused()) stream.resume();
  };

  const onData = (chunk: Uint8Array): void => {
    if (ended) return;
    take(chunk);
    if (backlog !== null || isFull()) stream.pause();
  };
  stream.on("data", onData);
  if (first !== null && first.length > 0) onData(first);
}

/** Whether the transfer thread takes the request; `goOn` is called as its replies leave. */
function handOver(
  { answerer, connections, slow, time }: DnsContext,
  connection: Connection,
  stream: Duplex,
  goOn: () => void,
): boolean {
  const done = (): void => {
    connection.inFlight -= 1;
    stream.removeListener("close", leave);
  };
  const leave = (): void => slow.gone(id);
  const id = slow.ask(answerer.question(), {
    reply: (octets, last, written) => {
      if (last) done();
      if (octets.length === 0) {
        written();
        goOn();
        return;
      }
      const since = time.begin();
      stream.write(frameOf(octets), () => {
        connections.touch(connection);
        written();
        goOn();
      });
      time.end(connection, since);
    },
    lost: () => {
      done();
      // Half of a transfer must not look like a whole one.
      connection.socket.resetAndDestroy();
    },
  });
  if (id === 0) return false;
  connection.inFlight += 1;
  connections.touch(connection);
  stream.once("close", leave);
  return true;
}

/** Length and message in one segment (RFC 7766 §8). */
function frameOf(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(2 + message.length);
  frame.writeUInt16BE(message.length, 0);
  frame.set(message, 2);
  return frame;
}
