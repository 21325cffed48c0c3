// SPDX-License-Identifier: Apache-2.0
/**
 * One job done by two threads: a leader that has it, and a mate that helps where it can.
 *
 * The leader splits a piece of work into parts, and both take parts from one counter until none is
 * left. The leader never needs the mate: one that comes late, or not at all, because all threads of
 * the pool are busy, costs nothing, and there is nothing to be decided beforehand about who does
 * what. Both wait in `Atomics.wait` and not in the event loop, since a compilation is one long
 * synchronous call.
 *
 *   leader   posts { parts, counter, work }, rings, takes parts, waits for those that the mate took
 *   mate     waits for the bell, reads the work, takes parts, posts { part, result }, rings
 *
 * Invariants
 *   W1  Each part is done once: whoever got its number from the counter does it.
 *   W2  Each piece of work has a counter of its own, so a mate that is late takes nothing of the next.
 *   W3  A part that throws in the mate throws in the leader.
 *   W4  The leader waits for the mate only while the mate has a part; should its thread die then, who
 *       started both ends both (daemon/compilers.ts).
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";

/** Words of the bell: counts what the leader said, what the mate said. */
const BELL_LEADER = 0;
const BELL_MATE = 1;
const BELL_WORDS = 2;

/** One end of the line between leader and mate. Crosses threads; the port is to be transferred. */
export interface Seat {
  readonly port: MessagePort;
  readonly bell: Int32Array;
}

/** Both ends of a line. */
export function createSeats(): { readonly leader: Seat; readonly mate: Seat } {
  const bell = new Int32Array(new SharedArrayBuffer(BELL_WORDS * 4));
  const { port1, port2 } = new MessageChannel();
  return { leader: { port: port1, bell }, mate: { port: port2, bell } };
}

interface Task {
  readonly work: unknown;
  readonly parts: number;
  /** One word: the number of the next part. */
  readonly counter: Int32Array;
}

interface PartDone {
  readonly part: number;
  readonly result?: unknown;
  readonly error?: unknown;
}

/** Does part `part` of a piece of work. What it gives must be able to cross threads. */
export type DoPart<W, R> = (work: W, part: number) => R;

/** Does all parts of `work`, with the mate's help if there is one; gives the results in order. */
export function doParts<W, R>(
  seat: Seat | null,
  work: W,
  parts: number,
  doPart: DoPart<W, R>,
): readonly R[] {
  const results = new Array<R>(parts);
  if (seat === null || parts < 2) {
    for (let part = 0; part < parts; part += 1) results[part] = doPart(work, part);
    return results;
  }
  const counter = new Int32Array(new SharedArrayBuffer(4));
  const task: Task = { work, parts, counter };
  seat.port.postMessage(task);
  ring(seat, BELL_LEADER);
  let missing = parts;
  for (let part = next(counter); part < parts; part = next(counter)) {
    results[part] = doPart(work, part);
    missing -= 1;
  }
  while (missing > 0) {
    const { part, result, error } = waitFor(seat, BELL_MATE) as PartDone;
    if (error !== undefined) throw error;
    results[part] = result as R;
    missing -= 1;
  }
  return results;
}

/** Tells the mate that there will be no more work. */
export function dismiss(seat: Seat): void {
  seat.port.postMessage(null);
  ring(seat, BELL_LEADER);
}

/** The mate's whole life: helps until it is dismissed. */
export function assist<W, R>(seat: Seat, doPart: DoPart<W, R>): void {
  for (;;) {
    const task = waitFor(seat, BELL_LEADER) as Task | null;
    if (task === null) return;
    const { work, parts, counter } = task;
    for (let part = next(counter); part < parts; part = next(counter)) {
      let done: PartDone;
      try {
        done = { part, result: doPart(work as W, part) };
      } catch (error) {
        done = { part, error };
      }
      seat.port.postMessage(done);
      ring(seat, BELL_MATE);
    }
  }
}

function next(counter: Int32Array): number {
  return Atomics.add(counter, 0, 1);
}

function ring({ bell }: Seat, which: number): void {
  Atomics.add(bell, which, 1);
  Atomics.notify(bell, which);
}

/** The next message of the other side. The bell is read first, so that no ring is missed. */
function waitFor({ port, bell }: Seat, which: number): unknown {
  for (;;) {
    const rung = Atomics.load(bell, which);
    const got = receiveMessageOnPort(port);
    if (got !== undefined) return got.message;
    Atomics.wait(bell, which, rung);
  }
}
