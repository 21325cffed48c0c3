// SPDX-License-Identifier: Apache-2.0
/** Every verb that asks a server, against the real API behind a real socket. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readers } from "../../../src/api/schemas.ts";
import type { Condition, ExplainQuery } from "../../../src/control/documents.ts";
import { story, view, zone } from "../api/sample.ts";
import { run as runLine, serveView } from "./fake.ts";

let ready: Condition = { ok: true, reasons: [] };
let reloaded: Condition = { ok: true, reasons: [] };
let asked: ExplainQuery | null = null;
const v = view({
  ready: () => ready,
  reload: async () => reloaded,
  explain: (query) => {
    asked = query;
    return query.name === "refused." ? { error: "no table is in force" } : story;
  },
});
let server: Awaited<ReturnType<typeof serveView>>;
before(async () => {
  server = await serveView(v);
});
after(() => server.close());

/** The socket comes from the configuration, as it does for an operator. */
const run = (line: string) => runLine(line, { controlSocket: async () => server.socketPath });
const json = (text: string) => JSON.parse(text) as unknown;

test("status is good if the server is ready", async () => {
  const good = await run("status");
  assert.deepEqual([good.code, good.err], [0, ""]);
  assert.match(good.out, /^server {3}ns1\n/);
  ready = { ok: false, reasons: ["no table"] };
  const bad = await run("status");
  assert.equal(bad.code, 1);
  assert.match(bad.out, /^ready {4}no: no table$/m);
  const document = await run("status --json");
  assert.equal(document.code, 1);
  assert.deepEqual((json(document.out) as { ready: Condition }).ready, ready);
  ready = { ok: true, reasons: [] };
});

test("zones, all or one", async () => {
  assert.match((await run("zones")).out, /^example\.org\. /m);
  assert.deepEqual(json((await run("zones --json")).out), [zone]);
  const single = await run("zones Example.org");
  assert.deepEqual([single.code, single.err], [0, ""]);
  assert.match(single.out, /^zone {4}example\.org\.\nstate {3}loaded\nserial {2}2026112203\n/);
  assert.equal((await run("zone status")).out, (await run("zones")).out);
  assert.match(
    (await run("zone status example.org")).out,
    /^loaded {2}2026-11-22T10.*, \d+ d ago$/m,
  );
  assert.deepEqual(json((await run("zones example.org --json")).out), zone);
  const none = await run("zones example.com");
  assert.deepEqual(none, { code: 1, out: "", err: "azimuth: There is no zone example.com.\n" });
  // A name is one part of the path, whatever is in it.
  const odd = await run("zones example.org?x");
  assert.equal(odd.err, "azimuth: There is no zone example.org?x.\n");
});

test("endpoints and transitions", async () => {
  assert.match((await run("endpoints")).out, /^fra-1 /m);
  assert.deepEqual(json((await run("endpoints --json")).out), v.endpoints());
  assert.equal((await run("transitions --limit 2")).out.trim().split("\n").length, 3);
  assert.deepEqual(json((await run("transitions --json")).out), v.transitions(20));
  const much = await run("transitions --limit 5000");
  assert.equal(much.code, 1);
  assert.match(much.err, /limit/);
});

test("explain passes the whole question on", async () => {
  const line = "explain www.example.org AAAA --client 2001:db8::1 --subnet 192.0.2.0/24 --tcp";
  const told = await run(line);
  assert.equal(told.code, 0);
  assert.match(told.out, /^pick {4}fra-1 \(fra\)$/m);
  assert.deepEqual(asked, {
    name: "www.example.org",
    type: "AAAA",
    client: "2001:db8::1",
    subnet: "192.0.2.0/24",
    transport: "tcp",
  });
  assert.deepEqual(json((await run("explain www.example.org --json")).out), story);
  const refused = await run("explain refused.");
  assert.deepEqual(refused, { code: 1, out: "", err: "azimuth: no table is in force\n" });
});

test("reload is good if the configuration is in force", async () => {
  const good = await run("reload");
  assert.deepEqual(good, { code: 0, out: "The configuration is in force.\n", err: "" });
  reloaded = { ok: false, reasons: ["azimuth.yaml:3:5 error CONFIG_KEY_UNKNOWN zonse"] };
  const bad = await run("reload");
  assert.deepEqual([bad.code, bad.out], [1, ""]);
  assert.match(bad.err, /is refused.*\n {2}azimuth\.yaml:3:5 error CONFIG_KEY_UNKNOWN zonse\n$/);
  reloaded = { ok: true, reasons: [] };
});

test("--socket goes before the configuration", async () => {
  const { code } = await runLine(
    `status --socket ${server.socketPath}`,
    {},
    { exists: () => false },
  );
  assert.equal(code, 0);
});

test("a document of another version is told, and passed on as JSON", async () => {
  const strange = { readers: { ...readers, zones: () => null } };
  const socket = `--socket ${server.socketPath}`;
  const text = await runLine(`zones ${socket}`, strange);
  assert.deepEqual([text.code, text.out], [1, ""]);
  assert.match(text.err, /another version/);
  const passed = await runLine(`zones ${socket} --json`, strange);
  assert.deepEqual(json(passed.out), [zone]);
});
