// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { Worker } from "node:worker_threads";
import { UDP_SLOT_STRIDE } from "../../../src/answer/kernel.ts";
import { Breach } from "../../../src/base/assert.ts";
import type { Ref } from "../../../src/base/units.ts";
import {
  findAddon,
  loadNative,
  type NativeAddon,
  type NativePumpMemory,
  openNativePump,
  PLATFORM_PACKAGE,
} from "../../../src/io/native.ts";
import type { ListenAddress } from "../../../src/io/threads.ts";
import { COUNTER_BLOCK_WORDS, COUNTER_DROPPED_SEND } from "../../../src/layout/gen/counters.ts";
import { FINGERPRINT } from "../../../src/layout/gen/enums.ts";
import * as slot from "../../../src/layout/gen/slab.ts";
import { BATCH_MAX, EPOCH_MAX, UDP_SIZE_MAX, WORKERS_MAX } from "../../../src/layout/limits.ts";
import {
  CONTROL_MEMORY_SIZE,
  initControl,
  minObserved,
  observedBy,
  publishRoot,
} from "../../../src/table/publish.ts";
import { nativeForTests } from "../../support/native.ts";

const READER = 5;
const { addon, reason: skip } = nativeForTests();

const loopback = (family: 4 | 6, port = 0): ListenAddress => ({
  host: family === 4 ? "127.0.0.1" : "::1",
  family,
  port,
});

/** The addon's own, for the tests that are not skipped for want of one. */
const slabSize = (): number => addon?.slabSize ?? 4096;

function memories(): NativePumpMemory & { readonly slab: Uint8Array<ArrayBuffer> } {
  const control = new Int32Array(new SharedArrayBuffer(CONTROL_MEMORY_SIZE));
  initControl(control);
  publishRoot(control, 0x40 as Ref);
  return {
    slab: new Uint8Array(slabSize()),
    control,
    counters: new Float64Array(new SharedArrayBuffer(COUNTER_BLOCK_WORDS * 8)),
    reader: READER,
  };
}

function open(memory: NativePumpMemory, ...listen: readonly ListenAddress[]) {
  return openNativePump(addon as NativeAddon, memory, listen, 1 << 20, 7);
}

async function client(t: TestContext, family: 4 | 6): Promise<Socket> {
  const socket = createSocket(family === 4 ? "udp4" : "udp6");
  t.after(() => socket.close());
  socket.bind(0, loopback(family).host);
  await once(socket, "listening");
  return socket;
}

const send = (from: Socket, text: string, to: { host: string; port: number }) =>
  new Promise((done) => from.send(text, to.port, to.host, done));

test("without an addon there is a reason and no exception", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-native-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const reasonOf = (name: string, code: string): string => {
    const file = join(folder, name);
    writeFileSync(file, code);
    const loaded = loadNative(file);
    assert.equal(loaded.addon, null);
    return loaded.reason.replaceAll(folder, "");
  };
  assert.deepEqual(loadNative("off"), { addon: null, reason: "AZIMUTH_NATIVE is off" });
  const lost = loadNative(join(folder, "lost.node"));
  assert.match(lost.addon === null ? lost.reason : "", /lost\.node cannot be loaded: /);
  assert.match(reasonOf("text.node", "not a library"), /^\/text\.node cannot be loaded: /);
  assert.match(reasonOf("throws.cjs", "throw new Error('no')"), /cannot be loaded: no$/);
  assert.match(reasonOf("empty.cjs", ""), /^\/empty\.cjs is not this program's addon/);
  const fake = (fingerprint: number) =>
    `module.exports = { layoutFingerprint: () => ${fingerprint}, cpuAt() {}, pinThread() {}, slabSize: 0, slowAt: 0, slowMax: 0,
      Pump: class {}, Kernel: class {} };`;
  assert.match(reasonOf("older.cjs", fake(1)), /^\/older\.cjs is of another layout, 0x1 and not /);
  const same = join(folder, "same.cjs");
  writeFileSync(same, fake(FINGERPRINT));
  assert.notEqual(loadNative(same).addon, null);
});

/** A package installed in a folder of its own; `found` is where its addon is looked up. */
function installed(t: TestContext) {
  const top = mkdtempSync(join(tmpdir(), "azimuth-native-"));
  t.after(() => rmSync(top, { recursive: true }));
  const put = (path: string, text = "") => {
    mkdirSync(dirname(join(top, path)), { recursive: true });
    writeFileSync(join(top, path), text);
  };
  put("node_modules/azimuth-dns/package.json", "{}");
  put("node_modules/azimuth-dns/dist/src/io/native.js");
  const from = join(top, "node_modules/azimuth-dns/dist/src/io");
  return { put, found: () => findAddon(from)?.slice(top.length + "/node_modules/".length) ?? null };
}

