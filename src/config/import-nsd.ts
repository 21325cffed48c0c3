// SPDX-License-Identifier: Apache-2.0
/**
 * `azimuth import nsd`: an nsd.conf as azimuth.yaml (nsd.conf(5) of NSD 4).
 *
 * The text is a row of attributes, whatever the lines are; a section begins where its name stands.
 * Patterns are put in where a zone names them, as NSD does it: lists grow, and of what stands once
 * the later holds.
 */
import { resolve } from "node:path";
import { nameFromText } from "../dns/names.ts";
import {
  accessRow,
  addKey,
  type Draft,
  type DraftAccess,
  type DraftMembers,
  type DraftZone,
  folderOf,
  ImportError,
  type Imported,
  INCLUDE_DEPTH_MAX,
  imported,
  includedFiles,
  note,
  type Place,
  type ReadText,
  readIncluded,
  remoteId,
  wireName,
  zoneRules,
} from "./import-draft.ts";

interface Attribute {
  readonly at: Place;
  readonly key: string;
  readonly values: readonly string[];
}

interface Section {
  readonly at: Place;
  readonly name: string;
  readonly attributes: Attribute[];
}

const SECTIONS = /^(?:server|key|pattern|zone|tls-auth|remote-control|dnstap|verify|xdp)$/;
/** Where Debian and the manual have the zones. */
const ZONES_FOLDER = "/etc/nsd";

export function importNsd(file: string, read: ReadText): Imported {
  return imported(file, (draft) =>
    fill(draft, sectionsOf(attributesOf(file, read, 0, { file, line: 0 }))),
  );
}

/** A `#` inside a word is part of it, and `'` is a character like any other. */
const TOKENS = /(\s+|#[^\n]*)|"([^"\n]*)"|([^\s"]+)/y;

function attributesOf(file: string, read: ReadText, depth: number, from: Place): Attribute[] {
  const text = readIncluded(file, read, depth, from);
  const out: { at: Place; key: string; values: string[] }[] = [];
  const pattern = new RegExp(TOKENS);
  let line = 1;
  for (let at = 0; at < text.length; at = pattern.lastIndex) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) throw new ImportError({ file, line }, "a quote has no end");
    const [whole, , quoted, word] = match;
    const value = quoted ?? word;
    if (word !== undefined && /^[a-z][a-z0-9_-]*:$/i.test(word)) {
      out.push({ at: { file, line }, key: word.slice(0, -1).toLowerCase(), values: [] });
    } else if (value !== undefined) {
      const last = out.at(-1);
      if (last === undefined) throw new ImportError({ file, line }, `${value} belongs to nothing`);
      last.values.push(value);
    }
    line += whole.split("\n").length - 1;
  }
  return out.flatMap((attribute) => {
    if (attribute.key !== "include") return [attribute];
    return includedFiles(attribute.values[0] ?? "", folderOf(file)).flatMap((one) =>
      attributesOf(one, read, depth + 1, attribute.at),
    );
  });
}

function sectionsOf(attributes: readonly Attribute[]): readonly Section[] {
  const sections: Section[] = [];
  for (const attribute of attributes) {
    const { at, key, values } = attribute;
    if (values.length === 0 && SECTIONS.test(key)) sections.push({ at, name: key, attributes: [] });
    else if (sections.length > 0) sections.at(-1)!.attributes.push(attribute);
    else throw new ImportError(at, `${key} stands in no section`);
  }
  return sections;
}

const oneOf = (section: readonly Attribute[], key: string): string =>
  section.findLast((one) => one.key === key)?.values[0] ?? "";

