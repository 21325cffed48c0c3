// SPDX-License-Identifier: Apache-2.0
/**
 * The structure of plans: who may serve the clients of a region at all, and in which rank.
 *
 * Structure follows from configuration and map alone. Health, recovery and load come later, as
 * weights (`shares.ts`); so an outage changes words of plans and never builds a table.
 *
 * Ranks, from the best: the pools of the matched row in failover order; in a pool by `nearest`
 * the POPs by distance, where those within the tolerance of the nearest of a group are equal and
 * the `spread` nearest share the best rank; in a pool by `weight`, or for a region without
 * coordinates, all endpoints alike. Then, in the same manner, the endpoints of weight 0: standby,
 * used only if nothing else is left (row E10).
 *
 * A plan has room for PLAN_CANDIDATES_MAX. When there are more, two questions arise.
 *
 * Who must not be cut off? Eight nearest POPs would leave no room for the pool that is to take
 * over when the whole service fails, and eight machines of the nearest POP none for the day it
 * burns. So the best of every later pool, of the second POP, of each address family and of the
 * standbys has a place before the rest is filled by rank.
 *
 * Who of equals is kept? Those with the smallest hash of (region, endpoint): other regions keep
 * others, so that over many regions everybody serves. The hash leaves out the weights on purpose:
 * they act inside each plan, and choosing by weight as well would count them twice. It is a
 * rendezvous hash: an endpoint that comes or goes changes only the regions where it is kept.
 * An endpoint that no region keeps is reported in `unserved`.
 *
 * Invariants
 *   C1  Candidates are sorted by rank, then endpoint. Ranks are dense from 0. No endpoint twice.
 *   C2  Weights are 1..WEIGHT_MAX: standby has 1.
 *   C3  Depends on ids, coordinates, weights and settings alone; never on the order of lists,
 *       except for the failover order of pools.
 *   C4  Regions with equal candidates share one array, so memory and work grow with what differs.
 */
import { assert } from "../base/assert.ts";
import { mixHash } from "../base/hash.ts";
import { distanceKm } from "../geo/distance.ts";
import { matchLocation } from "../geo/location.ts";
import type { Region } from "../geo/types.ts";
import { PLAN_CANDIDATES_MAX } from "../layout/limits.ts";
import type { Policy } from "../resource/types.ts";
import { type EndpointIndex, familiesOf, type PoolSite, textHash } from "./endpoints.ts";

export interface Candidate {
  /** Index into EndpointIndex.endpoints. */
  readonly endpoint: number;
  readonly rank: number;
  readonly weight: number;
}

export interface PlanStructure {
  readonly policy: Policy;
  /** By region of the policy's map. */
  readonly candidates: readonly (readonly Candidate[])[];
  /** Endpoints that some row names and no region keeps; ascending. */
  readonly unserved: readonly number[];
}

/** One candidate with the reasons for its place: for explanations. */
export interface RankedCandidate extends Candidate {
  /** Null if it is ranked by weight. */
  readonly distanceKm: number | null;
  /**
   * "placed at preference 0, 311 km", "placed at preference 1, by weight", "dropped: beyond 8 …".
   * Not called a rank here, because a plan ranks by health first: `shares.ts` stacks its tiers.
   */
  readonly reason: string;
}

export interface RegionChoice {
  /** Location of the row that matched. */
  readonly location: string;
  readonly pools: readonly string[];
  readonly kept: readonly RankedCandidate[];
  readonly dropped: readonly RankedCandidate[];
}

/** A candidate before the choice; `hash` orders equals. */
interface Option {
  readonly endpoint: number;
  readonly rank: number;
  readonly hash: number;
  readonly distanceKm: number | null;
  readonly standby: boolean;
}

interface RankedSite extends PoolSite {
  readonly distanceKm: number | null;
}

/** The candidates of every region of the policy's map. */
export function planStructure(
  policy: Policy,
  regions: readonly Region[],
  index: EndpointIndex,
): PlanStructure {
  const shared = new Map<string, readonly Candidate[]>();
  const named = new Set<string>();
  const candidates = regions.map((region) => {
    const { pools, kept } = choose(policy, region, index, false);
    for (const pool of pools) named.add(pool);
    const list = place(kept, index).map(({ candidate }) => candidate);
    // The weight follows from the endpoint, so it need not be in the key.
    const key = list.map(({ endpoint, rank }) => `${endpoint}:${rank}`).join();
    const known = shared.get(key);
    if (known === undefined) shared.set(key, list);
    return known ?? list;
  });
  const served = new Set([...shared.values()].flat().map(({ endpoint }) => endpoint));
  const unserved = index.endpoints.flatMap(({ pool }, at) =>
    named.has(pool) && !served.has(at) ? [at] : [],
  );
  return { policy, candidates, unserved };
}

/** The candidates of one region, and what was dropped, with reasons. */
export function explainCandidates(
  policy: Policy,
  region: Region,
  index: EndpointIndex,
): RegionChoice {
  const { row, pools, options, kept } = choose(policy, region, index, true);
  const explain = ({ candidate, option }: Placed): RankedCandidate => {
    const { distanceKm: km, standby } = option;
    const how = km === null ? "by weight" : `${Math.round(km)} km`;
    const reason = `preference ${candidate.rank}, ${how}${standby ? ", standby of weight 0" : ""}`;
    return { ...candidate, distanceKm: km, reason };
  };
  const dropped = options.filter((option) => !kept.includes(option));
  return {
    location: row.location,
    pools,
    kept: place(kept, index).map((placed) => ({
      ...explain(placed),
      reason: `placed at ${explain(placed).reason}`,
    })),
    dropped: dropped.map((option) => {
      const candidate = { ...weigh(option, index), rank: option.rank };
      const { reason, ...rest } = explain({ candidate, option });
      return { ...rest, reason: `dropped: beyond ${PLAN_CANDIDATES_MAX} candidates, ${reason}` };
    }),
  };
}

