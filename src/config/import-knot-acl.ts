// SPDX-License-Identifier: Apache-2.0
/**
 * The servers and access rules of a knot.conf: `remote`, `remotes`, `acl`.
 *
 * A zone of Knot lists rules in order, and the first that fits allows or denies; ours has no order
 * and no exceptions. So a rule that denies empties the list of its action, which is noted: leaving
 * it out alone would let in whom it keeps out.
 */
import { accessRow, type Draft, type DraftAccess, note, serverId } from "./import-draft.ts";
import { type Block, type Item, isOn, lastOf } from "./import-knot-text.ts";

export type KnotAction = "transfer" | "notify" | "update";
export type AccessLists = readonly (string | DraftAccess)[];

/** What zones name, by id. */
export interface KnotNames {
  readonly draft: Draft;
  readonly remotes: ReadonlyMap<string, Block>;
  readonly groups: ReadonlyMap<string, Block>;
  readonly acls: ReadonlyMap<string, Block>;
  /** Rules that were read before: zones share them, and each is noted once. */
  readonly known: Map<string, Rule>;
  readonly ids: Map<string, string | null>;
}

/** Null is a rule that denies. */
type Rule = AccessLists | null;

const wordsOf = (block: Block, key: string): readonly string[] =>
  block.items.get(key)?.values ?? [];

/** The blocks of remotes that an item names, groups taken apart. */
export function remotesOf(
  names: KnotNames,
  item: Item | undefined,
): readonly (readonly [string, Block])[] {
  return (item?.values ?? []).flatMap((id) => {
    const group = names.groups.get(id);
    return (group === undefined ? [id] : wordsOf(group, "remote")).flatMap((one) => {
      const block = names.remotes.get(one);
      if (block !== undefined) return [[one, block] as const];
      note(names.draft, item!.at, `server ${one} is left out: there is no such remote`);
      return [];
    });
  });
}

/** Ids of the servers that an item names. */
export function serversOf(names: KnotNames, item: Item | undefined): readonly string[] {
  const ids = remotesOf(names, item).flatMap(([id, block]) => {
    if (!names.ids.has(id)) names.ids.set(id, draftServer(names.draft, id, block));
    return names.ids.get(id) ?? [];
  });
  return [...new Set(ids)];
}

function draftServer(draft: Draft, id: string, block: Block): string | null {
  for (const secure of ["tls", "quic"]) {
    if (!isOn(lastOf(block, secure))) continue;
    const text = `server ${id} is left out: write tls by hand, with the name it must have`;
    note(draft, block.at, text);
    return null;
  }
  for (const [key, { at }] of block.items) {
    if (!REMOTE_KEYS.has(key)) note(draft, at, `server ${id}: ${key} is not mapped`);
  }
  const addresses = wordsOf(block, "address").map((text) => {
    const [host = "", port = "53"] = text.split("@");
    return { host, port: Number(port) };
  });
  return serverId(draft, block.at, { name: id, addresses, key: lastOf(block, "key") || null });
}

const REMOTE_KEYS = new Set(["id", "address", "key", "automatic-acl", "comment"]);

/** The rows that a remote of its own is: its addresses, with its key. */
export function rowsOfRemote(draft: Draft, block: Block): AccessLists {
  const hosts = wordsOf(block, "address").map((text) => text.split("@")[0]!);
  return rowsOf(draft, block, hosts, wordsOf(block, "key").slice(-1));
}

/** Whom the rules `acl` of a zone let do `action`. */
export function accessOf(
  names: KnotNames,
  apex: string,
  acl: Item | undefined,
  action: KnotAction,
): AccessLists {
  const rules = (acl?.values ?? []).map((id) => [id, ruleOf(names, acl!, id, action)] as const);
  const denying = rules.find(([, rule]) => rule === null);
  const rows = rules.flatMap(([, rule]) => rule ?? []);
  if (denying === undefined || rows.length === 0) return rows;
  const text = `zone ${apex}: ${action} is left out as a whole: the acl ${denying[0]} denies`;
  note(names.draft, acl!.at, text);
  return [];
}

function ruleOf(names: KnotNames, acl: Item, id: string, action: KnotAction): Rule {
  const key = `${action} ${id}`;
  const known = names.known.get(key);
  if (known !== undefined) return known;
  const block = names.acls.get(id);
  if (block === undefined) note(names.draft, acl.at, `there is no acl ${id}`);
  const rule = block === undefined ? [] : readRule(names, id, block, action);
  names.known.set(key, rule);
  return rule;
}

const RESTRICTIONS = ["update-type", "update-owner", "update-owner-name"];

function readRule(names: KnotNames, id: string, block: Block, action: KnotAction): Rule {
  const { draft } = names;
  const actions = wordsOf(block, "action");
  if (isOn(lastOf(block, "deny"))) {
    // Without an action it denies all of them.
    return actions.length === 0 || actions.includes(action) ? null : [];
  }
  if (!actions.includes(action)) return [];
  if (action === "update" && RESTRICTIONS.some((key) => block.items.has(key))) {
    note(draft, block.at, `acl ${id}: update is left out: it restricts what may be changed`);
    return [];
  }
  const remote = block.items.get("remote");
  const rows =
    remote === undefined
      ? rowsOf(draft, block, addressesOf(draft, id, block), wordsOf(block, "key"))
      : remotesOf(names, remote).flatMap(([, one]) => rowsOfRemote(draft, one));
  return action === "update" ? rows.filter((row) => isKeyed(draft, id, block, row)) : rows;
}

function isKeyed(draft: Draft, id: string, { at }: Block, row: string | DraftAccess): boolean {
  if (typeof row !== "string" && row.key !== undefined) return true;
  note(draft, at, `acl ${id}: update: a rule without a key is left out`);
  return false;
}

/** Null without any: then the address does not matter. */
function addressesOf(draft: Draft, id: string, block: Block): readonly string[] | null {
  const item = block.items.get("address");
  if (item === undefined) return null;
  return item.values.filter((text) => {
    if (!text.includes("-")) return true;
    note(draft, item.at, `acl ${id}: the range ${text} is left out: write networks`);
    return false;
  });
}

/** Each address with each key; null for addresses that do not matter. */
function rowsOf(
  draft: Draft,
  { at }: Block,
  addresses: readonly string[] | null,
  keys: readonly string[],
): AccessLists {
  const prefixes = addresses ?? [null];
  const signers = keys.length === 0 ? [null] : keys;
  return prefixes.flatMap((prefix) =>
    signers.flatMap((key) => accessRow(draft, at, { prefix, key }) ?? []),
  );
}
