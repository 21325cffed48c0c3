// SPDX-License-Identifier: Apache-2.0
/** The default country database folded into a map: what a start and a new database file cost. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../src/config/load.ts";
import { compileMap } from "../src/io/compile-map.ts";
import { defaultCountryFile } from "../src/io/mmdb.ts";
import { type Bench, inFolder, median, type Report, round, type Skipped } from "./kit.ts";

const CONFIG = `
pops:
  fra: { latitude: 50.11, longitude: 8.68, country: DE }
  iad: { latitude: 38.95, longitude: -77.45, country: US }
maps:
  country: { country: default, granularity: country, default: EU }
  continent: { country: default, granularity: continent, default: EU }
`;

export const compile: Bench = {
  name: "compile",
  doc: "the default country database folded into a map",
  run: ({ rounds }) => inFolder((folder) => measure(folder, rounds)),
};

async function measure(folder: string, rounds: number): Promise<Report | Skipped> {
  const file = join(folder, "azimuth.yaml");
  writeFileSync(file, CONFIG);
  const loaded = loadConfig(file, { defaultCountryFile: defaultCountryFile() });
  if (loaded.value === null) return { skipped: loaded.faults[0]?.detail ?? "no configuration" };
  const { maps, pops } = loaded.value.state;
  const times = new Map<string, number[]>(maps.map((map) => [map.id, []]));
  const facts = new Map<string, { networks: number; regions: number; octets: number }>();
  for (let i = 0; i < rounds; i += 1) {
    for (const map of maps) {
      const startedAt = performance.now();
      const { built, networkCount, regions } = compileMap({ map, pops });
      times.get(map.id)!.push(performance.now() - startedAt);
      if (built === null) return { skipped: "the default database is not installed" };
      const octets = built.octets.length;
      facts.set(map.id, { networks: networkCount, regions: regions.length, octets });
    }
  }
  const rows = maps.map(({ id }) => ({
    granularity: id,
    firstMs: round(times.get(id)![0]!),
    medianMs: round(median(times.get(id)!)),
    ...facts.get(id)!,
  }));
  return {
    figures: { rounds, rows },
    tables: [
      {
        title: "Default country database to map segment",
        head: ["granularity", "first ms", "median ms", "networks", "regions", "octets"],
        rows: rows.map((row) => [
          row.granularity,
          row.firstMs,
          row.medianMs,
          row.networks,
          row.regions,
          row.octets,
        ]),
      },
    ],
  };
}
