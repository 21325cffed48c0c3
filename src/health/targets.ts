// SPDX-License-Identifier: Apache-2.0
/**
 * From a configuration to the targets that must be asked, and to who depends on which.
 *
 * Ten thousand names that end at one address are one target: its key is the normalised question
 * itself, so sharing needs no bookkeeping and a target vanishes with its last user (row C10).
 *
 * The two address families of an endpoint are different targets, since they fail apart (row E06).
 * A `probeAddress` stands for the whole endpoint: all it answers with is judged by that address
 * (row C11). An endpoint that only has a CNAME target and no `probeAddress` is not probed, because
 * the core does not resolve names; like every endpoint without probes it counts as up.
 */
import { addressFromText, addressText } from "../dns/address.ts";
import type {
  ProbedConfiguration,
  ProbedEndpoint,
  ProbedPool,
  ProbeSettings,
  ProbeTarget,
} from "./types.ts";

/**
 * Keys of the targets that each way to an endpoint depends on. Null: the endpoint has no address
 * of the family. Empty: nothing is asked, so it is up. `whole` judges the endpoint in all families.
 */
export interface EndpointTargets {
  readonly v4: readonly string[] | null;
  readonly v6: readonly string[] | null;
  readonly whole: readonly string[];
}

export interface TargetPlan {
  /** Sorted by key. */
  readonly targets: readonly ProbeTarget[];
  /** By `pool/endpoint`, for every endpoint of the configuration. */
  readonly endpoints: ReadonlyMap<string, EndpointTargets>;
}

/** Every target that the configuration needs. Unknown probe ids and bad addresses are passed over. */
export function planTargets(configuration: ProbedConfiguration): TargetPlan {
  const probes = new Map(configuration.probes.map((probe) => [probe.id, probe]));
  const byKey = new Map<string, ProbeTarget>();
  const endpoints = new Map<string, EndpointTargets>();
  for (const pool of configuration.pools) {
    const settings = settingsOf(pool, probes);
    for (const endpoint of pool.endpoints) {
      endpoints.set(`${pool.id}/${endpoint.id}`, targetsOf(endpoint, settings, byKey));
    }
  }
  const targets = [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  return { targets, endpoints };
}

/** The identity of a question. Settings that its kind does not use are no part of it. */
export function targetKey(probe: ProbeSettings, address: string, port: number): string {
  const asked = [probe.kind, address, port];
  const http = [probe.method, probe.path, probe.host.toLowerCase(), ...probe.statuses.flat()];
  const pace = [probe.intervalMs, probe.timeoutMs, probe.retries, probe.rise, probe.fall];
  return JSON.stringify(probe.kind === "http" ? [asked, http, pace] : [asked, pace]);
}

function settingsOf(
  pool: ProbedPool,
  probes: ReadonlyMap<string, ProbeSettings>,
): readonly ProbeSettings[] {
  return [...new Set(pool.probes)].flatMap((id) => probes.get(id) ?? []);
}

function targetsOf(
  endpoint: ProbedEndpoint,
  settings: readonly ProbeSettings[],
  byKey: Map<string, ProbeTarget>,
): EndpointTargets {
  const ask = (text: string): readonly string[] => {
    const octets = addressFromText(text);
    if (octets === null) return [];
    const address = addressText(octets);
    const family = octets.length === 4 ? 4 : 6;
    const keys = settings.map((probe) => {
      const port = endpoint.probePort === 0 ? probe.port : endpoint.probePort;
      const key = targetKey(probe, address, port);
      if (!byKey.has(key)) byKey.set(key, { key, probe, address, port, family });
      return key;
    });
    return [...new Set(keys)];
  };
  if (endpoint.probeAddress !== null) {
    const none = (text: string | null) => (text === null ? null : []);
    return { v4: none(endpoint.v4), v6: none(endpoint.v6), whole: ask(endpoint.probeAddress) };
  }
  return {
    v4: endpoint.v4 === null ? null : ask(endpoint.v4),
    v6: endpoint.v6 === null ? null : ask(endpoint.v6),
    whole: [],
  };
}
