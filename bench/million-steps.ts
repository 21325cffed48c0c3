// SPDX-License-Identifier: Apache-2.0
/** Steps of a large zone's way into the table, timed in a fresh process; JSON on stdout. */
import { readFileSync } from "node:fs";
import { nameFromText } from "../src/dns/names.ts";
import { sha256 } from "../src/io/digest.ts";
import { createArena } from "../src/table/arena.ts";
import { buildZone } from "../src/table/build-zone.ts";
import { applyChange } from "../src/table/patch.ts";
import { createImage } from "../src/table/table-image.ts";
import { checkZone } from "../src/zone/check.ts";
import { indexZone } from "../src/zone/index.ts";
import { scanZone } from "../src/zone/scan.ts";
import type { Steps } from "./million.ts";
import { APEX } from "./zones.ts";

const TABLE_OCTETS = 1024 * 2 ** 20;

const file = process.argv[2]!;
const text = readFileSync(file);
const apex = nameFromText(APEX) as Uint8Array;
let last = performance.now();
const lap = (): number => {
  const now = performance.now();
  const took = now - last;
  last = now;
  return took;
};

const { value: zone, faults } = scanZone(text, { apex, file });
const scanMs = lap();
const index = indexZone(zone);
const indexMs = lap();
const found = checkZone(zone, index);
const checkMs = lap();
const built = buildZone({ zone, index, steered: [], digest: sha256 });
const buildMs = lap();
if (built.value === null || faults.length + found.length > 0) throw new Error("the zone is bad");
const image = createImage(createArena(new Uint8Array(new SharedArrayBuffer(TABLE_OCTETS))));
const placed = applyChange(image, { revision: 1, put: [built.value], digest: sha256 });
const placeMs = lap();
if (placed.value === null) throw new Error("the table is full");

const steps: Steps = {
  scanMs,
  indexMs,
  checkMs,
  buildMs,
  placeMs,
  valueOctets: zone.octets.length + zone.records.byteLength,
  tableOctets: placed.value.placed.reduce((sum, one) => sum + one.size, 0),
  rssPeakMiB: process.resourceUsage().maxRSS / 1024,
};
process.stdout.write(JSON.stringify(steps));
