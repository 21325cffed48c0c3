// SPDX-License-Identifier: Apache-2.0
/**
 * Fields of one resource, already of the right shape, to its value: short forms written out,
 * addresses and names in the one form that the rest of the program compares.
 *
 * Faults that one resource alone can have, but that need two of its keys, are found here, since
 * only here it is still known which key was written.
 */
import { type Fault, type FaultKey, fault } from "../base/faults.ts";
import { lowerName, nameFromText, nameToText } from "../dns/names.ts";
import { parseAddress, parsePrefix, printAddress, printPrefix } from "../geo/prefix.ts";
import { type Path, type PlaceOf, valueAt } from "./place.ts";
import {
  type EndpointFields,
  HTTP_PROBE_KEYS,
  type MapFields,
  type NetworkFields,
  type PolicyFields,
  type PoolFields,
  type ProbeFields,
} from "./schema.ts";
import type {
  AsnRule,
  Endpoint,
  GeoMap,
  GeoMatch,
  NetworkRule,
  Policy,
  Pool,
  Probe,
} from "./types.ts";

export interface RowContext {
  readonly raw: Readonly<Record<string, unknown>>;
  readonly placeOf: PlaceOf;
  readonly resolvePath: (path: string) => string;
  readonly defaultCountryFile: string;
  /** Id of the only map; "" if there are none or several. */
  readonly soleMap: string;
  /** Findings are added here. */
  readonly faults: Fault[];
}

export function decodeProbe(id: string, fields: ProbeFields, context: RowContext): Probe {
  if (fields.kind === "tcp") {
    for (const key of HTTP_PROBE_KEYS) {
      if (valueAt(context.raw, ["probes", id, key]) === undefined) continue;
      add(context, "CONFIG_KEYS_EXCLUSIVE", ["probes", id, key], `a tcp probe has no ${key}`);
    }
  }
  const statuses = fields.statuses.map((written, i): readonly [number, number] => {
    if (typeof written === "number") return [written, written];
    const [from, to] = written.split("-").map(Number) as [number, number];
    if (from > to) {
      const detail = `${written} ends before it begins`;
      add(context, "CONFIG_VALUE", ["probes", id, "statuses", i], detail);
    }
    return [from, to];
  });
  return { id, ...fields, statuses };
}

export function decodePool(id: string, fields: PoolFields): Pool {
  const endpoints = Object.keys(fields.endpoints)
    .sort(byCode)
    .map((name) => decodeEndpoint(name, fields.endpoints[name]!));
  return { id, endpoints, probes: fields.probes };
}

function decodeEndpoint(id: string, fields: EndpointFields): Endpoint {
  return {
    id,
    pop: fields.pop,
    v4: canonicalAddress(fields.v4),
    v6: canonicalAddress(fields.v6),
    target: fields.target === undefined ? null : canonicalName(fields.target),
    weight: fields.weight,
    capacity: fields.capacity,
    probeAddress: canonicalAddress(fields.probeAddress),
    probePort: fields.probePort,
  };
}

export function decodeMap(id: string, fields: MapFields, context: RowContext): GeoMap {
  const path = ["maps", id];
  if (fields.city !== undefined && fields.country !== undefined) {
    const detail = "a map has a city database or a country database, not both";
    add(context, "CONFIG_KEYS_EXCLUSIVE", [...path, "country"], detail);
  }
  if (fields.asn === undefined && Object.keys(fields.asns).length > 0) {
    const detail = "asns need an ASN database: the key asn";
    add(context, "CONFIG_KEY_MISSING", [...path, "asns"], detail);
  }
  const resolve = (file: string | undefined) =>
    file === undefined ? "" : context.resolvePath(file);
  const isDefault = fields.country === "default";
  return {
    id,
    cityFile: resolve(fields.city),
    countryFile: isDefault ? context.defaultCountryFile : resolve(fields.country),
    asnFile: resolve(fields.asn),
    granularity: fields.granularity,
    networks: decodeNetworks(fields.networks, [...path, "networks"], context),
    asns: decodeAsns(fields.asns, [...path, "asns"], context),
    defaultLocation: fields.default,
  };
}

