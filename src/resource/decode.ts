// SPDX-License-Identifier: Apache-2.0
/**
 * From what an operator wrote to the desired state: shapes checked, defaults filled in, short forms
 * written out, names absolute, addresses in their canonical form, lists sorted by id.
 *
 * Each resource is checked by itself and not the document as a whole, because one bad endpoint must
 * not hide what is wrong with every other thing. A resource whose shape is broken is kept in
 * `broken`, so that who refers to it is not told that it does not exist; of it, what is sound is in
 * the state, so that it is looked at, too. A state with something broken is never handed out.
 *
 * Invariants
 *   R1  Whatever `raw` is, nothing is thrown, and what is wrong is a fault.
 *   R2  The state depends on the content alone: not on the order of keys, nor on short forms.
 */
import { type Fault, fault } from "../base/faults.ts";
import { byCode, decodeMap, decodePolicy, decodePool, decodeProbe } from "./decode-rows.ts";
import {
  decodeDefaults,
  decodeKey,
  decodeRemote,
  type TransferContext,
} from "./decode-transfer.ts";
import { decodeZones, type FoundZone, type WrittenSteer } from "./decode-zones.ts";
import { check, describe, salvage } from "./issues.ts";
import type { PlaceOf } from "./place.ts";
import {
  type MapFields,
  type PolicyFields,
  type PoolFields,
  type PopFields,
  type ProbeFields,
  type SectionName,
  sections,
  type ZoneFields,
} from "./schema.ts";
import {
  type KeyFields,
  type RemoteFields,
  type ZoneDefaultsFields,
  zoneDefaultsFields,
} from "./schema-transfer.ts";
import type { DesiredState } from "./types.ts";

export interface DecodeOptions {
  readonly placeOf: PlaceOf;
  /** Makes a path of the text absolute. */
  readonly resolvePath: (path: string) => string;
  /** What `country: default` stands for. */
  readonly defaultCountryFile: string;
  /** Zones that zone folders and globs led to. */
  readonly foundZones: readonly FoundZone[];
  /** Where zones are kept that come from elsewhere: absolute. */
  readonly zonesFolder: string;
}

/** The state, and what the checks of `check.ts` need besides. */
export interface Decoded {
  readonly state: DesiredState;
  /** Ids of resources with a broken shape, by section. Of them the state has a part or nothing. */
  readonly broken: Readonly<Record<SectionName, ReadonlySet<string>>>;
  /** Steered names as written, with the paths of their keys. */
  readonly steers: readonly WrittenSteer[];
}

/** Reads the sections of the resources; other keys of `raw` are none of its business. */
export function decodeState(
  raw: Readonly<Record<string, unknown>>,
  options: DecodeOptions,
): { decoded: Decoded; faults: readonly Fault[] } {
  const faults: Fault[] = [];
  const { placeOf } = options;
  const pops = readSection<PopFields>("pops", raw, placeOf, faults);
  const probes = readSection<ProbeFields>("probes", raw, placeOf, faults);
  const pools = readSection<PoolFields>("pools", raw, placeOf, faults);
  const maps = readSection<MapFields>("maps", raw, placeOf, faults);
  const policies = readSection<PolicyFields>("policies", raw, placeOf, faults);
  const zones = readSection<ZoneFields>("zones", raw, placeOf, faults);
  const keys = readSection<KeyFields>("keys", raw, placeOf, faults);
  const remotes = readSection<RemoteFields>("remotes", raw, placeOf, faults);
  const keyRows = rowsOf(keys.rows, (id, fields) => decodeKey(id, fields, { ...options, faults }));
  const { resolvePath } = options;
  const remoteRows = rowsOf(remotes.rows, (id, row) => decodeRemote(id, row, resolvePath));
  const defaults = readDefaults(raw, placeOf, faults);
  const transfer: TransferContext = {
    ...{ placeOf, resolvePath, faults },
    remotes: new Map(remoteRows.map((remote) => [remote.id, remote])),
    remoteIds: new Set([...remotes.rows.keys(), ...remotes.broken]),
    keyIds: new Set([...keys.rows.keys(), ...keys.broken]),
  };
  const lists = decodeDefaults(defaults, transfer);
  const zonesDecoded = decodeZones(zones.rows, { ...options, raw, defaults, lists, transfer });
  faults.push(...zonesDecoded.faults);

  const context = { ...options, faults, soleMap: soleIdOf(raw["maps"]), raw };
  const state: DesiredState = {
    pops: rowsOf(pops.rows, (id, fields) => ({ id, ...fields })),
    probes: rowsOf(probes.rows, (id, fields) => decodeProbe(id, fields, context)),
    pools: rowsOf(pools.rows, (id, fields) => decodePool(id, fields)),
    maps: rowsOf(maps.rows, (id, fields) => decodeMap(id, fields, context)),
    policies: rowsOf(policies.rows, (id, fields) => decodePolicy(id, fields, context)),
    keys: keyRows,
    remotes: remoteRows,
    zones: zonesDecoded.zones,
  };
  const broken = {
    pops: pops.broken,
    probes: probes.broken,
    pools: pools.broken,
    maps: maps.broken,
    policies: policies.broken,
    keys: keys.broken,
    remotes: remotes.broken,
    zones: zones.broken,
  };
  return { decoded: { state, broken, steers: zonesDecoded.steers }, faults };
}

