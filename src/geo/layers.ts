// SPDX-License-Identifier: Apache-2.0
/**
 * How strongly a map's sources speak, and how a leaf says which of them spoke.
 *
 * The layout room owns these numbers, but it lies in the same layer, and rooms of one layer do not
 * know each other. So they are repeated here, and test/unit/geo/layers.test.ts compares them.
 */

/** Weakest first. PRIVATE is written over by NETWORK alone, although its number is the highest. */
export const geoLayers = {
  DEFAULT: 0,
  CONTINENT: 1,
  COUNTRY: 2,
  SUBDIVISION: 3,
  CITY: 4,
  ASN: 5,
  NETWORK: 6,
  PRIVATE: 7,
} as const;

export type GeoLayer = (typeof geoLayers)[keyof typeof geoLayers];

/** REGIONS_MAX of src/layout/limits.ts. */
export const REGION_COUNT_MAX = 65535;

/** A leaf without its prefix length: what neighbours must share to be one network. */
export function leafValue(region: number, layer: GeoLayer): number {
  return (region | (layer << 24)) >>> 0;
}

export function regionOf(leaf: number): number {
  return leaf & 0xffff;
}

export function prefixLengthOf(leaf: number): number {
  return (leaf >>> 16) & 0xff;
}

export function layerOf(leaf: number): number {
  return leaf >>> 24;
}
