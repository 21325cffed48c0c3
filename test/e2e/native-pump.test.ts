// SPDX-License-Identifier: Apache-2.0
/**
 * Threads udp-N with the native pump and the TypeScript kernel, over real sockets: the same answers
 * as with node:dgram, from the address that was asked, and a reader that holds nothing while it
 * sleeps.
 */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { Worker } from "node:worker_threads";
import { composeQuery } from "../../src/dns/compose.ts";
import { counterBlock } from "../../src/io/memory.ts";
import { publish } from "../../src/io/publisher.ts";
import type { BoundAddress, ReaderData, ReaderReady } from "../../src/io/threads.ts";
import {
  COUNTER_DROPPED_SEND,
  COUNTER_HIT,
  COUNTER_QUERIES_UDP,
} from "../../src/layout/gen/counters.ts";
import { EPOCH_MAX } from "../../src/layout/limits.ts";
import { minObserved, observedBy } from "../../src/table/publish.ts";
import { until } from "../support/daemon.ts";
import { ask, askUdp, exchange, rdataOf, startLoad } from "../support/daemon-client.ts";
import { nativeForTests } from "../support/native.ts";
import { createPrng, nextRandom } from "../support/prng.ts";
import { readerData } from "../support/readers.ts";
import { compileText, createWorld, type World } from "../support/world.ts";

const { reason: skip } = nativeForTests();
const READER = 1;
const apex = (serial: number) =>
  `$TTL 60\n@ SOA ns1 hostmaster ${serial} 7200 1800 259200 120\n@ NS ns1\nns1 A 192.0.2.53\n`;
const big = Array.from({ length: 40 }, (_, i) => `big TXT "${"x".repeat(90)} ${i}"\n`).join("");
const zoneText = `${apex(1)}static A 192.0.2.80\n*.wild A 192.0.2.81\n${big}`;

interface Served {
  readonly worker: Worker;
  readonly addresses: readonly BoundAddress[];
  stop(): Promise<unknown>;
}

/** Starts workers/udp.ts over the world's memories. */
async function startUdp(
  t: TestContext,
  world: World,
  listen: readonly BoundAddress[],
  rest: Partial<ReaderData> = {},
): Promise<Served> {
  const data = readerData(world.memory, {
    reader: READER,
    listen: listen.map((one) => ({ ...one, family: one.host.includes(":") ? 6 : 4 })),
    dataPlane: { kernel: "ts", pump: "native" },
    ...rest,
  });
  const worker = new Worker(new URL("../../workers/udp.ts", import.meta.url), { workerData: data });
  t.after(() => worker.terminate());
  const [message] = (await once(worker, "message")) as [ReaderReady];
  const ended = once(worker, "exit");
  const stop = (): Promise<unknown> => {
    worker.postMessage({ kind: "stop" });
    return ended;
  };
  return { worker, addresses: message.addresses, stop };
}

const newWorld = (): World => createWorld({ zones: { "example.org.": zoneText } });
const LOOPBACK = [
  { host: "127.0.0.1", port: 0 },
  { host: "::1", port: 0 },
];

test("both families are answered and counted; stop ends the thread", { skip }, async (t) => {
  const world = newWorld();
  const served = await startUdp(t, world, LOOPBACK);
  assert.deepEqual(
    served.addresses.map((one) => one.host),
    ["127.0.0.1", "::1"],
  );
  for (const at of served.addresses) {
    const reply = await askUdp(at, { name: "static.example.org.", type: "A" }, 1);
    assert.equal(reply.from, at.host);
    assert.ok(reply.message.aa);
    assert.deepEqual(rdataOf(reply.message.answers), ["192.0.2.80"]);
    const cut = await askUdp(at, { name: "big.example.org.", type: "TXT" }, 1);
    assert.ok(cut.message.tc);
  }
  const counters = counterBlock(world.memory.shared, READER);
  assert.equal(counters[COUNTER_QUERIES_UDP], 4);
  assert.equal(counters[COUNTER_HIT], 4);
  assert.deepEqual(await served.stop(), [0]);
  // The sockets are closed: a port without SO_REUSEPORT can only be had alone.
  for (const { host, port } of served.addresses) {
    const alone = createSocket(host.includes(":") ? "udp6" : "udp4");
    alone.bind(port, host);
    await once(alone, "listening");
    alone.close();
  }
});

test("a wildcard answers from whichever address was asked", { skip }, async (t) => {
  const wildcards = [
    { host: "0.0.0.0", port: 0 },
    { host: "::", port: 0 },
  ];
  const served = await startUdp(t, newWorld(), wildcards);
  const [v4, v6] = served.addresses;
  for (const host of ["127.0.0.1", "127.9.8.7", "127.255.255.254"]) {
    const at = { host, port: v4!.port };
    const reply = await askUdp(at, { name: "a.wild.example.org.", type: "A" }, 1);
    assert.equal(reply.from, host);
  }
  const reply = await askUdp({ host: "::1", port: v6!.port }, { name: "example.org.", type: "NS" });
  assert.equal(reply.from, "::1");
});

