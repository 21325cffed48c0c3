// SPDX-License-Identifier: Apache-2.0
/**
 * Random zones that are odd and still sound, and questions that poke at their corners.
 *
 * Few labels and short names make collisions likely: wildcards beside names, names below cuts,
 * aliases to nowhere, empty non-terminals at every depth. A *family* is one to four zones that know
 * of each other: parent, child, grandchild, and one beside them that aliases lead to and fro.
 *
 * Every owner has one kind, so that no draw makes a zone that a server must refuse; what some do
 * refuse (a wildcard with NS, data below a DNAME) is drawn for few zones only.
 */
import { nextRandom, type Prng } from "./prng.ts";
import { type Draft, draftOf, put, textOf } from "./random-records.ts";

export interface RandomZone {
  readonly apex: string;
  readonly text: string;
  /** Relative to the apex, as the text spells them. */
  readonly owners: readonly string[];
}

type Kind = "data" | "alias" | "cut" | "subtree";

const LABELS = ["a", "b", "c", "w", "x1", "_s"];
/** As in a master file: escapes, octets that do not print, case, stars that are no wildcard. */
const ODD_LABELS = [
  ...'A bB * ** a* \\046 a\\.b \\092 \\" \\; \\@ \\$x \\( - 1 0-0'.split(" "),
  ..."\\000 \\255 \\032 \\009a \\195\\164 \\127 \\042a".split(" "),
  "l".repeat(63),
];

export function one<T>(random: Prng, list: readonly T[]): T {
  return list[nextRandom(random) % list.length]!;
}

function chance(random: Prng, of: number): boolean {
  return nextRandom(random) % of === 0;
}

function labelOf(random: Prng): string {
  return chance(random, 12) ? one(random, ODD_LABELS) : one(random, LABELS);
}

function ownerOf(random: Prng, depthMax: number): string {
  const deep = chance(random, 60) ? 8 : 0;
  const depth = 1 + deep + (nextRandom(random) % depthMax);
  const labels = Array.from({ length: depth }, () => labelOf(random));
  if (chance(random, 5)) labels[0] = "*";
  return labels.join(".").length > 150 ? one(random, LABELS) : labels.join(".");
}

const isWildcard = (owner: string): boolean => owner === "*" || owner.startsWith("*.");

/** What a zone of a family knows of the others. */
interface Kin {
  /** Owners, relative, that are delegated because a zone of ours stands there. */
  readonly children: readonly string[];
  /** Absolute names in other zones. */
  readonly names: readonly string[];
}

/** Owners and kinds, without what would lie where no server loads it. */
function kindsOf(random: Prng, size: number, kin: Kin, wild: boolean): Map<string, Kind> {
  const kinds = new Map<string, Kind>(kin.children.map((owner) => [owner, "cut"]));
  for (let tries = 0; kinds.size < size && tries < size * 4; tries += 1) {
    const owner = ownerOf(random, 4);
    const key = owner.toLowerCase();
    if (key === "ns" || kinds.has(key)) continue;
    const roll = nextRandom(random) % 14;
    if (roll < 8) kinds.set(key, "data");
    else if (roll < 11) kinds.set(key, "alias");
    else if (roll < 13 && (wild || !isWildcard(owner))) kinds.set(key, "cut");
    else if (roll === 13) kinds.set(key, "subtree");
  }
  const under = (owner: string, kind: Kind): boolean =>
    [...kinds].some(([other, its]) => its === kind && owner.endsWith(`.${other}`));
  for (const [owner, kind] of [...kinds]) {
    // Below a DNAME nothing may exist (RFC 6672 §2.4); what lies below a cut is glue or occluded.
    if (under(owner, "subtree") && !wild) kinds.delete(owner);
    else if (under(owner, "cut") && kind !== "data" && !chance(random, 4)) kinds.delete(owner);
  }
  return kinds;
}

