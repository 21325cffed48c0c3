// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import * as enums from "../../../src/layout/gen/enums.ts";
import * as gen from "../../../src/layout/gen/slab.ts";
import { offsets, sizeOf } from "../../../src/layout/schema.ts";
import { packetSlot, slabStructs, transports, verdicts } from "../../../src/layout/slab.ts";

test("generated offsets are those of the rows", () => {
  assert.equal(gen.PACKET_SLOT_SIZE, sizeOf(packetSlot));
  assert.deepEqual(
    [
      gen.PACKET_SLOT_CLIENT,
      gen.PACKET_SLOT_PORT,
      gen.PACKET_SLOT_FAMILY,
      gen.PACKET_SLOT_TRANSPORT,
      gen.PACKET_SLOT_RANDOM,
      gen.PACKET_SLOT_SIZE_IN,
      gen.PACKET_SLOT_SIZE_OUT,
      gen.PACKET_SLOT_ROOM,
      gen.PACKET_SLOT_UNIX_SECS,
      gen.PACKET_SLOT_NOW_MS,
      gen.PACKET_SLOT_VERDICT,
      gen.PACKET_SLOT_FLAGS,
      gen.PACKET_SLOT_SPARE,
    ],
    offsets(packetSlot),
  );
  assert.deepEqual(slabStructs, [packetSlot]);
});

test("verdicts and transports are distinct, and zero is the plain case", () => {
  for (const set of [verdicts, transports]) {
    const values: number[] = Object.values(set);
    assert.equal(new Set(values).size, values.length);
  }
  assert.equal(verdicts.OK, 0);
  assert.equal(transports.UDP, 0);
  assert.equal(enums.VERDICT_BADVERS, verdicts.BADVERS);
  assert.equal(enums.TRANSPORT_TCP, transports.TCP);
});
