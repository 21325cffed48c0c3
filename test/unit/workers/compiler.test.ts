// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
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

test("a batch of zones: every result, and each buffer once", (t) => {
  const { folder } = createFolder(t);
  const state = desiredState(folder);
  const jobs = state.zones.map((zone) => ({ ...zone, known: null }));
  const { value, buffers } = unwrap(zones([...jobs, { ...jobs[0]!, file: "/nowhere" }]));
  const results = value as readonly ZoneResult[];
  assert.deepEqual(
    results.map((one) => one.built !== null),
    [true, true, false],
  );
  assert.equal(new Set(buffers).size, buffers.length);
  assert.ok(buffers.includes(results[0]!.built!.shards.octets.buffer as ArrayBuffer));
});

test("a map is moved with its segment; a broken one moves nothing", (t) => {
  const { folder, write } = createFolder(t);
  const { maps, pops } = desiredState(folder);
  assert.equal(unwrap(map({ map: maps[0]!, pops })).buffers.length, 1);
  write("country.mmdb", "this is no database");
  assert.equal(unwrap(map({ map: maps[0]!, pops })).buffers.length, 0);
});
