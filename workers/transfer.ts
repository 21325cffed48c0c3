// SPDX-License-Identifier: Apache-2.0
/** Thread transfer: what the table alone cannot answer. What it does stands in src/daemon/transfer.ts. */
import { parentPort, workerData } from "node:worker_threads";
import type { TransferData } from "../src/daemon/messages.ts";
import { runTransfer } from "../src/daemon/transfer.ts";

const port = parentPort!;
await runTransfer(
  workerData as TransferData,
  (message) => port.postMessage(message),
  (handle) => port.on("message", handle),
);
port.close();
