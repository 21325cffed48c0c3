// SPDX-License-Identifier: Apache-2.0
/**
 * Checks of POPs and maps: locations are locations, and a network belongs to one rule.
 *
 * Overlapping networks of different length are no fault: the longer one wins, which is how an office
 * inside a campus is written. Equal networks in two rules have no winner.
 */
import { add, addAtKey, type CheckContext } from "./check-context.ts";
import { locationRefusal, parseLocation } from "./location.ts";
import { type Path, pathText } from "./place.ts";
import { suggestionText } from "./suggest.ts";
import type { AsnRule, GeoMap, NetworkRule, Pop } from "./types.ts";

const V6_LENGTH_MAX = 64;

/** A POP's id may stand where a location may; the id must not look like one. */
export function checkPop(pop: Pop, context: CheckContext): void {
  if (parseLocation(pop.id) === null) return;
  const detail = `POP ${pop.id} has the name of a continent`;
  addAtKey(context, "CONFIG_VALUE", ["pops", pop.id], detail);
}

export function checkMap(map: GeoMap, context: CheckContext): void {
  const path = ["maps", map.id];
  const refusal = locationRefusal(map.defaultLocation);
  if (refusal !== null) {
    add(context, "CONFIG_LOCATION", [...path, "default"], `${map.defaultLocation}: ${refusal}`);
  }
  const prefixes = new Map<string, string>();
  for (const rule of map.networks) {
    const at = [...path, "networks", rule.name];
    rule.prefixes.forEach((prefix, i) => {
      checkLength(prefix, [...at, "prefixes", i], context);
      claim(prefixes, prefix, rule.name, [...at, "prefixes", i], context);
    });
    checkWhere(rule, at, context);
  }
  const asns = new Map<string, string>();
  for (const rule of map.asns) {
    const at = [...path, "asns", rule.name];
    rule.asns.forEach((asn, i) => {
      claim(asns, `AS${asn}`, rule.name, [...at, "asns", i], context);
    });
    checkWhere(rule, at, context);
  }
}

function claim(
  owners: Map<string, string>,
  thing: string,
  rule: string,
  path: Path,
  context: CheckContext,
): void {
  const owner = owners.get(thing);
  if (owner === undefined) {
    owners.set(thing, rule);
    return;
  }
  // Twice in one rule says nothing new and harms nobody.
  if (owner === rule) return;
  add(context, "CONFIG_NETWORK_TWICE", path, `${thing} belongs to ${owner} already`);
}

/** A map tells IPv6 clients apart by the first 64 bits of their address (src/layout/table.ts). */
function checkLength(prefix: string, path: Path, context: CheckContext): void {
  const length = Number(prefix.slice(prefix.indexOf("/") + 1));
  if (length <= V6_LENGTH_MAX) return;
  add(context, "CONFIG_PREFIX", path, `${prefix} is longer than /${V6_LENGTH_MAX}`);
}

function checkWhere(rule: NetworkRule | AsnRule, path: Path, context: CheckContext): void {
  const { location } = rule;
  if (location === null || context.ids.pops.has(location)) return;
  const refusal = locationRefusal(location);
  if (refusal === null) return;
  const at = [...path, "location"];
  // Something with a slash or in capitals was meant as a path; anything else as the id of a POP.
  if (location.includes("/") || /^[A-Z]{2}$/.test(location)) {
    add(context, "CONFIG_LOCATION", at, `${location}: ${refusal}`);
    return;
  }
  const meant = suggestionText(location, context.ids.pops);
  const detail = `${pathText(at)}: ${JSON.stringify(location)} is neither a location nor a POP${meant}`;
  add(context, "CONFIG_REFERENCE", at, detail);
}
