// SPDX-License-Identifier: Apache-2.0
/** Data-plane threads for tests: what they are started with, and a reader without a thread. */

import { createAnswerer } from "../../src/io/answerer.ts";
import { counterBlock, type Memory } from "../../src/io/memory.ts";
import type { ReaderData } from "../../src/io/threads.ts";
import { PLAN_ROW_WORDS } from "../../src/table/plans.ts";
import type { Reader } from "../../workers/boot.ts";

/** All in TypeScript, on no address, with limits of one; `rest` says otherwise. */
export function readerData(memory: Memory, rest: Partial<ReaderData> = {}): ReaderData {
  return {
    memory: memory.shared,
    reader: 0,
    listen: [],
    udpSizeMax: 1232,
    dataPlane: { kernel: "ts", pump: "dgram" },
    udp: {
      ...{ workers: 1, bufferOctets: 4 << 20, pin: false, spread: "hash" },
      ...{ busyPollMicros: 0, spinMicros: 0 },
    },
    tcp: {
      ...{ connectionsMax: 1, connectionsPerClientMax: 1, connectionsPerPrefixMax: 1 },
      ...{ prefixV4: 24, prefixV6: 48, idleMs: 1000, totalMs: 1000 },
      ...{ queuedOctetsMax: 1, inFlightMax: 1 },
    },
    streams: {
      ...{ tls: null, listenTls: [], listenHttps: [], httpsPath: "/dns-query" },
      ...{ listenProxy: [], proxyAllow: [] },
    },
    ...rest,
  };
}

/** A reader in this thread, as bootReader makes it in its own. */
export function readerHere(memory: Memory, rest: Partial<ReaderData> = {}): Reader {
  const data = readerData(memory, rest);
  const counters = counterBlock(data.memory, data.reader);
  const kernelMemory = {
    ...{ table: memory.table, plans: memory.plans, settings: memory.settings, counters },
    limits: memory.limits,
    planRows: Math.floor(memory.plans.length / PLAN_ROW_WORDS),
  };
  const { udpSizeMax } = data;
  const answerer = createAnswerer(data.dataPlane.kernel, kernelMemory, { udpSizeMax });
  return { data, memory, answerer, counters, name: `reader-${data.reader}` };
}
