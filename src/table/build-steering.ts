// SPDX-License-Identifier: Apache-2.0
/**
 * Desired state → Steering segment: the policies, endpoints and POPs that plans and answers name by
 * number.
 *
 * One segment for all of it: it changes when an operator edits pools or policies, which is rare, and
 * is small. What changes with health and load is in plan memory and not here.
 *
 * Invariants
 *   G1  Policies, endpoints and POPs are sorted by id (code-unit order), so equal states give equal
 *       numbers on every node. An endpoint's id is `pool/endpoint`.
 *   G2  A hashSeed is the first 4 octets of SHA-256 of the id: it does not change when others come
 *       and go, so rendezvous picking moves only the clients that it must.
 */
import { type Fault, type FaultKey, fault } from "../base/faults.ts";
import { bad, good, type Result } from "../base/result.ts";
import { addressFromText } from "../dns/address.ts";
import { lowerName, nameFromText } from "../dns/names.ts";
import {
  ENDPOINT_FLAG_CNAME,
  ENDPOINT_FLAG_V4,
  ENDPOINT_FLAG_V6,
  POLICY_FLAG_IGNORE_ECS,
  SEGMENT_KIND_STEERING,
} from "../layout/gen/enums.ts";
import * as layout from "../layout/gen/table.ts";
import { ENDPOINTS_MAX, PLAN_ROWS_MAX } from "../layout/limits.ts";
import type { DesiredState, Endpoint, Policy, Pop } from "../resource/types.ts";
import { microdegrees } from "./build-map.ts";
import type { Digest } from "./digest.ts";
import {
  align,
  type BuiltSegment,
  beginSegment,
  createWriter,
  endSegment,
  put8,
  put16,
  put32,
  putOctets,
  putText,
  sealLeaf,
  skip,
  type Writer,
} from "./writer.ts";

/** A steering segment ready to be placed, with the numbers that it gave out. */
export interface BuiltSteering extends BuiltSegment {
  /** Policy id → index into Steering.policies. */
  readonly policyIndex: ReadonlyMap<string, number>;
  /** `pool/endpoint` → index into Steering.endpoints. */
  readonly endpointIndex: ReadonlyMap<string, number>;
  /** POP id → index into Steering.pops. */
  readonly popIndex: ReadonlyMap<string, number>;
  /** Per policy, in the order of policyIndex: the regions of its map, which are its plan rows. */
  readonly policyRows: readonly number[];
}

/** What a map must tell of itself: its id and how many regions it has. */
export type MapSize = Readonly<{ id: string; regionCount: number }>;

/**
 * Builds the segment. `maps` are those of the directory; policies name them by their place in the
 * order of ids. Faults: TABLE_REFERENCE if something names what is not there, TABLE_TOO_MANY.
 */
export function buildSteering(
  state: Pick<DesiredState, "pops" | "pools" | "policies">,
  maps: readonly MapSize[],
  digest: Digest,
): Result<BuiltSteering> {
  const policies = byId(state.policies, (one) => one.id);
  const pops = byId(state.pops, (one) => one.id);
  const endpoints = byId(
    state.pools.flatMap((pool) =>
      pool.endpoints.map((endpoint) => ({ id: `${pool.id}/${endpoint.id}`, endpoint })),
    ),
    (one) => one.id,
  );
  const sortedMaps = byId(maps, (one) => one.id);
  const mapIndex = indexOf(sortedMaps);
  const popIndex = indexOf(pops);
  const faults = findFaults(policies, endpoints, mapIndex, popIndex);
  const policyRows = policies.map(
    (one) => sortedMaps[mapIndex.get(one.map) ?? -1]?.regionCount ?? 0,
  );
  const rows = policyRows.reduce((sum, count) => sum + count, 0);
  if (rows > PLAN_ROWS_MAX) {
    faults.push(tableFault("TABLE_TOO_MANY", `${rows} plan rows: policies times regions`));
  }
  if (endpoints.length > ENDPOINTS_MAX || pops.length > ENDPOINTS_MAX) {
    faults.push(tableFault("TABLE_TOO_MANY", `${endpoints.length} endpoints, ${pops.length} POPs`));
  }
  if (faults.length > 0) return bad(faults);

  const w = createWriter(4096 + endpoints.length * 96 + policies.length * 64);
  const start = beginSegment(w, SEGMENT_KIND_STEERING, layout.STEERING_SIZE);
  const head = start + layout.SEGMENT_SIZE;
  put32(w, head + layout.STEERING_POLICY_COUNT, policies.length);
  put32(w, head + layout.STEERING_POLICIES, skip(w, policies.length * layout.POLICY_SIZE));
  put32(w, head + layout.STEERING_ENDPOINT_COUNT, endpoints.length);
  put32(w, head + layout.STEERING_ENDPOINTS, skip(w, endpoints.length * layout.ENDPOINT_SIZE));
  put32(w, head + layout.STEERING_POP_COUNT, pops.length);
  put32(w, head + layout.STEERING_POPS, skip(w, pops.length * layout.POP_SIZE));
  const listAt = (field: number): number => w.view.getUint32(head + field, true);
  policies.forEach((one, i) => {
    const at = listAt(layout.STEERING_POLICIES) + i * layout.POLICY_SIZE;
    putPolicy(w, at, one, mapIndex.get(one.map)!, policyRows[i]!, digest);
  });
  endpoints.forEach((one, i) => {
    const at = listAt(layout.STEERING_ENDPOINTS) + i * layout.ENDPOINT_SIZE;
    putEndpoint(w, at, one.id, one.endpoint, popIndex.get(one.endpoint.pop)!, digest);
  });
  pops.forEach((one, i) => {
    putPop(w, listAt(layout.STEERING_POPS) + i * layout.POP_SIZE, one);
  });
  endSegment(w, start);
  return good({
    ...sealLeaf(w, digest),
    policyIndex: indexOf(policies),
    endpointIndex: indexOf(endpoints),
    popIndex,
    policyRows,
  });
}

