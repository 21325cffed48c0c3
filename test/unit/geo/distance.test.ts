// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { distanceKm, EARTH_RADIUS_KM } from "../../../src/geo/distance.ts";

const near = (actual: number, expected: number, within: number) =>
  assert.ok(Math.abs(actual - expected) <= within, `${actual} is not ${expected} ± ${within}`);

test("known distances", () => {
  near(distanceKm(52.52, 13.405, 48.8566, 2.3522), 877, 2); // Berlin to Paris
  near(distanceKm(51.5074, -0.1278, 40.7128, -74.006), 5570, 3); // London to New York
  near(distanceKm(-33.8688, 151.2093, -36.8485, 174.7633), 2155, 5); // Sydney to Auckland
  near(distanceKm(0, 179.5, 0, -179.5), (2 * Math.PI * EARTH_RADIUS_KM) / 360, 0.01);
});

test("antipodes are half the circumference, and a number", () => {
  near(distanceKm(0, 0, 0, 180), Math.PI * EARTH_RADIUS_KM, 1e-6);
  near(distanceKm(90, 0, -90, 0), Math.PI * EARTH_RADIUS_KM, 1e-6);
  near(distanceKm(23.4, 45.6, -23.4, -134.4), Math.PI * EARTH_RADIUS_KM, 1e-3);
});

test("a distance is symmetric, bounded, and zero at home", () => {
  const latitude = fc.double({ min: -90, max: 90, noNaN: true });
  const longitude = fc.double({ min: -180, max: 180, noNaN: true });
  fc.assert(
    fc.property(latitude, longitude, latitude, longitude, (a, b, c, d) => {
      const there = distanceKm(a, b, c, d);
      near(there, distanceKm(c, d, a, b), 1e-6);
      assert.ok(there >= 0 && there <= Math.PI * EARTH_RADIUS_KM);
      assert.equal(distanceKm(a, b, a, b), 0);
    }),
  );
});