/** A zone of about `size` owners, and rules that keep it loadable by every server. */
export function randomZone(
  random: Prng,
  apex: string,
  size: number,
  kin: Kin = { children: [], names: [] },
): RandomZone {
  const wild = chance(random, 25);
  const kinds = kindsOf(random, size, kin, wild);
  const owners = [...kinds.keys()];
  const draft = draftOf(random);
  const target = (): string => targetOf(random, apex, owners, kin);
  put(draft, "@", "SOA", "ns hostmaster 7 3600 900 86400 120");
  put(draft, "@", "NS", "ns.example.net.");
  put(draft, "@", "NS", "ns");
  put(draft, "ns", "A", "192.0.2.53");
  if (chance(random, 2)) put(draft, "@", "MX", `10 ${target()}`);
  if (chance(random, 4)) put(draft, "@", "TXT", '"of the apex"');
  for (const [owner, kind] of kinds) {
    if (kind === "alias") put(draft, owner, "CNAME", target());
    else if (kind === "subtree") putSubtree(random, draft, owner, target);
    else if (kind === "cut") putCut(random, draft, owner, owners, target);
    else putData(random, draft, owner, target);
  }
  return { apex, text: textOf(draft, apex), owners: owners.length === 0 ? ["a"] : owners };
}

/** Where something points: into the zone mostly, to its kin, to nowhere, or abroad. */
function targetOf(random: Prng, apex: string, owners: readonly string[], kin: Kin): string {
  const roll = nextRandom(random) % 14;
  if (roll === 0) return "www.example.net.";
  if (roll === 1) return ".";
  if (roll === 2) return apex;
  if (roll < 5) return `${ownerOf(random, 3).replace(/^\*\./, "q.")}.${apex}`;
  if (roll < 9 && kin.names.length > 0) return one(random, kin.names);
  const owner = owners.length === 0 ? "a" : one(random, owners);
  const name = isWildcard(owner) ? owner.replace("*", chance(random, 3) ? "*" : "q.q") : owner;
  return `${name}.${apex}`;
}

function putSubtree(random: Prng, draft: Draft, owner: string, target: () => string): void {
  const long = `${"l".repeat(63)}.${"m".repeat(63)}.${"n".repeat(63)}.example.net.`;
  put(draft, owner, "DNAME", chance(random, 8) ? long : target());
  if (chance(random, 3)) putData(random, draft, owner, target);
}

function putCut(
  random: Prng,
  draft: Draft,
  owner: string,
  owners: readonly string[],
  target: () => string,
): void {
  const roll = nextRandom(random);
  const server = `ns.${owner.replace(/^\*/, "q")}`;
  if (roll & 1 || (roll & 6) === 0) {
    put(draft, owner, "NS", server);
    if ((roll & 0x38) !== 0) put(draft, server, "A", "192.0.2.7");
    if ((roll & 0xc0) === 0) put(draft, server, "AAAA", "2001:db8::7");
  }
  if (roll & 2) put(draft, owner, "NS", "ns");
  if ((roll & 0x300) === 0) put(draft, owner, "NS", target());
  if ((roll & 0xc00) === 0) put(draft, owner, "NS", `ns.${one(random, owners).replace("*", "q")}`);
  if ((roll & 0x7000) === 0 && !isWildcard(owner)) {
    put(draft, owner, "NS", owner);
    put(draft, owner, "A", "192.0.2.8");
  }
  if ((roll & 0x18000) === 0) put(draft, owner, "DS", `1 8 2 ${"ab".repeat(32)}`);
  if ((roll & 0xe0000) === 0) put(draft, owner, "TXT", '"occluded"');
}