test("the same octets as with node:dgram, whatever is asked", { skip }, async (t) => {
  const world = newWorld();
  const native = await startUdp(t, world, LOOPBACK);
  const dgram = await startUdp(t, world, LOOPBACK, {
    reader: 2,
    dataPlane: { kernel: "ts", pump: "dgram" },
  });
  const prng = createPrng(0xa21);
  const sound = composeQuery({ name: "static.example.org.", type: "A", ecs: "192.0.2.0/24" });
  const queries = ["example.org.", "none.example.org.", "b.wild.example.org.", "elsewhere."].map(
    (name) => composeQuery({ name, type: "A", edns: {} }),
  );
  queries.push(composeQuery({ name: "big.example.org.", type: "TXT", edns: {} }), sound);
  // Beyond the room of a slot: an end that is missing, and octets behind a sound question.
  queries.push(new Uint8Array(5000).fill(1, 0, 12), concat(sound, new Uint8Array(6000)));
  for (let i = 0; i < 60; i += 1) {
    const octets = sound.slice();
    octets[2 + (nextRandom(prng) % (octets.length - 2))] = nextRandom(prng) & 0xff;
    // A response is never answered, and that takes too long to see.
    octets[2]! &= 0x7f;
    queries.push(octets);
  }
  for (const [i, octets] of queries.entries()) {
    const of = (served: Served) => exchange(served.addresses[i % 2]!, octets, 5000);
    const [one, two] = await Promise.all([of(native), of(dgram)]);
    assert.ok(one !== null && two !== null, `an answer to ${Buffer.from(octets).toString("hex")}`);
    assert.deepEqual(Buffer.from(one.octets), Buffer.from(two.octets));
  }
  const [a, b] = [READER, 2].map((reader) => [...counterBlock(world.memory.shared, reader)]);
  assert.deepEqual(a, b);
});

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}

test("many clients at once: each gets its own answers, and none is lost", { skip }, async (t) => {
  const world = newWorld();
  const served = await startUdp(t, world, LOOPBACK);
  const counters = counterBlock(world.memory.shared, READER);
  const loads = served.addresses.map((at, i) =>
    startLoad(at, {
      clients: 40,
      query: { name: `c${i}.wild.example.org.`, type: "A" },
      check: (message) => {
        assert.equal(message.questions[0]!.name.length, "c0wildexampleorg".length + 5);
        assert.deepEqual(rdataOf(message.answers), ["192.0.2.81"]);
      },
    }),
  );
  await until("some thousands are answered", () => loads.every((load) => load.answered() > 1500));
  for (const load of loads) await load.stop();
  assert.equal(loads[0]!.lost() + loads[1]!.lost(), 0);
  const answered = loads[0]!.answered() + loads[1]!.answered();
  assert.equal(counters[COUNTER_QUERIES_UDP], answered);
  assert.equal(counters[COUNTER_DROPPED_SEND], 0);
});

test("two threads share an address, and one that is stopped answers what it has", {
  skip,
}, async (t) => {
  const world = newWorld();
  const first = await startUdp(t, world, LOOPBACK.slice(0, 1));
  const second = await startUdp(t, world, first.addresses, { reader: 2 });
  assert.deepEqual(second.addresses, first.addresses);
  const at = first.addresses[0]!;
  const load = startLoad(at, {
    clients: 32,
    query: { name: "static.example.org.", type: "A" },
    check: (message) => assert.deepEqual(rdataOf(message.answers), ["192.0.2.80"]),
  });
  const served = (reader: number) =>
    counterBlock(world.memory.shared, reader)[COUNTER_QUERIES_UDP]! > 200;
  await until("both have clients", () => served(READER) && served(2));
  assert.deepEqual(await first.stop(), [0]);
  const before = load.answered();
  await until("the other one serves on", () => load.answered() > before + 500);
  await load.stop();
  assert.equal(observedBy(world.memory.control, READER), EPOCH_MAX);
});

test("a sleeping reader holds nothing, and wakes to the newest root", { skip }, async (t) => {
  const world = newWorld();
  const { control } = world.memory;
  const served = await startUdp(t, world, LOOPBACK.slice(0, 1));
  const at = served.addresses[0]!;
  for (let serial = 2; serial < 12; serial += 1) {
    assert.deepEqual(await ask(at, "static.example.org."), ["192.0.2.80"]);
    await until("it sleeps", () => minObserved(control) === EPOCH_MAX);
    const { built } = compileText(
      "example.org.",
      `${apex(serial)}static A 192.0.2.80\nmore A 192.0.2.${serial}\n`,
    );
    const result = publish(world.publisher, { revision: serial, put: [built] });
    assert.ok("root" in result, JSON.stringify(result));
    // Nobody woke it: it needs not look at what it does not serve.
    assert.equal(observedBy(control, READER), EPOCH_MAX);
    assert.deepEqual(await ask(at, "more.example.org."), [`192.0.2.${serial}`]);
  }
});

test("without the addon the native pump refuses to start and says why", async (t) => {
  const worker = new Worker(
    `process.env.AZIMUTH_NATIVE = "off"; import(require("node:worker_threads").workerData.entry);`,
    {
      eval: true,
      workerData: {
        entry: new URL("../../workers/udp.ts", import.meta.url).href,
        ...readerData(newWorld().memory, { dataPlane: { kernel: "ts", pump: "native" } }),
      },
    },
  );
  t.after(() => worker.terminate());
  const [error] = await once(worker, "error");
  assert.equal((error as Error).message, "no native pump: AZIMUTH_NATIVE is off");
});
