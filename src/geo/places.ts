// SPDX-License-Identifier: Apache-2.0
/**
 * Where the regions of rules, and the region `default`, are.
 *
 * A rule's own coordinates win over those of its location. Without a location, geography says: the
 * place that holds most of the rule's addresses. IPv4 decides if it knows any place, since a single
 * IPv6 network outweighs all of IPv4 by count and says less about where clients are.
 */
import { continentOf } from "./countries.ts";
import { parseLocation } from "./location.ts";
import { type Steps, sweep } from "./partition.ts";
import { type Means, type Point, pointOfPath } from "./regions.ts";
import { type Findings, find } from "./rules.ts";
import type { MapRules, PlacedPop, PlacedRule, Region } from "./types.ts";

export interface Placement {
  /** "" if unknown. */
  readonly location: string;
  readonly point: Point | null;
}

export interface PlaceInput {
  readonly map: MapRules;
  readonly pops: readonly PlacedPop[];
  readonly means: Means;
  /** Geography alone, and with everything over it; both say slots. */
  readonly v4: { readonly geo: Steps; readonly folded: Steps };
  readonly v6: { readonly geo: Steps; readonly folded: Steps };
  /** By slot: the region's name, which for geography is a path; "" for `default`. */
  readonly slotPaths: readonly string[];
  readonly findings: Findings;
}

/** The regions of all rules and `default`, by name. Unknown places become faults. */
export function placeRules(input: PlaceInput): ReadonlyMap<string, Region> {
  const { map, means, findings, slotPaths } = input;
  const placed = new Map<string, Region>();
  const put = (name: string, place: Placement): void => {
    const latitude = place.point?.latitude ?? null;
    const longitude = place.point?.longitude ?? null;
    placed.set(name, { name, location: place.location, latitude, longitude });
  };

  let fallback: Placement = { location: "", point: null };
  if (map.defaultLocation !== "") {
    if (parseLocation(map.defaultLocation) === null) {
      find(findings, "MAP_LOCATION_UNKNOWN", `defaultLocation is ${map.defaultLocation}`);
    } else {
      const point = pointOfPath(map.defaultLocation, means);
      fallback = { location: map.defaultLocation, point };
    }
  }
  put("default", fallback);

  const rules = [
    ...map.asns.map((rule) => ({ name: `asn/${rule.name}`, rule })),
    ...map.networks.map((rule) => ({ name: `net/${rule.name}`, rule })),
  ];
  const needsGeography = rules.some(({ rule }) => rule.location === null);
  const byGeography = needsGeography
    ? [mainPlaces(input.v4, slotPaths), mainPlaces(input.v6, slotPaths)]
    : [];
  for (const { name, rule } of rules) {
    const location = byGeography.map((places) => places.get(name)).find((p) => p !== undefined);
    const natural =
      location === undefined ? fallback : { location, point: pointOfPath(location, means) };
    put(name, placeRule(name, rule, natural, input));
  }
  return placed;
}

function placeRule(
  name: string,
  rule: PlacedRule,
  natural: Placement,
  input: PlaceInput,
): Placement {
  const { pops, means, findings } = input;
  let place = natural;
  if (rule.location !== null) {
    const pop = pops.find((p) => p.id === rule.location);
    if (pop !== undefined) {
      const continent = continentOf(pop.country ?? "");
      const location = continent === null ? "" : `${continent}/${pop.country}`;
      place = { location, point: { latitude: pop.latitude, longitude: pop.longitude } };
    } else if (parseLocation(rule.location) !== null) {
      place = { location: rule.location, point: pointOfPath(rule.location, means) };
    } else {
      find(findings, "MAP_LOCATION_UNKNOWN", `${name} is at ${rule.location}`);
    }
  }
  const { latitude, longitude } = rule;
  if (latitude === null && longitude === null) return place;
  const isPoint =
    latitude !== null &&
    longitude !== null &&
    Math.abs(latitude) <= 90 &&
    Math.abs(longitude) <= 180;
  if (!isPoint) {
    find(findings, "MAP_COORDINATES_INVALID", `${name} is at ${latitude}, ${longitude}`);
    return place;
  }
  return { location: place.location, point: { latitude, longitude } };
}

/** For each rule the path of the geography under most of its addresses; ties go to the lesser path. */
function mainPlaces(
  family: PlaceInput["v4"],
  slotPaths: readonly string[],
): ReadonlyMap<string, string> {
  const sizes = new Map<string, Map<string, number>>();
  const add = (ruleSlot: number, geoSlot: number, size: number): void => {
    const name = slotPaths[ruleSlot]!;
    const path = slotPaths[geoSlot]!;
    if (path === "" || !/^(net|asn)\//.test(name)) return;
    const byPath = sizes.get(name) ?? new Map<string, number>();
    sizes.set(name, byPath.set(path, (byPath.get(path) ?? 0) + size));
  };
  let lastRule = 0;
  let lastGeo = 0;
  let lastKey = 0;
  // In units of bit 31 and as one number: who holds most is not decided by the last digits.
  sweep(family.folded, family.geo, (high, low, rule, geo) => {
    const key = high + low / 2 ** 32;
    add(lastRule, lastGeo, key - lastKey);
    [lastRule, lastGeo, lastKey] = [rule, geo, key];
  });
  add(lastRule, lastGeo, 2 ** 32 - lastKey);

  const main = new Map<string, string>();
  for (const [name, byPath] of sizes) {
    const ranked = [...byPath].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    main.set(name, ranked[0]![0]);
  }
  return main;
}
