// SPDX-License-Identifier: Apache-2.0
/**
 * Location paths: `EU`, `EU/DE`, `EU/DE/BE`, `EU/DE/BE/Berlin`.
 *
 * A path and not four fields, since a policy's row may name any depth, and the most specific row
 * that holds a region wins (semantics 2.5). A city outside any subdivision stands below `-`, so
 * that the depth of a part tells what it is: `AS/SG/-/Singapore`.
 *
 * The continent of a country is that of countries.ts, whatever a database says: otherwise `EU/CY`
 * in a policy would match with one database and not with the next.
 */
import { continentOf, continents, countries } from "./countries.ts";
import type { Region } from "./types.ts";

/** Stands for the subdivision of a city that lies in none. */
export const NO_SUBDIVISION = "-";

const DEPTH_MAX = 4;

/** The parts of a path, 1 to 4; null if it is none. Countries must stand below their continent. */
export function parseLocation(path: string): readonly string[] | null {
  const parts = path.split("/");
  const [continent, country, subdivision, city] = parts;
  if (parts.length > DEPTH_MAX || parts.some((p) => p === "" || p !== cleanPart(p))) return null;
  if (!continents.has(continent!)) return null;
  if (country !== undefined && continentOf(country) !== continent) return null;
  if (subdivision === NO_SUBDIVISION && city === undefined) return null;
  return city === NO_SUBDIVISION ? null : parts;
}

/** A path and what holds it, most specific first. Of "" there is nothing. */
export function ancestors(path: string): readonly string[] {
  if (path === "") return [];
  const parts = path.split("/");
  const all = parts.map((_, i) => parts.slice(0, parts.length - i).join("/"));
  return all.filter((p) => !p.endsWith("/" + NO_SUBDIVISION));
}

/**
 * The names under which a policy's rows may mean a region, the strongest first: its own network or
 * AS, its place and what holds that, at last `default`. The region `default` is no exception: the
 * clients that no layer knows are taken to be at the map's default location.
 */
export function matchNames(region: Pick<Region, "name" | "location">): readonly string[] {
  const isRule = region.name.startsWith("net/") || region.name.startsWith("asn/");
  return [...(isRule ? [region.name] : []), ...ancestors(region.location), "default"];
}

/** Index of the row that decides for a region; −1 if not even `default` is among the rows. */
export function matchLocation(
  region: Pick<Region, "name" | "location">,
  rows: readonly { readonly location: string }[],
): number {
  for (const name of matchNames(region)) {
    const index = rows.findIndex((row) => row.location === name);
    if (index >= 0) return index;
  }
  return -1;
}

/** For people: `Berlin, BE, Germany, Europe`. */
export function displayLocation(path: string): string {
  if (path === "") return "unknown";
  const [continent = "", country, ...rest] = path.split("/");
  const names = [continents.get(continent)?.name ?? continent];
  if (country !== undefined) names.unshift(countries.get(country)?.name ?? country);
  for (const part of rest) if (part !== NO_SUBDIVISION) names.unshift(part);
  return names.join(", ");
}

/** A database's name made fit to be a part of a path: no slash, no control characters. */
export function cleanPart(text: string): string {
  const clean = text
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, " ")
    .replaceAll("/", " ")
    .replace(/\s+/g, " ");
  return clean.trim();
}
