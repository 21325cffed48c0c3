// SPDX-License-Identifier: Apache-2.0
/**
 * Folds a map: databases and the operator's rules become one partition with regions.
 *
 *   default < continent < country < subdivision < city < ASN < private < operator networks
 *
 * The first five come from one database that says each network's finest place, so they are one layer
 * of disjoint networks and need no precedence among themselves. Private blocks stand above ASNs,
 * because a database that places 10.0.0.0/8 is wrong.
 *
 * Invariants
 *   B1  Equal neighbours are merged before they become ECS scopes (requirement G02), and no scope
 *       reaches over a network with another answer (RFC 7871 §7.2.1).
 *   B2  The result depends on the contents of the input, not on the order of rules or records.
 *   B3  Regions are `default` and those in which some network lies.
 */
import type { Place } from "../base/faults.ts";
import { hasError } from "../base/faults.ts";
import { bad, good, type Result } from "../base/result.ts";
import { type GeoLayer, geoLayers, leafValue, REGION_COUNT_MAX } from "./layers.ts";
import { type Cover, coverOf, NONE, overlay, type Steps, stepsOf } from "./partition.ts";
import { type Placement, placeRules } from "./places.ts";
import { type Prefix, parsePrefix } from "./prefix.ts";
import { privatePrefixes } from "./private.ts";
import { isFineEnough, layerOfPath, meansOf, pathOfRecord, pointOfPath } from "./regions.ts";
import {
  type Findings,
  find,
  type PrefixValue,
  readAsnRules,
  readNetworkRules,
  stepsOfPrefixes,
} from "./rules.ts";
import type { FoldedMap, MapRules, PlacedPop, Region, WalkedDatabase } from "./types.ts";

export interface FoldInput {
  readonly map: MapRules;
  /** The city or country database; null without one. */
  readonly geo: WalkedDatabase | null;
  readonly asn: WalkedDatabase | null;
  readonly pops: readonly PlacedPop[];
  /** Where the map stands in the configuration, for faults. */
  readonly place?: Place;
}

/** A region on its way: what a leaf means before regions are numbered. */
interface Slot {
  readonly name: string;
  readonly layer: GeoLayer;
}

const DEFAULT_SLOT = 0;
const PRIVATE_SLOT = 1;

const privateList: readonly PrefixValue[] = privatePrefixes.map((text) => ({
  prefix: parsePrefix(text) as Prefix,
  value: PRIVATE_SLOT,
}));

/** The four layers of one family, weakest first. */
interface Layers {
  readonly geo: Steps;
  readonly folded: Steps;
}

/** Pure; about half a second per million networks. Faults: rows MAP_… of the catalogue. */
export function foldMap(input: FoldInput): Result<FoldedMap> {
  const { map, geo } = input;
  const place = input.place ?? { file: "", line: 0, column: 0 };
  const findings: Findings = { faults: [], place, mapId: map.id };

  const slots: Slot[] = [
    { name: "default", layer: geoLayers.DEFAULT },
    { name: "default", layer: geoLayers.PRIVATE },
  ];
  const geoSlots = slotsOfGeo(input, slots, findings);
  const asnValues = slotsOfRules("asn", map.asns, geoLayers.ASN, slots, findings);
  const netValues = slotsOfRules("net", map.networks, geoLayers.NETWORK, slots, findings);
  const byAsn = readAsnRules(map.asns, asnValues, findings);
  const nets = readNetworkRules(map.networks, netValues, findings);
  const asnSlots = slotsOfAsns(input, byAsn, findings);

  const v4 = foldFamily(input, 4, geoSlots, asnSlots, nets);
  const v6 = foldFamily(input, 6, geoSlots, asnSlots, nets);

  const means = meansOf(geo);
  const slotPaths = slots.map((s) => (s.name === "default" ? "" : s.name));
  const placed = placeRules({ map, pops: input.pops, means, v4, v6, slotPaths, findings });
  if (hasError(findings.faults)) return bad(findings.faults);

  const names = usedNames(slots, [v4.folded, v6.folded]);
  if (names.length > REGION_COUNT_MAX) {
    const detail = `${names.length} regions; take a coarser granularity than ${map.granularity}`;
    find(findings, "MAP_REGIONS_TOO_MANY", detail);
    return bad(findings.faults);
  }
  const indexes = new Map(names.map((name, i) => [name, i]));
  const words = slots.map((s) => leafValue(indexes.get(s.name) ?? 0, s.layer));
  const coverV4 = coverOf(v4.folded, 32);
  const coverV6 = coverOf(v6.folded, 64);
  const folded: FoldedMap = {
    regions: names.map((name) => placed.get(name) ?? regionOfPath(name, pointOfPath(name, means))),
    v4Starts: coverV4.highs,
    v4Leaves: leavesOf(coverV4, words),
    v6High: coverV6.highs,
    v6Low: coverV6.lows,
    v6Leaves: leavesOf(coverV6, words),
  };
  return good(folded, findings.faults);
}

