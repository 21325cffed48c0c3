// SPDX-License-Identifier: Apache-2.0
/**
 * The connections of one stream thread: who may come, who must go (RFC 7766 §6.2, RFC 9210 §4).
 *
 * Bounded are their number, for the thread, for a client and for its network; the time between two
 * whole queries; and their age. Idle is who sends no whole query: one octet now and then would keep
 * a connection open for nothing. Who does not read its answers sends no query that is read, so it is
 * idle too. When more than half of all connections are taken, idle ones are given less time, down
 * to a tenth, and when all are, the idlest gives way.
 *
 * Invariants
 *   V1  A connection is counted once from `open` until it is closed, for its client from `identify`.
 *   V2  All have one idle timeout and one age, so both orders stand by who is due first.
 *   V3  A transfer under way keeps its connection, as long as its octets leave.
 */
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Admission, createAdmission } from "../src/io/admission.ts";
import { createOrder, type Order, type Place, placeOf } from "../src/io/order.ts";
import type { TcpLimits } from "../src/io/threads.ts";
import {
  COUNTER_TCP_ACCEPTED,
  COUNTER_TCP_EVICTED,
  COUNTER_TCP_LIMITED,
  COUNTER_TCP_REFUSED,
  COUNTER_TCP_STALLED,
  COUNTER_TCP_TIMED_OUT,
} from "../src/layout/gen/counters.ts";
import type { Asker } from "./stream-answer.ts";

export interface Connection extends Asker {
  client: Uint8Array;
  family: number;
  port: number;
  readonly transport: number;
  readonly socket: Socket;
  /** Where messages are written: the socket, or TLS above it. */
  stream: Duplex;
  /** Slow requests under way. */
  inFlight: number;
  usedAt: number;
  bornAt: number;
  counted: boolean;
  open: boolean;
}

interface Seat extends Connection {
  byUse: Place<Seat>;
  byAge: Place<Seat>;
}

export interface Connections {
  readonly size: number;
  /** Milliseconds that a connection may be idle now. */
  idleMs(): number;
  /**
   * Takes a new connection in, beyond the bound if need be: `identify` says whose it is, and only
   * who may stay drives the idlest out.
   */
  open(socket: Socket, transport: number): Connection;
  /** Says whose it is; false if that client has enough, and then it is closed. */
  identify(connection: Connection, client: Uint8Array, family: number, port: number): boolean;
  /** For one whose client is not known yet. */
  makeRoom(): void;
  /** Its client has had its time: closed as soon as what is written has left. */
  dismiss(connection: Connection): void;
  /** It was used: a whole query came, or octets of a transfer left. */
  touch(connection: Connection): void;
  /** Ends all, and the timer; what is still being written has a second. */
  close(): void;
}

const LOOK_MS_MAX = 500;

interface State {
  readonly limits: TcpLimits;
  readonly count: (counter: number) => void;
  readonly now: () => number;
  readonly admission: Admission;
  readonly byUse: Order<Seat>;
  readonly byAge: Order<Seat>;
  readonly all: Set<Seat>;
}

/** `now` is a clock in milliseconds that never goes back. */
export function createConnections(
  limits: TcpLimits,
  count: (counter: number) => void,
  now: () => number,
): Connections {
  const state: State = {
    ...{ limits, count, now, admission: createAdmission(limits), all: new Set() },
    ...{ byUse: createOrder<Seat>(), byAge: createOrder<Seat>() },
  };
  const { byUse, all } = state;
  const lookMs = Math.min(LOOK_MS_MAX, Math.max(10, limits.idleMs / 20, limits.totalMs / 20));
  const timer = setInterval(() => expire(state), lookMs);
  timer.unref();
  return {
    get size() {
      return all.size;
    },
    idleMs: () => idleMs(state),
    open: (socket, transport) => open(state, socket, transport),
    identify: (connection, client, family, port) => {
      Object.assign(connection, { client, family, port });
      connection.counted = state.admission.enter(client, family);
      if (!connection.counted) {
        count(COUNTER_TCP_REFUSED);
        connection.socket.resetAndDestroy();
        return false;
      }
      count(COUNTER_TCP_ACCEPTED);
      makeRoom(state);
      return true;
    },
    makeRoom: () => makeRoom(state),
    dismiss: (connection) => {
      const { stream, socket } = connection;
      // Of HTTP/2 several requests may hear of it.
      if (!connection.open || stream.writableEnded) return;
      count(COUNTER_TCP_LIMITED);
      // One that does not read what it is sent is idle from now on.
      if (stream.writableLength > 0) stream.end(() => socket.destroy());
      else end(state, connection as Seat);
    },
    touch: (connection) => {
      if (!connection.open) return;
      connection.usedAt = now();
      byUse.toEnd((connection as Seat).byUse);
    },
    close: () => {
      clearInterval(timer);
      for (const { stream } of all) stream.end();
      setTimeout(() => {
        for (const { socket } of all) socket.destroy();
      }, 1000).unref();
    },
  };
}

