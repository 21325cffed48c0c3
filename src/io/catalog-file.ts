// SPDX-License-Identifier: Apache-2.0
/**
 * What is remembered of catalogs over a restart: what each listed the last time that it was in order,
 * and which of that it owns.
 *
 * The table alone cannot say it. A catalog that has become broken is in the table as such, while its
 * members must be served on (RFC 9432 §5.1); and of a zone that two catalogs list, or that has another
 * label now, only who had it before can tell what that means (§5.2, §5.4).
 *
 * Invariants
 *   M1  What cannot be read says nothing: then the table is all there is.
 */
import { join } from "node:path";
import type { CatalogMember, Membership } from "../transfer/catalog.ts";
import { readRegular } from "./file.ts";
import { writePieces } from "./zone-file.ts";

/** The last good version of a catalog. */
export interface CatalogList {
  readonly serial: number;
  readonly members: readonly CatalogMember[];
}

export interface CatalogMemory {
  /** By catalog. */
  readonly lists: ReadonlyMap<string, CatalogList>;
  /** Sorted by zone. */
  readonly memberships: readonly Membership[];
}

/** Form of the file. */
const FORMAT = 1;
/** A million members have about a tenth of it. */
const SIZE_MAX = 1024 * 1024 * 1024;

/** A member, and whether its catalog is the one that has it. */
type Row = CatalogMember & { readonly owned: boolean };

const fileIn = (stateFolder: string): string => join(stateFolder, "catalogs.json");

/** What the file has of a catalog. */
interface Entry {
  readonly serial: number;
  readonly members: readonly Row[];
}

/** Throws what the file system says. */
export function writeCatalogs(stateFolder: string, { lists, memberships }: CatalogMemory): void {
  const owners = new Map(memberships.map(({ zone, catalog }) => [zone, catalog]));
  const entries = [...lists].map(([catalog, { serial, members }]): [string, Entry] => {
    const rows = members.map((one): Row => ({ ...one, owned: owners.get(one.zone) === catalog }));
    return [catalog, { serial, members: rows }];
  });
  const text = JSON.stringify({ format: FORMAT, catalogs: Object.fromEntries(entries) });
  writePieces(fileIn(stateFolder), [`${asciiJson(text)}\n`]);
}

/** Files of zones are ASCII, and so is what writes them; groups may be any text. */
function asciiJson(text: string): string {
  const code = (unit: string): string => unit.charCodeAt(0).toString(16).padStart(4, "0");
  return text.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${code(unit)}`);
}

/** Empty if there is nothing that can be read (M1). */
export function readCatalogs(stateFolder: string): CatalogMemory {
  const octets = readRegular(fileIn(stateFolder), SIZE_MAX);
  const catalogs = typeof octets === "string" ? {} : parse(octets);
  const lists = new Map<string, CatalogList>();
  const memberships = new Map<string, Membership>();
  for (const [catalog, { serial, members }] of Object.entries(catalogs)) {
    lists.set(catalog, { serial, members: members.map(({ owned: _owned, ...one }) => one) });
    for (const { owned, ...one } of members) {
      if (owned) memberships.set(one.zone, { ...one, catalog });
    }
  }
  const sorted = [...memberships.values()].sort((a, b) => (a.zone < b.zone ? -1 : 1));
  return { lists, memberships: sorted };
}

function parse(octets: Uint8Array): Readonly<Record<string, Entry>> {
  try {
    const { format, catalogs } = JSON.parse(new TextDecoder().decode(octets));
    const entries: Partial<Entry>[] = Object.values(catalogs);
    const sound = entries.every(
      ({ serial, members }) =>
        Number.isSafeInteger(serial) && Array.isArray(members) && members.every(isRow),
    );
    return format === FORMAT && sound ? catalogs : {};
  } catch {
    return {};
  }
}

function isRow(row: Partial<Row> | null): boolean {
  return (
    typeof row?.zone === "string" &&
    typeof row.label === "string" &&
    typeof row.owned === "boolean" &&
    (row.coo === null || typeof row.coo === "string") &&
    Array.isArray(row.groups) &&
    row.groups.every((one) => typeof one === "string")
  );
}
