// SPDX-License-Identifier: Apache-2.0
/**
 * The control thread's end of the channel to the transfer thread: what is wanted and that there is
 * something new, whenever either changes or the other end is a new one.
 */
import type { MessagePort } from "node:worker_threads";
import type { Fault } from "../base/faults.ts";
import type {
  TransferAction,
  TransferOrder,
  TransferReport,
  TransferWanted,
} from "../io/transfer-link.ts";

export interface ControlTransfer {
  /** A new transfer thread, or a new channel to it. */
  connect(port: MessagePort): void;
  /** The configuration changed. */
  configured(): void;
  /** A table was published. */
  published(): void;
  /** Files of zones that are wanted no more: to be said after the configuration. */
  forget(files: readonly string[]): void;
  /** An operator asks; false if there is no transfer thread at the moment. */
  ask(apex: string, action: TransferAction): boolean;
  close(): void;
}

/** What control does upon the words of the transfer thread. */
export interface TransferEars {
  onReport(report: Exclude<TransferReport, { kind: "prove" }>): void;
  /** What is wrong with a text that is to become the file of a zone; null if there is no such zone. */
  prove(apex: string, text: string): Promise<readonly Fault[]> | null;
}

export function createControlTransfer(
  wanted: () => TransferWanted,
  ears: TransferEars,
): ControlTransfer {
  let link: MessagePort | null = null;
  const hear = async (port: MessagePort, report: TransferReport): Promise<void> => {
    if (report.kind !== "prove") return ears.onReport(report);
    const { id, apex, text } = report;
    const faults = await ears.prove(apex, text);
    port.postMessage({ kind: "proved", id, faults } satisfies TransferOrder);
  };
  const say = (order: TransferOrder): void => link?.postMessage(order);
  const orders = {
    configured: () => say({ kind: "wanted", wanted: wanted() }),
    published: () => say({ kind: "published" }),
  };
  return {
    ...orders,
    connect(port) {
      link?.close();
      link = port;
      port.on("message", (report: TransferReport) => void hear(port, report));
      orders.configured();
      orders.published();
    },
    forget: (files) => say({ kind: "forget", files }),
    ask(apex, action) {
      say({ kind: "zone", apex, action });
      return link !== null;
    },
    close: () => link?.close(),
  };
}
