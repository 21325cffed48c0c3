// SPDX-License-Identifier: Apache-2.0
/**
 * Catalog zones at work (RFC 9432): what they list is served beside what the operator has configured.
 *
 * A catalog is a zone like others: a file, or fetched; checked and published, and read here from the
 * table. Its members are secondaries with the settings that the catalog's row has for their group, so
 * that a whole fleet of zones needs one row. The operator's configuration is never changed: members
 * are laid on top of it each time it is handed on, and so a reload of the settings reaches them.
 *
 * A member that is to begin anew (§5.6) is left out of what is handed on until the table has nothing
 * of it, and comes back then: to all others it is a zone that went and a new one, which is fetched at
 * once.
 *
 * Invariants
 *   G1  A catalog that is broken, expired or without data lists what its last good version listed
 *       (§5.1), over a restart as well (io/catalog-file.ts).
 *   G2  A zone of the configuration is never touched by a catalog.
 *   G3  What was kept of a member goes with it, when it is nobody's any more and before it is another
 *       one's (§5.3, §5.4); what is remembered is written afterwards, so that a crash repeats it.
 *   G4  A start does not go back: a table that was saved before the version that is remembered was in
 *       force says nothing of its members.
 */
import { sameOctets } from "../base/octets.ts";
import { reasonOf } from "../base/reason.ts";
import { nameFromText } from "../dns/names.ts";
import { readCatalogs, writeCatalogs } from "../io/catalog-file.ts";
import { removeKept } from "../io/zone-file.ts";
import { keptFile } from "../resource/decode-zones.ts";
import type { CatalogTemplates, DesiredState, MemberTemplate, Zone } from "../resource/types.ts";
import { findZoneHeader } from "../table/find-zone.ts";
import type { TableViews } from "../table/reader.ts";
import { servedZone, zoneRRsets } from "../table/zone-records.ts";
import type { Log } from "../telemetry/log.ts";
import {
  type Clash,
  groupOf,
  type Membership,
  readCatalog,
  settleCatalogs,
} from "../transfer/catalog.ts";
import { serialNewer } from "../zone/serial.ts";

export interface Catalogs {
  /** Reads the catalogs of `state` in the table of `root`; true if extend() gives something else now. */
  look(state: DesiredState, views: TableViews, root: number): boolean;
  /**
   * `state` and the members on top of it. Of a state that no look has seen, those that are members
   * now and would be so then.
   */
  extend(state: DesiredState): DesiredState;
  /** What extend() gave is in force. Removes what was kept of others, and gives those files. */
  handedOn(): readonly string[];
  /** Null for a zone that is no member. */
  memberOf(apex: string): CatalogMembership | null;
  /** Null for a zone that is no catalog. */
  statusOf(apex: string): CatalogStatus | null;
}

/** Which catalog a zone came from. */
export interface CatalogMembership {
  readonly catalog: string;
  /** Values of its property `group`. */
  readonly groups: readonly string[];
  /** The one whose settings it has; null for those of all members. */
  readonly group: string | null;
}

export interface CatalogStatus {
  /** Zones that are its own, and those of them that nobody is known to have. */
  readonly members: number;
  readonly withoutPrimaries: number;
  /** Why the version in force is none; null for a good one. */
  readonly broken: string | null;
  readonly clashes: readonly Clash[];
}

/** Names of one kind that a log line has at most. */
const NAMED_MAX = 20;

/** What was read of a catalog's version. */
interface Seen {
  readonly serial: number;
  readonly digests: Uint8Array;
  readonly broken: string | null;
}