const NOBODY = new Uint8Array(16);

function open(state: State, socket: Socket, transport: number): Connection {
  const { all, byUse, byAge, now } = state;
  const at = now();
  const seat: Seat = {
    ...{ client: NOBODY, family: 4, port: 0, transport, socket, stream: socket },
    ...{ inFlight: 0, usedAt: at, bornAt: at, counted: false, open: true },
    ...{ byUse: null as never, byAge: null as never },
  };
  seat.byUse = placeOf(seat);
  seat.byAge = placeOf(seat);
  all.add(seat);
  byUse.toEnd(seat.byUse);
  byAge.toEnd(seat.byAge);
  socket.on("error", ignore);
  socket.on("close", () => leave(state, seat));
  return seat;
}

/** Who has asked nothing for longest gives way to who came last. */
function makeRoom(state: State): void {
  const { all, byUse, limits, count } = state;
  if (all.size <= limits.connectionsMax || byUse.first === null) return;
  count(COUNTER_TCP_EVICTED);
  end(state, byUse.first);
}

function ignore(): void {}

function leave(state: State, seat: Seat): void {
  if (!seat.open) return;
  seat.open = false;
  state.all.delete(seat);
  state.byUse.remove(seat.byUse);
  state.byAge.remove(seat.byAge);
  if (seat.counted) state.admission.leave(seat.client, seat.family);
}

/** All the time while half of the connections are free, then less, a tenth when none is. */
function idleMs({ all, limits }: State): number {
  const used = all.size / limits.connectionsMax;
  const part = used <= 0.5 ? 1 : Math.max(0.1, 1 - (used - 0.5) * 1.8);
  return Math.ceil(limits.idleMs * part);
}

function expire(state: State): void {
  const { byUse, byAge, limits, count, now } = state;
  const at = now();
  for (let seat = byUse.first; seat !== null; seat = byUse.first) {
    if (at - seat.usedAt < idleMs(state)) break;
    if (seat.inFlight > 0 && seat.stream.writableLength === 0) {
      // It waits for us, not we for it (V3).
      seat.usedAt = at;
      byUse.toEnd(seat.byUse);
      continue;
    }
    count(seat.stream.writableLength === 0 ? COUNTER_TCP_TIMED_OUT : COUNTER_TCP_STALLED);
    end(state, seat);
  }
  for (let seat = byAge.first; seat !== null; seat = byAge.first) {
    if (at - seat.bornAt < limits.totalMs) break;
    if (seat.inFlight > 0) {
      seat.bornAt = at;
      byAge.toEnd(seat.byAge);
      continue;
    }
    count(COUNTER_TCP_TIMED_OUT);
    end(state, seat);
  }
}

/** A connection with nothing to say is closed; one that does not listen is cut off. */
function end(state: State, seat: Seat): void {
  const { socket, stream } = seat;
  leave(state, seat);
  if (stream.writableLength > 0) socket.resetAndDestroy();
  else if (stream === socket) socket.destroy();
  else {
    // TLS says that it ends, and nobody waits for an answer to that.
    stream.end(() => socket.destroy());
    setTimeout(() => socket.destroy(), 1000).unref();
  }
}