function decodeNetworks(
  rules: MapFields["networks"],
  path: Path,
  context: RowContext,
): NetworkRule[] {
  return Object.keys(rules)
    .sort(byCode)
    .map((name) => {
      const fields = rules[name]!;
      return {
        name,
        prefixes: fields.prefixes.map(canonicalPrefix),
        ...whereOf(fields, [...path, name], context),
      };
    });
}

function decodeAsns(rules: MapFields["asns"], path: Path, context: RowContext): AsnRule[] {
  return Object.keys(rules)
    .sort(byCode)
    .map((name) => {
      const fields = rules[name]!;
      const asns = fields.asns.map((asn) =>
        typeof asn === "number" ? asn : Number(asn.slice("AS".length)),
      );
      return { name, asns, ...whereOf(fields, [...path, name], context) };
    });
}

function whereOf(
  fields: Pick<NetworkFields, "location" | "latitude" | "longitude">,
  path: Path,
  context: RowContext,
): Pick<NetworkRule, "location" | "latitude" | "longitude"> {
  if ((fields.latitude === undefined) !== (fields.longitude === undefined)) {
    const [given, other] =
      fields.latitude === undefined ? ["longitude", "latitude"] : ["latitude", "longitude"];
    add(context, "CONFIG_KEY_MISSING", [...path, given!], `${given} is given without ${other}`);
  }
  return {
    location: fields.location ?? null,
    latitude: fields.latitude ?? null,
    longitude: fields.longitude ?? null,
  };
}

export function decodePolicy(id: string, fields: PolicyFields, context: RowContext): Policy {
  const path = ["policies", id];
  if (fields.map === undefined && context.soleMap === "") {
    const detail = `policies.${id}.map is missing, and there is not exactly one map`;
    context.faults.push(fault("CONFIG_KEY_MISSING", context.placeOf(path, "key"), detail));
  }
  const { map: _map, match: _match, pool: _pool, pools: _pools, sticky, ...plain } = fields;
  return {
    id,
    ...plain,
    map: fields.map ?? context.soleMap,
    match: decodeMatch(id, fields, context),
    stickyV4Bits: sticky.v4,
    stickyV6Bits: sticky.v6,
  };
}

/** Rows in order of location. `pool` and `pools` are a row `default`. */
function decodeMatch(id: string, fields: PolicyFields, context: RowContext): GeoMatch[] {
  const path = ["policies", id];
  const listOf = (written: string | readonly string[]) =>
    typeof written === "string" ? [written] : written;
  const rows = Object.entries(fields.match ?? {}).map(([location, pools]) => ({
    location,
    pools: listOf(pools),
  }));
  const hasDefault = rows.some((row) => row.location === "default");
  const short = fields.pool ?? fields.pools;
  if (fields.pool !== undefined && fields.pools !== undefined) {
    add(context, "CONFIG_KEYS_EXCLUSIVE", [...path, "pools"], "pool and pools are both given");
  } else if (short !== undefined && hasDefault) {
    const key = fields.pool === undefined ? "pools" : "pool";
    add(
      context,
      "CONFIG_KEYS_EXCLUSIVE",
      [...path, key],
      `${key} and match.default are both given`,
    );
  } else if (short !== undefined) {
    rows.push({ location: "default", pools: listOf(short) });
  } else if (!hasDefault) {
    const place = context.placeOf(fields.match === undefined ? path : [...path, "match"], "key");
    const detail = `policy ${id} has no row default`;
    context.faults.push(fault("CONFIG_POLICY_NO_DEFAULT", place, detail));
  }
  return rows.sort((a, b) => byCode(a.location, b.location));
}

/** RFC 5952 for IPv6, so that equal addresses are equal texts. */
function canonicalAddress(text: string | undefined): string | null {
  const address = text === undefined ? null : parseAddress(text);
  return address === null ? null : printAddress(address.octets);
}

function canonicalPrefix(text: string): string {
  const prefix = parsePrefix(text);
  return typeof prefix === "string" ? text : printPrefix(prefix);
}

/** Lower case, absolute, with its final dot; escapes as the zone's text would have them. */
export function canonicalName(text: string): string {
  const name = nameFromText(text);
  return name === null ? text : nameToText(lowerName(name));
}

/** Order of code units, which is the same on every machine, unlike that of a locale. */
export function byCode(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function add(context: RowContext, key: FaultKey, path: Path, detail: string): void {
  context.faults.push(fault(key, context.placeOf(path), detail));
}
