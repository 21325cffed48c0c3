// SPDX-License-Identifier: Apache-2.0
/** Small zones, maps and policies as segments and whole tables, for tests. */
import { hash } from "node:crypto";
import { typeNumber } from "../../src/dns/iana.ts";
import { nameFromText } from "../../src/dns/names.ts";
import type { FoldedMap, Region } from "../../src/geo/types.ts";
import type { DesiredState, Endpoint, Policy } from "../../src/resource/types.ts";
import { createArena } from "../../src/table/arena.ts";
import { type BuiltMap, buildMap } from "../../src/table/build-map.ts";
import { type BuiltSteering, buildSteering } from "../../src/table/build-steering.ts";
import { type BuiltZone, buildZone } from "../../src/table/build-zone.ts";
import { applyChange, type TableChange } from "../../src/table/patch.ts";
import { createImage, type TableImage } from "../../src/table/table-image.ts";
import { indexZone } from "../../src/zone/index.ts";
import { scanZone } from "../../src/zone/scan.ts";
import type { SteeredOwner, ZoneValue } from "../../src/zone/value.ts";

/** SHA-256, as the shell hands it in. */
export function digest(octets: Uint8Array): Uint8Array {
  return new Uint8Array(hash("sha256", octets, "buffer"));
}

/** The wire form of a name in text. */
export function name(text: string): Uint8Array {
  const wire = nameFromText(text);
  if (wire === null) throw new Error(`no name: ${text}`);
  return wire;
}

/** A zone value from master-file text; throws on any fault. */
export function zoneValue(apex: string, text: string): ZoneValue {
  const { value, faults } = scanZone(new TextEncoder().encode(text), {
    apex: name(apex),
    file: `${apex}zone`,
  });
  if (faults.length > 0) throw new Error(JSON.stringify(faults));
  return value;
}

/** Steered owners as the tests write them: [owner, types, policy]. */
export type SteeredText = readonly [owner: string, types: string, policy: string];

export function steeredOwners(list: readonly SteeredText[]): SteeredOwner[] {
  return list.map(([owner, types, policy]) => ({
    owner: name(owner),
    types: types.split(" ").map(typeNumber),
    policy,
  }));
}

/** SOA and NS, which every zone needs; the serial can be chosen. */
export function apexText(serial = 1): string {
  return `@ 3600 SOA ns1 hostmaster ${serial} 7200 1800 259200 120\n@ 3600 NS ns1\n`;
}

/** A zone ready to be placed; throws on any fault. */
export function builtZone(
  apex: string,
  text: string,
  steered: readonly SteeredText[] = [],
  known?: Uint8Array,
): BuiltZone {
  const zone = zoneValue(apex, text);
  const built = buildZone({
    zone,
    index: indexZone(zone),
    steered: steeredOwners(steered),
    digest,
    ...(known === undefined ? {} : { known }),
  });
  if (built.value === null) throw new Error(JSON.stringify(built.faults));
  return built.value;
}

/** Regions from names; their places are unknown. */
export function regions(...names: string[]): Region[] {
  return names.map((one) => ({ name: one, location: "", latitude: null, longitude: null }));
}

/** A leaf word. */
export function leaf(region: number, prefixLength: number, layer = 0): number {
  return (region | (prefixLength << 16) | (layer << 24)) >>> 0;
}

/** A map of the whole space in one region. */
export function worldMap(...names: string[]): FoldedMap {
  return {
    regions: regions(...(names.length === 0 ? ["default"] : names)),
    v4Starts: Uint32Array.of(0),
    v4Leaves: Uint32Array.of(leaf(0, 0)),
    v6High: Uint32Array.of(0),
    v6Low: Uint32Array.of(0),
    v6Leaves: Uint32Array.of(leaf(0, 0)),
  };
}

