// SPDX-License-Identifier: Apache-2.0
/** Lists of BIND: what is flattened, and what gives nothing rather than too much. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessOf, type ListContext, serversOf } from "../../../src/config/import-bind-lists.ts";
import { bindStatements, type Statement } from "../../../src/config/import-bind-text.ts";
import { addKey, createDraft } from "../../../src/config/import-draft.ts";

const at = { file: "/x", line: 1 };
const parse = (text: string): readonly Statement[] => bindStatements("/x", () => ({ text }));

function contextOf(text: string): ListContext {
  const all = parse(text);
  const named = (word: string) =>
    new Map(
      all.filter((one) => one.parts[0] === word).map((one) => [String(one.parts[1]), one] as const),
    );
  const draft = createDraft();
  addKey(draft, at, { name: "k", algorithm: "hmac-sha512", secret: "c2VjcmV0" });
  return { draft, lists: { acls: named("acl"), primaries: named("primaries") }, at, what: "list" };
}

test("access lists are flattened, and exceptions at any depth empty them", () => {
  const acls = "acl in { 10/8; deep; }; acl deep { ::1; key k; }; acl not { ! 10.0.0.1; any; };";
  const cases: readonly (readonly [string, unknown, number])[] = [
    ["in; { 192.0.2.1; };", ["10.0.0.0/8", "::1", { key: "k" }, "192.0.2.1"], 0],
    ["any;", ["any"], 0],
    ["none;", [], 0],
    ["not;", [], 1],
    ["192.0.2.1; { { not; }; };", [], 1],
    ["!192.0.2.1; any;", [], 1],
    ["localnets; 192.0.2.1;", ["192.0.2.1"], 1],
    ["key other;", [], 1],
    ["300.1.1.1;", [], 1],
  ];
  for (const [text, rows, notes] of cases) {
    const context = contextOf(acls);
    assert.deepEqual(accessOf(context, parse(text)), rows, text);
    assert.equal(context.draft.notes.length, notes, text);
  }
});

test("an acl inside itself ends", () => {
  const context = contextOf("acl a { a; };");
  assert.deepEqual(accessOf(context, parse("a;")), []);
});

test("lists of servers, their ports and keys", () => {
  const context = contextOf("primaries two port 54 { 192.0.2.1; 192.0.2.2 port 55; };");
  const found = serversOf(context, parse("primaries { two key k; ::1; 192.0.2.9 tls t; };")[0]!);
  assert.deepEqual(found, ["server-1", "server-2", "server-3"]);
  assert.deepEqual(
    [...context.draft.remotes.values()].map(({ fields }) => fields),
    [
      { addresses: ["192.0.2.1:54"], key: "k" },
      { addresses: ["192.0.2.2:55"], key: "k" },
      { addresses: ["[::1]:53"] },
    ],
  );
  assert.match(context.draft.notes[0]!.text, /192\.0\.2\.9 is left out: write tls/);
});