export function createCatalogs(
  folders: { readonly state: string; readonly zones: string },
  log: Pick<Log, "warn" | "info" | "error">,
): Catalogs {
  const remembered = readCatalogs(folders.state);
  const lists = new Map(remembered.lists);
  const seen = new Map<string, Seen>();
  let { memberships } = remembered;
  let owned = byZone(memberships);
  let clashes: readonly Clash[] = [];
  /** Members that begin anew, and whether others have been told of their end. */
  const leaving = new Map<string, boolean>();
  /** Zones whose kept files are to go. */
  const forgotten = new Set<string>();
  let state: DesiredState | null = null;
  let configured: Rows = new Map();
  /** Of the catalogs among them. */
  let apexes: readonly string[] = [];
  let extended: DesiredState | null = null;
  /** By catalog, as long as `extended` holds. */
  const counts = new Map<string, { members: number; withoutPrimaries: number }>();
  let unsaved = false;
  const tell = createTeller(log);

  /** True if it lists other members now. */
  const read = (apex: string, views: TableViews, root: number): boolean => {
    const name = nameFromText(apex)!;
    const header = servedZone(views, root, name);
    // G1
    if (header === null) return false;
    const { serial, shardDigests } = header;
    const before = seen.get(apex);
    if (before?.serial === serial && sameOctets(before.digests, shardDigests)) return false;
    const now = { serial, digests: shardDigests.slice() };
    const known = lists.get(apex);
    // G4
    if (before === undefined && known !== undefined && serialNewer(known.serial, serial)) {
      seen.set(apex, { ...now, broken: null });
      return false;
    }
    const catalog = readCatalog(name, zoneRRsets(views, header));
    const broken = "broken" in catalog ? catalog.broken : null;
    seen.set(apex, { ...now, broken });
    if ("members" in catalog) lists.set(apex, { serial, members: catalog.members });
    else log.warn({ zone: apex, serial, reason: broken }, "catalog is broken: its members stay");
    return broken === null;
  };

  const readAll = (views: TableViews, root: number): boolean => {
    let isNew = false;
    for (const apex of new Set([...lists.keys(), ...seen.keys()])) {
      if (templatesOf(apex) !== null) continue;
      seen.delete(apex);
      isNew = lists.delete(apex) || isNew;
    }
    for (const apex of apexes) isNew = read(apex, views, root) || isNew;
    return isNew;
  };

  /** True if the members are others than before. */
  const settle = (): boolean => {
    const members = new Map([...lists].map(([apex, list]) => [apex, list.members]));
    const settled = settleCatalogs(members, new Set(configured.keys()), memberships);
    const changed = !isSame(settled.memberships, memberships);
    clashes = settled.clashes;
    memberships = settled.memberships;
    owned = byZone(memberships);
    unsaved = true;
    for (const zone of settled.reset) leaving.set(zone, false);
    for (const zone of settled.removed) leaving.delete(zone);
    for (const zone of [...settled.reset, ...settled.removed]) forgotten.add(zone);
    tell("clashes", clashes, "zones of catalogs that others have already");
    if (changed) log.info({ members: memberships.length }, "catalogs list other zones");
    if (settled.reset.length > 0) {
      log.info({ zones: settled.reset.slice(0, NAMED_MAX) }, "members that begin anew");
    }
    return changed || settled.reset.length > 0;
  };

  /** Those of which the table has nothing any more come back; true if there are any. */
  const takeBack = (views: TableViews, root: number): boolean => {
    let any = false;
    for (const [zone, told] of leaving) {
      if (!told || findZoneHeader(views, root, nameFromText(zone)!) !== 0) continue;
      leaving.delete(zone);
      any = true;
    }
    return any;
  };

  const templatesOf = (catalog: string, rows = configured): CatalogTemplates | null =>
    rows.get(catalog)?.transfer.catalog ?? null;

  const memberOf = (apex: string, rows = configured): CatalogMembership | null => {
    const member = owned.get(apex);
    if (member === undefined) return null;
    const { catalog, groups } = member;
    const known = templatesOf(catalog, rows)?.groups.map(({ group }) => group) ?? [];
    return { catalog, groups, group: groupOf(groups, known) };
  };

  /** Null if nobody is known to have such members. */
  const templateOf = (apex: string, rows = configured): MemberTemplate | null => {
    const { catalog, group } = memberOf(apex, rows)!;
    const templates = templatesOf(catalog, rows);
    const own = templates?.groups.find((one) => one.group === group)?.template;
    const template = own ?? templates?.members;
    return template === undefined || template.transfer.primaries.length === 0 ? null : template;
  };

  /** A member as a zone; null while it begins anew, or without template. */
  const zoneOf = (apex: string, rows: Rows): Zone | null => {
    const template = leaving.has(apex) ? null : templateOf(apex, rows);
    if (template === null) return null;
    const { transfer, strict } = template;
    const { place } = rows.get(owned.get(apex)!.catalog)!;
    const file = keptFile(folders.zones, apex);
    return { apex, file, steered: [], transfer, strict, place };
  };

  const extend = (given: DesiredState): DesiredState => {
    const rows = given === state ? configured : rowsOf(given);
    const members = memberships.flatMap(({ zone }) =>
      rows.has(zone) ? [] : (zoneOf(zone, rows) ?? []),
    );
    const zones = [...given.zones, ...members].sort((a, b) => (a.apex < b.apex ? -1 : 1));
    return { ...given, zones };
  };

  const tellSettings = (): void => {
    const all = memberships.map(({ zone }) => ({ zone, ...memberOf(zone)! }));
    const unknown = all.filter(({ groups, group }) => groups.length > 0 && group === null);
    tell("groups", unknown, "members of groups that have no settings: those of all members hold");
    const nobodys = all.filter(({ zone }) => templateOf(zone) === null);
    tell("members", nobodys, "members without primaries: nobody has them");
  };

  /** G3. */
  const forget = (): string[] => {
    const inUse = new Set((extended ?? state)?.zones.map(({ file }) => file));
    const files = [...forgotten].map((zone) => keptFile(folders.zones, zone));
    const idle = files.filter((file) => !inUse.has(file));
    for (const file of idle) removeKept(file);
    forgotten.clear();
    return idle;
  };

  const countsOf = (apex: string) => {
    const own = memberships.filter(({ catalog }) => catalog === apex);
    const withoutPrimaries = own.filter(({ zone }) => templateOf(zone) === null).length;
    const made = { members: own.length, withoutPrimaries };
    counts.set(apex, made);
    return made;
  };

  const save = (): void => {
    if (!unsaved || leaving.size + forgotten.size > 0) return;
    try {
      writeCatalogs(folders.state, { lists, memberships });
      unsaved = false;
    } catch (error) {
      log.error({ reason: reasonOf(error) }, "what catalogs list could not be written");
    }
  };

  return {
    look(given, views, root) {
      const isGiven = given !== state;
      if (isGiven) {
        state = given;
        configured = rowsOf(given);
        apexes = [...configured.keys()].filter((apex) => templatesOf(apex) !== null);
      }
      const isNew = readAll(views, root);
      // Asked after each publication, and most of them are none of ours.
      const changed = (isNew || isGiven) && lists.size + memberships.length > 0 ? settle() : false;
      const isBack = takeBack(views, root);
      if (isNew || isGiven || isBack) {
        extended = null;
        counts.clear();
      }
      if (isNew || isGiven) tellSettings();
      save();
      return changed || isBack;
    },
    extend(given) {
      if (memberships.length === 0) return given;
      if (given !== state) return extend(given);
      extended ??= extend(given);
      return extended;
    },
    handedOn() {
      for (const zone of leaving.keys()) leaving.set(zone, true);
      const files = forget();
      save();
      return files;
    },
    memberOf: (apex) => memberOf(apex),
    statusOf(apex) {
      if (templatesOf(apex) === null) return null;
      return {
        ...(counts.get(apex) ?? countsOf(apex)),
        broken: seen.get(apex)?.broken ?? null,
        clashes: clashes.filter(({ catalog }) => catalog === apex),
      };
    },
  };
}

/** Zones that the configuration names, by apex. */
type Rows = ReadonlyMap<string, Zone>;

function rowsOf({ zones }: DesiredState): Rows {
  return new Map(zones.map((zone) => [zone.apex, zone]));
}

function byZone(memberships: readonly Membership[]): ReadonlyMap<string, Membership> {
  return new Map(memberships.map((one) => [one.zone, one]));
}

/** Whether the same zones are served in the same way; another label is told of by itself. */
function isSame(a: readonly Membership[], b: readonly Membership[]): boolean {
  const key = ({ zone, catalog, groups }: Membership): string =>
    JSON.stringify([zone, catalog, groups]);
  return a.length === b.length && a.every((one, i) => key(one) === key(b[i]!));
}

/** Warns of a list when it is another one than the last time, and has something in it. */
function createTeller(log: Pick<Log, "warn">) {
  const said = new Map<string, string>();
  return (kind: string, list: readonly unknown[], text: string): void => {
    const now = JSON.stringify(list);
    if (now === (said.get(kind) ?? "[]")) return;
    said.set(kind, now);
    if (list.length === 0) return;
    log.warn({ count: list.length, [kind]: list.slice(0, NAMED_MAX) }, text);
  };
}