/** One slot for each name that a record of the database has at the map's granularity. */
function slotsOfGeo(input: FoldInput, slots: Slot[], findings: Findings): Uint32Array {
  const { map, geo } = input;
  if (geo === null) return new Uint32Array(0);
  if (!isFineEnough(geo, map.granularity)) {
    const detail = `a database of type ${geo.databaseType} knows no ${map.granularity}`;
    find(findings, "MAP_DATABASE_COARSE", detail);
  }
  const byPath = new Map<string, number>([["", NONE]]);
  return Uint32Array.from(geo.records, (record) => {
    const path = pathOfRecord(record, map.granularity);
    const known = byPath.get(path);
    if (known !== undefined) return known;
    byPath.set(path, slots.length);
    return slots.push({ name: path, layer: layerOfPath(path) }) - 1;
  });
}

/** One slot for each rule, in their order. */
function slotsOfRules(
  kind: "net" | "asn",
  rules: readonly { readonly name: string }[],
  layer: GeoLayer,
  slots: Slot[],
  findings: Findings,
): readonly number[] {
  const names = new Set<string>();
  return rules.map((rule) => {
    const name = `${kind}/${rule.name}`;
    if (names.has(name)) find(findings, "MAP_RULE_TWICE", `${name} stands here twice`);
    names.add(name);
    return slots.push({ name, layer }) - 1;
  });
}

function slotsOfAsns(
  input: FoldInput,
  byAsn: ReadonlyMap<number, number>,
  findings: Findings,
): Uint32Array {
  if (input.asn === null) {
    if (byAsn.size > 0) find(findings, "MAP_ASN_FILE_MISSING", `${byAsn.size} numbers in rules`);
    return new Uint32Array(0);
  }
  const seen = new Set(input.asn.records.map((r) => r.asn));
  for (const asn of byAsn.keys()) {
    if (!seen.has(asn)) find(findings, "MAP_ASN_UNSEEN", `AS${asn}`);
  }
  return Uint32Array.from(input.asn.records, (r) => byAsn.get(r.asn) ?? NONE);
}

function foldFamily(
  input: FoldInput,
  family: 4 | 6,
  geoSlots: Uint32Array,
  asnSlots: Uint32Array,
  nets: readonly PrefixValue[],
): Layers {
  const geo = stepsOfDatabase(input.geo, family, geoSlots, DEFAULT_SLOT);
  let folded = geo;
  // A map without rules on ASNs need not pay for a walk through all of them.
  if (asnSlots.some((slot) => slot !== NONE)) {
    folded = overlay(folded, stepsOfDatabase(input.asn, family, asnSlots, NONE));
  }
  folded = overlay(folded, stepsOfPrefixes(privateList, family));
  folded = overlay(folded, stepsOfPrefixes(nets, family));
  return { geo, folded };
}

/** `otherwise` is said where the database or `slots` says nothing. */
function stepsOfDatabase(
  database: WalkedDatabase | null,
  family: 4 | 6,
  slots: Uint32Array,
  otherwise: number,
): Steps {
  const empty = { highs: new Uint32Array(0), lows: null, lengths: new Uint8Array(0) };
  if (database === null) return stepsOf(empty, () => otherwise, otherwise);
  const isV4 = family === 4;
  const records = isV4 ? database.v4Records : database.v6Records;
  const networks = {
    highs: isV4 ? database.v4Starts : database.v6High,
    lows: isV4 ? null : database.v6Low,
    lengths: isV4 ? database.v4Lengths : database.v6Lengths,
  };
  const valueAt = (i: number): number => {
    const slot = slots[records[i]!]!;
    return slot === NONE ? otherwise : slot;
  };
  return stepsOf(networks, valueAt, otherwise);
}

/** Sorted by code units; `default` is always there (B3). */
function usedNames(slots: readonly Slot[], families: readonly Steps[]): readonly string[] {
  const used = new Uint8Array(slots.length);
  used[DEFAULT_SLOT] = 1;
  for (const { values } of families) {
    for (let i = 0; i < values.size; i += 1) used[values.items[i]!] = 1;
  }
  return [...new Set(slots.filter((_, i) => used[i] === 1).map((s) => s.name))].toSorted(
    byCodeUnit,
  );
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function regionOfPath(path: string, point: Placement["point"]): Region {
  const latitude = point?.latitude ?? null;
  return { name: path, location: path, latitude, longitude: point?.longitude ?? null };
}

function leavesOf(cover: Cover, words: readonly number[]): Uint32Array {
  const leaves = new Uint32Array(cover.values.length);
  for (let i = 0; i < leaves.length; i += 1) {
    leaves[i] = words[cover.values[i]!]! | (cover.lengths[i]! << 16);
  }
  return leaves;
}
