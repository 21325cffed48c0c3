// SPDX-License-Identifier: Apache-2.0
/**
 * The main thread: owns the memories, starts and restarts the others, passes signals on. No logic.
 *
 * Invariants
 *   M1  The data plane starts first, from the saved table if there is one, before any zone is read.
 *   M2  A thread that ends unasked is started again, at once the first time, then ever later; the
 *       others go on. A dead reader is put offline, so that it holds no memory back (P4).
 *   M3  What cannot work at the first start (an address in use) ends the process with its reason:
 *       only what once worked is worth waiting for.
 *   M4  Nothing is bound before the state folder is ours: two servers of one folder would take the
 *       control socket and the saved table from each other.
 */
import { networkInterfaces } from "node:os";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { CONTROL_SOCKET_NAME } from "../api/server.ts";
import type { NodeConfig } from "../config/node.ts";
import { createMemory, type Memory } from "../io/memory.ts";
import { chooseDataPlane } from "./data-plane.ts";
import { loadNative } from "../io/native.ts";
import { loadTable, sweepSaved } from "../io/saved.ts";
import type {
  BoundAddress,
  ListenAddress,
  ReaderData,
  ReaderInfo,
  ReaderMessage,
  ThreadReport,
} from "../io/threads.ts";
import {
  CONTROL_BLOCK_SIZE,
  CONTROL_BLOCK_STOP,
  READER_SIZE,
  READER_STATE,
} from "../layout/gen/control.ts";
import { READER_STATE_ABSENT, READER_STATE_STARTING } from "../layout/gen/enums.ts";
import { goOffline } from "../table/publish.ts";
import type { Log } from "../telemetry/log.ts";
import { claimAddresses, claimFolder } from "./claim.ts";
import type { ControlCommand, ControlData, ControlReport, LastGood } from "./messages.ts";

/** Where the thread entries stand: sources or compiled output, beside each other. */
export interface Entries {
  readonly udp: URL;
  readonly stream: URL;
  readonly control: URL;
  readonly prober: URL;
}

export interface Daemon {
  /** Bound addresses: those asked for, with ports that the system chose. */
  readonly udp: readonly BoundAddress[];
  readonly tcp: readonly BoundAddress[];
  readonly api: readonly string[];
  readonly memory: Memory;
  /** The threads, by name; for tests that kill them, and for people with a debugger. */
  readonly threads: ReadonlyMap<string, Worker>;
  /** Resolves when a table is in force. */
  readonly serving: Promise<void>;
  reload(): void;
  /** Stops everything; resolves when the table is saved and all threads have ended. */
  stop(): Promise<void>;
}

/** Restarts wait this long at least and at most, milliseconds, doubling while a thread keeps dying. */
const RESTART_MS_MIN = 20;
const RESTART_MS_MAX = 5000;
/** A thread that lived so long is sound again. Milliseconds. */
const SOUND_MS = 10_000;
/** The control thread speaks four times a second; after this silence it hangs. Milliseconds. */
const SILENCE_MS_MAX = 30_000;
const STOP_MS_MAX = 5000;

/** One supervised thread. */
interface Post {
  readonly name: string;
  readonly start: () => Worker;
  readonly onEnd: () => void;
  worker: Worker | null;
  state: ThreadReport["state"];
  restarts: number;
  startedAt: number;
  delayMs: number;
}

export interface DaemonOptions {
  readonly node: NodeConfig;
  readonly configFile: string;
  readonly entries: Entries;
  readonly log: Log;
}