function fill(draft: Draft, sections: readonly Section[]): void {
  const named = (name: string) => sections.filter((one) => one.name === name);
  const server = named("server").flatMap((one) => one.attributes);
  fillServer(draft, server);
  for (const { at, attributes } of named("key")) {
    const [name, algorithm, secret] = ["name", "algorithm", "secret"].map((key) =>
      oneOf(attributes, key),
    );
    addKey(draft, at, { name: name!, algorithm: algorithm || "hmac-sha256", secret: secret! });
  }
  for (const one of sections) {
    if (["server", "key", "pattern", "zone"].includes(one.name)) continue;
    if (one.attributes.length === 0) continue;
    note(draft, one.at, `the section ${one.name} is not mapped`);
  }
  const patterns = new Map(
    named("pattern").map((one) => [oneOf(one.attributes, "name"), one.attributes]),
  );
  const folder = oneOf(server, "zonesdir") || ZONES_FOLDER;
  const all = new Map<string, readonly Attribute[]>();
  for (const [name, attributes] of patterns) {
    all.set(name, expand(draft, attributes, patterns, 0));
  }
  for (const zone of named("zone")) {
    addZone(draft, zone, expand(draft, zone.attributes, patterns, 0), { folder, patterns: all });
  }
}

function fillServer(draft: Draft, server: readonly Attribute[]): void {
  const port = oneOf(server, "port") || "53";
  for (const { at, key, values } of server) {
    if (key === "ip-address" || key === "interface") {
      const [host = "", own = port] = (values[0] ?? "").split("@");
      const isAddress = /^[\d.]+$|:/.test(host);
      if (isAddress) draft.listen.push(host.includes(":") ? `[${host}]:${own}` : `${host}:${own}`);
      else note(draft, at, `${host}: an interface by name is not mapped, write its address`);
      if (values.length > 1) note(draft, at, `${values.slice(1).join(" ")} is not mapped`);
    } else if (key !== "port" && key !== "zonesdir") {
      note(draft, at, `server: ${key} is not mapped`);
    }
  }
  if (draft.listen.length === 0 && port !== "53") draft.listen.push(`*:${port}`);
}

/** The attributes of a zone with those of the patterns that it names. */
function expand(
  draft: Draft,
  attributes: readonly Attribute[],
  patterns: ReadonlyMap<string, readonly Attribute[]>,
  depth: number,
): readonly Attribute[] {
  return attributes.flatMap((one) => {
    if (one.key !== "include-pattern") return [one];
    const found = patterns.get(one.values[0] ?? "");
    if (found === undefined || depth > INCLUDE_DEPTH_MAX) {
      throw new ImportError(one.at, `there is no pattern ${one.values[0]}`);
    }
    const inner = found.filter(({ key }) => key !== "name");
    return expand(draft, inner, patterns, depth + 1);
  });
}

/** What zones are looked up in: patterns with all that they include. */
interface Surroundings {
  readonly folder: string;
  readonly patterns: ReadonlyMap<string, readonly Attribute[]>;
}

function addZone(
  draft: Draft,
  { at }: Section,
  attributes: readonly Attribute[],
  { folder, patterns }: Surroundings,
): void {
  const apex = wireName(oneOf(attributes, "name"));
  if (nameFromText(apex) === null) {
    note(draft, at, `zone ${JSON.stringify(apex)} is left out: no domain name`);
    return;
  }
  for (const one of attributes) {
    if (ZONE_KEYS.has(one.key)) continue;
    note(draft, one.at, `zone ${apex}: ${one.key} is not mapped`);
  }
  const { primaries = [], ...lists } = settingsOf(draft, apex, attributes);
  const rules = zoneRules(lists);
  const catalog = catalogOf(draft, apex, attributes, patterns);
  const file = oneOf(attributes, "zonefile");
  if (attributes.some(({ key }) => key === "request-xfr")) {
    if (primaries.length > 0) draft.zones.set(apex, { primaries, ...rules, ...catalog });
    else note(draft, at, `zone ${apex} is left out: none of its primaries is mapped`);
  } else if (file === "") note(draft, at, `zone ${apex} is left out: it has no zonefile`);
  else draft.zones.set(apex, { file: resolve(folder, fileName(file, apex)), ...rules, ...catalog });
}

