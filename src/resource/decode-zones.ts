// SPDX-License-Identifier: Apache-2.0
/**
 * Zones from two sources: rows of the configuration, and files that zone folders led to.
 *
 * A row may add steering to a zone whose file a folder has; that is why a row without a file is no
 * fault by itself. Two files for one zone are one: which of them would win is nothing that an
 * operator should have to guess.
 */
import { type Fault, fault, type Place } from "../base/faults.ts";
import { isSubdomain, lowerName, nameFromText, nameToText } from "../dns/names.ts";
import { decodeCatalog } from "./decode-catalog.ts";
import { byCode, canonicalName } from "./decode-rows.ts";
import { type AccessDefaults, decodeTransfer, type TransferContext } from "./decode-transfer.ts";
import { type Path, type PlaceOf, valueAt } from "./place.ts";
import { steerFields, type ZoneFields } from "./schema.ts";
import type { ZoneDefaultsFields } from "./schema-transfer.ts";
import type { SteeredName, Zone } from "./types.ts";

/** A zone file in a folder. The apex is a domain name in any case, with or without final dot. */
export interface FoundZone {
  readonly apex: string;
  /** Absolute. */
  readonly file: string;
  /** The row of `zoneFolders` that led to it. */
  readonly place: Place;
}

/** A steered name together with where its parts are written. */
export interface WrittenSteer {
  readonly zone: string;
  readonly steered: SteeredName;
  /** Path of the policy's id. */
  readonly policyPath: Path;
  /** Path of the list of types; null if the default stands in for it. */
  readonly typesPath: Path | null;
}

export interface ZoneOptions {
  /** The document: tells a written list of types from the default. */
  readonly raw: unknown;
  readonly placeOf: PlaceOf;
  readonly resolvePath: (path: string) => string;
  readonly foundZones: readonly FoundZone[];
  readonly zonesFolder: string;
  readonly defaults: ZoneDefaultsFields;
  readonly lists: AccessDefaults;
  readonly transfer: TransferContext;
}

export interface ZonesDecoded {
  readonly zones: readonly Zone[];
  readonly steers: readonly WrittenSteer[];
  readonly faults: readonly Fault[];
}

/** Zones sorted by apex, each apex once. */
export function decodeZones(
  rows: ReadonlyMap<string, ZoneFields>,
  options: ZoneOptions,
): ZonesDecoded {
  const { defaults, lists } = options;
  const faults: Fault[] = [];
  const steers: WrittenSteer[] = [];
  const found = foundByApex(options.foundZones, faults);
  const zones = new Map<string, Zone>();

  for (const [written, fields] of rows) {
    const path = ["zones", written];
    const place = options.placeOf(path, "key");
    const name = nameFromText(written);
    if (name === null) {
      faults.push(fault("CONFIG_NAME", place, `${JSON.stringify(written)} is no domain name`));
      continue;
    }
    const apex = nameToText(lowerName(name));
    const before = zones.get(apex);
    if (before !== undefined) {
      const detail = `${apex} stands at line ${before.place.line} already`;
      faults.push(fault("CONFIG_ZONE_TWICE", place, detail));
      continue;
    }
    const inFolder = found.get(apex);
    const isSecondary = fields.primaries !== undefined;
    const inRow = fields.file;
    const file = isSecondary
      ? keptFile(options.zonesFolder, apex)
      : inRow === undefined
        ? inFolder?.file
        : options.resolvePath(inRow);
    if (isSecondary && (inRow !== undefined || inFolder !== undefined)) {
      const detail = `${apex} has primaries, and a file as well: ${inRow ?? inFolder?.file}`;
      const at = inRow === undefined ? "primaries" : "file";
      faults.push(fault("CONFIG_KEYS_EXCLUSIVE", options.placeOf([...path, at]), detail));
    } else if (file === undefined) {
      const detail = `${apex} has no file, and no zone folder has one`;
      faults.push(fault("CONFIG_ZONE_NO_FILE", place, detail));
    } else if (inFolder !== undefined && inFolder.file !== file) {
      const detail = `${apex} is in ${file} and in ${inFolder.file}`;
      faults.push(fault("CONFIG_ZONE_TWICE", options.placeOf([...path, "file"]), detail));
    }
    const steered = decodeSteers(apex, name, fields.steer, [...path, "steer"], options, faults);
    steers.push(...steered);
    const names = steered.map((s) => s.steered);
    const strict = fields.strict ?? defaults.strict ?? false;
    const own = decodeTransfer(fields, defaults, lists, path, options.transfer);
    const base = { transfer: own, strict };
    const catalog = decodeCatalog(fields.catalog, base, [...path, "catalog"], options.transfer);
    const transfer = { ...own, catalog };
    zones.set(apex, { apex, file: file ?? "", steered: names, transfer, strict, place });
  }
  for (const [apex, { file, place }] of found) {
    if (zones.has(apex)) continue;
    const transfer = decodeTransfer({}, defaults, lists, ["zoneDefaults"], options.transfer);
    const strict = defaults.strict ?? false;
    zones.set(apex, { apex, file, steered: [], transfer, strict, place });
  }
  const sorted = [...zones.values()].sort((a, b) => byCode(a.apex, b.apex));
  return { zones: sorted, steers, faults };
}

