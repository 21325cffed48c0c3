// SPDX-License-Identifier: Apache-2.0
/**
 * All endpoints of a configuration in one order, and those of a pool by the place they stand in.
 *
 * The order is that of the table: `pool/endpoint` sorted by UTF-16 code units, whatever the order
 * of the pools, so that an endpoint's index is the same on every node (`Steering.endpoints`).
 */
import { assert } from "../base/assert.ts";
import { hashLabel, NAME_HASH_ROOT } from "../base/hash.ts";
import { endpointFlags } from "../layout/table.ts";
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

/** A pool's endpoints that are in service, or those on standby (weight 0). */
export interface PoolSection {
  /** Sorted by POP id. */
  readonly sites: readonly PoolSite[];
  /** endpointFlags that occur in it. */
  readonly families: number;
}

export interface IndexedPool {
  readonly service: PoolSection;
  readonly standby: PoolSection;
}

export interface EndpointIndex {
  readonly endpoints: readonly IndexedEndpoint[];
  /** By pool id. */
  readonly pools: ReadonlyMap<string, IndexedPool>;
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
  const pools = new Map(
    state.pools.map(({ id }) => {
      const own = endpoints.flatMap((entry, index) => (entry.pool === id ? [index] : []));
      const serves = (index: number) => endpoints[index]!.endpoint.weight > 0;
      const waits = (index: number) => !serves(index);
      const service = sectionOf(own.filter(serves), endpoints);
      return [id, { service, standby: sectionOf(own.filter(waits), endpoints) }];
    }),
  );
  return { endpoints, pools, at };
}

/** endpointFlags of what an endpoint can answer with. */
export function familiesOf({ v4, v6, target }: Endpoint): number {
  return (
    (v4 === null ? 0 : endpointFlags.V4) |
    (v6 === null ? 0 : endpointFlags.V6) |
    (target === null ? 0 : endpointFlags.CNAME)
  );
}

function sectionOf(own: readonly number[], endpoints: readonly IndexedEndpoint[]): PoolSection {
  let families = 0;
  const sites = new Map<string, { pop: Pop; endpoints: number[] }>();
  for (const index of own) {
    const { pop } = endpoints[index]!;
    const site = sites.get(pop.id) ?? { pop, endpoints: [] };
    site.endpoints.push(index);
    sites.set(pop.id, site);
    families |= familiesOf(endpoints[index]!.endpoint);
  }
  return { sites: [...sites.values()].sort((a, b) => (a.pop.id < b.pop.id ? -1 : 1)), families };
}

const encoder = new TextEncoder();

/** A name's hash for choices among equals. Signed 32 bits, unmixed. */
export function textHash(text: string): number {
  const octets = encoder.encode(text);
  return hashLabel(NAME_HASH_ROOT, octets, 0, octets.length);
}
