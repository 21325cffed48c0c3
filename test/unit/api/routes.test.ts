// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Reply } from "../../../src/api/problem.ts";
import { METRICS_MEDIA, routes } from "../../../src/api/routes.ts";
import { shapes } from "../../../src/api/schemas.ts";
import type { ControlView, ExplainQuery } from "../../../src/api/view.ts";
import { story, view } from "./sample.ts";

async function call(
  id: string,
  request: {
    readonly query?: object;
    readonly params?: Readonly<Record<string, string>>;
    readonly accept?: string;
  } = {},
  of: ControlView = view(),
): Promise<Reply> {
  const row = routes.find((each) => each.id === id);
  assert.ok(row !== undefined, `no route ${id}`);
  return row.handle(of, { query: {}, params: {}, accept: "", ...request });
}

const json = (reply: Reply) => JSON.parse(reply.body) as Record<string, unknown>;

test("ids and paths are unique", () => {
  assert.equal(new Set(routes.map((row) => row.id)).size, routes.length);
  assert.equal(new Set(routes.map((row) => `${row.method} ${row.path}`)).size, routes.length);
});

test("what a route sends has the shape that it promises", async () => {
  const query = { getZone: {}, explain: { name: "www.example.org" } } as Record<string, object>;
  for (const row of routes) {
    const params = { zone: "example.org" };
    const reply = await row.handle(view(), { query: query[row.id] ?? {}, params, accept: "" });
    const promised = row.replies.find((each) => each.status === reply.status);
    assert.ok(promised !== undefined, `${row.id} sent ${reply.status}`);
    if (typeof promised.body === "string") {
      assert.equal(reply.media, promised.body);
      continue;
    }
    const document: unknown = JSON.parse(reply.body);
    const rows = "list" in promised.body ? (document as unknown[]) : [document];
    const shape = shapes["list" in promised.body ? promised.body.list : promised.body.one];
    for (const each of rows) shape.parse(each);
  }
});

test("metrics have the media type that scrapers ask for", async () => {
  const reply = await call("getMetrics");
  assert.equal(reply.media, METRICS_MEDIA);
  assert.match(reply.body, /^up 1$/m);
});

test("a condition is 200 or 503, as JSON or as text", async () => {
  const bad = view({ ready: () => ({ ok: false, reasons: ["no table", "udp-0 lags"] }) });
  assert.equal((await call("getReadiness")).status, 200);
  const refused = await call("getReadiness", {}, bad);
  assert.equal(refused.status, 503);
  assert.deepEqual(json(refused), { ok: false, reasons: ["no table", "udp-0 lags"] });

  const text = await call("getReadiness", { accept: "text/plain" }, bad);
  assert.deepEqual([text.status, text.body], [503, "no table\nudp-0 lags\n"]);
  assert.equal((await call("getHealth", { accept: "text/plain" }, bad)).body, "ok\n");
  const both = await call("getHealth", { accept: "application/json, text/plain;q=0.5" });
  assert.deepEqual(json(both), { ok: true, reasons: [] });
});

test("a zone is found in any spelling of its name", async () => {
  for (const zone of ["example.org", "example.org.", "EXAMPLE.org", "ex\\097mple.org"]) {
    assert.equal(json(await call("getZone", { params: { zone } }))["serial"], 2026112203, zone);
  }
  assert.equal((await call("getZone", { params: { zone: "example.com" } })).status, 404);
  assert.equal((await call("getZone", { params: { zone: "a..b" } })).status, 400);
});

test("transitions have a limit within bounds", async () => {
  const sent = async (query: object) => call("listTransitions", { query });
  assert.equal((JSON.parse((await sent({ limit: "2" })).body) as unknown[]).length, 2);
  for (const limit of ["0", "4097", "x", "1.5"]) {
    assert.equal((await sent({ limit })).status, 400, limit);
  }
});

test("an explanation gets the query with its defaults", async () => {
  let asked: ExplainQuery | null = null;
  const spy = view({
    explain: (query) => {
      asked = query;
      return story;
    },
  });
  await call("explain", { query: { name: "www.example.org", subnet: "192.0.2.0/24" } }, spy);
  assert.deepEqual(asked, {
    name: "www.example.org",
    type: "A",
    client: "127.0.0.1",
    subnet: "192.0.2.0/24",
    transport: "udp",
  });
});

test("a bad query is refused with a reason for each parameter", async () => {
  const query = {
    name: "a..b",
    type: "NONSENSE",
    client: "010.0.0.1",
    subnet: "192.0.2.1/24",
    transport: "doh",
  };
  const reply = await call("explain", { query });
  assert.equal(reply.status, 400);
  const reasons = json(reply)["reasons"] as string[];
  assert.deepEqual(
    reasons.map((reason) => reason.split(":")[0]),
    ["name", "type", "client", "subnet", "transport"],
  );
  assert.equal((await call("explain", { query: {} })).status, 400);
  assert.equal((await call("explain", { query: { name: ["a", "b"] } })).status, 400);
  const unknown = await call("listZones", { query: { limit: "1" } });
  assert.match(unknown.body, /limit/);
  assert.equal(unknown.status, 400);
  const refused = await call("explain", { query: { name: "refused.example" } });
  assert.deepEqual([refused.status, json(refused)["detail"]], [400, "no table is in force"]);
});

test("a refused reload says why", async () => {
  const bad = view({ reload: async () => ({ ok: false, reasons: ["azimuth.yaml:1:1 error"] }) });
  const reply = await call("reload", {}, bad);
  assert.equal(reply.status, 422);
  assert.deepEqual(json(reply)["reasons"], ["azimuth.yaml:1:1 error"]);
});
