// SPDX-License-Identifier: Apache-2.0
/**
 * What the checks share: the state with its indices, the way to places, the list of findings.
 *
 * The indices are made once, because a check that searched lists would take minutes for the ten
 * thousand policies of a large operator.
 */
import { type Fault, type FaultKey, fault } from "../base/faults.ts";
import type { Decoded } from "./decode.ts";
import { type Path, type PlaceOf, pathText } from "./place.ts";
import type { SectionName } from "./schema.ts";
import { suggestionText } from "./suggest.ts";
import type { Endpoint, GeoMap, Policy, Pool } from "./types.ts";

export interface CheckContext {
  readonly decoded: Decoded;
  /** The document as written: tells short forms from long ones. */
  readonly raw: unknown;
  readonly placeOf: PlaceOf;
  /** What may be referred to, broken resources included: who wrote them meant to have them. */
  readonly ids: Readonly<Record<SectionName, ReadonlySet<string>>>;
  readonly pools: ReadonlyMap<string, Pool>;
  readonly maps: ReadonlyMap<string, GeoMap>;
  readonly policies: ReadonlyMap<string, Policy>;
  /** Endpoints of policies that were asked for already; see `check-policies.ts`. */
  readonly endpoints: Map<string, readonly (readonly [string, Endpoint])[] | null>;
  /** Findings are added here. */
  readonly faults: Fault[];
}

export function createContext(decoded: Decoded, raw: unknown, placeOf: PlaceOf): CheckContext {
  const { state, broken } = decoded;
  const ids = {
    pops: idsOf(state.pops, broken.pops),
    probes: idsOf(state.probes, broken.probes),
    pools: idsOf(state.pools, broken.pools),
    maps: idsOf(state.maps, broken.maps),
    policies: idsOf(state.policies, broken.policies),
    keys: idsOf(state.keys, broken.keys),
    remotes: idsOf(state.remotes, broken.remotes),
    zones: new Set<string>(),
  };
  return {
    decoded,
    raw,
    placeOf,
    ids,
    pools: new Map(state.pools.map((pool) => [pool.id, pool])),
    maps: new Map(state.maps.map((map) => [map.id, map])),
    policies: new Map(state.policies.map((policy) => [policy.id, policy])),
    endpoints: new Map(),
    faults: [],
  };
}

function idsOf(rows: readonly { id: string }[], broken: ReadonlySet<string>): Set<string> {
  return new Set([...rows.map((row) => row.id), ...broken]);
}

/** Adds a finding at the value of `path`. */
export function add(context: CheckContext, key: FaultKey, path: Path, detail: string): void {
  context.faults.push(fault(key, context.placeOf(path), detail));
}

/** Adds a finding at the last key of `path`. */
export function addAtKey(context: CheckContext, key: FaultKey, path: Path, detail: string): void {
  context.faults.push(fault(key, context.placeOf(path, "key"), detail));
}

/** Sections by what one of their rows is called. */
export const WORDS: Readonly<Record<SectionName, string>> = {
  pops: "POP",
  probes: "probe",
  pools: "pool",
  maps: "map",
  policies: "policy",
  keys: "key",
  remotes: "remote",
  zones: "zone",
};

/** Whether `id` exists in `section`; if not, a finding at `path`. */
export function refer(
  context: CheckContext,
  section: SectionName,
  id: string,
  path: Path,
): boolean {
  const known = context.ids[section];
  if (known.has(id)) return true;
  const meant = suggestionText(id, known);
  const detail = `${pathText(path)}: there is no ${WORDS[section]} ${JSON.stringify(id)}${meant}`;
  add(context, "CONFIG_REFERENCE", path, detail);
  return false;
}
