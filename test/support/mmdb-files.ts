// SPDX-License-Identifier: Apache-2.0
/** Databases of each kind in the shapes of their makers, for tests. All places are made up or public. */
import { double, type MmdbSpec, writeMmdb } from "./mmdb-writer.ts";

const berlin = {
  continent: { code: "EU", geoname_id: 6255148, names: { de: "Europa", en: "Europe" } },
  country: { iso_code: "DE", names: { de: "Deutschland", en: "Germany" }, geoname_id: 2921044 },
  registered_country: { iso_code: "FR" },
  subdivisions: [{ iso_code: "BE", names: { en: "Land Berlin" } }],
  city: { names: { de: "Berlin", en: "Berlin" } },
  location: { latitude: double(52.5), longitude: double(13.4), accuracy_radius: 20 },
};

const singapore = {
  continent: { code: "AS" },
  country: { iso_code: "SG" },
  city: { names: { en: "Singapore" } },
  location: { latitude: double(1.29), longitude: double(103.85) },
};

/** MaxMind's City: nested, with aliases of the IPv4 subtree. */
export const citySpec: MmdbSpec = {
  databaseType: "GeoLite2-City",
  aliases: true,
  pointers: true,
  networks: [
    { prefix: "192.0.2.0/24", data: berlin },
    { prefix: "198.51.100.0/25", data: singapore },
    { prefix: "198.51.100.128/25", data: { continent: { code: "EU" } } },
    { prefix: "2001:db8::/32", data: berlin },
    { prefix: "2001:db8:1::/48", data: singapore },
  ],
};

/** The flat shape of ip-location-db. */
export const countrySpec: MmdbSpec = {
  databaseType: "ipvAll country",
  networks: [
    { prefix: "192.0.2.0/24", data: { country_code: "DE" } },
    { prefix: "203.0.113.0/24", data: { country_code: "JP" } },
    { prefix: "2001:db8::/32", data: { country_code: "DE" } },
  ],
};

export const asnSpec: MmdbSpec = {
  databaseType: "GeoLite2-ASN",
  networks: [
    {
      prefix: "192.0.2.0/24",
      data: { autonomous_system_number: 64496, autonomous_system_organization: "Example" },
    },
    { prefix: "2001:db8::/33", data: { autonomous_system_number: 4200000000 } },
  ],
};

export const cityFile = (): Uint8Array => writeMmdb(citySpec);
export const countryFile = (): Uint8Array => writeMmdb(countrySpec);
export const asnFile = (): Uint8Array => writeMmdb(asnSpec);