/** Halves: IPv4 below and above 128.0.0.0, IPv6 below and above 2001:db8::/64. */
export function halvesMap(): FoldedMap {
  const v6: [number, number, number, number][] = [];
  // Aligned networks around one /64, from the shortest in front of it to the shortest behind.
  const high = 0x20010db8;
  let atHigh = 0;
  let atLow = 0;
  const push = (length: number, region: number): void => {
    v6.push([atHigh, atLow, length, region]);
    if (length <= 32) atHigh += 2 ** (32 - length);
    else atLow += 2 ** (64 - length);
    if (atLow === 2 ** 32) {
      atLow = 0;
      atHigh += 1;
    }
  };
  for (let bit = 31; bit >= 0; bit -= 1) if ((high >>> bit) & 1) push(32 - bit, 0);
  push(64, 1);
  while (atLow !== 0) push(64 - Math.log2((atLow & -atLow) >>> 0), 0);
  while (atHigh < 2 ** 32) push(32 - Math.log2((atHigh & -atHigh) >>> 0), 0);
  return {
    regions: regions("default", "net/test"),
    v4Starts: Uint32Array.of(0, 0x80000000),
    v4Leaves: Uint32Array.of(leaf(0, 1), leaf(1, 1, 6)),
    v6High: Uint32Array.from(v6, (one) => one[0]),
    v6Low: Uint32Array.from(v6, (one) => one[1]),
    v6Leaves: Uint32Array.from(v6, (one) => leaf(one[3], one[2], one[3] * 6)),
  };
}

export function builtMap(id: string, map: FoldedMap = worldMap()): BuiltMap {
  return buildMap(id, map, digest);
}

/** An endpoint with defaults. */
export function endpoint(id: string, rest: Partial<Endpoint> = {}): Endpoint {
  return {
    id,
    pop: "fra",
    v4: "192.0.2.1",
    v6: null,
    target: null,
    weight: 1,
    capacity: 0,
    probeAddress: null,
    probePort: 0,
    ...rest,
  };
}

/** A policy with defaults. */
export function policy(id: string, map: string, rest: Partial<Policy> = {}): Policy {
  return {
    id,
    map,
    match: [{ location: "default", pools: ["web"] }],
    order: "nearest",
    spread: 1,
    toleranceRatio: 0,
    picker: "rendezvous",
    answers: 1,
    allDown: "all",
    ttlSecs: 60,
    ttlDegradedSecs: 20,
    ttlHoldSecs: 60,
    slowStartSecs: 0,
    stickyV4Bits: 24,
    stickyV6Bits: 56,
    client: "ecs",
    negativeTtlSecs: 60,
    ...rest,
  };
}

/** A state of two POPs, one pool of three endpoints and the given policies. */
export function steeringState(
  policies: readonly Policy[],
): Pick<DesiredState, "pops" | "pools" | "policies"> {
  const endpoints = [
    endpoint("b", { v6: "2001:db8::b" }),
    endpoint("a", { pop: "iad", v4: "198.51.100.7", weight: 3 }),
    endpoint("c", { v4: null, target: "cdn.example.net." }),
  ];
  return {
    pops: [
      { id: "iad", latitude: 38.95, longitude: -77.45, country: "US", capacity: 0 },
      { id: "fra", latitude: 50.03, longitude: 8.57, country: "DE", capacity: 0 },
    ],
    pools: [{ id: "web", endpoints, probes: [] }],
    policies,
  };
}

export function builtSteering(
  policies: readonly Policy[],
  maps: readonly BuiltMap[],
): BuiltSteering {
  const built = buildSteering(steeringState(policies), maps, digest);
  if (built.value === null) throw new Error(JSON.stringify(built.faults));
  return built.value;
}

/** An empty table over memory of its own. */
export function newImage(size = 4 << 20): TableImage {
  return createImage(createArena(new Uint8Array(new SharedArrayBuffer(size)), { poison: true }));
}

/** Applies a change; throws on any fault. Gives what applyChange gives. */
export function applied(image: TableImage, change: Omit<TableChange, "digest">) {
  const result = applyChange(image, { ...change, digest });
  if (result.value === null) throw new Error(JSON.stringify(result.faults));
  return result.value;
}
