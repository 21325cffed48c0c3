// SPDX-License-Identifier: Apache-2.0
/** What data-plane threads are started with and say: one home, so that both ends agree. */
import type { MessagePort } from "node:worker_threads";
import type { Prefix } from "../geo/prefix.ts";
import type { ImageHeader } from "../table/image.ts";
import type { SharedMemory } from "./memory.ts";
import type { TableRead } from "./saved.ts";
import type { TlsFiles } from "./tls-files.ts";

/** One address to answer on. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  readonly family: 4 | 6;
}

/** Of one stream thread. */
export interface TcpLimits {
  readonly connectionsMax: number;
  readonly connectionsPerClientMax: number;
  readonly connectionsPerPrefixMax: number;
  /** Bits of an address that are its network. */
  readonly prefixV4: number;
  readonly prefixV6: number;
  /** Longest time between two whole queries; shorter when connections run out. */
  readonly idleMs: number;
  /** Longest life of a connection, however busy. */
  readonly totalMs: number;
  /** Octets of answers that a client may leave unread before no more of its queries are read. */
  readonly queuedOctetsMax: number;
  /** Slow requests of one connection that may be under way. */
  readonly inFlightMax: number;
}

/** Transports beside TCP, of the stream threads. */
export interface StreamSettings {
  /** Null without TLS. */
  readonly tls: TlsFiles | null;
  readonly listenTls: readonly ListenAddress[];
  readonly listenHttps: readonly ListenAddress[];
  readonly httpsPath: string;
  readonly listenProxy: readonly ListenAddress[];
  /** Networks of those who may say whose connection they hand on. */
  readonly proxyAllow: readonly Prefix[];
}

/** What runs in the data plane. */
export interface DataPlane {
  readonly kernel: "ts" | "native";
  readonly pump: "dgram" | "native";
}

/** Of the UDP threads. All but the buffers is for the native pump. */
export interface UdpSettings {
  /** How many UDP threads there are. They are the first readers. */
  readonly workers: number;
  /** Socket buffer in each direction, octets; 0 for the system's. */
  readonly bufferOctets: number;
  /** Whether thread N stays on the Nth processor that this process may use. */
  readonly pin: boolean;
  /** Which thread gets a datagram: any, or that of the processor which received it. */
  readonly spread: "hash" | "incoming-cpu" | "program";
  /** SO_BUSY_POLL, microseconds; 0 is off. Values above net.core.busy_read need CAP_NET_ADMIN. */
  readonly busyPollMicros: number;
  /** Looks for datagrams that long before it sleeps, microseconds; 0 sleeps at once. */
  readonly spinMicros: number;
}

/** What a data-plane thread is started with. */
export interface ReaderData {
  readonly memory: SharedMemory;
  /** Which of the WORKERS_MAX readers this thread is: its words, its counter block. */
  readonly reader: number;
  readonly listen: readonly ListenAddress[];
  readonly udpSizeMax: number;
  readonly dataPlane: DataPlane;
  readonly udp: UdpSettings;
  readonly tcp: TcpLimits;
  readonly streams: StreamSettings;
}

/** A bound socket. */
export interface BoundAddress {
  readonly host: string;
  readonly port: number;
}

/** Main → a reader that was started without data: to be read before its data comes. */
export interface ReadOrder {
  readonly memory: SharedMemory;
  /** State folder. */
  readonly folder: string;
}

/** What a stream thread listens on beside TCP. */
export interface BoundStreams {
  readonly tls: readonly BoundAddress[];
  readonly https: readonly BoundAddress[];
  readonly proxy: readonly BoundAddress[];
}

/** Reader → main: its sockets are bound. */
export interface ReaderReady {
  readonly kind: "ready";
  readonly addresses: readonly BoundAddress[];
  /** Of a stream thread. */
  readonly streams?: BoundStreams;
}

/** A certificate was read again: another one is in force, or the old one stays, for a reason. */
export interface TlsReport {
  readonly kind: "tls";
  readonly fingerprint: string;
  readonly refusal: string | null;
}

export type ReaderMessage = ReaderReady | TlsReport;

/** Main → a reader that is ready. */
export type ReaderOrder =
  | { readonly kind: "stop" }
  /** A line to the transfer thread (slow.ts); in place of the one before. */
  | { readonly kind: "slow"; readonly port: MessagePort }
  /** To be read again: certificate and key. */
  | { readonly kind: "tls" };

/** Reader → main: the answer to a ReadOrder. */
export type ReadReply = { readonly kind: "read"; readonly read: TableRead };

/** What the thread that proves a saved table is started with; it posts its faults, once. */
export interface ProverData {
  readonly memory: SharedMemory;
  readonly header: ImageHeader;
}

export interface ReaderInfo {
  readonly name: string;
  readonly reader: number;
}

/** How a thread fares, as its supervisor sees it. */
export interface ThreadReport {
  readonly name: string;
  readonly state: "starting" | "running" | "restarting" | "stopped";
  readonly restarts: number;
}
