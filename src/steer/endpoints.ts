// SPDX-License-Identifier: Apache-2.0
/**
 * All endpoints of a configuration in one order, and those of a pool by the place they stand in.
 *
 * The order is that of the table: `pool/endpoint` sorted by UTF-16 code units, whatever the order
 * of the pools, so that an endpoint's index is the same on every node (`Steering.endpoints`).
 */
import { assert } from "../base/assert.ts";
import { hashLabel, NAME_HASH_ROOT } from "../base/hash.ts";
import type { DesiredState, Endpoint, Pop } from "../resource/types.ts";

export interface IndexedEndpoint {
  /** `pool/endpoint`. */
  readonly id: string;
  readonly pool: string;
  readonly pop: Pop;
  readonly endpoint: Endpoint;
  /** textHash of the id. */
  readonly hash: number;
}

/** Endpoints of one pool in one POP, as indices into `EndpointIndex.endpoints`, ascending. */
export interface PoolSite {
  readonly pop: Pop;
  readonly endpoints: readonly number[];
}

export interface EndpointIndex {
  readonly endpoints: readonly IndexedEndpoint[];
  /** By pool id; sites sorted by POP id. */
  readonly sites: ReadonlyMap<string, readonly PoolSite[]>;
  /** Index by `pool/endpoint`. */
  readonly at: ReadonlyMap<string, number>;
}

export function indexEndpoints(state: Pick<DesiredState, "pools" | "pops">): EndpointIndex {
  const pops = new Map(state.pops.map((pop) => [pop.id, pop]));
  const endpoints: IndexedEndpoint[] = [];
  for (const pool of state.pools) {
    for (const endpoint of pool.endpoints) {
      const pop = pops.get(endpoint.pop);
      assert(pop !== undefined, `endpoint ${pool.id}/${endpoint.id} stands in no POP`);
      const id = `${pool.id}/${endpoint.id}`;
      endpoints.push({ id, pool: pool.id, pop, endpoint, hash: textHash(id) });
    }
  }
  endpoints.sort((a, b) => (a.id < b.id ? -1 : 1));
  const at = new Map(endpoints.map((entry, index) => [entry.id, index]));
  const sites = new Map<string, PoolSite[]>(state.pools.map((pool) => [pool.id, []]));
  const byPop = new Map<string, number[]>();
  for (const [index, { pool, pop }] of endpoints.entries()) {
    const key = `${pool}/${pop.id}`;
    const list = byPop.get(key) ?? [];
    if (list.length === 0) {
      byPop.set(key, list);
      sites.get(pool)?.push({ pop, endpoints: list });
    }
    list.push(index);
  }
  for (const list of sites.values()) list.sort((a, b) => (a.pop.id < b.pop.id ? -1 : 1));
  return { endpoints, sites, at };
}

const encoder = new TextEncoder();

/** A name's hash for choices among equals. Signed 32 bits, unmixed. */
export function textHash(text: string): number {
  const octets = encoder.encode(text);
  return hashLabel(NAME_HASH_ROOT, octets, 0, octets.length);
}
