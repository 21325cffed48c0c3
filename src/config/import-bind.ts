// SPDX-License-Identifier: Apache-2.0
/**
 * `azimuth import bind`: a named.conf as azimuth.yaml (the statements of BIND 9.18).
 *
 * Options, view and zone are looked through from the inner to the outer, as BIND does it. Of several
 * views the first is taken, since a server of ours has one.
 */
import { resolve } from "node:path";
import { nameFromText } from "../dns/names.ts";
import { type BindCatalogs, catalogField, catalogsOf } from "./import-bind-catalogs.ts";
import { type AccessLists, accessOf, type BindLists, serversOf } from "./import-bind-lists.ts";
import { bindStatements, blockOf, type Part, type Statement } from "./import-bind-text.ts";
import {
  addKey,
  type Draft,
  folderOf,
  type Imported,
  imported,
  note,
  type ReadText,
  wireName,
  zoneRules,
} from "./import-draft.ts";

export function importBind(file: string, read: ReadText): Imported {
  return imported(file, (draft) => fill(draft, bindStatements(file, read), folderOf(file)));
}

const wordOf = (part: Part | undefined): string => (typeof part === "string" ? part : "");
const keyword = ({ parts }: Statement): string => wordOf(parts[0]).toLowerCase();

function find(scopes: readonly (readonly Statement[])[], ...names: string[]): Statement | null {
  for (const scope of scopes) {
    const found = scope.findLast((one) => names.includes(keyword(one)));
    if (found !== undefined) return found;
  }
  return null;
}

/** Statements at the top that say nothing about answers. */
const SILENT_TOP = new Set(["key", "acl", "primaries", "masters", "options", "zone", "view"]);
const SILENT_OPTIONS = new Set([
  ...["directory", "listen-on", "listen-on-v6", "allow-transfer", "allow-notify", "allow-update"],
  ...["also-notify", "notify", "catalog-zones"],
]);

function fill(draft: Draft, statements: readonly Statement[], folder: string): void {
  const views = statements.filter((one) => keyword(one) === "view");
  for (const view of views.slice(1)) {
    note(
      draft,
      view.at,
      `view ${wordOf(view.parts[1])} is not mapped: there is one view, the first`,
    );
  }
  const inner = views[0] === undefined ? [] : blockOf(views[0]);
  const options = statements.filter((one) => keyword(one) === "options").flatMap(blockOf);
  for (const one of statements) {
    if (SILENT_TOP.has(keyword(one))) continue;
    note(draft, one.at, `${keyword(one)} is not mapped`);
  }
  for (const one of options) {
    if (SILENT_OPTIONS.has(keyword(one))) continue;
    note(draft, one.at, `options: ${keyword(one)} is not mapped`);
  }
  for (const one of inner) {
    if (SILENT_TOP.has(keyword(one)) || SILENT_OPTIONS.has(keyword(one))) continue;
    note(draft, one.at, `view: ${keyword(one)} is not mapped`);
  }
  const all = [...statements, ...inner];
  for (const one of all.filter((each) => keyword(each) === "key")) {
    const block = blockOf(one);
    const value = (name: string) => wordOf(find([block], name)?.parts[1]);
    const [algorithm, secret] = [value("algorithm"), value("secret")];
    addKey(draft, one.at, { name: wordOf(one.parts[1]), algorithm, secret });
  }
  const named = (...names: string[]) =>
    new Map(
      all
        .filter((one) => names.includes(keyword(one)))
        .map((one) => [wordOf(one.parts[1]), one] as const),
    );
  const lists = { acls: named("acl"), primaries: named("primaries", "masters") };
  fillListen(draft, options);
  const directory = wordOf(find([options], "directory")?.parts[1]);
  const base = directory === "" ? folder : resolve(folder, directory);
  const zones = all.filter((one) => keyword(one) === "zone");
  const catalogs = catalogsOf([inner, options]);
  for (const zone of zones) {
    addZone(draft, zone, [blockOf(zone), inner, options], { lists, base, catalogs });
  }
  tellDefaults(draft, zones, [inner, options]);
}

/** `listen-on port 53 { 192.0.2.1; };` */
function fillListen(draft: Draft, options: readonly Statement[]): void {
  for (const one of options.filter((each) => /^listen-on(?:-v6)?$/.test(keyword(each)))) {
    const six = keyword(one) === "listen-on-v6";
    const at = one.parts.indexOf("port");
    const port = at < 0 ? "53" : wordOf(one.parts[at + 1]);
    for (const { parts } of blockOf(one)) {
      const word = wordOf(parts[0]);
      if (word === "none") continue;
      if (word === "any") draft.listen.push(six ? `[::]:${port}` : `0.0.0.0:${port}`);
      else if (/^[\d.]+$/.test(word)) draft.listen.push(`${word}:${port}`);
      else if (/^[\da-f:.]+$/i.test(word)) draft.listen.push(`[${word}]:${port}`);
      else note(draft, one.at, `options: ${keyword(one)}: ${word || "a list"} is not mapped`);
    }
  }
  if (find([options], "listen-on") === null) draft.listen.push("0.0.0.0:53");
  if (find([options], "listen-on-v6") === null) draft.listen.push("[::]:53");
}

