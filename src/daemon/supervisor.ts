// SPDX-License-Identifier: Apache-2.0
/**
 * The main thread: owns the memories, starts and restarts the others, passes signals on. No logic.
 *
 * Invariants
 *   M1  The data plane starts first, from the saved table if there is one, before any zone is read,
 *       and before that table is proved; the control thread sees none that is not.
 *   M2  A thread that ends unasked is started again, at once the first time, then ever later; the
 *       others go on. A dead reader is put offline, so that it holds no memory back (P4).
 *   M3  What cannot work at the first start (an address in use) ends the process with its reason:
 *       only what once worked is worth waiting for.
 *   M4  Nothing is bound before the state folder is ours: two servers of one folder would take the
 *       control socket and the saved table from each other.
 */
import type { Worker } from "node:worker_threads";
import { CONTROL_SOCKET_NAME } from "../api/socket.ts";
import type { NodeConfig } from "../config/node.ts";
import type { Memory } from "../io/memory.ts";
import { loadNative } from "../io/native.ts";
import { publishTable, sweepSaved, type TableRead } from "../io/saved.ts";
import type {
  BoundAddress,
  ListenAddress,
  ReaderReady,
  StreamSettings,
  TlsReport,
} from "../io/threads.ts";
import { CONTROL_BLOCK_STOP } from "../layout/gen/control.ts";
import type { Log } from "../telemetry/log.ts";
import { claimAddresses, claimFolder } from "./claim.ts";
import { createControlPosts } from "./control-posts.ts";
import { chooseDataPlane } from "./data-plane.ts";
import type { Early } from "./early.ts";
import { type Entries, spareThread } from "./entries.ts";
import { beginLoading, type Loading, prove, withdraw } from "./loading.ts";
import { chanceSecret, createNodeSettings } from "./node-settings.ts";
import { createPosts, type Posts } from "./posts.ts";
import {
  createReaderPosts,
  listenOf,
  onBoundPorts,
  type ReaderPosts,
  streamsOf,
} from "./reader-posts.ts";
import { createTransferPosts } from "./transfer-posts.ts";

