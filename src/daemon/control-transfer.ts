// SPDX-License-Identifier: Apache-2.0
/**
 * The control thread's end of the channel to the transfer thread: what is wanted and that there is
 * something new, whenever either changes or the other end is a new one.
 */
import type { MessagePort } from "node:worker_threads";
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

export function createControlTransfer(
  wanted: () => TransferWanted,
  onReport: (report: TransferReport) => void,
): ControlTransfer {
  let link: MessagePort | null = null;
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
      port.on("message", onReport);
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
