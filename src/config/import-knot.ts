// SPDX-License-Identifier: Apache-2.0
/**
 * `azimuth import knot`: a knot.conf as azimuth.yaml (knot.conf(5) of Knot DNS 3).
 *
 * A zone has its own items and, for keys that it does not name, those of its template; without a
 * template those of the one called `default`.
 */
import { resolve } from "node:path";
import { nameFromText } from "../dns/names.ts";
import {
  addKey,
  type Draft,
  type DraftMembers,
  type DraftZone,
  type Imported,
  imported,
  note,
  type ReadText,
  wireName,
  zoneRules,
} from "./import-draft.ts";
import { accessOf, type KnotNames, remotesOf, rowsOfRemote, serversOf } from "./import-knot-acl.ts";
import {
  type Block,
  type Item,
  isOn,
  knotSections,
  lastOf,
  type Section,
} from "./import-knot-text.ts";

/** Where Debian and the manual have the zones. */
const STORAGE = "/var/lib/knot";

export function importKnot(file: string, read: ReadText): Imported {
  return imported(file, (draft) => fill(draft, knotSections(file, read)));
}

const MAPPED = new Set(["server", "key", "remote", "remotes", "acl", "template", "zone"]);

interface Knot extends KnotNames {
  readonly templates: ReadonlyMap<string, Block>;
  /** `automatic-acl` of the server. */
  readonly automatic: boolean;
}

function fill(draft: Draft, sections: readonly Section[]): void {
  for (const { at, name } of sections) {
    if (!MAPPED.has(name)) note(draft, at, `the section ${name} is not mapped`);
  }
  const blocks = (name: string) =>
    sections.filter((one) => one.name === name).flatMap((one) => one.blocks);
  const byId = (name: string) => new Map(blocks(name).map((one) => [lastOf(one, "id"), one]));
  for (const one of blocks("key")) {
    const [name, algorithm, secret] = ["id", "algorithm", "secret"].map((key) => lastOf(one, key));
    addKey(draft, one.at, { name: name!, algorithm: algorithm!, secret: secret! });
  }
  const servers = blocks("server");
  fillServer(draft, servers);
  const knot: Knot = {
    draft,
    remotes: byId("remote"),
    groups: byId("remotes"),
    acls: byId("acl"),
    templates: byId("template"),
    automatic: servers.some((one) => isOn(lastOf(one, "automatic-acl"))),
    ...{ known: new Map(), ids: new Map() },
  };
  for (const [id, acl] of knot.acls) {
    const queries = !acl.items.has("action") || acl.items.get("action")!.values.includes("query");
    if (queries && isOn(lastOf(acl, "deny"))) {
      note(draft, acl.at, `acl ${id}: queries are denied to nobody here`);
    }
  }
  for (const [id, one] of knot.templates) tellUnmapped(draft, `template ${id}`, one);
  for (const one of blocks("zone")) addZone(knot, one);
}

function fillServer(draft: Draft, servers: readonly Block[]): void {
  for (const { at, key, values } of servers.flatMap(({ items }) => [...items.values()])) {
    if (key === "listen") {
      for (const value of values) {
        const [host = "", port = "53"] = value.split("@");
        if (/^[\d.]+$/.test(host)) draft.listen.push(`${host}:${port}`);
        else if (/^[\da-f:.]+$/i.test(host)) draft.listen.push(`[${host}]:${port}`);
        else note(draft, at, `server: listen ${value} is not mapped: it is no address`);
      }
    } else if (key !== "automatic-acl" && key !== "comment") {
      note(draft, at, `server: ${key} is not mapped`);
    }
  }
}

const ZONE_KEYS = new Set([
  ...["id", "domain", "template", "storage", "file", "master", "notify", "acl", "comment"],
  ...["catalog-role", "catalog-template"],
]);

function tellUnmapped(draft: Draft, what: string, { items }: Block): void {
  for (const { at, key, values } of items.values()) {
    if (ZONE_KEYS.has(key)) continue;
    const why = key === "dnssec-signing" ? ": zones are served as they were signed before" : "";
    // What is off is what happens here.
    if (why !== "" && !isOn(values.at(-1) ?? "")) continue;
    note(draft, at, `${what}: ${key} is not mapped${why}`);
  }
}

type Items = ReadonlyMap<string, Item>;

