// SPDX-License-Identifier: Apache-2.0
/**
 * Which owner and type is steered by which policy, for asking by name.
 *
 * Keyed by strings, unlike the owner index: policies are counted in thousands, not in millions.
 */
import { Type } from "../dns/iana.ts";
import { lowerName } from "../dns/names.ts";
import type { SteeredOwner } from "./value.ts";

/** Which types are steered at which owner, over all policies. */
export interface SteeredTypes {
  /** Whether A or AAAA of a lower-case name is steered. */
  hasAddress(name: Uint8Array): boolean;
  /** The policies that claim a type of an owner, in order. */
  policiesOf(name: Uint8Array, type: number): readonly string[];
  /** All steered types of an owner. */
  typesOf(name: Uint8Array): readonly number[];
}

function keyOf(name: Uint8Array): string {
  return String.fromCharCode(...name);
}

export function createSteeredTypes(steered: readonly SteeredOwner[]): SteeredTypes {
  const byOwner = new Map<string, Map<number, string[]>>();
  for (const { owner, types, policy } of steered) {
    const key = keyOf(lowerName(owner));
    const rows = byOwner.get(key) ?? new Map<number, string[]>();
    byOwner.set(key, rows);
    for (const type of types) rows.set(type, [...(rows.get(type) ?? []), policy]);
  }
  const typesOf = (name: Uint8Array): readonly number[] =>
    byOwner.size === 0 ? [] : [...(byOwner.get(keyOf(name))?.keys() ?? [])];
  return {
    hasAddress: (name) => typesOf(name).some((type) => type === Type.A || type === Type.AAAA),
    policiesOf: (name, type) => byOwner.get(keyOf(name))?.get(type) ?? [],
    typesOf,
  };
}
