// SPDX-License-Identifier: Apache-2.0
/** The application over a real listener: methods, errors, limits, guard. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { createApp, OPENAPI_PATH } from "../../../src/api/app.ts";
import { openApiDocument } from "../../../src/api/openapi.ts";
import { Breach } from "../../../src/base/assert.ts";
import { ask, logOf, view } from "./sample.ts";

const log = logOf();
const breaches: Breach[] = [];
let reloads = 0;
const app = createApp({
  log,
  address: "127.0.0.1",
  onBreach: (breach) => void breaches.push(breach),
  view: view({
    metrics: () => {
      throw new Breach("a wrong offset");
    },
    endpoints: () => {
      throw new TypeError("surprise");
    },
    reload: async () => {
      reloads += 1;
      return { ok: true, reasons: [] };
    },
  }),
});
let base = "";
before(async () => {
  base = await app.listen({ host: "127.0.0.1", port: 0 });
});
after(() => app.close());

/** Sends octets that no client library would. */
function sendRaw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(base).port), "127.0.0.1", () => socket.write(text));
    let got = "";
    socket.on("data", (part) => {
      got += String(part);
    });
    socket.on("close", () => resolve(got));
    socket.on("error", reject);
  });
}

test("a document comes as JSON that nobody keeps", async () => {
  const got = await ask(base, "/api/v1/status");
  assert.equal(got.status, 200);
  assert.equal(got.headers["content-type"], "application/json; charset=utf-8");
  assert.equal(got.headers["cache-control"], "no-store");
  assert.deepEqual(got.json()["ready"], { ok: true, reasons: [] });
});

test("HEAD is GET without the body", async () => {
  const got = await ask(base, "/readyz", { method: "HEAD" });
  assert.deepEqual([got.status, got.body], [200, ""]);
});

test("an unknown path is a 404 problem", async () => {
  for (const path of ["/", "/api/v1", "/api/v1/zones/", "/metrics/x", "/api/v2/status"]) {
    const got = await ask(base, path);
    assert.ok(got.status === 404 || got.status === 400, path);
    assert.match(String(got.headers["content-type"]), /^application\/problem\+json/, path);
    assert.equal(got.json()["status"], got.status);
  }
});

test("a wrong method is a 405 problem that says which are right", async () => {
  const posted = await ask(base, "/api/v1/zones/example.org", { method: "POST" });
  assert.deepEqual([posted.status, posted.headers["allow"]], [405, "GET, HEAD"]);
  const got = await ask(base, "/api/v1/reload");
  assert.deepEqual([got.status, got.headers["allow"]], [405, "POST"]);
  assert.equal(reloads, 0);
  assert.equal((await ask(base, OPENAPI_PATH, { method: "DELETE" })).status, 405);
});

test("a reload is done and logged", async () => {
  const got = await ask(base, "/api/v1/reload", { method: "POST" });
  assert.equal(got.status, 200);
  assert.equal(reloads, 1);
  assert.ok(log.lines.includes("info API request"));
});

test("a body is refused, whatever its size and kind", async () => {
  const before = reloads;
  const cases = [
    { type: "application/json", body: "{}", status: 415 },
    { type: "text/plain", body: "x", status: 415 },
    { type: "application/json", body: "x".repeat(5000), status: [413, 415] },
  ];
  for (const { type, body, status } of cases) {
    const headers = { "content-type": type, "content-length": String(body.length) };
    const got = await ask(base, "/api/v1/reload", { method: "POST", headers, body });
    assert.ok([status].flat().includes(got.status), `${type}: ${got.status}`);
    assert.match(String(got.headers["content-type"]), /problem\+json/);
  }
  assert.equal(reloads, before);
});

test("a page that rebinds its name to loopback is misdirected", async () => {
  const got = await ask(base, "/api/v1/status", { headers: { host: "evil.example" } });
  assert.equal(got.status, 421);
  assert.match(String(got.headers["content-type"]), /problem\+json/);
  const unknown = await ask(base, "/nothing", { headers: { host: "evil.example" } });
  assert.equal(unknown.status, 421, "what exists is not told either");
  assert.ok(log.lines.includes("warn request refused"));
});

test("a page of another origin cannot reload", async () => {
  const before = reloads;
  const headers = { origin: "http://evil.example" };
  const got = await ask(base, "/api/v1/reload", { method: "POST", headers });
  assert.deepEqual([got.status, reloads], [403, before]);
});

test("a path that is not well encoded is a 400 problem", async () => {
  const got = await ask(base, "/api/v1/zones/%zz");
  assert.equal(got.status, 400);
  assert.match(String(got.headers["content-type"]), /problem\+json/);
});

test("a failure of a route is a 500 problem without its inside", async () => {
  const got = await ask(base, "/api/v1/endpoints");
  assert.equal(got.status, 500);
  assert.doesNotMatch(got.body, /surprise/);
  assert.ok(log.lines.includes("error a route failed"));
  assert.equal(breaches.length, 0);
});

test("a breach is answered and passed on", async () => {
  assert.equal((await ask(base, "/metrics")).status, 500);
  assert.deepEqual(
    breaches.map((breach) => breach.message),
    ["a wrong offset"],
  );
});

test("what is no HTTP gets a problem and a closed connection", async () => {
  const got = await sendRaw("garbage\r\n\r\n");
  assert.match(got, /^HTTP\/1\.1 400 Bad Request\r\n/);
  assert.match(got, /Content-Type: application\/problem\+json/);
  const [, body = ""] = got.split("\r\n\r\n");
  assert.equal((JSON.parse(body) as { status: number }).status, 400);
  const huge = await sendRaw(
    `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(20_000)}\r\n\r\n`,
  );
  assert.match(huge, /^HTTP\/1\.1 431 /);
});

test("HTTP/1.0 without a host is served", async () => {
  assert.match(await sendRaw("GET /healthz HTTP/1.0\r\n\r\n"), /^HTTP\/1\.1 200 OK\r\n/);
});

test("the description is served as it is checked in", async () => {
  const got = await ask(base, OPENAPI_PATH);
  assert.deepEqual(got.json(), JSON.parse(JSON.stringify(openApiDocument())));
});