/** Whom a zone, or the zones of a pattern, come from, go to and hear. */
function settingsOf(draft: Draft, what: string, attributes: readonly Attribute[]) {
  const all = (key: string) => attributes.filter((one) => one.key === key);
  return {
    primaries: all("request-xfr").flatMap((one) => serverOf(draft, one) ?? []),
    notify: all("notify").flatMap((one) => serverOf(draft, one) ?? []),
    allowTransfer: accessOf(draft, what, all("provide-xfr")),
    allowNotify: accessOf(draft, what, all("allow-notify")),
  };
}

/**
 * `catalog: consumer`: the members' pattern is the template of all, and each other pattern that has
 * primaries that of a group of its name. Nothing of the catalog's own row holds for them.
 */
function catalogOf(
  draft: Draft,
  apex: string,
  attributes: readonly Attribute[],
  patterns: ReadonlyMap<string, readonly Attribute[]>,
): Pick<DraftZone, "catalog"> {
  const role = attributes.findLast(({ key }) => key === "catalog");
  if (role === undefined) return {};
  if (role.values[0] !== "consumer") {
    note(draft, role.at, `zone ${apex}: catalog ${role.values[0]} is not mapped`);
    return {};
  }
  const own = oneOf(attributes, "catalog-member-pattern");
  const members = new Map<string, DraftMembers>();
  for (const [name, rows] of patterns) {
    const { primaries, ...lists } = settingsOf(draft, `pattern ${name}`, rows);
    if (primaries.length > 0) members.set(name, { primaries, ...lists });
  }
  const common = members.get(own);
  if (common === undefined) {
    const text = `zone ${apex}: its catalog is not mapped: no pattern of its members has primaries`;
    note(draft, role.at, text);
    return {};
  }
  members.delete(own);
  const groups = members.size === 0 ? {} : { groups: Object.fromEntries(members) };
  return { catalog: { members: common, ...groups } };
}

const ZONE_KEYS: ReadonlySet<string> = new Set([
  "name",
  "zonefile",
  "request-xfr",
  "provide-xfr",
  "notify",
  "allow-notify",
  "catalog",
  "catalog-member-pattern",
]);

/** `%s` is the zone, %1 to %3 its first characters, %z %y %x its last labels; `.` for what is not. */
function fileName(pattern: string, apex: string): string {
  const labels = apex.split(".").reverse();
  const values: Readonly<Record<string, string | undefined>> = {
    ...{ s: apex, 1: apex[0], 2: apex[1], 3: apex[2] },
    ...{ z: labels[0], y: labels[1], x: labels[2] },
  };
  return pattern.replace(/%([s123zyx])/g, (_, letter: string) => values[letter] || ".");
}

/** `[AXFR|UDP] address[@port] key [tls-auth]`. */
function serverOf(draft: Draft, { at, values }: Attribute): string | null {
  const words = /^(?:AXFR|UDP)$/i.test(values[0] ?? "") ? values.slice(1) : values;
  const [spec = "", key = "NOKEY", tls] = words;
  if (tls !== undefined) {
    note(draft, at, `server ${spec} is left out: write tls by hand, with the name it must have`);
    return null;
  }
  const [host = "", port = "53"] = spec.split("@");
  return remoteId(draft, at, { host, port: Number(port), key: key === "NOKEY" ? null : key });
}

/** A list with BLOCKED gives nothing: an access list here cannot say what it excepts. */
function accessOf(
  draft: Draft,
  apex: string,
  attributes: readonly Attribute[],
): readonly (string | DraftAccess)[] {
  const blocked = attributes.find((one) => one.values[1] === "BLOCKED");
  if (blocked !== undefined) {
    note(draft, blocked.at, `zone ${apex}: ${blocked.key} with BLOCKED is left out as a whole`);
    return [];
  }
  return attributes.flatMap(({ at, key: what, values }) => {
    const [spec = "", key = "NOKEY", tls] = values;
    if (tls !== undefined || /[&@]|-(?=[\d:])/.test(spec)) {
      note(draft, at, `zone ${apex}: ${what} ${spec} is left out: an address or network is needed`);
      return [];
    }
    const prefix = spec.replace(/^::0\//, "::/");
    return accessRow(draft, at, { prefix, key: key === "NOKEY" ? null : key }) ?? [];
  });
}
