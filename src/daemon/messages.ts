// SPDX-License-Identifier: Apache-2.0
/**
 * What the main thread and the control and transfer threads say to each other: one home, so that
 * both ends agree.
 *
 * The main thread keeps the last good configuration for the control thread, without a look at it:
 * a control thread that dies while the file on disk is being edited comes back with what was in
 * force, and not with a fault (law 7).
 */
import type { MessagePort } from "node:worker_threads";
import type { Loaded } from "../config/load.ts";
import type { NodeConfig } from "../config/node.ts";
import type { SharedMemory } from "../io/memory.ts";
import type { DataPlane, ReaderInfo, ThreadReport } from "../io/threads.ts";

/** A configuration that was in force; without what cannot pass between threads. */
export type LastGood = Omit<Loaded, "placeOf">;

/** What the control thread is started with. */
export interface ControlData {
  readonly memory: SharedMemory;
  readonly configFile: string;
  /** Section `node` as the process was started with it; the port of the API is the bound one. */
  readonly node: NodeConfig;
  /** Null at the first start. */
  readonly lastGood: LastGood | null;
  readonly startedAtMs: number;
  /** The end of a channel to the prober; also in the transfer list. */
  readonly prober: MessagePort;
  readonly readers: readonly ReaderInfo[];
  /** Reader number of the transfer thread: whose counters those are. */
  readonly transferReader: number;
  readonly dataPlane: DataPlane;
  readonly listen: readonly string[];
  /** Makes cookies while the configuration names no secret: of chance, one for each process. */
  readonly cookieSecret: Uint8Array;
}

/** Main → control. */
export type ControlCommand =
  | { readonly kind: "reload" }
  | { readonly kind: "stop" }
  | { readonly kind: "threads"; readonly threads: readonly ThreadReport[] }
  | { readonly kind: "prober"; readonly port: MessagePort }
  /** The end of a new channel to the transfer thread (src/io/transfer-link.ts). */
  | { readonly kind: "transfer"; readonly port: MessagePort };

/** Control → main. */
export type ControlReport =
  /** The API listens; sent once. */
  | { readonly kind: "ready"; readonly api: readonly string[] }
  /** A configuration came into force. */
  | { readonly kind: "configured"; readonly lastGood: LastGood }
  /** Sent with every tick: the thread lives. */
  | { readonly kind: "alive"; readonly serving: boolean }
  | { readonly kind: "stopped" };

/** What the transfer thread is started with. */
export interface TransferData {
  readonly memory: SharedMemory;
  /** Which of the WORKERS_MAX readers it is. */
  readonly reader: number;
  readonly stateFolder: string;
  readonly logLevel: NodeConfig["logLevel"];
  readonly udpSizeMax: number;
}

/** Main → transfer. */
export type TransferCommand =
  | { readonly kind: "stop" }
  /** A new end of a channel to the control thread; the old one, if there was any, is dead. */
  | { readonly kind: "control"; readonly port: MessagePort }
  /** The same to the reader of that name (slow.ts). */
  | { readonly kind: "slow"; readonly name: string; readonly port: MessagePort };

/** Transfer → main. */
export type TransferMessage = { readonly kind: "ready" };
