// SPDX-License-Identifier: Apache-2.0
/** RFC 8484: DNS over HTTPS, with real HTTP/2 and HTTP/1.1 clients. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { composeQuery } from "../../src/dns/compose.ts";
import type { BoundAddress, TcpLimits } from "../../src/io/threads.ts";
import { COUNTER_HTTPS_REFUSED, COUNTER_QUERIES_HTTPS } from "../../src/layout/gen/counters.ts";
import { newCertificate, skipTls as skip } from "../support/certificates.ts";
import { until } from "../support/daemon.ts";
import { parse } from "../support/daemon-client.ts";
import { notify } from "../support/slow-end.ts";
import { LOOPBACK, startStreamThread } from "../support/stream-thread.ts";

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly type?: string;
  readonly body?: Uint8Array;
}

const MESSAGE = "application/dns-message";
const query = (name = "www.t.", type = "A", id = 0) => composeQuery({ name, type, id });
const inUri = (octets: Uint8Array): string =>
  `/dns-query?dns=${Buffer.from(octets).toString("base64url")}`;

async function startHttps(t: TestContext, limits: Partial<TcpLimits> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-doh-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const pem = newCertificate();
  const tls = { certificate: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  writeFileSync(tls.certificate, pem.certificate);
  writeFileSync(tls.key, pem.key);
  const thread = await startStreamThread(t, limits, { tls, listenHttps: [LOOPBACK] });
  const at = thread.https[0]!;
  const session = connectHttp2(`https://${at.host}:${at.port}`, { ca: pem.certificate });
  session.on("error", () => {});
  t.after(() => session.destroy());
  return { thread, at, session, ca: pem.certificate };
}

function askHttp2(session: ClientHttp2Session, ask: Ask): Promise<Reply> {
  const { method = "GET", path = "/dns-query", type, body } = ask;
  return new Promise((resolve, reject) => {
    const headers = { ":method": method, ":path": path };
    const sent = session.request(
      type === undefined ? headers : { ...headers, "content-type": type },
      { endStream: body === undefined },
    );
    let found: Readonly<Record<string, unknown>> = {};
    const chunks: Buffer[] = [];
    sent.on("response", (got) => {
      found = got;
    });
    sent.on("data", (chunk: Buffer) => chunks.push(chunk));
    sent.on("end", () =>
      resolve({ status: Number(found[":status"]), headers: found, body: Buffer.concat(chunks) }),
    );
    sent.on("error", reject);
    if (body !== undefined) sent.end(body);
  });
}

function askHttp1(at: BoundAddress, ca: string, ask: Ask): Promise<Reply> {
  const { method = "GET", path = "/dns-query", type, body } = ask;
  return new Promise((resolve, reject) => {
    const headers = type === undefined ? {} : { "content-type": type };
    const sent = request(
      { host: at.host, port: at.port, ca, method, path, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () =>
          resolve({
            ...{ status: response.statusCode!, headers: response.headers },
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

/** The same over both versions. */
async function askBoth(
  { session, at, ca }: Awaited<ReturnType<typeof startHttps>>,
  ask: Ask,
): Promise<readonly Reply[]> {
  return [await askHttp2(session, ask), await askHttp1(at, ca, ask)];
}

test("§4.1  GET and POST are answered, over HTTP/2 and HTTP/1.1, as over TCP", {
  skip,
}, async (t) => {
  const server = await startHttps(t);
  const asks: readonly Ask[] = [
    { path: inUri(query()) },
    { method: "POST", type: MESSAGE, body: query() },
    { method: "POST", type: `${MESSAGE}; charset=x`, body: query() },
  ];
  for (const ask of asks) {
    for (const { status, headers, body } of await askBoth(server, ask)) {
      assert.equal(status, 200);
      assert.equal(headers["content-type"], MESSAGE);
      assert.equal(headers["content-length"], String(body.length));
      const message = parse(body);
      assert.deepEqual([message.id, message.rcode, message.answers.length], [0, 0, 1]);
    }
  }
  const [big] = await askBoth(server, { path: inUri(query("big.t.", "TXT", 77)) });
  assert.deepEqual([parse(big!.body).id, parse(big!.body).answers.length], [77, 40]);
  assert.equal(server.thread.counted(COUNTER_QUERIES_HTTPS), 8);
});

