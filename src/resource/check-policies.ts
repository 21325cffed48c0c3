// SPDX-License-Identifier: Apache-2.0
/**
 * Checks of policies and steered names: every row can be reached and leads to pools, and what a
 * name is asked for its endpoints can give.
 *
 * A row that no client can reach is a warning and not an error: it harms nobody, and becomes right
 * with a finer database. A policy without endpoints of the asked kind would answer nothing, though.
 */
import { add, addAtKey, type CheckContext, refer } from "./check-context.ts";
import type { WrittenSteer } from "./decode-zones.ts";
import { isAtOrBelow, type Location, locationRefusal, parseLocation } from "./location.ts";
import { type Path, valueAt } from "./place.ts";
import { suggestionText } from "./suggest.ts";
import type { Endpoint, GeoMap, GeoMatch, Policy, SteeredName } from "./types.ts";

export function checkPolicy(policy: Policy, context: CheckContext): void {
  const path = ["policies", policy.id];
  const known = policy.map !== "" && refer(context, "maps", policy.map, [...path, "map"]);
  const map = context.maps.get(policy.map);
  for (const row of policy.match) {
    const [at, isList] = pathOf(policy, row, context);
    row.pools.forEach((id, i) => {
      refer(context, "pools", id, isList ? [...at, i] : at);
    });
    if (known && map !== undefined) checkRow(row, map, at, context);
    else if (!known) checkForm(row, at, context);
  }
}

/** Where a row is written, and whether as a list: `default` may have been a short form. */
function pathOf(policy: Policy, row: GeoMatch, context: CheckContext): [Path, boolean] {
  const path = ["policies", policy.id];
  const candidates: Path[] = [[...path, "match", row.location]];
  if (row.location === "default") candidates.push([...path, "pool"], [...path, "pools"]);
  for (const at of candidates) {
    const value = valueAt(context.raw, at);
    if (value !== undefined) return [at, Array.isArray(value)];
  }
  return [path, false];
}