/** Where a zone that comes from elsewhere is kept; octets that file systems mind are written as %xx. */
export function keptFile(folder: string, apex: string): string {
  const stem = apex === "." ? "%2e" : apex.slice(0, -1);
  const name = stem.replaceAll(/[^a-z0-9._-]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
  return `${folder}/${name.startsWith(".") ? `%2e${name.slice(1)}` : name}.zone`;
}

function foundByApex(list: readonly FoundZone[], faults: Fault[]): Map<string, FoundZone> {
  const byApex = new Map<string, FoundZone>();
  for (const zone of list) {
    const name = nameFromText(zone.apex);
    if (name === null) {
      const detail = `${zone.file}: ${JSON.stringify(zone.apex)} is no domain name`;
      faults.push(fault("CONFIG_NAME", zone.place, detail));
      continue;
    }
    const apex = canonicalName(zone.apex);
    const before = byApex.get(apex);
    // A folder and a glob may both lead to one file.
    if (before?.file === zone.file) continue;
    if (before !== undefined) {
      const detail = `${apex} is in ${before.file} and in ${zone.file}`;
      faults.push(fault("CONFIG_ZONE_TWICE", zone.place, detail));
      continue;
    }
    byApex.set(apex, zone);
  }
  return byApex;
}

/** Steered names of one zone in order of owner. */
function decodeSteers(
  apex: string,
  origin: Uint8Array,
  rows: ZoneFields["steer"],
  path: Path,
  options: ZoneOptions,
  faults: Fault[],
): WrittenSteer[] {
  const steers: WrittenSteer[] = [];
  const taken = new Map<string, Place>();
  for (const [written, row] of Object.entries(rows)) {
    const at = [...path, written];
    const place = options.placeOf(at, "key");
    const owner = nameFromText(written, origin);
    if (owner === null) {
      faults.push(fault("CONFIG_NAME", place, `${JSON.stringify(written)} is no domain name`));
      continue;
    }
    const text = nameToText(lowerName(owner));
    if (!isSubdomain(owner, origin)) {
      faults.push(fault("CONFIG_STEER_OUTSIDE", place, `${text} is not in the zone ${apex}`));
      continue;
    }
    const short = typeof row === "string";
    const fields = short ? steerFields.parse({ policy: row }) : row;
    const isDefault = short || valueAt(options.raw, [...at, "types"]) === undefined;
    const types = [...new Set(fields.types)].sort(byCode);
    for (const type of types) {
      const key = `${text} ${type}`;
      const before = taken.get(key);
      if (before === undefined) taken.set(key, place);
      else {
        const detail = `${text} ${type} is steered at line ${before.line} already`;
        faults.push(fault("CONFIG_STEER_TWICE", place, detail));
      }
    }
    steers.push({
      zone: apex,
      steered: { owner: text, types, policy: fields.policy, place },
      policyPath: short ? at : [...at, "policy"],
      typesPath: isDefault ? null : [...at, "types"],
    });
  }
  return steers.sort((a, b) => byCode(a.steered.owner, b.steered.owner));
}
