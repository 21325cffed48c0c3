// SPDX-License-Identifier: Apache-2.0
/**
 * What an importer gathers from the configuration of another server, and its print as YAML.
 *
 * A draft is narrower than what it was made of, never wider: a rule that cannot be said here is left
 * out with a note, so that nobody may do more after a move than before it.
 *
 * Invariants
 *   I1  A reference leads to a key or server that the draft has: `keyId` gives null otherwise.
 *   I2  No note holds a secret.
 */
import { globSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { stringify } from "yaml";
import { parsePrefix } from "../geo/prefix.ts";
import { parseServer } from "../resource/server-address.ts";

/** Something that was not mapped. */
export interface ImportNote {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

export interface Imported {
  /** An azimuth.yaml; null if the source could not be read. */
  readonly yaml: string | null;
  readonly notes: readonly ImportNote[];
}

/** Text of a file, or why there is none. */
export type ReadText = (file: string) => { readonly text: string } | { readonly error: string };

export interface Place {
  readonly file: string;
  readonly line: number;
}

export interface DraftAccess {
  readonly prefix?: string;
  readonly key?: string;
}

export interface DraftZone {
  readonly file?: string;
  readonly primaries?: readonly string[];
  readonly notify?: readonly string[];
  readonly allowTransfer?: readonly (string | DraftAccess)[];
  readonly allowNotify?: readonly (string | DraftAccess)[];
  readonly allowUpdate?: readonly (string | DraftAccess)[];
  readonly catalog?: {
    readonly members: DraftMembers;
    readonly groups?: Readonly<Record<string, DraftMembers>>;
  };
}

/** Settings of a catalog's members. What stands here is not taken from the catalog's row. */
export type DraftMembers = Pick<
  DraftZone,
  "primaries" | "notify" | "allowTransfer" | "allowNotify"
>;

interface DraftKey {
  readonly name?: string;
  readonly algorithm: string;
  readonly secret: string;
}

interface DraftRemote {
  readonly addresses: readonly string[];
  readonly key?: string;
}

export interface Draft {
  readonly listen: string[];
  /** By lower-case name on the wire, with the id. */
  readonly keys: Map<string, { readonly id: string; readonly fields: DraftKey }>;
  readonly remotes: Map<string, { readonly id: string; readonly fields: DraftRemote }>;
  readonly zones: Map<string, DraftZone>;
  readonly notes: ImportNote[];
  /** Notes that are among `notes`: what zones share is told once. */
  readonly told: Set<string>;
}

/** Why a text could not be read, and where. */
export class ImportError extends Error {
  readonly at: Place;
  constructor(at: Place, message: string) {
    super(message);
    this.at = at;
  }
}

/** What `fill` makes of a file; an ImportError that it throws becomes a note. */
export function imported(file: string, fill: (draft: Draft) => void): Imported {
  const draft = createDraft();
  try {
    fill(draft);
  } catch (error) {
    if (!(error instanceof ImportError)) throw error;
    note(draft, error.at, error.message);
    return { yaml: null, notes: draft.notes };
  }
  return { yaml: draftYaml(draft, file), notes: draft.notes };
}

export function createDraft(): Draft {
  return {
    listen: [],
    keys: new Map(),
    remotes: new Map(),
    zones: new Map(),
    notes: [],
    told: new Set(),
  };
}

export function note(draft: Draft, { file, line }: Place, text: string): void {
  const key = `${file}:${line}:${text}`;
  if (draft.told.has(key)) return;
  draft.told.add(key);
  draft.notes.push({ file, line, text });
}

const PLAIN_ID = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const ALGORITHMS = /^hmac-sha(?:256|384|512)$/;

/** A key that others share with this server; one of an older HMAC is left out. */
export function addKey(
  draft: Draft,
  at: Place,
  key: { readonly name: string; readonly algorithm: string; readonly secret: string },
): void {
  const wire = wireName(key.name);
  const algorithm = wireName(key.algorithm);
  if (!ALGORITHMS.test(algorithm)) {
    note(draft, at, `key ${wire} is left out: ${algorithm || "no algorithm"} is not served`);
    return;
  }
  if (key.secret === "") {
    note(draft, at, `key ${wire} is left out: its secret is not written here`);
    return;
  }
  const plain = PLAIN_ID.test(wire);
  const id = plain ? wire : `key-${draft.keys.size + 1}`;
  const named = plain ? {} : { name: wire };
  draft.keys.set(wire, { id, fields: { ...named, algorithm, secret: key.secret } });
}

/** Id of a key by its name on the wire; null if the draft has none (I1). */
export function keyId(draft: Draft, name: string): string | null {
  return draft.keys.get(wireName(name))?.id ?? null;
}

/** Id of another server, which is written once; null, with a note, if it cannot be said. */
export function remoteId(
  draft: Draft,
  at: Place,
  {
    host,
    port,
    key,
  }: { readonly host: string; readonly port: number; readonly key: string | null },
): string | null {
  return serverId(draft, at, { name: null, addresses: [{ host, port }], key });
}

/** The same for a server that has a name, or several addresses that are tried in their order. */
export function serverId(
  draft: Draft,
  at: Place,
  server: {
    readonly name: string | null;
    readonly addresses: readonly { readonly host: string; readonly port: number }[];
    readonly key: string | null;
  },
): string | null {
  const addresses = server.addresses.flatMap(({ host, port }) => {
    const address = parseServer(host, port);
    if (typeof address !== "string") return [addressText(address)];
    note(draft, at, `server ${host} is left out: ${address}`);
    return [];
  });
  const key = server.key === null ? null : keyId(draft, server.key);
  if (server.key !== null && key === null) {
    const name = server.name ?? server.addresses[0]!.host;
    note(draft, at, `server ${name} is left out: there is no key ${server.key}`);
    return null;
  }
  if (addresses.length === 0) return null;
  const same = `${addresses.join()} ${key}`;
  const known = draft.remotes.get(same);
  if (known !== undefined) return known.id;
  const id = freeId(draft, server.name);
  draft.remotes.set(same, { id, fields: { addresses, ...(key === null ? {} : { key }) } });
  return id;
}

/** The name that a server has there, if it can be an id here. */
function freeId({ remotes }: Draft, name: string | null): string {
  const taken = new Set([...remotes.values()].map(({ id }) => id));
  if (name !== null && PLAIN_ID.test(name) && !taken.has(name)) return name;
  let number = remotes.size + 1;
  while (taken.has(`server-${number}`)) number += 1;
  return `server-${number}`;
}

function addressText({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A row of an access list; null, with a note, if it cannot be said. */
export function accessRow(
  draft: Draft,
  at: Place,
  rule: { readonly prefix: string | null; readonly key: string | null },
): string | DraftAccess | null {
  const key = rule.key === null ? null : keyId(draft, rule.key);
  if (rule.key !== null && key === null) {
    note(draft, at, `an access rule is left out: there is no key ${rule.key}`);
    return null;
  }
  if (rule.prefix === null) return key === null ? "any" : { key };
  const whole = rule.prefix.includes("/");
  const wrong = whole ? typeof parsePrefix(rule.prefix) === "string" : !isAddress(rule.prefix);
  if (wrong) {
    note(draft, at, `the access rule ${rule.prefix} is left out: no address and no network`);
    return null;
  }
  return key === null ? rule.prefix : { prefix: network(rule.prefix), key };
}

function isAddress(text: string): boolean {
  return typeof parseServer(text, 53) !== "string" && !/^\[|\.\d+:\d+$/.test(text);
}

function network(prefix: string): string {
  if (prefix.includes("/")) return prefix;
  return prefix.includes(":") ? `${prefix}/128` : `${prefix}/32`;
}

/** The lists of a zone that have something in them. */
export function zoneRules(
  lists: Pick<DraftZone, "notify" | "allowTransfer" | "allowNotify">,
): DraftZone {
  return Object.fromEntries(
    Object.entries(lists).filter(([, list]) => list !== undefined && list.length > 0),
  );
}

/** Lower case, no final dot. */
export function wireName(name: string): string {
  return name.toLowerCase().replace(/(?<=.)\.$/, "");
}

/** The draft as azimuth.yaml. */
export function draftYaml(draft: Draft, source: string): string {
  const rows = <T>(map: ReadonlyMap<string, { readonly id: string; readonly fields: T }>) =>
    Object.fromEntries([...map.values()].map(({ id, fields }) => [id, fields]));
  const document = {
    node: { listen: draft.listen.length === 0 ? ["*:53"] : [...new Set(draft.listen)] },
    ...(draft.keys.size === 0 ? {} : { keys: rows(draft.keys) }),
    ...(draft.remotes.size === 0 ? {} : { remotes: rows(draft.remotes) }),
    zones: Object.fromEntries(draft.zones),
  };
  return `# Made from ${JSON.stringify(source)}.\n${stringify(document, {
    lineWidth: 0,
    aliasDuplicateObjects: false,
  })}`;
}

/** Files that an include names: itself, or what its pattern matches, sorted. */
export function includedFiles(pattern: string, folder: string): readonly string[] {
  const path = resolve(folder, pattern);
  return /[*?[]/.test(path) ? globSync(path).sort() : [path];
}

export const folderOf = (file: string): string => dirname(resolve(file));

/** Includes inside includes: more are a circle. */
export const INCLUDE_DEPTH_MAX = 16;

/** The text of a file that `from` includes, `depth` files deep. Throws an ImportError. */
export function readIncluded(file: string, read: ReadText, depth: number, from: Place): string {
  if (depth > INCLUDE_DEPTH_MAX) throw new ImportError(from, "includes go round in a circle");
  const got = read(file);
  if ("error" in got) throw new ImportError(from, `${file}: ${got.error}`);
  return got.text;
}
