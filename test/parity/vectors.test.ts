// SPDX-License-Identifier: Apache-2.0
/** Parity over the vectors: every question of every script of test/rfc, put to both kernels. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as slot from "../../src/layout/gen/slab.ts";
import { TCP_SIZE_MAX } from "../../src/layout/limits.ts";
import { tableViews } from "../../src/table/reader.ts";
import { nativeForTests } from "../support/native.ts";
import { askBoth, compareCursors, createPair, type Pair } from "../support/parity.ts";
import { replayScript } from "../support/script.ts";
import { putRequest, type World } from "../support/world.ts";

const { addon, reason: skip } = nativeForTests();
/** One slot with room for a whole message of a stream. */
const STRIDE = slot.PACKET_SLOT_SIZE + TCP_SIZE_MAX + 1;

const scripts = readdirSync(join(import.meta.dirname, "../rfc/testdata")).map((file) =>
  file.replace(/\.txt$/, ""),
);

for (const name of scripts) {
  test(`both kernels answer the questions of ${name} alike`, { skip }, () => {
    const pairs = new Map<World, Pair>();
    const slab = tableViews(new ArrayBuffer(STRIDE));
    let asked = 0;
    replayScript(name, (world, octets, from) => {
      let pair = pairs.get(world);
      if (pair === undefined) {
        pair = createPair(addon!, world.memory, world.kernel.root, STRIDE);
        pairs.set(world, pair);
      }
      putRequest(slab, octets, from);
      askBoth(pair, slab, STRIDE, 1, `question ${asked}`);
      asked += 1;
    });
    for (const pair of pairs.values()) compareCursors(pair);
    assert.ok(asked > 0, "a script asks");
  });
}
