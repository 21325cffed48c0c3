// SPDX-License-Identifier: Apache-2.0
/**
 * The data plane's threads, as the main thread starts them: one after the other, each a reader with
 * words of its own in the control block.
 *
 * One after the other, because the first one learns which port the system chose, and because the
 * order in which sockets join a group is the order in which the system knows them. Starting a thread
 * and importing its program takes far longer than binding, so it may be done before (`spare`): a
 * thread without data waits for it.
 */
import { networkInterfaces } from "node:os";
import { Worker } from "node:worker_threads";
import type { NodeConfig } from "../config/node.ts";
import type { Memory } from "../io/memory.ts";
import type {
  BoundAddress,
  BoundStreams,
  DataPlane,
  ListenAddress,
  ReaderData,
  ReaderInfo,
  ReaderMessage,
  ReaderReady,
  ReadReply,
  StreamSettings,
  TlsReport,
} from "../io/threads.ts";
import { CONTROL_BLOCK_SIZE, READER_SIZE, READER_STATE } from "../layout/gen/control.ts";
import { READER_STATE_ABSENT, READER_STATE_STARTING } from "../layout/gen/enums.ts";
import { goOffline } from "../table/publish.ts";
import { isAlive } from "./entries.ts";
import { firstMessage, type Posts } from "./posts.ts";

export interface ReaderPosts {
  readonly infos: readonly ReaderInfo[];
  /** Gives a thread that is started elsewhere the next number of a reader. */
  reserve(): number;
  /**
   * Starts the next reader; resolves with what it bound, or rejects with why it did not. `listen` is
   * asked at each start; `stream` is the number of a TCP thread, `streams` what it serves beside TCP; `spare` is a thread without data (entries.ts).
   */
  start(
    name: string,
    entry: URL,
    listen: () => readonly ListenAddress[],
    options?: {
      readonly stream?: number;
      readonly spare?: Worker | null;
      readonly streams?: () => StreamSettings;
    },
  ): Promise<ReaderReady>;
  /** Certificate and key are to be read again. */
  reloadTls(): void;
}

export function createReaderPosts(
  node: NodeConfig,
  memory: Memory,
  dataPlane: DataPlane,
  posts: Posts,
  onReady: (name: string) => void = () => {},
  onTls: (thread: string, report: TlsReport) => void = () => {},
): ReaderPosts {
  const infos: ReaderInfo[] = [];
  let next = 0;
  return {
    infos,
    reserve: () => next++,
    reloadTls() {
      for (const { name } of infos) posts.threads.get(name)?.postMessage({ kind: "tls" });
    },
    start(name, entry, listen, { stream = 0, spare = null, streams = () => NO_STREAMS } = {}) {
      const reader = next++;
      infos.push({ name, reader });
      let waiting = spare !== null && isAlive(spare) ? spare : null;
      const start = (): Worker => {
        setState(memory, reader, READER_STATE_STARTING);
        const data: ReaderData = {
          ...readerData(node, memory, stream),
          ...{ dataPlane, reader, listen: listen(), streams: streams() },
        };
        const worker = waiting ?? new Worker(entry, { workerData: data, name });
        if (waiting !== null) worker.postMessage(data);
        waiting = null;
        worker.ref();
        worker.on("message", (message: ReaderMessage | ReadReply) => {
          if (message.kind === "tls") onTls(name, message);
          if (message.kind !== "ready") return;
          posts.running(post);
          onReady(name);
        });
        return worker;
      };
      const post = posts.add(name, start, () => {
        goOffline(memory.control, reader);
        setState(memory, reader, READER_STATE_ABSENT);
      });
      return firstMessage(posts.run(post), (message) => {
        const ready = message as ReaderMessage | ReadReply;
        return ready.kind === "ready" ? ready : null;
      });
    },
  };
}

function setState(memory: Memory, reader: number, state: number): void {
  const at = (CONTROL_BLOCK_SIZE + reader * READER_SIZE + READER_STATE) >> 2;
  Atomics.store(memory.control, at, state);
}

/** `stream` is the number of the TCP thread, whose share of the node's connections it gets. */
function readerData(
  node: NodeConfig,
  memory: Memory,
  stream: number,
): Omit<ReaderData, "reader" | "listen" | "dataPlane" | "streams"> {
  const { limits, streamWorkers, workers } = node;
  const { bufferKiB, ...udp } = node.udp;
  return {
    memory: memory.shared,
    udpSizeMax: node.udpPayloadSizeMax,
    udp: { ...udp, workers, bufferOctets: bufferKiB * 1024 },
    tcp: {
      connectionsMax: shareOf(limits.tcpConnections, streamWorkers, stream),
      connectionsPerClientMax: shareOf(limits.tcpConnectionsPerClient, streamWorkers, stream),
      connectionsPerPrefixMax: shareOf(limits.tcpConnectionsPerPrefix, streamWorkers, stream),
      prefixV4: limits.tcpPrefixV4,
      prefixV6: limits.tcpPrefixV6,
      idleMs: limits.tcpIdleSecs * 1000,
      totalMs: limits.tcpTotalSecs * 1000,
      queuedOctetsMax: limits.tcpQueueKiB * 1024,
      inFlightMax: limits.tcpInFlight,
    },
  };
}

/** Part `index` of `total` in `count` parts; at least one, since nobody could connect with none. */
export function shareOf(total: number, count: number, index: number): number {
  return Math.max(1, Math.floor(total / count) + (index < total % count ? 1 : 0));
}

/** Of a thread that has no streams. */
const NO_STREAMS: StreamSettings = {
  ...{ tls: null, listenTls: [], listenHttps: [], httpsPath: "" },
  ...{ listenProxy: [], proxyAllow: [] },
};

/** What a node's stream threads serve beside TCP. */
export function streamsOf({ tls, proxy }: NodeConfig): StreamSettings {
  return {
    tls: tls.listen.length + tls.listenHttps.length === 0 ? null : tls.files,
    listenTls: spread(tls.listen),
    listenHttps: spread(tls.listenHttps),
    httpsPath: tls.httpsPath,
    listenProxy: spread(proxy.listen),
    proxyAllow: proxy.allow,
  };
}

/** The same on the ports that a thread has bound: the next ones share them. */
export function onBoundPorts(wanted: StreamSettings, bound: BoundStreams): StreamSettings {
  const at = (list: readonly ListenAddress[], ports: readonly BoundAddress[]) =>
    list.map((address, i) => ({ ...address, port: ports[i]!.port }));
  return {
    ...wanted,
    listenTls: at(wanted.listenTls, bound.tls),
    listenHttps: at(wanted.listenHttps, bound.https),
    listenProxy: at(wanted.listenProxy, bound.proxy),
  };
}

/**
 * One socket per address, because an answer must leave from the address that was asked
 * (RFC 2181 §4.1); `*:53` therefore stands for every address that the machine has now.
 */
export function listenOf(node: NodeConfig): readonly ListenAddress[] {
  return spread(node.listen);
}

function spread(list: NodeConfig["listen"]): readonly ListenAddress[] {
  return list.flatMap(({ address, port, family, every }) =>
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