/** The first 4 octets of SHA-256 of an id, as a number (G2). */
export function hashSeed(id: string, digest: Digest): number {
  const octets = digest(new TextEncoder().encode(id));
  return (octets[0]! | (octets[1]! << 8) | (octets[2]! << 16) | (octets[3]! << 24)) >>> 0;
}

function byId<T>(list: readonly T[], idOf: (one: T) => string): readonly T[] {
  return [...list].sort((a, b) => (idOf(a) < idOf(b) ? -1 : idOf(a) > idOf(b) ? 1 : 0));
}

function indexOf(list: readonly { readonly id: string }[]): Map<string, number> {
  return new Map(list.map((one, i) => [one.id, i]));
}

function tableFault(key: FaultKey, detail: string): Fault {
  return fault(key, { file: "", line: 0, column: 0 }, detail);
}

function findFaults(
  policies: readonly Policy[],
  endpoints: readonly { readonly id: string; readonly endpoint: Endpoint }[],
  mapIndex: ReadonlyMap<string, number>,
  popIndex: ReadonlyMap<string, number>,
): Fault[] {
  const found: Fault[] = [];
  const missing = (detail: string): void => {
    found.push(tableFault("TABLE_REFERENCE", detail));
  };
  for (const one of policies) {
    if (!mapIndex.has(one.map)) missing(`the policy ${one.id} names the map ${one.map}`);
  }
  for (const { id, endpoint } of endpoints) {
    if (!popIndex.has(endpoint.pop)) missing(`the endpoint ${id} names the POP ${endpoint.pop}`);
    if (endpoint.v4 !== null && addressFromText(endpoint.v4)?.length !== 4) {
      missing(`the endpoint ${id} has the IPv4 address ${endpoint.v4}`);
    }
    if (endpoint.v6 !== null && addressFromText(endpoint.v6)?.length !== 16) {
      missing(`the endpoint ${id} has the IPv6 address ${endpoint.v6}`);
    }
    if (endpoint.target !== null && nameFromText(endpoint.target) === null) {
      missing(`the endpoint ${id} has the target ${endpoint.target}`);
    }
  }
  return found;
}

function putPolicy(
  w: Writer,
  at: number,
  one: Policy,
  map: number,
  regionCount: number,
  digest: Digest,
): void {
  put16(w, at + layout.POLICY_MAP, map);
  put16(w, at + layout.POLICY_FLAGS, one.client === "resolver" ? POLICY_FLAG_IGNORE_ECS : 0);
  put32(w, at + layout.POLICY_HASH_SEED, hashSeed(one.id, digest));
  put32(w, at + layout.POLICY_REGION_COUNT, regionCount);
  put8(w, at + layout.POLICY_STICKY_V4_BITS, one.stickyV4Bits);
  put8(w, at + layout.POLICY_STICKY_V6_BITS, one.stickyV6Bits);
  put16(w, at + layout.POLICY_NEGATIVE_TTL_SECS, Math.min(one.negativeTtlSecs, 0xffff));
  put32(w, at + layout.POLICY_NAME, putText(w, one.id));
}

function putEndpoint(
  w: Writer,
  at: number,
  id: string,
  one: Endpoint,
  pop: number,
  digest: Digest,
): void {
  const v4 = one.v4 === null ? null : addressFromText(one.v4);
  const v6 = one.v6 === null ? null : addressFromText(one.v6);
  const target = one.target === null ? null : nameFromText(one.target);
  let flags = 0;
  if (v4 !== null) {
    flags |= ENDPOINT_FLAG_V4;
    w.octets.set(v4, at + layout.ENDPOINT_V4);
  }
  if (v6 !== null) {
    flags |= ENDPOINT_FLAG_V6;
    w.octets.set(v6, at + layout.ENDPOINT_V6);
  }
  if (target !== null) {
    flags |= ENDPOINT_FLAG_CNAME;
    put32(w, at + layout.ENDPOINT_TARGET, putOctets(w, lowerName(target)));
    put16(w, at + layout.ENDPOINT_TARGET_SIZE, target.length);
    align(w, 4);
  }
  put16(w, at + layout.ENDPOINT_POP, pop);
  put16(w, at + layout.ENDPOINT_FLAGS, flags);
  put16(w, at + layout.ENDPOINT_WEIGHT, one.weight);
  put32(w, at + layout.ENDPOINT_HASH_SEED, hashSeed(id, digest));
  put32(w, at + layout.ENDPOINT_NAME, putText(w, id));
}

function putPop(w: Writer, at: number, one: Pop): void {
  put32(w, at + layout.POP_LATITUDE, microdegrees(one.latitude));
  put32(w, at + layout.POP_LONGITUDE, microdegrees(one.longitude));
  put32(w, at + layout.POP_NAME, putText(w, one.id));
}