export interface Daemon {
  /** Bound addresses: those asked for, with ports that the system chose. */
  readonly udp: readonly BoundAddress[];
  readonly tcp: readonly BoundAddress[];
  /** DNS over TLS, over HTTPS, and behind balancers. */
  readonly tls: readonly BoundAddress[];
  readonly https: readonly BoundAddress[];
  readonly proxy: readonly BoundAddress[];
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

export interface DaemonOptions {
  readonly node: NodeConfig;
  readonly configFile: string;
  readonly entries: Entries;
  readonly log: Log;
  /** What was begun before the configuration was read. */
  readonly early?: Early | null;
}

/** Starts everything; resolves when all sockets are bound and the API answers. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { node } = options;
  const wanted = listenOf(node);
  const release = await claimFolder(node.stateFolder, CONTROL_SOCKET_NAME);
  try {
    await claimAddresses(wanted);
    const { listenTls, listenHttps, listenProxy } = streamsOf(node);
    await claimAddresses([...listenTls, ...listenHttps], ["TCP"]);
    await claimAddresses(listenProxy);
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
  const { node, entries, log, early = null } = options;
  const { stateFolder, limits } = node;
  const startedAtMs = Date.now();
  const loading =
    early?.take(stateFolder, limits.tableMiB) ??
    beginLoading(stateFolder, limits.tableMiB, spareThread(entries.udp, "udp-0"));
  const { memory } = loading;
  const { dataPlane, notes } = chooseDataPlane(node, loadNative(), process.env);
  for (const { level, text } of notes) log[level](text);

  const cookieSecret = chanceSecret();
  const said = createNodeSettings(memory.settings, cookieSecret).apply(node);
  if (said !== null) log.error(said);

  const { promise: serving, resolve: announce } = Promise.withResolvers<void>();
  const posts = createPosts(log, (threads) => control.send({ kind: "threads", threads }));
  const transfer = createTransferPosts(entries.transfer, node, memory, posts);
  const control = createControlPosts(
    entries,
    posts,
    log,
    announce,
    () => transfer.controlIsUp((port) => control.send({ kind: "transfer", port }, [port])),
    () => readers.reloadTls(),
  );
  const onTls = (thread: string, { fingerprint, refusal }: TlsReport): void => {
    if (refusal === null) log.info({ thread, fingerprint }, "another certificate is in force");
    else log.error({ thread, fingerprint }, `the certificate stays as it was: ${refusal}`);
  };
  const { readerIsUp } = transfer;
  const readers = createReaderPosts(node, memory, dataPlane, posts, readerIsUp, onTls);
  try {
    const read = await loading.read;
    if (read.header !== null) publishTable(memory, read.header);
    // Port 0 is chosen once, by the first thread; all others, and it when it is started again, take
    // what the system chose.
    let listening = wanted;
    const chosen = (): readonly ListenAddress[] => listening;
    const first = await readers.start("udp-0", entries.udp, chosen, { spare: loading.reader });
    const udp = first.addresses;
    listening = wanted.map((address, i) => ({ ...address, port: udp[i]!.port }));
    const settled = settle(loading, read, options);
    // Its failure is met below, which may come later than the failure itself.
    settled.catch(() => {});
    const { addresses: tcp, streams } = await startOthers(options, chosen, readers);
    const { tls, https, proxy } = streams ?? { tls: [], https: [], proxy: [] };
    await settled;
    const listen = udp.map(({ host, port }) =>
      host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`,
    );
    const { configFile } = options;
    const { infos } = readers;
    const transferReader = readers.reserve();
    // Side by side: neither waits for the other, and nobody transfers before both are up.
    const transferring = transfer.start(transferReader);
    const api = await control.start({
      ...{ memory: memory.shared, configFile, node, startedAtMs },
      ...{ readers: infos, transferReader, dataPlane, listen, cookieSecret },
    });
    await transferring;
    return {
      ...{ udp, tcp, tls, https, proxy, api, memory, threads: posts.threads, serving },
      reload: () => control.send({ kind: "reload" }),
      stop: () => {
        control.close();
        Atomics.store(memory.control, CONTROL_BLOCK_STOP >> 2, 1);
        return stopAll(posts);
      },
    };
  } catch (error) {
    await Promise.all([loading.reader.terminate(), posts.terminate()]);
    throw error;
  }
}

/** The data plane answers to the last. */
function stopAll(posts: Posts): Promise<void> {
  return posts.stop(["control", "prober", "transfer"]);
}

/** Starts all readers but the first; gives what the last TCP thread bound. */
async function startOthers(
  { node, entries }: DaemonOptions,
  chosen: () => readonly ListenAddress[],
  readers: ReaderPosts,
): Promise<ReaderReady> {
  const others = [
    ...namesOf("udp", 1, node.workers).map((one) => ({ ...one, entry: entries.udp })),
    ...namesOf("stream", 0, node.streamWorkers).map((one) => ({ ...one, entry: entries.stream })),
  ];
  // They come up side by side, and are given their work in turn.
  const spares = others.map(({ name, entry }) => spareThread(entry, name));
  let last: ReaderReady = { kind: "ready", addresses: [] };
  let beside = streamsOf(node);
  try {
    for (const [i, { name, entry, number }] of others.entries()) {
      const streams = (): StreamSettings => beside;
      const options = { stream: number, spare: spares[i]!, streams };
      last = await readers.start(name, entry, chosen, options);
      if (last.streams !== undefined) beside = onBoundPorts(beside, last.streams);
    }
  } catch (error) {
    for (const worker of spares) void worker.terminate();
    throw error;
  }
  return last;
}

/** Threads `kind`-N of the numbers from `from` to `count`. */
function namesOf(kind: string, from: number, count: number): { name: string; number: number }[] {
  return Array.from({ length: Math.max(0, count - from) }, (_, i) => ({
    name: `${kind}-${from + i}`,
    number: from + i,
  }));
}

/** Waits until the table that is in force is proved, or is so no more; says what came of it. */
async function settle(
  loading: Loading,
  read: TableRead,
  { entries, log }: DaemonOptions,
): Promise<void> {
  const { header } = read;
  const faults = header === null ? read.faults : await prove(loading, header, entries.prover);
  for (const { detail } of faults) log.warn(`the saved table is not used: ${detail}`);
  if (header === null) return;
  if (faults.length > 0) return withdraw(loading, header);
  const { savedAtSecs } = header;
  const text = "serving the saved table until the configuration is compiled";
  log.info({ savedAtSecs, octets: read.octets }, text);
}
