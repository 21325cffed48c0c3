// SPDX-License-Identifier: Apache-2.0
/** Thread control: the core, the API, the publisher. What it does stands in src/daemon/control.ts. */
import { parentPort, workerData } from "node:worker_threads";
import { runControl } from "../src/daemon/control.ts";
import type { ControlData } from "../src/daemon/messages.ts";

const port = parentPort!;
const compiler = new URL(
  import.meta.url.endsWith(".ts") ? "compiler.ts" : "compiler.js",
  import.meta.url,
);
await runControl(
  workerData as ControlData,
  compiler,
  (report) => port.postMessage(report),
  (handle) => port.on("message", handle),
);
port.close();