/** Starts everything; resolves when all sockets are bound and the API answers. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { node } = options;
  const wanted = listenOf(node);
  const release = await claimFolder(node.stateFolder, CONTROL_SOCKET_NAME);
  try {
    await claimAddresses(wanted);
    sweepSaved(node.stateFolder);
    const daemon = await startThreads(options, wanted);
    let ended: Promise<void> | null = null;
    const stop = (): Promise<void> => {
      ended ??= daemon.stop().finally(release);
      return ended;
    };
    return { ...daemon, stop };
  } catch (error) {
    release();
    throw error;
  }
}

async function startThreads(
  options: DaemonOptions,
  wanted: readonly ListenAddress[],
): Promise<Daemon> {
  const { node, entries, log } = options;
  const startedAtMs = Date.now();
  const memory = createMemory(node.limits.tableMiB);
  const saved = loadTable(memory, node.stateFolder);
  if (saved.loaded) {
    const { savedAtSecs, octets } = saved;
    log.info(
      { savedAtSecs, octets },
      "serving the saved table until the configuration is compiled",
    );
  } else for (const { detail } of saved.faults) log.warn(`the saved table is not used: ${detail}`);

  const { dataPlane, notes } = chooseDataPlane(node, loadNative(), process.env);
  for (const { level, text } of notes) log[level](text);

  const posts = new Map<string, Post>();
  const threads = new Map<string, Worker>();
  let stopping = false;
  let controlHeardAt = Date.now();
  let announce: () => void = () => {};
  const serving = new Promise<void>((resolve) => {
    announce = resolve;
  });

  const reportThreads = (): void => {
    const list = [...posts.values()].map(({ name, state, restarts }) => ({
      name,
      state,
      restarts,
    }));
    send(posts.get("control"), { kind: "threads", threads: list });
  };

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
      log.warn(
        { thread: post.name, code, delayMs: post.delayMs },
        "thread ended, is started again",
      );
      reportThreads();
      setTimeout(() => {
        if (!stopping) run(post);
      }, post.delayMs);
    });
    return worker;
  };

  const add = (name: string, start: () => Worker, onEnd: () => void = () => {}): Post => {
    const post: Post = {
      name,
      start,
      onEnd,
      worker: null,
      state: "starting",
      restarts: 0,
      startedAt: 0,
      delayMs: RESTART_MS_MIN / 2,
    };
    posts.set(name, post);
    return post;
  };

  // The data plane.
  const readers: ReaderInfo[] = [];
  const startReader = async (
    name: string,
    entry: URL,
    listen: () => readonly ListenAddress[],
    stream = 0,
  ): Promise<readonly BoundAddress[]> => {
    const reader = readers.length;
    readers.push({ name, reader });
    const post = add(
      name,
      () => {
        setState(memory, reader, READER_STATE_STARTING);
        const data: ReaderData = {
          ...readerData(node, memory, stream),
          dataPlane,
          reader,
          listen: listen(),
        };
        const worker = new Worker(entry, { workerData: data, name });
        worker.on("message", (message: ReaderMessage) => {
          if (message.kind !== "ready") return;
          post.state = "running";
          reportThreads();
        });
        return worker;
      },
      () => {
        goOffline(memory.control, reader);
        setState(memory, reader, READER_STATE_ABSENT);
      },
    );
    return firstReady(run(post));
  };

  try {
    // Port 0 is chosen once, by the first thread; all others, and it when it is started again, take
    // what the system chose.
    let listening = wanted;
    const udp = await startReader("udp-0", entries.udp, () => listening);
    listening = wanted.map((address, i) => ({ ...address, port: udp[i]!.port }));
    const chosen = (): readonly ListenAddress[] => listening;
    for (let i = 1; i < node.workers; i += 1) await startReader(`udp-${i}`, entries.udp, chosen);
    let tcp: readonly BoundAddress[] = [];
    for (let i = 0; i < node.streamWorkers; i += 1) {
      tcp = await startReader(`stream-${i}`, entries.stream, chosen, i);
    }

    // The control plane: control and prober share a channel, made anew when either starts.
    const listen = udp.map(({ host, port }) =>
      host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`,
    );
    // Whoever of the two starts first makes it; an end that waits here is for the other.
    let forControl: MessagePort | null = null;
    let forProber: MessagePort | null = null;
    let controlNode = node;
    let lastGood: LastGood | null = null;
    const proberPost = add("prober", () => {
      let port = forProber;
      forProber = null;
      if (port === null) {
        const channel = new MessageChannel();
        port = channel.port2;
        const control = posts.get("control");
        if (control === undefined || control.worker === null) forControl = channel.port1;
        else send(control, { kind: "prober", port: channel.port1 }, [channel.port1]);
      }
      const worker = new Worker(entries.prober, {
        workerData: { port },
        transferList: [port],
        name: "prober",
      });
      worker.on("message", () => {
        proberPost.state = "running";
        reportThreads();
      });
      return worker;
    });
    const controlPost = add("control", () => {
      let port = forControl;
      forControl = null;
      if (port === null) {
        const channel = new MessageChannel();
        port = channel.port1;
        forProber = channel.port2;
      }
      const data: ControlData = {
        memory: memory.shared,
        configFile: options.configFile,
        node: controlNode,
        lastGood,
        startedAtMs,
        prober: port,
        readers,
        dataPlane,
        listen,
      };
      const worker = new Worker(entries.control, {
        workerData: data,
        transferList: [port],
        name: "control",
      });
      controlHeardAt = Date.now();
      worker.on("message", (report: ControlReport) => {
        controlHeardAt = Date.now();
        if (report.kind === "ready") {
          controlPost.state = "running";
          reportThreads();
        } else if (report.kind === "configured") lastGood = report.lastGood;
        else if (report.kind === "alive" && report.serving) announce();
      });
      // Its end of an old channel is gone: the prober ends by itself, and finds the new one.
      return worker;
    });
    const firstControl = run(controlPost);
    run(proberPost);
    const api = await firstApi(firstControl);
    controlNode = withApiPort(node, api);

    const watchdog = setInterval(() => {
      if (Date.now() - controlHeardAt < SILENCE_MS_MAX) return;
      controlHeardAt = Date.now();
      log.error({ thread: "control" }, "thread hangs, is ended");
      void controlPost.worker?.terminate();
    }, 1000);
    watchdog.unref();

    return {
      udp,
      tcp,
      api,
      memory,
      threads,
      serving,
      reload: () => send(posts.get("control"), { kind: "reload" }),
      stop: async () => {
        if (stopping) return;
        stopping = true;
        clearInterval(watchdog);
        Atomics.store(memory.control, CONTROL_BLOCK_STOP >> 2, 1);
        await stopAll([...posts.values()]);
      },
    };
  } catch (error) {
    stopping = true;
    await Promise.all([...threads.values()].map((worker) => worker.terminate()));
    throw error;
  }
}

/** The API keeps the port that the system chose for it, so that a restart is not noticed. */
function withApiPort(node: NodeConfig, bound: readonly string[]): NodeConfig {
  const url = bound.find((address) => address.startsWith("http://"));
  if (node.api === null || url === undefined) return node;
  return { ...node, api: { ...node.api, port: Number(new URL(url).port) || 80 } };
}