/** The section `zoneDefaults`; empty where it is broken. */
function readDefaults(
  raw: Readonly<Record<string, unknown>>,
  placeOf: PlaceOf,
  faults: Fault[],
): ZoneDefaultsFields {
  const result = check(zoneDefaultsFields, raw["zoneDefaults"] ?? {}, ["zoneDefaults"], placeOf);
  faults.push(...result.faults);
  return result.value ?? {};
}

interface Section<T> {
  readonly rows: ReadonlyMap<string, T>;
  readonly broken: ReadonlySet<string>;
}

/** One section, each row by itself. A section without a value is an empty section. */
function readSection<T>(
  name: SectionName,
  raw: Readonly<Record<string, unknown>>,
  placeOf: PlaceOf,
  faults: Fault[],
): Section<T> {
  const rows = new Map<string, T>();
  const broken = new Set<string>();
  const written = raw[name];
  if (written === undefined || written === null) return { rows, broken };
  if (typeof written !== "object" || Array.isArray(written)) {
    const detail = `${name} is ${describe(written)}, but must be a mapping`;
    faults.push(fault("CONFIG_TYPE", placeOf([name]), detail));
    return { rows, broken };
  }
  for (const [id, row] of Object.entries(written)) {
    const path = [name, id];
    const keyFaults = name === "zones" ? [] : idFaults(id, path, placeOf);
    const result = check(sections[name], row, path, placeOf);
    faults.push(...keyFaults, ...specific(name, result.faults, path, row, placeOf));
    if (result.value === null || keyFaults.length > 0) broken.add(id);
    const value = result.value ?? salvage(sections[name], row, result.issues);
    if (value !== null && keyFaults.length === 0) rows.set(id, value as T);
  }
  return { rows, broken };
}

const ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

function idFaults(id: string, path: readonly string[], placeOf: PlaceOf): Fault[] {
  if (ID_PATTERN.test(id)) return [];
  const detail = `${JSON.stringify(id)} is no id: letters, digits, dot, hyphen, underscore`;
  return [fault("CONFIG_VALUE", placeOf(path, "key"), detail)];
}

/** A map without its default has a fault of its own: the rule deserves more than "is missing". */
function specific(
  name: SectionName,
  found: readonly Fault[],
  path: readonly string[],
  row: unknown,
  placeOf: PlaceOf,
): readonly Fault[] {
  if (name !== "maps" || typeof row !== "object" || row === null || "default" in row) return found;
  const missing = `maps.${path[1]}.default is missing`;
  return found.map((f) =>
    f.key === "CONFIG_KEY_MISSING" && f.detail.endsWith(".default is missing")
      ? fault("CONFIG_MAP_NO_DEFAULT", placeOf(path, "key"), missing)
      : f,
  );
}

/** The id of the only map, which policies then need not name; "" if there are none or several. */
function soleIdOf(written: unknown): string {
  if (typeof written !== "object" || written === null) return "";
  const ids = Object.keys(written);
  return ids.length === 1 ? ids[0]! : "";
}

function rowsOf<F, T>(rows: ReadonlyMap<string, F>, make: (id: string, fields: F) => T): T[] {
  return [...rows.keys()].sort(byCode).map((id) => make(id, rows.get(id)!));
}
