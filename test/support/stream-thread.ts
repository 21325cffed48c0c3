// SPDX-License-Identifier: Apache-2.0
/** One stream thread over a small zone, with whatever limits and listeners a test wants. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { MessageChannel, Worker } from "node:worker_threads";
import { createLimiter } from "../../src/answer/limit.ts";
import { chargeTime } from "../../src/answer/limit-time.ts";
import { createSettings, observeSettings } from "../../src/answer/settings.ts";
import { parsePrefix } from "../../src/geo/prefix.ts";
import { writeAddress } from "../../src/io/address.ts";
import { monotonicMs } from "../../src/io/clock.ts";
import { counterBlock } from "../../src/io/memory.ts";
import { type LimitValues, limitsOff, settingsOff, writeSettings } from "../../src/io/settings.ts";
import type { SlowAsk, SlowRequest } from "../../src/io/slow.ts";
import type {
  BoundAddress,
  BoundStreams,
  ListenAddress,
  ReaderReady,
  StreamSettings,
  TcpLimits,
} from "../../src/io/threads.ts";
import { readerData } from "./readers.ts";
import { createWorld } from "./world.ts";

const ZONE = `@ 3600 SOA n h 1 2 3 4 50
@ 60 NS n.example.
www 300 A 192.0.2.1
www 20 AAAA 2001:db8::1
* 60 A 192.0.2.2
${Array.from({ length: 40 }, (_, i) => `big 60 TXT "${i} ${"x".repeat(200)}"`).join("\n")}
`;

export const LOOPBACK: ListenAddress = { host: "127.0.0.1", port: 0, family: 4 };
export const LOOPBACK_V6: ListenAddress = { host: "::1", port: 0, family: 6 };

export interface StreamThread extends BoundStreams {
  readonly tcp: readonly BoundAddress[];
  readonly worker: Worker;
  /** The counter of that index. */
  counted(counter: number): number;
  /** Puts rate limits in force. */
  limit(values: Partial<LimitValues>): void;
  /** Charges so much time to a client that it is shut out for half a minute; its network is not. */
  exhaust(address: string): void;
  /** Opens the slow path; `answer` gets each request and a way to reply. */
  takeSlow(answer: (request: SlowRequest, reply: Replier) => void): SlowAsk[];
}

export type Replier = (octets: Uint8Array, last: boolean) => void;

/** Generous limits; `limits` and `streams` say what is otherwise. */
export async function startStreamThread(
  t: TestContext,
  limits: Partial<TcpLimits> = {},
  streams: Partial<StreamSettings> = {},
): Promise<StreamThread> {
  const { memory } = createWorld({ zones: { "t.": ZONE } });
  const settings = createSettings(memory.settings);
  const limiter = createLimiter(memory.limits);
  const data = readerData(memory, { listen: [LOOPBACK, LOOPBACK_V6] });
  const worker = new Worker(new URL("../../workers/stream.ts", import.meta.url), {
    workerData: {
      ...data,
      tcp: {
        ...{ connectionsMax: 5000, connectionsPerClientMax: 5000, connectionsPerPrefixMax: 5000 },
        ...{ prefixV4: 24, prefixV6: 48, idleMs: 60_000, totalMs: 60_000 },
        ...{ queuedOctetsMax: 128 * 1024, inFlightMax: 4, ...limits },
      },
      streams: { ...data.streams, ...streams },
    },
  });
  t.after(() => worker.terminate());
  const [ready] = (await once(worker, "message")) as [ReaderReady];
  assert.equal(ready.kind, "ready");
  const counters = counterBlock(memory.shared, 0);
  return {
    ...{ tcp: ready.addresses, ...ready.streams!, worker },
    counted: (counter) => counters[counter]!,
    limit: (values) => {
      writeSettings(memory.settings, { ...settingsOff, limits: { ...limitsOff, ...values } });
      observeSettings(settings);
    },
    exhaust: (address) => {
      const octets = new Uint8Array(16);
      const family = writeAddress(address, octets, 0);
      chargeTime(limiter, settings, octets, family, monotonicMs(), 10_000_000);
    },
    takeSlow(answer) {
      const { port1, port2 } = new MessageChannel();
      const heard: SlowAsk[] = [];
      port2.on("message", (ask: SlowAsk) => {
        heard.push(ask);
        if (ask.kind !== "request") return;
        answer(ask, (octets, last) =>
          port2.postMessage({ kind: "reply", id: ask.id, octets, last }),
        );
      });
      t.after(() => port2.close());
      worker.postMessage({ kind: "slow", port: port1 }, [port1]);
      return heard;
    },
  };
}

export function prefixes(...texts: readonly string[]): StreamSettings["proxyAllow"] {
  return texts.map((text) => {
    const prefix = parsePrefix(text);
    assert.ok(typeof prefix !== "string");
    return prefix;
  });
}
