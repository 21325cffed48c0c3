// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { refuseSlow } from "../../../src/answer/slow.ts";
import { composeQuery } from "../../../src/dns/compose.ts";
import { isMessage, readMessage } from "../../../src/dns/message.ts";
import { VERDICT_SLOW } from "../../../src/layout/gen/enums.ts";
import * as slot from "../../../src/layout/gen/slab.ts";
import { askOctets, createWorld } from "../../support/world.ts";

const world = createWorld({ zones: { "t.": "@ 60 SOA n h 1 2 3 4 5\n@ 60 NS n.example.\n" } });

/** Asks, finds the request as it was, and refuses it. */
function refused(query: Uint8Array, tcp: boolean) {
  assert.equal(askOctets(world, query, { tcp }).length, 0);
  assert.equal(world.slab.u8[slot.PACKET_SLOT_VERDICT], VERDICT_SLOW);
  const from = slot.PACKET_SLOT_SIZE;
  assert.deepEqual(world.slab.u8.slice(from, from + query.length), query);
  const size = refuseSlow(world.kernel, world.slab, 0);
  assert.equal(world.slab.u32[slot.PACKET_SLOT_SIZE_OUT >> 2], size);
  const message = readMessage(world.slab.u8.slice(from, from + size));
  assert.ok(isMessage(message));
  return message;
}

test("a transfer is refused with its question and its OPT", () => {
  for (const [type, tcp] of [
    ["IXFR", false],
    ["IXFR", true],
    ["AXFR", true],
  ] as const) {
    const message = refused(composeQuery({ name: "t.", type, id: 9, edns: {} }), tcp);
    assert.deepEqual([message.id, message.rcode, message.questions.length], [9, 5, 1]);
    assert.notEqual(message.edns, null);
  }
  assert.equal(refused(composeQuery({ name: "t.", type: "IXFR" }), false).edns, null);
});

test("NOTIFY and UPDATE are not implemented by nobody", () => {
  for (const opcode of [4, 5]) {
    const query = composeQuery({ name: "t.", type: "SOA" });
    query[2] = opcode << 3;
    const message = refused(query, false);
    assert.deepEqual([message.rcode, message.opcode, message.questions.length], [4, opcode, 0]);
  }
});

test("what TSIG signs is refused", () => {
  const query = composeQuery({ name: "t.", type: "SOA" });
  query[11] = 1;
  const tsig = [0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 0];
  assert.equal(refused(Uint8Array.from([...query, ...tsig]), false).rcode, 5);
});
