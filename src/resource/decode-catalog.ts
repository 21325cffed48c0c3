// SPDX-License-Identifier: Apache-2.0
/**
 * How the members of a catalog are served: a template for all, and others by group (RFC 9432 §4.4.2).
 *
 * What a template leaves open is taken from the next one behind it: a group's from `members`, that of
 * `members` from the catalog's own row. So `catalog: true` alone serves members as the catalog itself
 * is served, and a group says only what is different of it.
 */
import { fault } from "../base/faults.ts";
import { decodeTransfer, type TransferContext } from "./decode-transfer.ts";
import type { Path } from "./place.ts";
import type { CatalogFields } from "./schema-transfer.ts";
import type { CatalogTemplates, MemberTemplate } from "./types.ts";

/** Null for a zone that is no catalog. `own` is what the catalog's row says of the catalog itself. */
export function decodeCatalog(
  fields: boolean | CatalogFields,
  own: MemberTemplate,
  path: Path,
  context: TransferContext,
): CatalogTemplates | null {
  if (fields === false) return null;
  const { members: common, groups: rows } = fields === true ? EMPTY : fields;
  // Members are not changed by UPDATE, even where the catalog is.
  const base = { ...own, transfer: { ...own.transfer, allowUpdate: [] } };
  const members = templateOf(common, base, [...path, "members"], context);
  const groups = Object.entries(rows).map(([group, row]) => {
    return { group, template: templateOf(row, members, [...path, "groups", group], context) };
  });
  const all = [members, ...groups.map(({ template }) => template)];
  if (all.every(({ transfer }) => transfer.primaries.length === 0)) {
    const detail = "neither the catalog nor a template of its members has primaries";
    context.faults.push(fault("CONFIG_CATALOG_PRIMARIES", context.placeOf(path), detail));
  }
  return { members, groups };
}

const EMPTY: CatalogFields = { members: {}, groups: {} };

function templateOf(
  fields: CatalogFields["members"],
  behind: MemberTemplate,
  path: Path,
  context: TransferContext,
): MemberTemplate {
  const { notify, steered, ...lists } = behind.transfer;
  const defaults = { notify: [...notify], transferSteered: steered };
  const transfer = decodeTransfer(fields, defaults, lists, path, context);
  const primaries = fields.primaries ?? behind.transfer.primaries;
  return { transfer: { ...transfer, primaries }, strict: fields.strict ?? behind.strict };
}
