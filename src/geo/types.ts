// SPDX-License-Identifier: Apache-2.0
/**
 * What goes into the folding of a map and what comes out: a walked database, and a partition of
 * both address spaces into networks, each in one region.
 *
 * Flat typed arrays and not one object per network: a city file has five million of them, and they
 * pass between threads without being copied one by one.
 */

/** Clients that one map does not tell apart. */
export interface Region {
  /** `EU/DE/BE`, `net/office`, `asn/cdn`; `default` for what no layer knows. */
  readonly name: string;
  /** Location path for policy matching; for net/asn regions that of their place, "" if unknown. */
  readonly location: string;
  /** Degrees, or null if unknown. */
  readonly latitude: number | null;
  readonly longitude: number | null;
}

/**
 * A map ready for the table. Networks are sorted, disjoint and cover the whole space; equal
 * neighbours are merged to the largest aligned networks.
 */
export interface FoldedMap {
  /** Sorted by name. The leaf words index into it. */
  readonly regions: readonly Region[];
  /** First address of each IPv4 network. */
  readonly v4Starts: Uint32Array;
  /** region | prefix length << 16 | layer << 24, see leafLayers of src/layout/table.ts. */
  readonly v4Leaves: Uint32Array;
  /** First address of each IPv6 network: bits 0..31 and 32..63. None is longer than /64. */
  readonly v6High: Uint32Array;
  readonly v6Low: Uint32Array;
  readonly v6Leaves: Uint32Array;
}

/** What a geographic database says of some networks. Empty strings, nulls and 0: it does not say. */
export interface GeoRecord {
  /** AF AN AS EU NA OC SA. */
  readonly continent: string;
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country: string;
  /** ISO 3166-2 without the country, or the name where the database has no code. */
  readonly subdivision: string;
  /** English name. */
  readonly city: string;
  /** Degrees. */
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly asn: number;
}

/**
 * A database walked to the end. In each family the networks are sorted, disjoint and aligned;
 * what no network covers, the database does not know. Embedded IPv4 space is told once, as IPv4.
 */
export interface WalkedDatabase {
  readonly databaseType: string;
  /** Seconds since 1970 of the file's own build, 0 if it does not say. */
  readonly buildEpochSecs: number;
  /** One for each distinct place of the data section that a network points at. */
  readonly records: readonly GeoRecord[];
  readonly v4Starts: Uint32Array;
  readonly v4Lengths: Uint8Array;
  /** Index into `records`. */
  readonly v4Records: Uint32Array;
  /** Bits 0..31 and 32..63. No network is longer than /64. */
  readonly v6High: Uint32Array;
  readonly v6Low: Uint32Array;
  readonly v6Lengths: Uint8Array;
  readonly v6Records: Uint32Array;
}

/** What the folding needs to know of a POP, so that a rule can be placed there. */
export interface PlacedPop {
  readonly id: string;
  readonly latitude: number;
  readonly longitude: number;
  /** ISO 3166-1 alpha-2, "" if not said. */
  readonly country?: string;
}

/** An operator's rule on prefixes or on ASNs, as far as a map needs it. */
export interface PlacedRule {
  readonly name: string;
  /** A location path, a POP's id, or null for where geography puts most of its addresses. */
  readonly location: string | null;
  /** Degrees; both given, they win over `location`. */
  readonly latitude: number | null;
  readonly longitude: number | null;
}

/**
 * The description of a map, as far as the folding needs it. GeoMap of src/resource is one; it is
 * named by shape because that room lies above this one.
 */
export interface MapRules {
  readonly id: string;
  readonly granularity: "continent" | "country" | "subdivision" | "city";
  readonly networks: readonly (PlacedRule & { readonly prefixes: readonly string[] })[];
  readonly asns: readonly (PlacedRule & { readonly asns: readonly number[] })[];
  readonly defaultLocation: string;
}
