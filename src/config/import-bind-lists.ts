// SPDX-License-Identifier: Apache-2.0
/**
 * The lists of a named.conf: who may (address_match_list), and other servers (primaries).
 *
 * An access list of BIND has an order and exceptions; ours has neither. So a list with an exception
 * gives nothing, which is noted: leaving out the exception alone would let in whom it keeps out.
 */
import { blockOf, type Part, type Statement } from "./import-bind-text.ts";
import {
  accessRow,
  type Draft,
  type DraftAccess,
  INCLUDE_DEPTH_MAX,
  note,
  type Place,
  remoteId,
} from "./import-draft.ts";

export interface BindLists {
  readonly acls: ReadonlyMap<string, Statement>;
  readonly primaries: ReadonlyMap<string, Statement>;
}

export type AccessLists = readonly (string | DraftAccess)[];

export interface ListContext {
  readonly draft: Draft;
  readonly lists: BindLists;
  readonly at: Place;
  /** What the list is for, as notes say it. */
  readonly what: string;
}

type Row = { readonly prefix: string | null; readonly key: string | null };

/** The rows of an access list. */
export function accessOf(context: ListContext, list: readonly Statement[]): AccessLists {
  const { draft, at, what } = context;
  const rows = rowsOf(context, list, 0);
  if (rows === null) {
    note(draft, at, `${what} is left out as a whole: it has exceptions (!)`);
    return [];
  }
  return rows.flatMap((row) => accessRow(draft, at, row) ?? []);
}

/** Null if there is an exception in it. */
function rowsOf(
  context: ListContext,
  list: readonly Statement[],
  depth: number,
): readonly Row[] | null {
  const out: Row[] = [];
  for (const { parts } of list) {
    const first = parts[0]!;
    if (typeof first === "string" && first.startsWith("!")) return null;
    const rows =
      typeof first === "string" ? wordRows(context, parts, depth) : rowsOf(context, first, depth);
    if (rows === null) return null;
    out.push(...rows);
  }
  return out;
}

function wordRows(
  context: ListContext,
  parts: readonly Part[],
  depth: number,
): readonly Row[] | null {
  const { draft, lists, at, what } = context;
  const [word, second] = parts as readonly string[];
  if (word === "any") return [{ prefix: null, key: null }];
  if (word === "none") return [];
  if (word === "key") return [{ prefix: null, key: second ?? "" }];
  const acl = lists.acls.get(word!);
  if (acl !== undefined && depth < INCLUDE_DEPTH_MAX)
    return rowsOf(context, blockOf(acl), depth + 1);
  if (word === "localhost") {
    note(draft, at, `${what}: localhost is taken for 127.0.0.1 and ::1`);
    return ["127.0.0.1", "::1"].map((prefix) => ({ prefix, key: null }));
  }
  if (/^[\d.]+(?:\/\d+)?$|:/.test(word!)) return [{ prefix: wholePrefix(word!), key: null }];
  note(draft, at, `${what}: ${word} is left out`);
  return [];
}

/** BIND takes `10/8` for 10.0.0.0/8. */
function wholePrefix(text: string): string {
  const [address = "", size] = text.split("/");
  if (size === undefined || address.includes(":")) return text;
  const numbers = address.split(".").filter((part) => part !== "");
  while (numbers.length < 4) numbers.push("0");
  return `${numbers.join(".")}/${size}`;
}

/** `also-notify port 53 { 192.0.2.1 key "k"; };`: ids of the servers. */
export function serversOf(context: ListContext, statement: Statement): readonly string[] {
  return serversAt(context, statement, null, 0);
}

function serversAt(
  context: ListContext,
  statement: Statement,
  outerKey: string | null,
  depth: number,
): readonly string[] {
  const { draft, lists, at, what } = context;
  const port = after(statement.parts, "port") ?? "53";
  const ids = blockOf(statement).flatMap(({ parts }) => {
    const host = typeof parts[0] === "string" ? parts[0] : "";
    const key = after(parts, "key") ?? outerKey;
    if (parts.includes("tls")) {
      const text = `${what}: server ${host} is left out: write tls by hand, with the name it must have`;
      note(draft, at, text);
      return [];
    }
    const list = lists.primaries.get(host);
    if (list !== undefined) {
      return depth < INCLUDE_DEPTH_MAX ? serversAt(context, list, key, depth + 1) : [];
    }
    return remoteId(draft, at, { host, port: Number(after(parts, "port") ?? port), key }) ?? [];
  });
  return [...new Set(ids)];
}

/** The word that stands after `name`. */
function after(parts: readonly Part[], name: string): string | null {
  const at = parts.indexOf(name);
  const found = at < 0 ? undefined : parts[at + 1];
  return typeof found === "string" ? found : null;
}
