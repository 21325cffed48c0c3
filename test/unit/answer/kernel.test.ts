// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { answerBatch, UDP_SLOT_STRIDE } from "../../../src/answer/kernel.ts";
import { composeQuery } from "../../../src/dns/compose.ts";
import { isMessage, readMessage } from "../../../src/dns/message.ts";
import * as s from "../../../src/layout/gen/slab.ts";
import { CACHE_LINE_SIZE, UDP_SIZE_MAX } from "../../../src/layout/limits.ts";
import { tableViews } from "../../../src/table/reader.ts";
import { createWorld } from "../../support/world.ts";

test("slots lie whole cache lines apart and hold the largest datagram", () => {
  assert.equal(UDP_SLOT_STRIDE % CACHE_LINE_SIZE, 0);
  assert.ok(UDP_SLOT_STRIDE >= s.PACKET_SLOT_SIZE + UDP_SIZE_MAX);
});

test("a batch is answered slot by slot, and slots outside of it are left alone", () => {
  const world = createWorld({
    zones: { "t.": "@ 60 SOA n h 1 2 3 4 5\n@ 60 NS n.example.\na 60 A 192.0.2.1\n" },
  });
  const slab = tableViews(new ArrayBuffer(5 * UDP_SLOT_STRIDE));
  const queries = ["a.t.", "b.t.", "t.", "x."].map((name, i) =>
    composeQuery({ name, type: "A", id: i }),
  );
  queries[2] = new Uint8Array(5);
  for (const [i, query] of queries.entries()) {
    const at = i * UDP_SLOT_STRIDE;
    slab.u8.set(query, at + s.PACKET_SLOT_SIZE);
    slab.u8[at + s.PACKET_SLOT_FAMILY] = 4;
    slab.u32[(at + s.PACKET_SLOT_SIZE_IN) >> 2] = query.length;
    slab.u32[(at + s.PACKET_SLOT_SIZE_OUT) >> 2] = 77;
    slab.u32[(at + s.PACKET_SLOT_ROOM) >> 2] = UDP_SIZE_MAX;
  }
  answerBatch(world.kernel, slab, UDP_SLOT_STRIDE, UDP_SLOT_STRIDE, 3);
  const rcodes = queries.map((_, i) => {
    const at = i * UDP_SLOT_STRIDE;
    const size = slab.u32[(at + s.PACKET_SLOT_SIZE_OUT) >> 2]!;
    const octets = slab.u8.slice(at + s.PACKET_SLOT_SIZE, at + s.PACKET_SLOT_SIZE + size);
    const message = readMessage(octets);
    return isMessage(message) && message.qr ? `${message.id} ${message.rcode}` : size;
  });
  assert.deepEqual(rcodes, [77, "1 3", 0, "3 5"]);
  assert.equal(slab.u32[(4 * UDP_SLOT_STRIDE + s.PACKET_SLOT_SIZE_OUT) >> 2], 0);
});
