// SPDX-License-Identifier: Apache-2.0
/**
 * The operator's rules as layers: networks by prefix, ASNs by number.
 *
 * Operator networks may lie inside each other; the longer prefix wins. So they are split by how deep
 * they are nested: the networks of one depth are disjoint, and each depth is laid over the one
 * around it.
 */
import { type Fault, type FaultKey, fault, type Place } from "../base/faults.ts";
import { type Networks, NONE, overlay, type Steps, stepsOf } from "./partition.ts";
import { covers, keyHigh, keyLow, type Prefix, parsePrefix } from "./prefix.ts";
import { embeddedPrefixes } from "./private.ts";
import type { MapRules } from "./types.ts";

export interface PrefixValue {
  readonly prefix: Prefix;
  readonly value: number;
}

/** Gathers faults of one map: all say which map, and all stand at its place. */
export interface Findings {
  readonly faults: Fault[];
  readonly place: Place;
  readonly mapId: string;
}

export function find(findings: Findings, key: FaultKey, detail: string): void {
  findings.faults.push(fault(key, findings.place, `map ${findings.mapId}: ${detail}`));
}

/** The prefixes of all network rules; `values` has one value for each rule. Faulty ones are left out. */
export function readNetworkRules(
  rules: MapRules["networks"],
  values: readonly number[],
  findings: Findings,
): readonly PrefixValue[] {
  const embedded = embeddedPrefixes.map((text) => parsePrefix(text) as Prefix);
  const owners = new Map<string, string>();
  const list: PrefixValue[] = [];
  for (const [i, rule] of rules.entries()) {
    for (const text of rule.prefixes) {
      const prefix = parsePrefix(text);
      const said = `network ${rule.name} has ${text}`;
      if (typeof prefix === "string") {
        find(findings, "MAP_PREFIX_INVALID", `${said}: ${prefix}`);
        continue;
      }
      if (prefix.length > 64) {
        find(findings, "MAP_PREFIX_TOO_LONG", said);
        continue;
      }
      const key = `${prefix.octets.join(".")}/${prefix.length}`;
      const owner = owners.get(key);
      if (owner !== undefined) {
        // The same prefix twice in one rule says nothing new and does no harm.
        if (owner !== rule.name) find(findings, "MAP_PREFIX_TWICE", `${said}, so has ${owner}`);
        continue;
      }
      if (embedded.some((outer) => covers(outer, prefix))) {
        find(findings, "MAP_PREFIX_EMBEDDED", said);
      }
      owners.set(key, rule.name);
      list.push({ prefix, value: values[i]! });
    }
  }
  return list;
}

/** ASN to value. Faulty repetitions are left out. */
export function readAsnRules(
  rules: MapRules["asns"],
  values: readonly number[],
  findings: Findings,
): ReadonlyMap<number, number> {
  const owners = new Map<number, string>();
  const byAsn = new Map<number, number>();
  for (const [i, rule] of rules.entries()) {
    for (const asn of rule.asns) {
      const owner = owners.get(asn);
      if (owner !== undefined && owner !== rule.name) {
        find(findings, "MAP_ASN_TWICE", `asn ${rule.name} has ${asn}, so has ${owner}`);
      }
      if (owner !== undefined) continue;
      owners.set(asn, rule.name);
      byAsn.set(asn, values[i]!);
    }
  }
  return byAsn;
}

/**
 * The step function of prefixes that may lie inside each other: one layer for each depth of
 * nesting, the inner over the outer. Lists are short here, so that clarity may cost a merge.
 */
export function stepsOfPrefixes(list: readonly PrefixValue[], family: 4 | 6): Steps {
  const sorted = list.filter((p) => p.prefix.family === family).toSorted(comparePrefixes);
  const levels: PrefixValue[][] = [];
  const open: Prefix[] = [];
  for (const entry of sorted) {
    while (open.length > 0 && !covers(open.at(-1)!, entry.prefix)) open.pop();
    (levels[open.length] ??= []).push(entry);
    open.push(entry.prefix);
  }
  const nothing = stepsOf(networksOf([]), () => NONE);
  return levels.reduce((under, level) => {
    return overlay(
      under,
      stepsOf(networksOf(level), (i) => level[i]!.value),
    );
  }, nothing);
}

function networksOf(list: readonly PrefixValue[]): Networks {
  return {
    highs: Uint32Array.from(list, (p) => keyHigh(p.prefix.octets)),
    lows: Uint32Array.from(list, (p) => keyLow(p.prefix.octets)),
    lengths: Uint8Array.from(list, (p) => p.prefix.length),
  };
}

/** By start, the outer before the inner. */
function comparePrefixes(a: PrefixValue, b: PrefixValue): number {
  return (
    keyHigh(a.prefix.octets) - keyHigh(b.prefix.octets) ||
    keyLow(a.prefix.octets) - keyLow(b.prefix.octets) ||
    a.prefix.length - b.prefix.length
  );
}
