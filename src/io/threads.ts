// SPDX-License-Identifier: Apache-2.0
/** What threads are started with and say to each other: one home, so that both ends agree. */
import type { MessagePort } from "node:worker_threads";
import type { SharedMemory } from "./memory.ts";

/** One address to answer on. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  readonly family: 4 | 6;
}

export interface TcpLimits {
  readonly connectionsMax: number;
  readonly connectionsPerClientMax: number;
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
  readonly tcp: TcpLimits;
}

/** A bound socket. */
export interface BoundAddress {
  readonly host: string;
  readonly port: number;
}

/** Reader → main. */
export type ReaderMessage = { readonly kind: "ready"; readonly addresses: readonly BoundAddress[] };

/** What the control thread is started with. */
export interface ControlData {
  readonly memory: SharedMemory;
  readonly configFile: string;
  readonly startedAtMs: number;
  /** The end of a channel to the prober; also in the transfer list. */
  readonly prober: MessagePort;
  readonly readers: readonly ReaderInfo[];
  readonly listen: readonly string[];
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

/** Main → control. */
export type ControlCommand =
  | { readonly kind: "reload" }
  | { readonly kind: "stop" }
  | { readonly kind: "threads"; readonly threads: readonly ThreadReport[] }
  | { readonly kind: "prober"; readonly port: MessagePort };

/** Control → main. */
export type ControlReport =
  /** The API listens; sent once. */
  | { readonly kind: "ready"; readonly api: readonly string[] }
  /** Sent with every tick: the thread lives. */
  | { readonly kind: "alive"; readonly serving: boolean }
  | { readonly kind: "stopped" };
