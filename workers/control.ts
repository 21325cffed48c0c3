// SPDX-License-Identifier: Apache-2.0
/**
 * Thread control: the core, the API, the publisher. What it does stands in src/daemon/control.ts.
 * The compilers are begun first: they come up while that file and all that it needs are imported.
 */
import { parentPort, workerData } from "node:worker_threads";
import { beginPool } from "../src/daemon/compiler-pool.ts";
import type { ControlData } from "../src/daemon/messages.ts";

const port = parentPort!;
const compiler = new URL(
  import.meta.url.endsWith(".ts") ? "compiler.ts" : "compiler.js",
  import.meta.url,
);
beginPool(compiler);
const { runControl } = await import("../src/daemon/control.ts");
await runControl(
  workerData as ControlData,
  compiler,
  (report) => port.postMessage(report),
  (handle) => port.on("message", handle),
);
port.close();