/** An option and what became of it. */
interface Placed {
  readonly option: Option;
  readonly candidate: Candidate;
}

/** `complete` asks for all options; else only for as many as can matter to the choice. */
function choose(policy: Policy, region: Region, index: EndpointIndex, complete: boolean) {
  const row = policy.match[matchLocation(region, policy.match)];
  assert(row !== undefined, `policy ${policy.id} has no default row`);
  const pools = [...new Set(row.pools)];
  const options = rankOptions(policy, region, pools, index, complete);
  const kept = options.length <= PLAN_CANDIDATES_MAX ? options : cutOptions(options, pools, index);
  return { row, pools, options, kept };
}

/** Dense ranks and canonical order (C1). */
function place(kept: readonly Option[], index: EndpointIndex): Placed[] {
  const ranks = [...new Set(kept.map((option) => option.rank))].sort((a, b) => a - b);
  return kept
    .map((option) => ({
      option,
      candidate: { ...weigh(option, index), rank: ranks.indexOf(option.rank) },
    }))
    .sort((a, b) => order(a.candidate, b.candidate));
}

function order(a: Candidate, b: Candidate): number {
  return a.rank - b.rank || a.endpoint - b.endpoint;
}

function weigh(option: Option, index: EndpointIndex): { endpoint: number; weight: number } {
  const weight = option.standby ? 1 : index.endpoints[option.endpoint]!.endpoint.weight;
  return { endpoint: option.endpoint, weight };
}

/**
 * The endpoints of the pools, sorted by rank and hash. Unless `complete`, a section of a pool ends
 * with the rank at which it has PLAN_CANDIDATES_MAX options, two POPs and all its families: nobody
 * behind it can be kept, and a pool of thousands costs little more than its nearest.
 */
function rankOptions(
  policy: Policy,
  region: Region,
  pools: readonly string[],
  index: EndpointIndex,
  complete: boolean,
): Option[] {
  const seed = textHash(region.name);
  const options: Option[] = [];
  let rank = 0;
  for (const standby of [false, true]) {
    for (const pool of pools) {
      const section = index.pools.get(pool)?.[standby ? "standby" : "service"];
      if (section === undefined) continue;
      const startedAt = options.length;
      let sites = 0;
      let families = 0;
      for (const group of groupSites(policy, region, section.sites)) {
        for (const site of group) {
          for (const endpoint of site.endpoints) {
            const entry = index.endpoints[endpoint]!;
            const hash = mixHash(seed ^ entry.hash);
            options.push({ endpoint, rank, hash, distanceKm: site.distanceKm, standby });
            families |= familiesOf(entry.endpoint);
          }
        }
        rank += 1;
        sites += group.length;
        const enough = options.length - startedAt >= PLAN_CANDIDATES_MAX && sites > 1;
        if (!complete && enough && families === section.families) break;
      }
    }
  }
  return options.sort((a, b) => a.rank - b.rank || a.hash - b.hash || a.endpoint - b.endpoint);
}

/** Sites in groups of equal rank, the best first. */
function groupSites(
  policy: Policy,
  region: Region,
  sites: readonly PoolSite[],
): readonly (readonly RankedSite[])[] {
  const { latitude, longitude } = region;
  if (policy.order === "weight" || latitude === null || longitude === null) {
    return sites.length === 0 ? [] : [sites.map((site) => ({ ...site, distanceKm: null }))];
  }
  const byDistance = sites
    .map((site) => {
      const { pop } = site;
      const km = distanceKm(latitude, longitude, pop.latitude, pop.longitude);
      return { ...site, distanceKm: km };
    })
    .sort((a, b) => a.distanceKm - b.distanceKm || (a.pop.id < b.pop.id ? -1 : 1));
  const groups: RankedSite[][] = [];
  let reachKm = -1;
  for (const [place, site] of byDistance.entries()) {
    if (place === 0 || (site.distanceKm > reachKm && place >= policy.spread)) {
      groups.push([]);
      reachKm = site.distanceKm * (1 + policy.toleranceRatio);
    }
    groups.at(-1)!.push(site);
  }
  return groups;
}

/** PLAN_CANDIDATES_MAX of the options: first who must not be cut off, then by rank and hash. */
function cutOptions(
  options: readonly Option[],
  pools: readonly string[],
  index: EndpointIndex,
): readonly Option[] {
  const entry = (option: Option) => index.endpoints[option.endpoint]!;
  const bestPop = entry(options[0]!).pop.id;
  const musts: ((option: Option) => boolean)[] = [
    () => true,
    (option) => entry(option).pop.id !== bestPop,
    (option) => entry(option).endpoint.v4 !== null,
    (option) => entry(option).endpoint.v6 !== null,
    (option) => entry(option).endpoint.target !== null,
    (option) => option.standby,
    ...pools.map((pool) => (option: Option) => entry(option).pool === pool),
  ];
  const kept = new Set<Option>();
  for (const must of musts) {
    const option = options.find(must);
    if (option !== undefined && kept.size < PLAN_CANDIDATES_MAX) kept.add(option);
  }
  for (const option of options) if (kept.size < PLAN_CANDIDATES_MAX) kept.add(option);
  return [...kept];
}
