// SPDX-License-Identifier: Apache-2.0
/**
 * The transfer thread's ends of the channels to the readers (src/io/slow.ts): each request becomes a
 * job that a handler works off, with as much speed as its client reads.
 *
 * Invariants
 *   J1  Every job ends with one last reply, or with its client: a handler that throws, or that ends
 *       without a last word, is made up for by `onFailure` (L1).
 *   J2  At most REPLIES_MAX replies of a job wait for their client; `send` resolves when there is
 *       room for the next (L2).
 */
import type { MessagePort } from "node:worker_threads";
import type { SlowAsk, SlowReply, SlowRequest } from "../io/slow.ts";

/** Replies of one request that may be on their way: a client's window is filled, no memory is. */
const REPLIES_MAX = 4;

export interface SlowJob {
  readonly request: SlowRequest;
  /** The client is gone, or the thread of its socket. */
  isGone(): boolean;
  /** Sends one message; resolves with false if nobody is left to send to. */
  send(octets: Uint8Array, last: boolean): Promise<boolean>;
}

export type SlowHandler = (job: SlowJob) => Promise<void>;

interface Running {
  readonly job: SlowJob;
  gone: boolean;
  ended: boolean;
  onTheWay: number;
  /** Wakes the handler that waits in `send`. */
  wake: (() => void) | null;
}

/** Serves one reader until its port closes. `onFailure` gives the last word of a job that failed. */
export function serveReader(
  port: MessagePort,
  handle: SlowHandler,
  onFailure: (request: SlowRequest, error: unknown) => Uint8Array,
): void {
  const jobs = new Map<number, Running>();

  const begin = (request: SlowRequest): void => {
    const running = createRunning(port, request);
    const { job } = running;
    jobs.set(request.id, running);
    const end = (error: unknown): void => {
      jobs.delete(request.id);
      if (running.ended || running.gone) return;
      void job.send(onFailure(request, error), true);
    };
    handle(job).then(() => end(new Error("no last word")), end);
  };

  const leave = (running: Running | undefined): void => {
    if (running === undefined) return;
    running.gone = true;
    running.wake?.();
  };

  port.on("message", (ask: SlowAsk) => {
    if (ask.kind === "request") return begin(ask);
    const running = jobs.get(ask.id);
    if (ask.kind === "gone") return leave(running);
    if (running === undefined) return;
    running.onTheWay -= 1;
    running.wake?.();
  });
  port.on("close", () => {
    for (const running of jobs.values()) leave(running);
  });
}

function createRunning(port: MessagePort, request: SlowRequest): Running {
  const room = (): boolean => running.gone || running.onTheWay < REPLIES_MAX;
  const running: Running = {
    gone: false,
    ended: false,
    onTheWay: 0,
    wake: null,
    job: {
      request,
      isGone: () => running.gone,
      async send(octets, last) {
        if (running.gone || running.ended) return false;
        const reply: SlowReply = { kind: "reply", id: request.id, octets, last };
        running.ended = last;
        running.onTheWay += 1;
        port.postMessage(reply, octets.length > 0 ? [octets.buffer as ArrayBuffer] : []);
        while (!last && !room()) {
          await new Promise<void>((resolve) => {
            running.wake = resolve;
          });
          running.wake = null;
        }
        return !running.gone;
      },
    },
  };
  return running;
}
