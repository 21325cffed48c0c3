// SPDX-License-Identifier: Apache-2.0
/**
 * Great-circle distance.
 *
 * Haversine and not the law of cosines, which loses all its digits for places close together; and
 * not the ellipsoid, whose half percent is far below what a database knows of a client.
 */

/** Mean radius of the Earth, km (IUGG: (2a + b) / 3 of GRS 80). */
export const EARTH_RADIUS_KM = 6371.0088;

const RADIANS = Math.PI / 180;

/** Kilometres between two points given in degrees; 0 to half the circumference (20,015 km). */
export function distanceKm(
  latitudeA: number,
  longitudeA: number,
  latitudeB: number,
  longitudeB: number,
): number {
  const sinLatitude = Math.sin(((latitudeB - latitudeA) * RADIANS) / 2);
  const sinLongitude = Math.sin(((longitudeB - longitudeA) * RADIANS) / 2);
  const haversine =
    sinLatitude * sinLatitude +
    Math.cos(latitudeA * RADIANS) * Math.cos(latitudeB * RADIANS) * sinLongitude * sinLongitude;
  // Rounding may carry antipodes a hair above 1, of which the arc sine is not a number.
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(haversine)));
}
