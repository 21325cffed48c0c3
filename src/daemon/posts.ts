// SPDX-License-Identifier: Apache-2.0
/**
 * Supervised threads: started, started again when they end unasked, stopped.
 *
 * What a thread is for, this file does not know; M2 of supervisor.ts is kept here.
 */
import type { Worker } from "node:worker_threads";
import type { ThreadReport } from "../io/threads.ts";
import type { Log } from "../telemetry/log.ts";

/** Restarts wait this long at least and at most, milliseconds, doubling while a thread keeps dying. */
const RESTART_MS_MIN = 20;
const RESTART_MS_MAX = 5000;
/** A thread that lived so long is sound again. Milliseconds. */
const SOUND_MS = 10_000;
const STOP_MS_MAX = 5000;

/** One supervised thread. */
export interface Post {
  readonly name: string;
  readonly start: () => Worker;
  readonly onEnd: () => void;
  worker: Worker | null;
  state: ThreadReport["state"];
  restarts: number;
  startedAt: number;
  delayMs: number;
}

export interface Posts {
  /** The threads, by name; for tests that kill them, and for people with a debugger. */
  readonly threads: ReadonlyMap<string, Worker>;
  /** A thread to be supervised; it is started by `run`, and then whenever it has ended. */
  add(name: string, start: () => Worker, onEnd?: () => void): Post;
  run(post: Post): Worker;
  /** The thread does its work by now. */
  running(post: Post): void;
  /** Asks all to stop, those of `first` before the others; who does not in time is ended. */
  stop(first: readonly string[]): Promise<void>;
  /** Ends all at once: for a start that failed. */
  terminate(): Promise<void>;
}

/** `onChange` hears how all threads fare whenever one fares otherwise. */
export function createPosts(log: Log, onChange: (threads: readonly ThreadReport[]) => void): Posts {
  const posts = new Map<string, Post>();
  const threads = new Map<string, Worker>();
  let stopping = false;

  const report = (): void =>
    onChange([...posts.values()].map(({ name, state, restarts }) => ({ name, state, restarts })));

  const run = (post: Post): Worker => {
    const worker = post.start();
    post.worker = worker;
    post.startedAt = Date.now();
    post.state = "starting";
    threads.set(post.name, worker);
    worker.on("error", (error) => log.error({ err: error, thread: post.name }, "thread died"));
    worker.on("exit", (code) => {
      post.onEnd();
      post.worker = null;
      if (stopping) return;
      post.state = "restarting";
      post.restarts += 1;
      const lived = Date.now() - post.startedAt;
      post.delayMs = lived > SOUND_MS ? RESTART_MS_MIN : Math.min(post.delayMs * 2, RESTART_MS_MAX);
      const { delayMs } = post;
      log.warn({ thread: post.name, code, delayMs }, "thread ended, is started again");
      report();
      setTimeout(() => {
        if (!stopping) run(post);
      }, delayMs);
    });
    return worker;
  };

  return {
    threads,
    run,
    add(name, start, onEnd = () => {}) {
      const post: Post = {
        ...{ name, start, onEnd, worker: null, state: "starting" },
        ...{ restarts: 0, startedAt: 0, delayMs: RESTART_MS_MIN / 2 },
      };
      posts.set(name, post);
      return post;
    },
    running(post) {
      post.state = "running";
      report();
    },
    async stop(first) {
      stopping = true;
      const isFirst = ({ name }: Post): boolean => first.includes(name);
      const all = [...posts.values()];
      await Promise.all(all.filter(isFirst).map(stopOne));
      await Promise.all(all.filter((post) => !isFirst(post)).map(stopOne));
    },
    async terminate() {
      stopping = true;
      await Promise.all([...threads.values()].map((worker) => worker.terminate()));
    },
  };
}

/** Asks a thread to stop; if it does not within STOP_MS_MAX, it is ended. */
async function stopOne({ worker }: Post): Promise<void> {
  // One that has ended already will not say so again.
  if (worker === null) return;
  const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  worker.postMessage({ kind: "stop" });
  const timer = setTimeout(() => void worker.terminate(), STOP_MS_MAX);
  await ended;
  clearTimeout(timer);
}

/** The first words of a thread, or the reason why it died before them. */
export function firstMessage<T>(worker: Worker, isIt: (message: unknown) => T | null): Promise<T> {
  return new Promise((resolve, reject) => {
    worker.on("message", (message) => {
      const found = isIt(message);
      if (found !== null) resolve(found);
    });
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the thread ended with code ${code}`)));
  });
}
