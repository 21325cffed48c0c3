// SPDX-License-Identifier: Apache-2.0
/**
 * What a decoded record says of place and AS, whichever of the known shapes it has.
 *
 *   MaxMind, DB-IP   country.iso_code, continent.code, subdivisions[0], city.names.en, location,
 *                    autonomous_system_number
 *   ip-location-db   country_code, state1, city, latitude, longitude, autonomous_system_number
 *   IPinfo           country, continent (or _code), region, city, asn as "AS64496"
 *
 * A field that is missing or of another kind counts as not said. That is no fault: databases leave
 * out what they do not know, and each has fields of its own.
 */
import type { GeoRecord } from "../geo/types.ts";

const ASN_MAX = 0xffffffff;

export function readRecord(value: unknown): GeoRecord {
  const country = textAt(value, "country", "iso_code") || textAt(value, "country_code");
  const continent = textAt(value, "continent", "code") || textAt(value, "continent_code");
  const subdivision = at(at(value, "subdivisions"), 0);
  const location = at(value, "location") ?? value;
  const latitude = degreesAt(location, "latitude", 90);
  const longitude = degreesAt(location, "longitude", 180);
  const hasPoint = latitude !== null && longitude !== null;
  return {
    continent: (continent || textAt(value, "continent")).toUpperCase(),
    country: (country || textAt(value, "country")).toUpperCase(),
    subdivision:
      textAt(subdivision, "iso_code") ||
      textAt(at(subdivision, "names"), "en") ||
      textAt(value, "state1") ||
      textAt(value, "region"),
    city: textAt(at(at(value, "city"), "names"), "en") || textAt(value, "city"),
    latitude: hasPoint ? latitude : null,
    longitude: hasPoint ? longitude : null,
    asn: asnOf(at(value, "autonomous_system_number") ?? at(value, "asn")),
  };
}

function at(value: unknown, key: string | number): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.hasOwn(value, key) ? (value as Record<string | number, unknown>)[key] : undefined;
}

function textAt(value: unknown, ...path: readonly string[]): string {
  const found = path.reduce<unknown>((v, key) => at(v, key), value);
  return typeof found === "string" ? found : "";
}

function degreesAt(value: unknown, key: string, most: number): number | null {
  const found = at(value, key);
  return typeof found === "number" && Math.abs(found) <= most ? found : null;
}

function asnOf(value: unknown): number {
  const asn = typeof value === "string" ? Number(value.replace(/^AS/i, "")) : value;
  return typeof asn === "number" && Number.isInteger(asn) && asn >= 0 && asn <= ASN_MAX ? asn : 0;
}