function putData(random: Prng, draft: Draft, owner: string, target: () => string): void {
  const roll = nextRandom(random);
  const many = (roll & 0x700) === 0 ? 30 : 1;
  if (roll & 1) {
    put(draft, owner, "A", `192.0.2.${roll % 200}`);
    put(draft, owner, "A", `192.0.2.${201 + (roll % 50)}`);
  }
  if (roll & 2) put(draft, owner, "AAAA", `2001:db8::${(roll % 999) + 1}`);
  if (roll & 4) put(draft, owner, "MX", `10 ${target()}`);
  if ((roll & 0x30) === 0) put(draft, owner, "MX", `20 ${target()}`);
  if ((roll & 0xc0) === 0) put(draft, owner, "SRV", `1 2 443 ${target()}`);
  if ((roll & 0x3800) === 0) put(draft, owner, "HTTPS", `1 ${target()} alpn=h2`);
  if ((roll & 0x1c000) === 0) put(draft, owner, "SVCB", `0 ${target()}`);
  if ((roll & 0xe0000) === 0) put(draft, owner, "PTR", target());
  if ((roll & 0x700000) === 0) put(draft, owner, "CAA", '0 issue "ca.example.net"');
  if ((roll & 0x3800000) === 0) put(draft, owner, "TYPE65400", "\\# 3 00ff2e");
  if (roll & 8 || !hasOwner(draft, owner)) {
    for (let i = 0; i < many; i += 1) put(draft, owner, "TXT", `"number ${i} \\" \\255"`);
  }
}

function hasOwner(draft: Draft, owner: string): boolean {
  return draft.sets.some((set) => set.owner === owner);
}

/** One to four zones below `f<number>.test.` and beside it. */
export function randomFamily(random: Prng, number: number, size: number): RandomZone[] {
  const apex = `f${number}.test.`;
  const beside = `f${number}.example.`;
  const roll = nextRandom(random);
  const zones: RandomZone[] = [];
  const names: string[] = [];
  const add = (its: string, kin: Kin): void => {
    const zone = randomZone(random, its, 4 + (nextRandom(random) % size), kin);
    zones.push(zone);
    for (const owner of zone.owners) names.push(`${owner.replace(/^\*/, "q")}.${its}`);
  };
  // The parent may well not delegate what is served beside it.
  const children: string[] = [];
  if (roll & 1) {
    add(`c.${apex}`, { children: [], names: [`a.${apex}`, `a.b.${apex}`, `w.${beside}`] });
    if (roll & 2) children.push("c");
  }
  if ((roll & 0xc) === 0) {
    add(`a.b.${apex}`, { children: [], names: [`c.${apex}`, `w.a.c.${apex}`] });
    if (roll & 0x10) children.push("a.b");
  }
  if ((roll & 0x60) === 0) add(beside, { children: [], names: [...names, `b.${apex}`] });
  add(apex, { children, names });
  return zones.reverse();
}

const TYPES = [
  ..."A A A AAAA AAAA NS NS SOA MX MX TXT TXT CNAME CNAME DNAME DS DS SRV HTTPS SVCB PTR".split(
    " ",
  ),
  ..."CAA ANY TYPE65400 DNSKEY NSEC RRSIG HINFO CDS TYPE99 KEY NSEC3".split(" "),
];

/** Names in, above, below and beside the zone's owners, each with a type. */
export function randomQuestion(random: Prng, zone: RandomZone): { name: string; type: string } {
  const owner = one(random, zone.owners);
  // A dot that a backslash stands before is none.
  const above = owner
    .split(/(?<!\\)\./)
    .slice(1)
    .join(".");
  const roll = nextRandom(random) % 16;
  let name = owner;
  if (roll === 1) name = `${labelOf(random)}.${owner}`;
  if (roll === 2) name = `q.q.${owner}`;
  if (roll === 3) name = above;
  if (roll === 4) name = ownerOf(random, 4);
  if (roll === 5) name = owner.replace("*", "q").toUpperCase();
  if (roll === 6) name = `*.${above}`;
  if (roll === 7) name = `ns.${owner}`;
  if (roll === 8) name = "";
  if (roll === 9) name = `q.${above}`;
  if (roll === 10) name = `*.${owner}`;
  if (roll === 11) name = owner.replace("*", `${labelOf(random)}.q`);
  const text = name.endsWith(".") ? name : name === "" ? "" : `${name}.`;
  return { name: `${text}${zone.apex}`, type: one(random, TYPES) };
}
