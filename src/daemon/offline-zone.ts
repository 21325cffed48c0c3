// SPDX-License-Identifier: Apache-2.0
/**
 * A master file without a server: what is wrong with it, and what it would change.
 *
 * The check is the job of the server's compiler threads, so that it finds what a server would find,
 * down to what only shows when the table is built. The difference is taken of zone values, and what
 * is served comes as the text of a dump: it then went the way of every other master file, and equal
 * records are equal octets.
 */
import { resolve } from "node:path";
import type { Actions, Refusal, ZoneDiffReport, ZoneReport } from "../cli/actions.ts";
import { loadConfig } from "../config/load.ts";
import { lowerName, nameFromText, nameToText } from "../dns/names.ts";
import { compileZone, readZone } from "../io/compile-zone.ts";
import { defaultCountryFile } from "../io/mmdb.ts";
import type { SteeredName } from "../resource/types.ts";
import { diffZones } from "../zone/diff.ts";
import { diffLines } from "../zone/master.ts";
import { scanZone } from "../zone/scan.ts";

type CheckWish = Parameters<Actions["checkZone"]>[0];
type DiffWish = Parameters<Actions["diffZone"]>[0];

/** `azimuth zone check`. */
export function checkZoneFile(wish: CheckWish): ZoneReport | Refusal {
  const apex = canonical(wish.apex);
  const { file, strict } = wish;
  const steered = wish.config === null ? [] : steeredBy(wish.config, apex);
  if ("error" in steered) return steered;
  const nowSecs = Math.floor(Date.now() / 1000);
  const job = { apex, file, steered, known: null, strict, nowSecs };
  const { built, faults, recordCount } = compileZone(job);
  if (built === null) return { faults, zone: null };
  const { serial, ownerCount, signed } = built;
  return { faults, zone: { apex, serial, records: recordCount, owners: ownerCount, signed } };
}

/** What a configuration steers in a zone of its. */
function steeredBy(config: string, apex: string): readonly SteeredName[] | Refusal {
  const loaded = loadConfig(resolve(config), { defaultCountryFile: defaultCountryFile() });
  if (loaded.value === null) return { error: `${config} has errors`, faults: loaded.faults };
  const zone = loaded.value.state.zones.find((one) => one.apex === apex);
  return zone?.steered ?? { error: `${config} has no zone ${apex}` };
}

/** `azimuth zone diff`. */
export function diffZoneFile({ apex: text, file, served, steered }: DiffWish): ZoneDiffReport {
  const apex = canonical(text);
  // Steered names come from the server and not from a line that could be shown.
  const place = { file, line: 0, column: 0 };
  const names = steered.map((one) => ({ ...one, place })) as readonly SteeredName[];
  const { zone, faults } = readZone({ apex, file, steered: names });
  if (zone === null) return { faults, lines: null };
  const before = scanZone(new TextEncoder().encode(served), {
    apex: zone.value.apex,
    file: "what is served",
  });
  const diff = diffZones(before.value, zone.value, undefined, zone.index);
  return { faults, lines: diffLines(diff) };
}

/** Lower case, with a final dot; the command line has seen that it is a name. */
function canonical(apex: string): string {
  const name = nameFromText(apex);
  return name === null ? apex : nameToText(lowerName(name));
}
