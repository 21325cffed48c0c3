// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { FoldedMap } from "../../../src/geo/types.ts";
import * as layout from "../../../src/layout/gen/table.ts";
import { buildMap, DEGREES_UNKNOWN, microdegrees } from "../../../src/table/build-map.ts";
import { checkMap } from "../../../src/table/open-map.ts";
import { readText, viewsOf } from "../../../src/table/reader.ts";
import { builtMap, digest, halvesMap, leaf, regions, worldMap } from "../../support/tables.ts";

function partOf(octets: Uint8Array) {
  return { views: viewsOf(octets), ref: 0, length: octets.length };
}

/** The search as M2 describes it, by plain reads. */
function lookupV4(octets: Uint8Array, address: number): number {
  const view = new DataView(octets.buffer);
  const field = (at: number): number => view.getUint32(layout.SEGMENT_SIZE + at, true);
  const bucket = field(layout.MAP_V4_BUCKETS) + (address >>> 16) * 4;
  let low = view.getUint32(bucket, true) - 1;
  let high = view.getUint32(bucket + 4, true) - 1;
  const first = low;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    const key = view.getUint16(field(layout.MAP_V4_KEYS) + middle * 2, true);
    if (middle > first && key <= (address & 0xffff)) low = middle;
    else high = middle - 1;
  }
  return view.getUint32(field(layout.MAP_V4_LEAVES) + low * 4, true);
}

/** A partition of the IPv4 space: splits of random networks, each leaf in its own region. */
const partition = fc.array(fc.nat(0xffffffff), { maxLength: 40 }).map((points): FoldedMap => {
  let nets: [start: number, length: number][] = [[0, 0]];
  for (const point of points) {
    nets = nets.flatMap(([start, length]): [number, number][] => {
      const size = 2 ** (32 - length);
      if (point < start || point >= start + size || length === 32) return [[start, length]];
      return [
        [start, length + 1],
        [start + size / 2, length + 1],
      ];
    });
  }
  return {
    ...worldMap(...nets.map((_, i) => String(i).padStart(3, "0"))),
    v4Starts: Uint32Array.from(nets, ([start]) => start),
    v4Leaves: Uint32Array.from(nets, ([, length], i) => leaf(i, length)),
  };
});

test("M1, M2: every address finds the network that it lies in", () => {
  fc.assert(
    fc.property(partition, fc.nat(0xffffffff), (map, any) => {
      const { octets } = buildMap("m", map, digest);
      assert.equal(checkMap(partOf(octets)), null);
      const edges = [...map.v4Starts].flatMap((start) => [start, (start - 1) >>> 0]);
      for (const address of [any, ...edges]) {
        let expected = map.v4Starts.length - 1;
        while (map.v4Starts[expected]! > address) expected -= 1;
        assert.equal(lookupV4(octets, address), map.v4Leaves[expected]);
      }
    }),
    { numRuns: 30 },
  );
});

test("names, regions and places", () => {
  const [first, second] = regions("a", "b");
  const map = {
    ...worldMap(),
    regions: [{ ...first!, latitude: -33.8688, longitude: 151.2093 }, second!],
  };
  const { octets, id, regionCount } = buildMap("geo", map, digest);
  assert.deepEqual([id, regionCount], ["geo", 2]);
  const views = viewsOf(octets);
  const field = (at: number): number => views.u32[(layout.SEGMENT_SIZE + at) >> 2]!;
  assert.equal(readText(views, field(layout.MAP_NAME)), "geo");
  const row = field(layout.MAP_REGIONS) >> 2;
  assert.equal(readText(views, views.u32[row]!), "a");
  assert.deepEqual([...views.i32.subarray(row + 1, row + 3)], [-33868800, 151209300]);
  assert.equal(readText(views, views.u32[row + 3]!), "b");
  assert.deepEqual([...views.u32.subarray(row + 4, row + 6)], [DEGREES_UNKNOWN, DEGREES_UNKNOWN]);
});

test("microdegrees", () => {
  assert.equal(microdegrees(null), 0x7fffffff);
  assert.equal(microdegrees(-0.000001), 0xffffffff);
  assert.equal(microdegrees(180), 180e6);
});

test("equal maps have equal digests, others have not", () => {
  assert.deepEqual(builtMap("m", halvesMap()), builtMap("m", halvesMap()));
  assert.notDeepEqual(builtMap("m", halvesMap()).digest, builtMap("n", halvesMap()).digest);
});
