// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  geoLayers,
  layerOf,
  leafValue,
  prefixLengthOf,
  REGION_COUNT_MAX,
  regionOf,
} from "../../../src/geo/layers.ts";
import { REGIONS_MAX } from "../../../src/layout/limits.ts";
import { leafLayers } from "../../../src/layout/table.ts";

test("the copies are those of the layout room", () => {
  assert.deepEqual(geoLayers, leafLayers);
  assert.equal(REGION_COUNT_MAX, REGIONS_MAX);
});

test("a leaf gives back what went into it", () => {
  const leaf = leafValue(65534, geoLayers.PRIVATE) | (128 << 16);
  assert.deepEqual([regionOf(leaf), prefixLengthOf(leaf), layerOf(leaf)], [65534, 128, 7]);
  assert.ok(leafValue(0, 7) > 0);
});