function checkForm(row: GeoMatch, at: Path, context: CheckContext): void {
  if (row.location === "default" || /^(net|asn)\//.test(row.location)) return;
  const refusal = locationRefusal(row.location);
  if (refusal === null) return;
  addAtKey(context, "CONFIG_LOCATION", at, `${row.location}: ${refusal}`);
}

function checkRow(row: GeoMatch, map: GeoMap, at: Path, context: CheckContext): void {
  if (row.location === "default") return;
  const [kind, name = ""] = row.location.split("/", 2);
  if (kind === "net" || kind === "asn") {
    const rules = (kind === "net" ? map.networks : map.asns).map((rule) => rule.name);
    if (rules.includes(name) || context.decoded.broken.maps.has(map.id)) return;
    const key = kind === "net" ? "networks" : "asns";
    const detail = `${row.location}: ${key} of map ${map.id} has no ${JSON.stringify(name)}`;
    addAtKey(context, "CONFIG_REFERENCE", at, `${detail}${suggestionText(name, rules)}`);
    return;
  }
  const location = parseLocation(row.location);
  if (location === null) {
    checkForm(row, at, context);
    return;
  }
  const why = unreachable(location, map, context);
  if (why === null) return;
  addAtKey(context, "CONFIG_LOCATION_UNREACHABLE", at, `${row.location}: ${why}`);
}

const DEPTHS = { continent: 1, country: 2, subdivision: 3, city: 4 } as const;

/** Why no client of `map` can be at `location`; null if one can. */
function unreachable(location: Location, map: GeoMap, context: CheckContext): string | null {
  const countryDepth = map.countryFile === "" ? 0 : DEPTHS.country;
  const databaseDepth = map.cityFile === "" ? countryDepth : DEPTHS.city;
  if (location.length <= Math.min(databaseDepth, DEPTHS[map.granularity])) return null;
  // Rules and the default place clients, too.
  const places = [...map.networks, ...map.asns].map((rule) => rule.location ?? "");
  // The location of a POP follows from its coordinates; which it is, the map will tell.
  if (places.some((place) => context.ids.pops.has(place))) return null;
  for (const place of [...places, map.defaultLocation]) {
    const inner = parseLocation(place);
    if (inner !== null && isAtOrBelow(inner, location)) return null;
  }
  if (databaseDepth === 0) return `map ${map.id} has no database of countries or cities`;
  if (location.length > databaseDepth) return `the database of map ${map.id} knows countries only`;
  return `map ${map.id} has granularity ${map.granularity}`;
}

/** The policy exists, and its endpoints can give what the name is asked for. */
export function checkSteer(steer: WrittenSteer, context: CheckContext): void {
  const { steered, policyPath, typesPath } = steer;
  const isAlias = steered.types.includes("CNAME");
  if (isAlias && steered.types.length > 1) {
    const detail = `${steered.owner} is steered for ${steered.types.join(", ")}`;
    add(context, "CONFIG_STEER_CNAME", typesPath ?? policyPath, detail);
  }
  if (!refer(context, "policies", steered.policy, policyPath)) return;
  const endpoints = endpointsOf(steered.policy, context);
  if (endpoints === null || (isAlias && steered.types.length > 1)) return;

  const unfit = endpoints.find(([, e]) => (isAlias ? e.target === null : isTargetOnly(e)));
  if (unfit !== undefined) {
    const why = isAlias ? "has no target" : "has a target and no address";
    const detail = `${steered.owner} ${steered.types.join(", ")}: endpoint ${unfit[0]} ${why}`;
    add(context, "CONFIG_STEER_KIND", typesPath ?? policyPath, detail);
    return;
  }
  checkFamilies(steered, typesPath, policyPath, endpoints, context);
}

/** An asked type that nothing can give. The default types are two wishes, of which one is enough. */
function checkFamilies(
  steered: SteeredName,
  typesPath: Path | null,
  policyPath: Path,
  endpoints: readonly (readonly [string, Endpoint])[],
  context: CheckContext,
): void {
  const given = steered.types.filter((type) =>
    endpoints.some(([, e]) => (type === "A" ? e.v4 : type === "AAAA" ? e.v6 : e.target) !== null),
  );
  if (given.length === steered.types.length || (typesPath === null && given.length > 0)) return;
  const missing = steered.types.filter((type) => !given.includes(type)).join(", ");
  const detail = `${steered.owner}: no endpoint of policy ${steered.policy} has an answer for ${missing}`;
  add(context, "CONFIG_STEER_NO_ADDRESS", typesPath ?? policyPath, detail);
}

function isTargetOnly(endpoint: Endpoint): boolean {
  return endpoint.target !== null && endpoint.v4 === null && endpoint.v6 === null;
}

/**
 * Endpoints that a policy can answer with, by full id; null if some of it is broken or missing, or
 * there are none, of which other faults tell.
 */
function endpointsOf(
  policyId: string,
  context: CheckContext,
): readonly (readonly [string, Endpoint])[] | null {
  const before = context.endpoints.get(policyId);
  if (before !== undefined) return before;
  const endpoints = collectEndpoints(policyId, context);
  context.endpoints.set(policyId, endpoints);
  return endpoints;
}

function collectEndpoints(policyId: string, context: CheckContext): [string, Endpoint][] | null {
  const { broken } = context.decoded;
  const policy = context.policies.get(policyId);
  if (policy === undefined || broken.policies.has(policyId)) return null;
  const endpoints: [string, Endpoint][] = [];
  for (const id of new Set(policy.match.flatMap((row) => row.pools))) {
    const pool = context.pools.get(id);
    if (pool === undefined || broken.pools.has(id)) return null;
    for (const endpoint of pool.endpoints) endpoints.push([`${id}/${endpoint.id}`, endpoint]);
  }
  return endpoints.length === 0 ? null : endpoints;
}
