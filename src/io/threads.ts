// SPDX-License-Identifier: Apache-2.0
/** What data-plane threads are started with and say: one home, so that both ends agree. */
import type { SharedMemory } from "./memory.ts";

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
  /** Longest time between two whole queries. */
  readonly idleMs: number;
  /** Longest life of a connection, however busy. */
  readonly totalMs: number;
  /** Octets of answers that a client may leave unread. */
  readonly queuedOctetsMax: number;
}

/** What a data-plane thread is started with. */
export interface ReaderData {
  readonly memory: SharedMemory;
  /** Which of the WORKERS_MAX readers this thread is: its words, its counter block. */
  readonly reader: number;
  readonly listen: readonly ListenAddress[];
  readonly udpSizeMax: number;
  readonly udpBufferOctets: number;
  /** What moves datagrams; `dgram` if it is not said. `native` needs the addon. */
  readonly pump?: "dgram" | "native";
  readonly tcp: TcpLimits;
}

/** A bound socket. */
export interface BoundAddress {
  readonly host: string;
  readonly port: number;
}

/** Reader → main. */
export type ReaderMessage = { readonly kind: "ready"; readonly addresses: readonly BoundAddress[] };

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
