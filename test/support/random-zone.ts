// SPDX-License-Identifier: Apache-2.0
/**
 * Random zones that are odd and still sound, and questions that poke at their corners.
 *
 * Few labels and short names make collisions likely: wildcards beside names, names below cuts,
 * aliases to nowhere, empty non-terminals at every depth.
 */
import { nextRandom, type Prng } from "./prng.ts";

export interface RandomZone {
  readonly apex: string;
  readonly text: string;
  readonly owners: readonly string[];
}

const LABELS = ["a", "b", "c", "w", "x1", "_s"];
const TYPES = ["A", "AAAA", "NS", "SOA", "MX", "TXT", "CNAME", "DNAME", "DS", "SRV", "TYPE65400"];

function one<T>(random: Prng, list: readonly T[]): T {
  return list[nextRandom(random) % list.length]!;
}

function ownerOf(random: Prng, depthMax: number): string {
  const depth = 1 + (nextRandom(random) % depthMax);
  const labels = Array.from({ length: depth }, () => one(random, LABELS));
  if (nextRandom(random) % 5 === 0) labels[0] = "*";
  return labels.join(".");
}

/** A zone of about `size` owners, and rules that keep it loadable by every server. */
export function randomZone(random: Prng, apex: string, size: number): RandomZone {
  const kinds = new Map<string, "data" | "alias" | "cut" | "subtree">();
  while (kinds.size < size) {
    const owner = ownerOf(random, 4);
    const roll = nextRandom(random) % 12;
    const plain = !owner.includes("*");
    if (roll < 7) kinds.set(owner, "data");
    else if (roll < 9) kinds.set(owner, "alias");
    else if (roll < 11 && plain) kinds.set(owner, "cut");
    else if (plain) kinds.set(owner, "subtree");
  }
  // Below a DNAME nothing may exist (RFC 6672 §2.4); below a cut only glue makes sense.
  const under = (owner: string, kind: string): boolean =>
    [...kinds].some(([other, its]) => its === kind && owner.endsWith(`.${other}`));
  for (const [owner, kind] of [...kinds]) {
    if (under(owner, "subtree")) kinds.delete(owner);
    else if (under(owner, "cut") && kind !== "data") kinds.delete(owner);
  }
  const owners = [...kinds.keys()];
  const target = (): string => {
    const roll = nextRandom(random) % 6;
    if (roll === 0) return "www.example.net.";
    if (roll === 1) return ownerOf(random, 3).replace("*", "q");
    return one(random, owners).replace("*", "q");
  };
  const lines = [
    `$ORIGIN ${apex}`,
    "$TTL 600",
    "@ SOA ns hostmaster 7 3600 900 86400 120",
    "@ NS ns",
    "@ NS ns.example.net.",
    "ns A 192.0.2.53",
  ];
  for (const [owner, kind] of kinds) lines.push(...recordsOf(random, owner, kind, target));
  return { apex, text: `${lines.join("\n")}\n`, owners };
}

function recordsOf(
  random: Prng,
  owner: string,
  kind: string,
  target: () => string,
): readonly string[] {
  if (kind === "alias") return [`${owner} CNAME ${target()}`];
  if (kind === "subtree") return [`${owner} DNAME ${target()}`];
  if (kind === "cut") {
    const lines = [`${owner} NS ns.${owner}`, `ns.${owner} A 192.0.2.7`];
    if (nextRandom(random) % 2 === 0) lines.push(`${owner} NS ns`);
    if (nextRandom(random) % 3 === 0) lines.push(`${owner} DS 1 8 2 ${"ab".repeat(32)}`);
    return lines;
  }
  const lines: string[] = [];
  const roll = nextRandom(random);
  if (roll & 1)
    lines.push(`${owner} A 192.0.2.${roll % 200}`, `${owner} A 192.0.2.${201 + (roll % 50)}`);
  if (roll & 2) lines.push(`${owner} AAAA 2001:db8::${(roll % 999) + 1}`);
  if (roll & 4) lines.push(`${owner} MX 10 ${target()}`);
  if (roll & 8 || lines.length === 0) lines.push(`${owner} TXT "of ${owner.replace("*", "star")}"`);
  return lines;
}

/** Names in, above, below and beside the zone's owners, each with a type. */
export function randomQuestion(random: Prng, zone: RandomZone): { name: string; type: string } {
  const owner = one(random, zone.owners);
  const roll = nextRandom(random) % 8;
  let name = owner;
  if (roll === 1) name = `${one(random, LABELS)}.${owner}`;
  if (roll === 2) name = `q.q.${owner}`;
  if (roll === 3) name = owner.slice(owner.indexOf(".") + 1);
  if (roll === 4) name = ownerOf(random, 4);
  if (roll === 5) name = owner.replace("*", "q").toUpperCase();
  if (roll === 6) name = `*.${owner.slice(owner.indexOf(".") + 1)}`;
  return { name: `${name}.${zone.apex}`, type: one(random, TYPES) };
}
