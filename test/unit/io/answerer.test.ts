// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { composeQuery } from "../../../src/dns/compose.ts";
import { isMessage, readMessage } from "../../../src/dns/message.ts";
import { createAnswerer } from "../../../src/io/answerer.ts";
import { counterBlock, type Memory } from "../../../src/io/memory.ts";
import { COUNTER_HIT } from "../../../src/layout/gen/counters.ts";
import { TRANSPORT_UDP } from "../../../src/layout/gen/enums.ts";
import * as slot from "../../../src/layout/gen/slab.ts";
import { PLAN_ROW_WORDS } from "../../../src/table/plans.ts";
import { currentRoot } from "../../../src/table/publish.ts";
import { tableViews } from "../../../src/table/reader.ts";
import { nativeForTests } from "../../support/native.ts";
import { createWorld } from "../../support/world.ts";

const { reason } = nativeForTests();
const ZONE = "@ 60 SOA n h 1 2 3 4 5\n@ 60 NS n.example.\nwww 60 A 192.0.2.1\n";

function kernelMemory({ table, plans, settings }: Memory, counters: Float64Array) {
  return { table, plans, settings, counters, planRows: Math.floor(plans.length / PLAN_ROW_WORDS) };
}

for (const kind of ["ts", "native"] as const) {
  test(`kernel ${kind} answers one slot and many`, { skip: kind === "native" && reason }, () => {
    const { memory } = createWorld({ zones: { "t.": ZONE } });
    const counters = counterBlock(memory.shared, 1);
    const from = kernelMemory(memory, counters);
    const answerer = createAnswerer(kind, from, { udpSizeMax: 1232 });
    assert.equal(answerer.native !== null, kind === "native");
    const stride = 2048;
    const slab = tableViews(new ArrayBuffer(4 * stride));
    const fill = (at: number, id: number): void => {
      const query = composeQuery({ name: "www.t.", type: "A", id });
      slab.u8.set(query, at + slot.PACKET_SLOT_SIZE);
      slab.u8[at + slot.PACKET_SLOT_FAMILY] = 4;
      slab.u8[at + slot.PACKET_SLOT_TRANSPORT] = TRANSPORT_UDP;
      slab.u32[(at + slot.PACKET_SLOT_SIZE_IN) >> 2] = query.length;
      slab.u32[(at + slot.PACKET_SLOT_ROOM) >> 2] = stride - slot.PACKET_SLOT_SIZE;
    };
    const read = (at: number) => {
      const size = slab.u32[(at + slot.PACKET_SLOT_SIZE_OUT) >> 2]!;
      const start = at + slot.PACKET_SLOT_SIZE;
      const message = readMessage(slab.u8.slice(start, start + size));
      assert.ok(isMessage(message));
      return message;
    };
    // Before there is a root nothing can be said.
    fill(0, 1);
    assert.ok(answerer.answer(slab, 0) > 0);
    assert.equal(read(0).rcode, 2);
    answerer.root = currentRoot(memory.control);
    assert.notEqual(answerer.root, 0);
    fill(stride, 2);
    const size = answerer.answer(slab, stride);
    assert.equal(size, slab.u32[(stride + slot.PACKET_SLOT_SIZE_OUT) >> 2]);
    assert.equal(read(stride).answers.length, 1);
    for (let i = 1; i < 4; i += 1) fill(i * stride, 10 + i);
    answerer.answerBatch(slab, stride, stride, 3);
    for (let i = 1; i < 4; i += 1) {
      assert.equal(read(i * stride).id, 10 + i);
      assert.equal(read(i * stride).answers.length, 1);
    }
    assert.equal(counters[COUNTER_HIT], 4);
  });
}

test("the native kernel is not made without the addon", () => {
  const { memory } = createWorld({ zones: { "t.": ZONE } });
  const counters = counterBlock(memory.shared, 1);
  const before = process.env["AZIMUTH_NATIVE"];
  process.env["AZIMUTH_NATIVE"] = "off";
  try {
    const make = () =>
      createAnswerer("native", kernelMemory(memory, counters), { udpSizeMax: 1232 });
    assert.throws(make, /no native kernel: AZIMUTH_NATIVE is off/);
  } finally {
    if (before === undefined) delete process.env["AZIMUTH_NATIVE"];
    else process.env["AZIMUTH_NATIVE"] = before;
  }
});
