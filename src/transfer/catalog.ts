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
 *       it, until that one drops it (§5.2, §5.3) or hands it over by `coo` to one that lists it
 *       (§4.4.1). What is listed by another one as well is a clash, and changes nothing.
 *   G3  A zone of another label is another zone of that name, as is one that its catalog has dropped
 *       while another has listed it: `reset` says that what was kept must go (§5.4, §5.6).
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
  /** Values of property `group`, sorted (§4.4.2). */
  readonly groups: readonly string[];
  /** The catalog that may take it over (§4.4.1); null without. */
  readonly coo: string | null;
}

/** What a catalog zone says: its members by zone, or why it is broken. */
export type Catalog = { readonly members: readonly CatalogMember[] } | { readonly broken: string };

/** The only version there is to be understood (§4.3.1). */
const VERSION = "2";

interface Draft {
  readonly zones: string[];
  readonly groups: string[];
  readonly coos: string[];
}

/**
 * Reads the records of a catalog zone. Properties that nobody knows, those below `ext`, and records
 * of other types than a property's are passed over (§4.2, §4.5).
 */
export function readCatalog(apex: Uint8Array, rrsets: Iterable<RRset>): Catalog {
  const base = labelCount(apex);
  const drafts = new Map<string, Draft>();
  let version: string | null = null;
  for (const { owner, type, rdatas } of rrsets) {
    if (!isSubdomain(owner, apex)) continue;
    const labels = labelsOf(owner, labelCount(owner) - base);
    const last = labels.at(-1);
    if (labels.length === 1 && last === "version" && type === Type.TXT) {
      if (rdatas.length !== 1) return { broken: "version has more than one TXT" };
      version = textOf(rdatas[0]!);
    }
    if (last !== "zones" || labels.length < 2) continue;
    const draft = draftOf(drafts, labels.at(-2)!);
    const property = labels.length === 2 ? "" : labels.slice(0, -2).join(".");
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

/** Listed, but not served by this catalog, and why. */
export interface Clash {
  readonly zone: string;
  readonly catalog: string;
  readonly owner: string;
}

export interface Settled {
  /** By zone. */
  readonly memberships: readonly Membership[];
  /** Zones of these names are not those that were served until now (G3). */
  readonly reset: readonly string[];
  /** Members until now, and of no catalog any more (§5.3). */
  readonly removed: readonly string[];
  readonly clashes: readonly Clash[];
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
  const inherited = new Set<string>();
  const clashes: Clash[] = [];
  const listed = new Map(
    [...catalogs].map(([id, members]) => [id, new Map(members.map((one) => [one.zone, one]))]),
  );
  for (const held of before) {
    const { zone } = held;
    const heir = configured.has(zone) ? null : heirOf(listed, held);
    if (heir === null) continue;
    settled.set(zone, heir.membership);
    if (heir.inherits) inherited.add(zone);
  }
  for (const catalog of [...catalogs.keys()].sort()) {
    for (const member of catalogs.get(catalog)!) {
      const { zone } = member;
      const owner = configured.has(zone) ? CONFIGURATION : settled.get(zone)?.catalog;
      if (owner === undefined) settled.set(zone, { ...member, catalog });
      else if (owner !== catalog) clashes.push({ zone, catalog, owner });
    }
  }
  const old = before.map(({ zone }) => zone);
  return {
    memberships: [...settled.values()].sort(byZone),
    reset: old.filter((zone) => settled.has(zone) && !inherited.has(zone)),
    removed: old.filter((zone) => !settled.has(zone)),
    clashes,
  };
}

/** Owner of zones that the configuration names; no catalog is called so. */
const CONFIGURATION = "the configuration";

/**
 * Who has a zone that `held` had: the catalog that its `coo` names if that lists it, else the same.
 * The `coo` must be there at that very moment; one that a catalog has dropped says nothing.
 */
function heirOf(
  listed: ReadonlyMap<string, ReadonlyMap<string, CatalogMember>>,
  held: Membership,
): { readonly membership: Membership; readonly inherits: boolean } | null {
  const { catalog, zone } = held;
  const present = listed.get(catalog)?.get(zone);
  if (present === undefined) return null;
  const isSame = present.label === held.label;
  const { coo } = present;
  const next = coo === null ? undefined : listed.get(coo)?.get(zone);
  if (coo === null || next === undefined) {
    return { membership: { ...present, catalog }, inherits: isSame };
  }
  const inherits = isSame && next.label === present.label;
  return { membership: { ...next, catalog: coo }, inherits };
}

/**
 * Which of the `known` groups a member of these groups is served as: the first that it is in. Null
 * for a member of none: values that nobody knows are passed over (§4.4.2).
 */
export function groupOf(groups: readonly string[], known: readonly string[]): string | null {
  return known.find((one) => groups.includes(one)) ?? null;
}

function byZone(a: CatalogMember, b: CatalogMember): number {
  return a.zone < b.zone ? -1 : 1;
}

/** The first labels of a name as text, lower case. */
function labelsOf(name: Uint8Array, count: number): string[] {
  const labels: string[] = [];
  for (let at = 0; labels.length < count; at += 1 + name[at]!) {
    const one = new Uint8Array(name[at]! + 2);
    one.set(name.subarray(at, at + 1 + name[at]!));
    labels.push(nameToText(lowerName(one)).slice(0, -1));
  }
  return labels;
}

/** The strings of a TXT as one, in UTF-8 as everything that is configured. */
function textOf(rdata: Uint8Array): string {
  const octets = new Uint8Array(rdata.length);
  let size = 0;
  for (let at = 0; at < rdata.length; at += 1 + rdata[at]!) {
    octets.set(rdata.subarray(at + 1, at + 1 + rdata[at]!), size);
    size += rdata[at]!;
  }
  return utf8.decode(octets.subarray(0, size));
}

const utf8 = new TextDecoder();