/** What BIND does unasked and Azimuth does not. */
function tellDefaults(
  draft: Draft,
  zones: readonly Statement[],
  outer: readonly (readonly Statement[])[],
): void {
  const served = zones.filter((one) => draft.zones.has(wireName(wordOf(one.parts[1]))));
  const open = served.find((one) => find([blockOf(one), ...outer], "allow-transfer") === null);
  if (open !== undefined) {
    const text = "without allow-transfer BIND lets anybody fetch a zone; here nobody may";
    note(draft, open.at, text);
  }
  const telling = served.find((one) => {
    const said = find([blockOf(one), ...outer], "notify")?.parts[1];
    return said === undefined || said === "yes";
  });
  if (telling === undefined) return;
  const text = "BIND notifies the servers of a zone's NS records; here those that `notify` lists";
  note(draft, telling.at, text);
}

const PRIMARY = new Set(["primary", "master"]);
const SECONDARY = new Set(["secondary", "slave"]);
const ZONE_KEYS = new Set([
  ...["type", "file", "primaries", "masters", "also-notify", "notify"],
  ...["allow-transfer", "allow-notify", "allow-update"],
]);

interface ZoneContext {
  readonly lists: BindLists;
  /** Where relative files are. */
  readonly base: string;
  readonly catalogs: BindCatalogs;
}

function addZone(
  draft: Draft,
  zone: Statement,
  scopes: readonly (readonly Statement[])[],
  { lists, base, catalogs }: ZoneContext,
): void {
  const apex = wireName(wordOf(zone.parts[1]));
  const leave = (why: string): void => {
    note(draft, zone.at, `zone ${apex} is left out: ${why}`);
  };
  const own = scopes[0]!;
  const type = wordOf(find([own], "type")?.parts[1]).toLowerCase();
  const dnsClass = wordOf(zone.parts[2]).toLowerCase();
  if (dnsClass !== "" && dnsClass !== "in") {
    leave(`class ${dnsClass}`);
    return;
  }
  if (nameFromText(apex) === null) {
    leave("no domain name");
    return;
  }
  if (!PRIMARY.has(type) && !SECONDARY.has(type)) {
    leave(`type ${type || "is not written"}`);
    return;
  }
  for (const one of own) {
    if (ZONE_KEYS.has(keyword(one))) continue;
    note(draft, one.at, `zone ${apex}: ${keyword(one)} is not mapped`);
  }
  const list = (name: string): AccessLists | null => {
    const found = find(scopes, name);
    if (found === null) return null;
    return accessOf({ draft, lists, at: found.at, what: `zone ${apex}: ${name}` }, blockOf(found));
  };
  const silent = /^no$/i.test(wordOf(find(scopes, "notify")?.parts[1]));
  const also = silent ? null : find(scopes, "also-notify");
  const notify = also === null ? [] : serversOf({ draft, lists, at: also.at, what: apex }, also);
  const allowTransfer = list("allow-transfer") ?? [];
  const allowNotify = SECONDARY.has(type) ? (list("allow-notify") ?? []) : [];
  const rules = zoneRules({ notify, allowTransfer, allowNotify });
  if (SECONDARY.has(type)) {
    const from = find([own], "primaries", "masters");
    const primaries =
      from === null ? [] : serversOf({ draft, lists, at: from.at, what: apex }, from);
    if (primaries.length === 0) {
      leave("none of its primaries is mapped");
      return;
    }
    const catalog = catalogField({ draft, lists }, catalogs.get(apex), { apex, own, primaries });
    draft.zones.set(apex, { primaries, ...catalog, ...rules });
    return;
  }
  const file = wordOf(find([own], "file")?.parts[1]);
  if (file === "") {
    leave("it has no file");
    return;
  }
  const update = find(scopes, "allow-update");
  const keyed = (list("allow-update") ?? []).filter((row) => {
    if (typeof row !== "string" && row.key !== undefined) return true;
    note(draft, update!.at, `zone ${apex}: allow-update: a rule without a key is left out`);
    return false;
  });
  const allowUpdate = keyed.length === 0 ? {} : { allowUpdate: keyed };
  draft.zones.set(apex, { file: resolve(base, file), ...rules, ...allowUpdate });
}
