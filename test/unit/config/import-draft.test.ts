// SPDX-License-Identifier: Apache-2.0
/** A draft refers to what it has, says a server once, and keeps secrets out of its notes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import {
  accessRow,
  addKey,
  createDraft,
  draftYaml,
  includedFiles,
  keyId,
  remoteId,
} from "../../../src/config/import-draft.ts";

const at = { file: "/x", line: 1 };

test("a key keeps its name on the wire, whatever its id must be", () => {
  const draft = createDraft();
  const key = { algorithm: "HMAC-SHA256.", secret: "c2VjcmV0" };
  addKey(draft, at, { ...key, name: "Plain.Key." });
  addKey(draft, at, { ...key, name: "*.odd" });
  addKey(draft, at, { ...key, name: "old", algorithm: "hmac-sha1" });
  addKey(draft, at, { ...key, name: "empty", secret: "" });
  assert.equal(keyId(draft, "PLAIN.key"), "plain.key");
  assert.equal(keyId(draft, "*.odd."), "key-2");
  assert.equal(keyId(draft, "old"), null);
  assert.equal(keyId(draft, "empty"), null);
  const { keys } = parse(draftYaml(draft, "/x"));
  assert.equal(keys["key-2"].name, "*.odd");
  assert.equal(draft.notes.length, 2);
  assert.ok(!JSON.stringify(draft.notes).includes("c2VjcmV0"));
});

test("a server is written once for an address, a port and a key", () => {
  const draft = createDraft();
  const server = { host: "192.0.2.1", port: 53, key: null };
  assert.equal(remoteId(draft, at, server), "server-1");
  assert.equal(remoteId(draft, at, { ...server, port: 54 }), "server-2");
  assert.equal(remoteId(draft, at, server), "server-1");
  assert.equal(remoteId(draft, at, { ...server, key: "none" }), null);
  assert.equal(remoteId(draft, at, { ...server, host: "host.example" }), null);
  assert.equal(draft.notes.length, 2);
});

test("access rows that mean nothing are left out", () => {
  const draft = createDraft();
  const row = (prefix: string | null) => accessRow(draft, at, { prefix, key: null });
  assert.equal(row(null), "any");
  for (const good of ["192.0.2.1", "192.0.2.0/24", "2001:db8::1", "2001:db8::/32"]) {
    assert.equal(row(good), good);
  }
  for (const wrong of ["192.0.2.1/24", "192.0.2.1:53", "[::1]", "x"])
    assert.equal(row(wrong), null);
  assert.equal(draft.notes.length, 4);
});

test("a pattern of files is looked up, a plain one is taken as it is", () => {
  assert.deepEqual(includedFiles("none.conf", "/c"), ["/c/none.conf"]);
  const here = import.meta.dirname;
  assert.ok(includedFiles("import-d*.test.ts", here).includes(import.meta.filename));
  assert.deepEqual(includedFiles("none-*", here), []);
});