function send(
  post: Post | undefined,
  command: ControlCommand,
  transfer: readonly MessagePort[] = [],
): void {
  post?.worker?.postMessage(command, [...transfer]);
}

function setState(memory: Memory, reader: number, state: number): void {
  const at = (CONTROL_BLOCK_SIZE + reader * READER_SIZE + READER_STATE) >> 2;
  Atomics.store(memory.control, at, state);
}

/**
 * One socket per address, because an answer must leave from the address that was asked
 * (RFC 2181 §4.1); `*:53` therefore stands for every address that the machine has now.
 */
function listenOf(node: NodeConfig): readonly ListenAddress[] {
  return node.listen.flatMap(({ address, port, family, every }) =>
    every
      ? addressesOf(family).map((host) => ({ host, port, family }))
      : [{ host: address, port, family }],
  );
}

/** Link-local addresses are left out: they mean nothing without an interface. */
function addressesOf(family: 4 | 6): string[] {
  return Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((one) => one.family === `IPv${family}` && !one.address.startsWith("fe80:"))
    .map((one) => one.address);
}

/** `stream` is the number of the TCP thread, whose share of the node's connections it gets. */
function readerData(
  node: NodeConfig,
  memory: Memory,
  stream: number,
): Omit<ReaderData, "reader" | "listen" | "dataPlane"> {
  const { limits, streamWorkers, workers } = node;
  const { bufferKiB, ...udp } = node.udp;
  return {
    memory: memory.shared,
    udpSizeMax: node.udpPayloadSizeMax,
    udp: { ...udp, workers, bufferOctets: bufferKiB * 1024 },
    tcp: {
      connectionsMax: shareOf(limits.tcpConnections, streamWorkers, stream),
      connectionsPerClientMax: shareOf(limits.tcpConnectionsPerClient, streamWorkers, stream),
      idleMs: limits.tcpIdleSecs * 1000,
      totalMs: limits.tcpTotalSecs * 1000,
      queuedOctetsMax: 1024 * 1024,
    },
  };
}

/** Part `index` of `total` in `count` parts; at least one, since nobody could connect with none. */
export function shareOf(total: number, count: number, index: number): number {
  return Math.max(1, Math.floor(total / count) + (index < total % count ? 1 : 0));
}

/** The first words of a thread, or the reason why it died before them. */
function firstMessage<T>(worker: Worker, isIt: (message: unknown) => T | null): Promise<T> {
  return new Promise((resolve, reject) => {
    worker.on("message", (message) => {
      const found = isIt(message);
      if (found !== null) resolve(found);
    });
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the thread ended with code ${code}`)));
  });
}

function firstReady(worker: Worker): Promise<readonly BoundAddress[]> {
  return firstMessage(worker, (message) => {
    const ready = message as ReaderMessage;
    return ready.kind === "ready" ? ready.addresses : null;
  });
}

function firstApi(worker: Worker): Promise<readonly string[]> {
  return firstMessage(worker, (message) => {
    const ready = message as ControlReport;
    return ready.kind === "ready" ? ready.api : null;
  });
}

/** Asks all to stop; who does not within STOP_MS_MAX is ended. The data plane answers to the last. */
async function stopAll(posts: readonly Post[]): Promise<void> {
  const stopOne = async ({ worker }: Post): Promise<void> => {
    // One that has ended already will not say so again.
    if (worker === null) return;
    const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    worker.postMessage({ kind: "stop" });
    const timer = setTimeout(() => void worker.terminate(), STOP_MS_MAX);
    await ended;
    clearTimeout(timer);
  };
  const isControl = (post: Post): boolean => post.name === "control" || post.name === "prober";
  await Promise.all(posts.filter(isControl).map(stopOne));
  await Promise.all(posts.filter((post) => !isControl(post)).map(stopOne));
}
