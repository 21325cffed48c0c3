// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { transferableSymbol, valueSymbol } from "piscina";
import type { ZoneResult } from "../../../src/io/compile-zone.ts";
import { map, zones } from "../../../workers/compiler.ts";
import { createFolder, desiredState } from "../../support/control.ts";

/** What the pool would move, and what it would hand over. */
function unwrap(moved: unknown): { value: unknown; buffers: readonly ArrayBuffer[] } {
  const carrier = moved as Record<symbol, unknown>;
  return {
    value: carrier[valueSymbol],
    buffers: carrier[transferableSymbol] as readonly ArrayBuffer[],
  };
}

test("a batch of zones: every result as it is ready, moved and not copied, then the end", async (t) => {
  const { folder } = createFolder(t);
  const jobs = desiredState(folder).zones.map((zone) => ({ ...zone, known: null }));
  const { port1, port2 } = new MessageChannel();
  const said: (ZoneResult | null)[] = [];
  port1.on("message", (message) => said.push(message));
  const ended = new Promise((resolve) => port1.once("close", resolve));
  zones({ jobs: [...jobs, { ...jobs[0]!, file: "/nowhere" }], port: port2, seat: null });
  await ended;
  assert.deepEqual(
    said.map((one) => one && one.built !== null),
    [null, true, true, false],
  );
});

test("a map is moved with its segment; a broken one moves nothing", (t) => {
  const { folder, write } = createFolder(t);
  const { maps, pops } = desiredState(folder);
  assert.equal(unwrap(map({ map: maps[0]!, pops })).buffers.length, 1);
  write("country.mmdb", "this is no database");
  assert.equal(unwrap(map({ map: maps[0]!, pops })).buffers.length, 0);
});