test("§4.2.1  DNS errors are answers with status 200", { skip }, async (t) => {
  const server = await startHttps(t);
  const elsewhere = await askHttp2(server.session, { path: inUri(query("www.elsewhere.")) });
  assert.deepEqual([elsewhere.status, parse(elsewhere.body).rcode], [200, 5]);
  // What is slow has no way through HTTP.
  const slow = await askHttp2(server.session, { method: "POST", type: MESSAGE, body: notify(3) });
  assert.deepEqual([slow.status, parse(slow.body).rcode], [200, 4]);
});

test("§4.2.1  what is no query gets the status that says why, and no body", { skip }, async (t) => {
  const server = await startHttps(t);
  const response = query();
  response[2] = 0x80;
  const rows: readonly (readonly [number, Ask])[] = [
    [404, { path: "/" }],
    [404, { path: "/dns-query/x?dns=AAAA" }],
    [400, { path: "/dns-query" }],
    [400, { path: "/dns-query?dns=" }],
    [400, { path: "/dns-query?dns=AAA%3D" }],
    [400, { path: "/dns-query?dns=AAAAA" }],
    [400, { path: "/dns-query?dns=AAAA" }],
    [400, { path: inUri(response) }],
    [405, { method: "PUT", type: MESSAGE, body: query() }],
    [405, { method: "DELETE" }],
    [415, { method: "POST", type: "text/plain", body: query() }],
    [415, { method: "POST", body: query() }],
    [400, { method: "POST", type: MESSAGE, body: new Uint8Array(11) }],
    [413, { method: "POST", type: MESSAGE, body: new Uint8Array(70_000) }],
  ];
  for (const [status, ask] of rows) {
    for (const reply of await askBoth(server, ask)) {
      const where = `${ask.method ?? "GET"} ${ask.path ?? ""} ${ask.type ?? ""}`;
      assert.equal(reply.status, status, where);
      assert.equal(reply.body.length, 0);
      if (status === 405) assert.equal(reply.headers["allow"], "GET, POST");
    }
  }
  assert.equal(server.thread.counted(COUNTER_HTTPS_REFUSED), 2 * rows.length);
  const after = await askHttp2(server.session, { path: inUri(query()) });
  assert.equal(after.status, 200);
});

test("§5.1  an answer is fresh for its smallest TTL, a negative one for that of the SOA", {
  skip,
}, async (t) => {
  const { session } = await startHttps(t);
  const rows = [
    ["www.t.", "A", 300],
    ["www.t.", "AAAA", 20],
    ["www.t.", "MX", 50],
    ["www.elsewhere.", "A", 0],
  ] as const;
  for (const [name, type, seconds] of rows) {
    const { headers } = await askHttp2(session, { path: inUri(query(name, type)) });
    assert.equal(headers["cache-control"], `max-age=${seconds}`, `${name} ${type}`);
  }
});

test("§5.2  many requests share one connection of HTTP/2", { skip }, async (t) => {
  const { session, thread } = await startHttps(t);
  const asks = Array.from({ length: 400 }, (_, id) =>
    askHttp2(session, { path: inUri(query("big.t.", "TXT", id)) }),
  );
  for (const [id, reply] of (await Promise.all(asks)).entries()) {
    assert.equal(parse(reply.body).id, id);
  }
  assert.equal(thread.counted(COUNTER_QUERIES_HTTPS), 400);
});

test("§5.2  an idle connection is closed, and so is one whose request does not end", {
  skip,
}, async (t) => {
  const { session } = await startHttps(t, { idleMs: 1000 });
  await askHttp2(session, { path: inUri(query()) });
  const endless = session.request(
    { ":method": "POST", ":path": "/dns-query", "content-type": MESSAGE },
    { endStream: false },
  );
  endless.on("error", () => {});
  endless.write(new Uint8Array(5));
  await until("it is closed", () => session.destroyed);
});

test("kdig +https is answered", { skip }, async (t) => {
  const { at } = await startHttps(t);
  for (const how of ["+https", "+https-get"]) {
    const args = [how, "+short", "-p", String(at.port), `@${at.host}`, "www.t.", "A"];
    const ran = await promisify(execFile)("kdig", args).catch((error) => error);
    if (ran.code === "ENOENT") return t.skip("kdig is not installed");
    assert.equal(ran.stdout.trim(), "192.0.2.1", how);
  }
});