function addZone(knot: Knot, zone: Block): void {
  const { draft, templates } = knot;
  const apex = wireName(lastOf(zone, "domain"));
  if (nameFromText(apex) === null || apex === "") {
    note(draft, zone.at, `zone ${JSON.stringify(apex)} is left out: no domain name`);
    return;
  }
  tellUnmapped(draft, `zone ${apex}`, zone);
  const named = lastOf(zone, "template");
  const template = templates.get(named || "default");
  if (template === undefined && named !== "") {
    note(draft, zone.at, `zone ${apex} is left out: there is no template ${named}`);
    return;
  }
  const items: Items = new Map([...(template?.items ?? []), ...zone.items]);
  const role = lastOf({ items }, "catalog-role").toLowerCase() || "none";
  if (role === "generate") {
    note(draft, zone.at, `zone ${apex} is left out: a catalog that Knot makes`);
    return;
  }
  const made = zoneOf(knot, apex, items);
  if (made === null)
    note(draft, zone.at, `zone ${apex} is left out: none of its primaries is mapped`);
  else if (role !== "interpret") draft.zones.set(apex, made);
  else draft.zones.set(apex, { ...made, ...catalogField(knot, apex, zone, items) });
}

type CatalogField = Pick<DraftZone, "catalog">;

/** The zone that these items describe; null if it has primaries and none of them is mapped. */
function zoneOf(knot: Knot, apex: string, items: Items): DraftZone | null {
  const { draft } = knot;
  const acl = items.get("acl");
  const notify = serversOf(knot, items.get("notify"));
  const automatic = knot.automatic ? automaticRows(knot, items.get("notify")) : [];
  const allowTransfer = [...automatic, ...accessOf(knot, apex, acl, "transfer")];
  const allowNotify = accessOf(knot, apex, acl, "notify");
  const allowUpdate = accessOf(knot, apex, acl, "update");
  const rules = zoneRules({ notify, allowTransfer });
  if ((items.get("master")?.values.length ?? 0) === 0) {
    const file = resolve(lastOf({ items }, "storage") || STORAGE, fileName(items, apex));
    const update = allowUpdate.length === 0 ? {} : { allowUpdate };
    return { file, ...rules, ...update };
  }
  const primaries = serversOf(knot, items.get("master"));
  if (primaries.length === 0) return null;
  if (allowUpdate.length > 0) {
    note(draft, acl!.at, `zone ${apex}: updates are not passed on to a primary`);
  }
  return { primaries, ...rules, ...zoneRules({ allowNotify }) };
}

/** Who is notified may fetch, unless the remote says otherwise. */
function automaticRows(knot: Knot, notify: Item | undefined) {
  return remotesOf(knot, notify)
    .filter(([, one]) => !/^(?:off|false)$/i.test(lastOf(one, "automatic-acl")))
    .flatMap(([, one]) => rowsOfRemote(knot.draft, one));
}

/**
 * Members have what `catalog-template` says: the first of the templates, or that which has the name of
 * the member's group. A catalog whose templates have no primaries is served as any other zone.
 */
function catalogField(knot: Knot, apex: string, zone: Block, items: Items): CatalogField {
  const leave = (why: string): CatalogField => {
    note(knot.draft, zone.at, `members of the catalog ${apex} are left out: ${why}`);
    return {};
  };
  const settings: [string, DraftMembers][] = [];
  for (const id of items.get("catalog-template")?.values ?? []) {
    const template = knot.templates.get(id);
    if (template === undefined) return leave(`there is no template ${id}`);
    const { primaries, ...rules } = zoneOf(knot, apex, template.items) ?? {};
    if (primaries === undefined) return leave(`the template ${id} names no primaries`);
    const { notify = [], allowTransfer = [], allowNotify = [] } = rules;
    settings.push([id, { primaries, notify, allowTransfer, allowNotify }]);
  }
  const [first] = settings;
  if (first === undefined) return leave("it has no catalog-template");
  note(knot.draft, zone.at, `catalog ${apex}: Knot shows it to nobody, here queries are answered`);
  const groups = settings.length > 1 ? { groups: Object.fromEntries(settings) } : {};
  return { catalog: { members: first[1], ...groups } };
}

/** `%s` is the zone, `%c[0]` and `%c[0-1]` its characters, `%l[0]` its labels from the last. */
function fileName(items: Items, apex: string): string {
  const labels = apex.split(".").reverse();
  const pattern = lastOf({ items }, "file") || "%s.zone";
  return pattern.replace(
    /%(?:([s%])|c\[(\d+)(?:-(\d+))?\]|l\[(\d+)\])/g,
    (_, sign?: string, from?: string, to?: string, label?: string) => {
      if (sign !== undefined) return sign === "%" ? "%" : apex.replace(/^\.$/, "");
      if (label !== undefined) return labels[Number(label)] ?? "";
      return `${apex}.`.slice(Number(from), Number(to ?? from) + 1);
    },
  );
}
