// SPDX-License-Identifier: Apache-2.0
/**
 * The native kernel behind its checks. That it answers as the reference does is shown by
 * test/parity; here are its arguments, its memories, and slots that say more than they hold.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { KernelMemory } from "../../../src/answer/scratch.ts";
import { composeQuery } from "../../../src/dns/compose.ts";
import { isMessage, readMessage } from "../../../src/dns/message.ts";
import type { NativeAddon } from "../../../src/io/native.ts";
import { createNativeKernel } from "../../../src/io/native-kernel.ts";
import { counters as rows } from "../../../src/layout/counters.ts";
import { COUNTER_BLOCK_WORDS } from "../../../src/layout/gen/counters.ts";
import { SETTINGS_SIZE } from "../../../src/layout/gen/settings.ts";
import * as slot from "../../../src/layout/gen/slab.ts";
import { UDP_PLAIN_SIZE_MAX } from "../../../src/layout/limits.ts";
import { PLAN_ROW_WORDS } from "../../../src/table/plans.ts";
import { type TableViews, tableViews } from "../../../src/table/reader.ts";
import { nativeForTests } from "../../support/native.ts";
import { createSlots } from "../../support/parity.ts";
import { createWorld } from "../../support/world.ts";

const { addon, reason: skip } = nativeForTests();
const STRIDE = 1024;
const ROOM = STRIDE - slot.PACKET_SLOT_SIZE;
const ZONE = "@ 300 SOA ns h 1 2 3 4 5\n@ 300 NS ns\nns 300 A 192.0.2.1\n";

function memoryOf(table: TableViews, planRows = 4): KernelMemory {
  const plans = new Int32Array(4 * PLAN_ROW_WORDS);
  const settings = new Int32Array(SETTINGS_SIZE / 4);
  return { table, plans, settings, counters: new Float64Array(COUNTER_BLOCK_WORDS), planRows };
}

function put(slab: TableViews, i: number, query: Uint8Array): void {
  slab.u8.set(query, i * STRIDE + slot.PACKET_SLOT_SIZE);
  slab.u8[i * STRIDE + slot.PACKET_SLOT_FAMILY] = 4;
  slab.u32[(i * STRIDE + slot.PACKET_SLOT_SIZE_IN) >> 2] = query.length;
}

test("a batch is answered in its slots, and counted", { skip }, () => {
  const world = createWorld({ zones: { "example.org.": ZONE } });
  const memory = memoryOf(world.memory.table);
  const kernel = createNativeKernel(addon!, memory, { udpSizeMax: 1232 });
  const slab = createSlots(3, STRIDE, ROOM);
  const query = composeQuery({ name: "ns.example.org.", type: "A", id: 7 });
  put(slab, 1, query);
  put(slab, 2, query);
  kernel.answerBatch(world.kernel.root, slab.u8, STRIDE, STRIDE, 2);
  assert.equal(slab.u32[slot.PACKET_SLOT_SIZE_OUT >> 2], 0);
  for (const i of [1, 2]) {
    const size = slab.u32[(i * STRIDE + slot.PACKET_SLOT_SIZE_OUT) >> 2]!;
    const from = i * STRIDE + slot.PACKET_SLOT_SIZE;
    const message = readMessage(slab.u8.slice(from, from + size));
    assert.ok(isMessage(message) && message.aa && message.id === 7);
    assert.deepEqual(message.answers[0]!.rdata, Uint8Array.of(192, 0, 2, 1));
  }
  assert.equal(memory.counters[Object.keys(rows).indexOf("hit")], 2);
  assert.equal(kernel.cursors.length, 4);
});

test("a slot that says more than the slab holds is left alone", { skip }, () => {
  const kernel = createNativeKernel(addon!, memoryOf(tableViews(new ArrayBuffer(64))), {
    udpSizeMax: 512,
  });
  const query = composeQuery({ name: "example.org.", type: "A" });
  const sizeOf = (change: (slab: TableViews) => void): number => {
    const slab = createSlots(1, STRIDE, ROOM);
    put(slab, 0, query);
    slab.u32[slot.PACKET_SLOT_SIZE_OUT >> 2] = 99;
    change(slab);
    kernel.answerBatch(0, slab.u8, 0, STRIDE, 1);
    return slab.u32[slot.PACKET_SLOT_SIZE_OUT >> 2]!;
  };
  const room = slot.PACKET_SLOT_ROOM >> 2;
  const sizeIn = slot.PACKET_SLOT_SIZE_IN >> 2;
  assert.equal(
    sizeOf(() => {}),
    query.length,
  );
  const spoiled: ((slab: TableViews) => void)[] = [
    (slab) => slab.u32.fill(ROOM + 1, room, room + 1),
    (slab) => slab.u32.fill(0xffffffff, room, room + 1),
    (slab) => slab.u32.fill(UDP_PLAIN_SIZE_MAX - 1, room, room + 1),
    (slab) => slab.u32.fill(ROOM + 1, sizeIn, sizeIn + 1),
  ];
  for (const change of spoiled) assert.equal(sizeOf(change), 99);
});

test("a wrong argument is a breach and never reaches the addon", () => {
  let reached = 0;
  class Kernel {
    constructor() {
      reached += 1;
    }
    answerBatch = () => {
      reached += 1;
    };
  }
  const fake = { Kernel } as unknown as NativeAddon;
  const sound = memoryOf(tableViews(new ArrayBuffer(64)));
  const made = (wrong: Partial<KernelMemory>, udpSizeMax = 1232) =>
    createNativeKernel(fake, { ...sound, ...wrong }, { udpSizeMax });
  const shifted = { ...sound.table, u8: new Uint8Array(new ArrayBuffer(64), 4) };
  assert.throws(() => made({ table: shifted }), /segments/);
  assert.throws(() => made({ counters: new Float64Array(1) }), /counters/);
  assert.throws(() => made({ planRows: 5 }), /plan memory/);
  assert.throws(() => made({ planRows: 0.5 }), /plan rows/);
  assert.throws(() => made({}, 511), /512/);
  assert.equal(reached, 0);

  const kernel = made({});
  const slab = new Uint8Array(2 * STRIDE);
  const asked = (root: number, first: number, stride: number, count: number, its = slab) =>
    kernel.answerBatch(root, its, first, stride, count);
  assert.throws(() => asked(-1, 0, STRIDE, 1), /root/);
  assert.throws(() => asked(64, 0, STRIDE, 1), /root/);
  assert.throws(() => asked(0, 2, STRIDE, 1), /words/);
  assert.throws(() => asked(0, 0, STRIDE, -1), /counted/);
  assert.throws(() => asked(0, 0, STRIDE, 3), /holds all/);
  assert.throws(() => asked(0, 0, STRIDE, 1, slab.subarray(1)), /words/);
  assert.equal(reached, 1);
  asked(0, 0, STRIDE, 2);
  assert.equal(reached, 2);
});
