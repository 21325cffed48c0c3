// SPDX-License-Identifier: Apache-2.0
/**
 * What needs two resources to be wrong: references that lead nowhere, things that nothing uses,
 * more of them than the table holds.
 *
 * The checks of maps, policies and steered names stand in files of their own; `checkState` runs them
 * all and stops at none, so that one run shows everything.
 */
import type { Fault } from "../base/faults.ts";
import { ENDPOINTS_MAX } from "../layout/limits.ts";
import { addAtKey, type CheckContext, createContext, refer, WORDS } from "./check-context.ts";
import { checkMap, checkPop } from "./check-maps.ts";
import { checkPolicy, checkSteer } from "./check-policies.ts";
import type { Decoded } from "./decode.ts";
import type { PlaceOf } from "./place.ts";
import type { SectionName } from "./schema.ts";
import type { Pool, Probe } from "./types.ts";

/** Indices of POPs and maps are 16 bits wide in the table (src/layout/table.ts). */
const INDEX_COUNT_MAX = 65_535;

/** Everything that is wrong with a state whose shapes are right. Pure. */
export function checkState(decoded: Decoded, raw: unknown, placeOf: PlaceOf): readonly Fault[] {
  const { state } = decoded;
  const context = createContext(decoded, raw, placeOf);
  for (const pop of state.pops) checkPop(pop, context);
  for (const probe of state.probes) checkProbe(probe, context);
  for (const pool of state.pools) checkPool(pool, context);
  for (const map of state.maps) checkMap(map, context);
  for (const policy of state.policies) checkPolicy(policy, context);
  for (const steer of decoded.steers) checkSteer(steer, context);
  for (const { id, key } of state.remotes) {
    if (key !== null) refer(context, "keys", key, ["remotes", id, "key"]);
  }
  checkLimits(context);
  checkUse(context);
  return context.faults;
}

function checkProbe(probe: Probe, context: CheckContext): void {
  const lastMs = (probe.retries + 1) * probe.timeoutMs;
  if (lastMs <= probe.intervalMs) return;
  const detail =
    `probe ${probe.id}: ${probe.retries + 1} attempts of ${probe.timeoutMs} ms take ` +
    `${lastMs} ms, the interval is ${probe.intervalMs} ms`;
  addAtKey(context, "CONFIG_PROBE_SLOW", ["probes", probe.id], detail);
}

function checkPool(pool: Pool, context: CheckContext): void {
  const path = ["pools", pool.id];
  pool.probes.forEach((id, i) => {
    refer(context, "probes", id, [...path, "probes", i]);
  });
  if (pool.endpoints.length === 0 && !context.decoded.broken.pools.has(pool.id)) {
    addAtKey(context, "CONFIG_POOL_EMPTY", path, `pool ${pool.id} has no endpoint`);
  }
  for (const endpoint of pool.endpoints) {
    const at = [...path, "endpoints", endpoint.id];
    refer(context, "pops", endpoint.pop, [...at, "pop"]);
    if (endpoint.v4 !== null || endpoint.v6 !== null || endpoint.target !== null) continue;
    const detail = `endpoint ${pool.id}/${endpoint.id} has none of v4, v6 and target`;
    addAtKey(context, "CONFIG_ENDPOINT_EMPTY", at, detail);
  }
}

function checkLimits(context: CheckContext): void {
  const { state } = context.decoded;
  const endpointCount = state.pools.reduce((sum, pool) => sum + pool.endpoints.length, 0);
  const rows: readonly [SectionName, number, number, string][] = [
    ["pools", endpointCount, ENDPOINTS_MAX, "endpoints"],
    ["pops", state.pops.length, INDEX_COUNT_MAX, "POPs"],
    ["maps", state.maps.length, INDEX_COUNT_MAX, "maps"],
  ];
  for (const [section, count, max, words] of rows) {
    if (count <= max) continue;
    addAtKey(context, "CONFIG_LIMIT", [section], `${count} ${words} are more than ${max}`);
  }
}

/** What nothing refers to. Not asked where a broken resource might be the one that does. */
function checkUse(context: CheckContext): void {
  const { state, broken, steers } = context.decoded;
  const used: readonly [SectionName, SectionName, Iterable<string>][] = [
    ["probes", "pools", state.pools.flatMap((pool) => pool.probes)],
    ["maps", "policies", state.policies.map((policy) => policy.map)],
    ["pools", "policies", state.policies.flatMap((p) => p.match.flatMap((row) => row.pools))],
    ["policies", "zones", steers.map((steer) => steer.steered.policy)],
  ];
  for (const [section, users, list] of used) {
    if (broken[users].size > 0) continue;
    const seen = new Set(list);
    for (const row of state[section as "pools"]) {
      if (seen.has(row.id)) continue;
      const detail = `${WORDS[section]} ${row.id} is used by none of ${users}`;
      addAtKey(context, "CONFIG_UNUSED", [section, row.id], detail);
    }
  }
}
