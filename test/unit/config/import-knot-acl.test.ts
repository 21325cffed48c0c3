// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { addKey, createDraft } from "../../../src/config/import-draft.ts";
import {
  accessOf,
  type KnotAction,
  type KnotNames,
  serversOf,
} from "../../../src/config/import-knot-acl.ts";
import { type Item, knotSections, lastOf } from "../../../src/config/import-knot-text.ts";

const REMOTES = `remote:
  - id: one
    address: [ 192.0.2.1, 2001:db8::1@54 ]
    key: k1
  - id: two
    address: 192.0.2.2
  - id: safe
    address: 192.0.2.3
    tls: on
remotes:
  - id: all
    remote: [ one, two, none ]
`;

function namesOf(acls: string): KnotNames {
  const draft = createDraft();
  const at = { file: "/k.conf", line: 0 };
  for (const name of ["k1", "k2"]) {
    addKey(draft, at, { name, algorithm: "hmac-sha256", secret: "MTIzNA==" });
  }
  const sections = knotSections("/k.conf", () => ({ text: `${REMOTES}acl:\n${acls}` }));
  const byId = (name: string) =>
    new Map(
      sections
        .filter((one) => one.name === name)
        .flatMap(({ blocks }) => blocks.map((one) => [lastOf(one, "id"), one] as const)),
    );
  return {
    draft,
    remotes: byId("remote"),
    groups: byId("remotes"),
    acls: byId("acl"),
    ...{ known: new Map(), ids: new Map() },
  };
}

const item = (...values: readonly string[]): Item => {
  return { at: { file: "/k.conf", line: 99 }, key: "acl", values };
};
const rule = (...lines: readonly string[]) =>
  `  - id: r\n${lines.map((l) => `    ${l}\n`).join("")}`;

function access(action: KnotAction, acls: string, ...ids: readonly string[]) {
  const names = namesOf(acls);
  const rows = accessOf(names, "z", item(...(ids.length === 0 ? ["r"] : ids)), action);
  return { rows, notes: names.draft.notes.map(({ text }) => text) };
}

test("each address with each key; without addresses the keys, without both anybody", () => {
  const transfer = "action: transfer";
  const two = access("transfer", rule("address: [ 10.0.0.0/8, ::1 ]", "key: [ k1, k2 ]", transfer));
  assert.deepEqual(two.rows, [
    { prefix: "10.0.0.0/8", key: "k1" },
    { prefix: "10.0.0.0/8", key: "k2" },
    { prefix: "::1/128", key: "k1" },
    { prefix: "::1/128", key: "k2" },
  ]);
  assert.deepEqual(access("transfer", rule("key: k2", transfer)).rows, [{ key: "k2" }]);
  assert.deepEqual(access("transfer", rule("address: ::1", transfer)).rows, ["::1"]);
  assert.deepEqual(access("transfer", rule(transfer)).rows, ["any"]);
  assert.deepEqual(access("notify", rule(transfer)).rows, []);
  assert.deepEqual(access("transfer", rule("address: 10.0.0.1")).rows, [], "it is for queries");
});

test("never wider: what cannot be said gives nothing, and a note", () => {
  const transfer = "action: transfer";
  const range = access("transfer", rule("address: 10.0.0.1-10.0.0.9", transfer));
  assert.deepEqual(range.rows, [], "a rule for a range is not one for anybody");
  assert.match(range.notes[0]!, /range 10\.0\.0\.1-10\.0\.0\.9/);
  const unknown = access("transfer", rule("key: k9", transfer));
  assert.deepEqual(unknown.rows, []);
  assert.match(unknown.notes[0]!, /no key k9/);
  const open = `${rule("action: [ transfer, notify ]")}  - id: no\n    deny: on\n    action: transfer\n`;
  assert.deepEqual(access("transfer", open, "no", "r").rows, []);
  assert.match(access("transfer", open, "no", "r").notes[0]!, /the acl no denies/);
  assert.deepEqual(access("notify", open, "no", "r").rows, ["any"]);
  assert.deepEqual(access("transfer", open, "no").notes, [], "nothing was lost");
  const bare = access("update", rule("address: 10.0.0.1", "action: update"));
  assert.deepEqual(bare.rows, []);
  assert.match(bare.notes[0]!, /a rule without a key/);
  const part = access("update", rule("key: k1", "action: update", "update-owner: key"));
  assert.deepEqual(part.rows, []);
  assert.match(access("transfer", rule(transfer), "q").notes[0]!, /there is no acl q/);
});

test("servers: by their names, in groups, with all their addresses", () => {
  const names = namesOf(rule("remote: all", "action: transfer"));
  assert.deepEqual(serversOf(names, item("all", "one")), ["one", "two"]);
  assert.deepEqual(
    [...names.draft.remotes.values()].map(({ fields }) => fields),
    [
      { addresses: ["192.0.2.1:53", "[2001:db8::1]:54"], key: "k1" },
      { addresses: ["192.0.2.2:53"] },
    ],
  );
  assert.deepEqual(accessOf(names, "z", item("r"), "transfer"), [
    { prefix: "192.0.2.1/32", key: "k1" },
    { prefix: "2001:db8::1/128", key: "k1" },
    "192.0.2.2",
  ]);
  assert.deepEqual(serversOf(names, item("safe")), []);
  const told = names.draft.notes.map(({ text }) => text);
  assert.deepEqual(told, [
    "server none is left out: there is no such remote",
    // Another item names it, too.
    "server none is left out: there is no such remote",
    "server safe is left out: write tls by hand, with the name it must have",
  ]);
});
