// SPDX-License-Identifier: Apache-2.0
/**
 * From a database's records to regions: which name a record has at a map's granularity, and where
 * on Earth a name is.
 *
 * Coordinates of countries and continents are those of countries.ts, so that they do not move with
 * every database. Those of subdivisions and cities are the mean over the networks seen there: the
 * mean of unit vectors, since the mean of longitudes 179 and −179 is on the other side of the Earth.
 *
 * Invariants
 *   R1  A mean does not depend on the order of records: vectors are integers, so their sums are exact.
 *   R2  A record is as coarse as the granularity or as what it knows, whichever is coarser.
 */
import { continentOf, continents, countries } from "./countries.ts";
import { type GeoLayer, geoLayers } from "./layers.ts";
import { ancestors, cleanPart, NO_SUBDIVISION } from "./location.ts";
import type { GeoRecord, MapRules, WalkedDatabase } from "./types.ts";

export interface Point {
  readonly latitude: number;
  readonly longitude: number;
}

/** Means by path, for subdivisions and cities. */
export type Means = ReadonlyMap<string, Point>;

type Granularity = MapRules["granularity"];

const depths = { continent: 1, country: 2, subdivision: 3, city: 4 } as const;

/** Layers by the depth of a path. Index 0 is the empty path. */
const layersByDepth: readonly GeoLayer[] = [
  geoLayers.DEFAULT,
  geoLayers.CONTINENT,
  geoLayers.COUNTRY,
  geoLayers.SUBDIVISION,
  geoLayers.CITY,
];

/** Codes that some databases use for "somewhere in": no countries, but good for the continent. */
const vagueCodes: ReadonlyMap<string, string> = new Map([
  ["EU", "EU"],
  ["AP", "AS"],
]);

/** The path of a record at a granularity; "" if it knows no place (R2). */
export function pathOfRecord(record: GeoRecord, granularity: Granularity): string {
  const continent = continentOf(record.country);
  if (continent === null) {
    const vague = vagueCodes.get(record.country) ?? record.continent;
    return continents.has(vague) ? vague : "";
  }
  const depth = depths[granularity];
  if (depth === 1) return continent;
  const country = `${continent}/${record.country}`;
  const subdivision = cleanName(record.subdivision);
  const city = cleanName(record.city);
  if (depth === 4 && city !== "") return `${country}/${subdivision || NO_SUBDIVISION}/${city}`;
  return depth >= 3 && subdivision !== "" ? `${country}/${subdivision}` : country;
}

export function layerOfPath(path: string): GeoLayer {
  return path === "" ? geoLayers.DEFAULT : layersByDepth[path.split("/").length]!;
}

/** Means of all subdivisions and cities that networks of the database lie in (R1). */
export function meansOf(database: WalkedDatabase | null): Means {
  const means = new Map<string, Point>();
  if (database === null) return means;
  const counts = networksByRecord(database);
  const sums = new Map<string, { x: number; y: number; z: number }>();
  for (const [index, record] of database.records.entries()) {
    if (record.latitude === null || record.longitude === null || counts[index] === 0) continue;
    const vector = unitVector(record.latitude, record.longitude);
    for (const path of ancestors(pathOfRecord(record, "city"))) {
      if (layerOfPath(path) < geoLayers.SUBDIVISION) break;
      const sum = sums.get(path) ?? { x: 0, y: 0, z: 0 };
      sum.x += vector.x * counts[index]!;
      sum.y += vector.y * counts[index]!;
      sum.z += vector.z * counts[index]!;
      sums.set(path, sum);
    }
  }
  for (const [path, sum] of sums) {
    if (sum.x === 0 && sum.y === 0 && sum.z === 0) continue;
    means.set(path, {
      latitude: degrees(Math.atan2(sum.z, Math.hypot(sum.x, sum.y))),
      longitude: degrees(Math.atan2(sum.y, sum.x)),
    });
  }
  return means;
}

/** Where a path is: its own mean, or that of what holds it; null for "". */
export function pointOfPath(path: string, means: Means): Point | null {
  for (const name of ancestors(path)) {
    const mean = means.get(name);
    if (mean !== undefined) return mean;
    const [continent = "", country, ...finer] = name.split("/");
    if (finer.length > 0) continue;
    const row = country === undefined ? continents.get(continent) : countries.get(country);
    if (row !== undefined) return { latitude: row.latitude, longitude: row.longitude };
  }
  return null;
}

/** Whether some record tells places as finely as the granularity asks. */
export function isFineEnough(database: WalkedDatabase, granularity: Granularity): boolean {
  const layer = layersByDepth[depths[granularity]]!;
  return database.records.some((r) => layerOfPath(pathOfRecord(r, granularity)) >= layer);
}

function networksByRecord(database: WalkedDatabase): Float64Array {
  const counts = new Float64Array(database.records.length);
  for (const list of [database.v4Records, database.v6Records]) {
    for (let i = 0; i < list.length; i += 1) counts[list[i]!]! += 1;
  }
  return counts;
}

function cleanName(name: string): string {
  const clean = cleanPart(name);
  return clean === NO_SUBDIVISION ? "" : clean;
}

/** A million to the radius: exact sums of 2^33 networks, and six metres on the ground. */
function unitVector(latitude: number, longitude: number): { x: number; y: number; z: number } {
  const phi = (latitude * Math.PI) / 180;
  const lambda = (longitude * Math.PI) / 180;
  return {
    x: Math.round(Math.cos(phi) * Math.cos(lambda) * 1e6),
    y: Math.round(Math.cos(phi) * Math.sin(lambda) * 1e6),
    z: Math.round(Math.sin(phi) * 1e6),
  };
}

/** Ten metres are enough, and a short number reads well in an explanation. */
function degrees(radians: number): number {
  return Math.round((radians * 180e4) / Math.PI) / 1e4 + 0;
}
