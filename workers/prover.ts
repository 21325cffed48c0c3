// SPDX-License-Identifier: Apache-2.0
/** Thread prover: opens the saved table that is served already, says what is wrong with it, and ends. */
import { parentPort, workerData } from "node:worker_threads";
import { mapMemory } from "../src/io/memory.ts";
import { proveTable } from "../src/io/prove-table.ts";
import type { ProverData } from "../src/io/threads.ts";

const { memory, header } = workerData as ProverData;
parentPort?.postMessage(proveTable(mapMemory(memory), header));