test("an addon is found in its own package, then in the one for the platform", (t) => {
  const alone = installed(t);
  // Of the program that has us installed, and none of our business.
  alone.put("native/build/azimuth.node");
  assert.equal(alone.found(), null);
  const { put, found } = installed(t);
  put(`node_modules/${PLATFORM_PACKAGE}/package.json`, JSON.stringify({ main: "addon.node" }));
  assert.equal(found(), null, "a package without its file");
  put(`node_modules/${PLATFORM_PACKAGE}/addon.node`);
  assert.equal(found(), `${PLATFORM_PACKAGE}/addon.node`);
  for (const place of ["azimuth-dns/native/prebuilt", "azimuth-dns/native/build"]) {
    put(`node_modules/${place}/azimuth.node`);
    assert.equal(found(), `${place}/azimuth.node`);
  }
});

test("the addon is of this layout", { skip }, () => {
  assert.equal(addon!.layoutFingerprint(), FINGERPRINT);
});

test("a wrong argument is a breach and never reaches the addon", () => {
  let made = 0;
  const Pump = class {
    constructor() {
      made += 1;
    }
    add = () => 1;
    run = () => 0;
    keepSlow = () => {};
    takeSlow = () => 0;
    send = () => 0;
    close = () => {};
  };
  // What else the addon has is not asked for.
  const fake = {
    layoutFingerprint: () => FINGERPRINT,
    slabSize: slabSize(),
    Pump,
  } as Partial<NativeAddon> as NativeAddon;
  const memory = memories();
  const opened = (
    wrong: Partial<NativePumpMemory>,
    listen: Partial<ListenAddress> = {},
    options = {},
    bufferOctets = 0,
  ) =>
    openNativePump(
      fake,
      { ...memory, ...wrong },
      [{ ...loopback(4), ...listen }],
      bufferOctets,
      1,
      options,
    );
  const wrongs: readonly (() => unknown)[] = [
    () => opened({ slab: new Uint8Array(slabSize() - 1) }),
    () => opened({ slab: new Uint8Array(slabSize() + 1).subarray(1) }),
    () => opened({ control: memory.control.subarray(1) }),
    () => opened({ counters: memory.counters.subarray(1) }),
    () => opened({ reader: WORKERS_MAX }),
    () => opened({ reader: -1 }),
    () => opened({}, {}, {}, -1),
    () => opened({}, {}, { incomingCpu: -2 }),
    () => opened({}, {}, { busyPollMicros: 0.5 }),
    () => opened({}, {}, { spinMicros: Number.NaN }),
  ];
  for (const wrong of wrongs) assert.throws(wrong, Breach, String(wrong));
  assert.equal(made, 0);
  assert.throws(() => opened({}, { port: 65_536 }), Breach);
  assert.throws(() => opened({}, { family: 6 }), Breach);
  const pump = opened({});
  for (const waitMs of [-1, 1.5, 2 ** 31]) assert.throws(() => pump.run(() => {}, waitMs), Breach);
  assert.deepEqual(pump.addresses, [{ host: "127.0.0.1", port: 1 }]);
});

test("requests lie in the slab, answers leave from it", { skip }, async (t) => {
  const memory = memories();
  const pump = open(memory, loopback(4), loopback(6));
  t.after(() => pump.close());
  const view = new DataView(memory.slab.buffer);
  const seen: unknown[] = [];
  for (const [i, family] of ([4, 6] as const).entries()) {
    const from = await client(t, family);
    await send(from, "hello", pump.addresses[i]!);
    const received = pump.run((count, root) => {
      const at = slot.PACKET_SLOT_SIZE;
      seen.push({
        count,
        root,
        observed: observedBy(memory.control, READER),
        client: [...memory.slab.subarray(0, family === 4 ? 4 : 16)].join("."),
        port: view.getUint16(slot.PACKET_SLOT_PORT, true) === from.address().port,
        family: memory.slab[slot.PACKET_SLOT_FAMILY],
        text: new TextDecoder().decode(memory.slab.subarray(at, at + 5)),
        sizeIn: view.getUint32(slot.PACKET_SLOT_SIZE_IN, true),
        room: view.getUint32(slot.PACKET_SLOT_ROOM, true),
      });
      memory.slab.set(new TextEncoder().encode("bye"), at);
      view.setUint32(slot.PACKET_SLOT_SIZE_OUT, 3, true);
    }, 1000);
    assert.equal(received, 1);
    const [answer, peer] = await once(from, "message");
    assert.equal(String(answer), "bye");
    assert.deepEqual(
      { host: peer.address, port: peer.port },
      { ...pump.addresses[i], host: loopback(family).host },
    );
    assert.equal(observedBy(memory.control, READER), EPOCH_MAX);
  }
  const common = {
    ...{ count: 1, root: 0x40, observed: 1, port: true },
    ...{ text: "hello", sizeIn: 5, room: UDP_SIZE_MAX },
  };
  assert.deepEqual(seen, [
    { ...common, family: 4, client: "127.0.0.1" },
    { ...common, family: 6, client: "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1" },
  ]);
  assert.equal(minObserved(memory.control), EPOCH_MAX);
  assert.equal(memory.counters[COUNTER_DROPPED_SEND], 0);
});

