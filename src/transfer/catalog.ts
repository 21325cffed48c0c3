// SPDX-License-Identifier: Apache-2.0
/**
 * Catalog zones: what one lists (RFC 9432 §4), and which zones all of them together make us serve.
 *
 * Reading is apart from settling, because a broken catalog is refused as a whole, by itself, while
 * who owns a zone can only be told from all of them and from who owned it before.
 *
 * Invariants
 *   G1  A broken catalog has no members to offer: the last good ones stay (§5.1).
 *   G2  A zone has one owner: the configuration before any catalog, then the catalog that has had
 *       it, until that one drops it or hands it over by `coo` to one that lists it (§4.3.1, §5.2).
 *   G3  Another label for a zone is another zone of that name: `reset` says that what was kept of the
 *       old one must go (§5.4).
 *   G4  The result depends on the sets alone; catalogs are asked in the order of their names.
 */
import { Type } from "../dns/iana.ts";
import { isSubdomain, labelCount, lowerName, nameToText } from "../dns/names.ts";
import type { RRset } from "../zone/records.ts";

/** A zone that a catalog lists. Names are lower-case text with a final dot. */
export interface CatalogMember {
  readonly zone: string;
  /** Its label below `zones`, in text: stands for the zone's identity. */
  readonly label: string;
  /** Values of property `group`, sorted (§4.3.2). */
  readonly groups: readonly string[];
  /** The catalog that may take it over (§4.3.1); null without. */
  readonly coo: string | null;
}

/** What a catalog zone says: its members by zone, or why it is broken. */
export type Catalog = { readonly members: readonly CatalogMember[] } | { readonly broken: string };

/** The only version there is to be understood (§4.2.1). */
const VERSION = "2";

interface Draft {
  readonly zones: string[];
  readonly groups: string[];
  readonly coos: string[];
}

/** Reads the records of a catalog zone. Unknown properties and those below `ext` are passed over. */
export function readCatalog(apex: Uint8Array, rrsets: Iterable<RRset>): Catalog {
  const base = labelCount(apex);
  const drafts = new Map<string, Draft>();
  let version: string | null = null;
  for (const { owner, type, rdatas } of rrsets) {
    if (!isSubdomain(owner, apex)) continue;
    const labels = labelsOf(owner).slice(0, labelCount(owner) - base);
    const last = labels.at(-1);
    if (labels.length === 1 && last === "version" && type === Type.TXT) {
      if (rdatas.length !== 1) return { broken: "version has more than one TXT" };
      version = textOf(rdatas[0]!);
    }
    if (last !== "zones" || labels.length < 2) continue;
    const draft = draftOf(drafts, labels.at(-2)!);
    const property = labels.slice(0, -2).join(".");
    const values = (): string[] => rdatas.map((one) => nameToText(lowerName(one)));
    if (type === Type.PTR && property === "") draft.zones.push(...values());
    else if (type === Type.PTR && property === "coo") draft.coos.push(...values());
    else if (type === Type.TXT && property === "group") draft.groups.push(...rdatas.map(textOf));
  }
  if (version === null) return { broken: "there is no version" };
  if (version !== VERSION) return { broken: `version ${JSON.stringify(version)} is not known` };
  return membersOf(drafts);
}

function draftOf(drafts: Map<string, Draft>, label: string): Draft {
  const draft = drafts.get(label) ?? { zones: [], groups: [], coos: [] };
  drafts.set(label, draft);
  return draft;
}

function membersOf(drafts: ReadonlyMap<string, Draft>): Catalog {
  const members = new Map<string, CatalogMember>();
  for (const [label, { zones, groups, coos }] of drafts) {
    // Properties of a node that lists no zone speak of nobody.
    if (zones.length === 0) continue;
    if (zones.length > 1) return { broken: `${label} lists more than one zone` };
    if (coos.length > 1) return { broken: `${label} has more than one coo` };
    const zone = zones[0]!;
    const other = members.get(zone);
    if (other !== undefined) return { broken: `${zone} is listed by ${other.label} and ${label}` };
    members.set(zone, { zone, label, groups: [...groups].sort(), coo: coos[0] ?? null });
  }
  return { members: [...members.values()].sort(byZone) };
}

/** A zone that is served because a catalog lists it. */
export interface Membership extends CatalogMember {
  readonly catalog: string;
}

export interface Settled {
  /** By zone. */
  readonly memberships: readonly Membership[];
  /** Zones of these names are not those that were served until now (G3). */
  readonly reset: readonly string[];
  /** Listed, but not served by this catalog, and why. */
  readonly clashes: readonly {
    readonly zone: string;
    readonly catalog: string;
    readonly owner: string;
  }[];
}

/**
 * Who owns which zone: `catalogs` are the last good members by catalog, `configured` the zones that
 * the configuration names itself, `before` what was settled the last time.
 */
export function settleCatalogs(
  catalogs: ReadonlyMap<string, readonly CatalogMember[]>,
  configured: ReadonlySet<string>,
  before: readonly Membership[],
): Settled {
  const settled = new Map<string, Membership>();
  const clashes: { zone: string; catalog: string; owner: string }[] = [];
  const old = new Map(before.map((one) => [one.zone, one]));
  const listed = new Map(
    [...catalogs].map(([id, members]) => [id, new Map(members.map((one) => [one.zone, one]))]),
  );
  for (const [zone, held] of old) {
    const owner = heir(listed, held);
    if (owner !== null && !configured.has(zone)) settled.set(zone, owner);
  }
  for (const catalog of [...catalogs.keys()].sort()) {
    for (const member of catalogs.get(catalog)!) {
      const { zone } = member;
      const owner = configured.has(zone) ? "the configuration" : settled.get(zone)?.catalog;
      if (owner === undefined) settled.set(zone, { ...member, catalog });
      else if (owner !== catalog) clashes.push({ zone, catalog, owner });
    }
  }
  const memberships = [...settled.values()].sort(byZone);
  const isOther = ({ zone, label }: Membership): boolean =>
    old.has(zone) && old.get(zone)!.label !== label;
  return { memberships, reset: memberships.filter(isOther).map((one) => one.zone), clashes };
}

/** Who has a zone that `held` had: the catalog named by its `coo` if that lists it, else the same. */
function heir(
  listed: ReadonlyMap<string, ReadonlyMap<string, CatalogMember>>,
  held: Membership,
): Membership | null {
  const rowIn = (catalog: string): CatalogMember | undefined => listed.get(catalog)?.get(held.zone);
  const present = rowIn(held.catalog);
  // A catalog that has dropped it may have said in its last words who takes it over.
  const coo = present === undefined ? held.coo : present.coo;
  const next = coo === null ? undefined : rowIn(coo);
  if (coo !== null && next !== undefined) return { ...next, catalog: coo };
  return present === undefined ? null : { ...present, catalog: held.catalog };
}

function byZone(a: CatalogMember, b: CatalogMember): number {
  return a.zone < b.zone ? -1 : 1;
}

/** The labels of a name as text, lower case, without the root. */
function labelsOf(name: Uint8Array): string[] {
  const labels: string[] = [];
  for (let at = 0; name[at]! > 0; at += 1 + name[at]!) {
    const one = Uint8Array.of(...name.subarray(at, at + 1 + name[at]!), 0);
    labels.push(nameToText(lowerName(one)).slice(0, -1));
  }
  return labels;
}

/** The strings of a TXT as one. */
function textOf(rdata: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < rdata.length; at += 1 + rdata[at]!) {
    parts.push(String.fromCharCode(...rdata.subarray(at + 1, at + 1 + rdata[at]!)));
  }
  return parts.join("");
}
