// SPDX-License-Identifier: Apache-2.0
/**
 * `catalog-zones` of a named.conf (RFC 9432): which zones are catalogs, and whether ours would do
 * the same with their members.
 *
 * BIND fetches members from `default-primaries` and gives them the access lists of the options;
 * Azimuth takes both from the catalog's own zone. Where the two differ the zone is served as any
 * other and its members are not, with a note: nobody may do more after a move than before it.
 */
import { type BindLists, serversOf } from "./import-bind-lists.ts";
import { blockOf, type Statement } from "./import-bind-text.ts";
import { type Draft, note, type Place, wireName } from "./import-draft.ts";

/** By apex. */
export type BindCatalogs = ReadonlyMap<string, Statement>;

/** `catalog-zones { zone "c.example" default-primaries { 192.0.2.1; }; };` of options or view. */
export function catalogsOf(scopes: readonly (readonly Statement[])[]): BindCatalogs {
  const rows = scopes.flat().filter(({ parts }) => parts[0] === "catalog-zones");
  return new Map(
    rows.flatMap(blockOf).flatMap((one) => {
      const [word, apex] = one.parts;
      return word === "zone" && typeof apex === "string" ? [[wireName(apex), one] as const] : [];
    }),
  );
}

/** Statements of a zone that its members would not have in BIND, and would have here. */
const OWN_RULES = ["allow-transfer", "allow-notify", "also-notify"];

/** The field of a secondary zone: `{catalog: true}`, or nothing. */
export function catalogField(
  { draft, lists }: { readonly draft: Draft; readonly lists: BindLists },
  catalog: Statement | undefined,
  zone: {
    readonly apex: string;
    readonly own: readonly Statement[];
    readonly primaries: readonly string[];
  },
): { readonly catalog?: true } {
  if (catalog === undefined) return {};
  const leave = (at: Place, why: string): { readonly catalog?: true } => {
    note(draft, at, `members of the catalog ${zone.apex} are left out: ${why}`);
    return {};
  };
  const given = zone.own.find(({ parts }) => OWN_RULES.includes(String(parts[0])));
  if (given !== undefined) {
    return leave(given.at, `here they would have its ${String(given.parts[0])}`);
  }
  const what = `catalog ${zone.apex}`;
  const primaries = serversOf({ draft, lists, at: catalog.at, what }, catalog);
  const same = [...primaries].sort().join() === [...zone.primaries].sort().join();
  return same ? { catalog: true } : leave(catalog.at, "here they come from its own primaries");
}