test("what waits is taken in batches, and each slot has a chance of its own", {
  skip,
}, async (t) => {
  const memory = memories();
  const pump = open(memory, loopback(4));
  t.after(() => pump.close());
  const from = await client(t, 4);
  for (let i = 0; i < BATCH_MAX + 9; i += 1) await send(from, `${i}`, pump.addresses[0]!);
  const batches: number[] = [];
  const chances = new Set<number>();
  const words = new Uint32Array(memory.slab.buffer);
  const received = pump.run((count) => {
    batches.push(count);
    for (let i = 0; i < count; i += 1) {
      chances.add(words[(i * UDP_SLOT_STRIDE + slot.PACKET_SLOT_RANDOM) >> 2]!);
    }
  }, 0);
  assert.deepEqual(batches, [BATCH_MAX, 9]);
  assert.equal(received, BATCH_MAX + 9);
  assert.equal(chances.size, BATCH_MAX + 9);
});

test("what an answer throws is thrown, and the reader is offline", { skip }, async (t) => {
  const memory = memories();
  const pump = open(memory, loopback(4));
  t.after(() => pump.close());
  const from = await client(t, 4);
  const breach = new Breach("the table is torn");
  await send(from, "x", pump.addresses[0]!);
  const run = () =>
    pump.run(() => {
      throw breach;
    }, 1000);
  assert.throws(run, (error) => error === breach);
  assert.equal(observedBy(memory.control, READER), EPOCH_MAX);
});

test("an address in use is named, and those before it are given back", { skip }, async (t) => {
  const taken = await client(t, 6);
  const finder = createSocket("udp4").bind(0, "127.0.0.1");
  await once(finder, "listening");
  const { port } = finder.address();
  finder.close();
  const listen = [loopback(4, port), loopback(6, taken.address().port)];
  assert.throws(() => open(memories(), ...listen), {
    message: `bind EADDRINUSE [::1]:${taken.address().port}`,
    code: "EADDRINUSE",
    syscall: "bind",
  });
  const again = createSocket("udp4");
  again.bind(port, "127.0.0.1");
  await once(again, "listening");
  again.close();
});

/** A thread that sleeps for an hour in native code, and listens to its parent between turns. */
const SLEEPER = `
const { parentPort, workerData } = require("node:worker_threads");
import(workerData.module).then(({ loadNative, openNativePump }) => {
  const { memory, listen } = workerData;
  const pump = openNativePump(loadNative().addon, memory, listen, 0, 1);
  parentPort.on("message", (text) => {
    if (text === "stop") { pump.close(); process.exit(3); }
    parentPort.postMessage(text);
  });
  const turn = () => { pump.run(() => {}, 3600000); setImmediate(turn); };
  setImmediate(turn);
  parentPort.postMessage(pump.addresses);
});`;

test("an idle thread hears messages at once, and can be stopped and terminated", {
  skip,
}, async () => {
  const module = new URL("../../../src/io/native.ts", import.meta.url).href;
  const start = (...listen: readonly ListenAddress[]) =>
    new Worker(SLEEPER, { eval: true, workerData: { module, memory: memories(), listen } });
  for (const listen of [[loopback(4)], [loopback(4), loopback(6)]]) {
    const worker = start(...listen);
    await once(worker, "message");
    for (const text of ["one", "two", "three"]) {
      worker.postMessage(text);
      assert.deepEqual(await once(worker, "message"), [text]);
    }
    worker.postMessage("stop");
    assert.deepEqual(await once(worker, "exit"), [3]);
  }
  const worker = start(loopback(4));
  const [[{ port }]] = await once(worker, "message");
  await worker.terminate();
  // Its end has closed its sockets: without SO_REUSEPORT the port can only be had alone.
  const alone = createSocket("udp4");
  alone.bind(port, "127.0.0.1");
  await once(alone, "listening");
  alone.close();
});
