// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { test } from "node:test";
import { runHttpProbe } from "../../../../src/plugins/probe-http/run.ts";
import { deadPort, serveHttp, serveSilence, target } from "../servers.ts";

test("the request is what the probe says, and an accepted status passes", async (t) => {
  const seen: IncomingMessage[] = [];
  const port = await serveHttp(t, (request, response) => {
    seen.push(request);
    response.end();
  });
  const result = await runHttpProbe(
    target(port, { method: "GET", path: "/healthz?deep=1", host: "www.example.org" }),
  );
  assert.deepEqual([result.passed, result.reason], [true, "status 200"]);
  const [request] = seen;
  assert.deepEqual(
    [request!.method, request!.url, request!.headers.host, request!.headers["user-agent"]],
    ["GET", "/healthz?deep=1", "www.example.org", "azimuth-probe"],
  );
  assert.notEqual(request!.headers.connection, "keep-alive");
});

test("IPv6, with the address as Host", async (t) => {
  let host = "";
  const answer = (request: IncomingMessage, response: { end(): void }) => {
    host = request.headers.host ?? "";
    response.end();
  };
  const port = await serveHttp(t, answer, "::1");
  const result = await runHttpProbe(target(port, {}, "::1"));
  assert.equal(result.passed, true);
  assert.equal(host, `[::1]:${port}`);
});

test("statuses decide, and redirects are not followed", async (t) => {
  let status = 200;
  let requests = 0;
  const port = await serveHttp(t, (_, response) => {
    requests += 1;
    response.writeHead(status, { location: "/elsewhere" }).end();
  });
  const statuses = [
    [200, 204],
    [301, 301],
  ] as const;
  const passes: Record<number, boolean> = {};
  for (status of [200, 204, 205, 301, 302, 404, 500]) {
    const result = await runHttpProbe(target(port, { statuses }));
    passes[status] = result.passed;
    assert.equal(result.reason, `status ${status}`);
  }
  assert.deepEqual(passes, {
    200: true,
    204: true,
    205: false,
    301: true,
    302: false,
    404: false,
    500: false,
  });
  assert.equal(requests, 7);
});

test("each attempt has a connection of its own, reset in the end", async (t) => {
  const ports = new Set<number>();
  let gone = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const port = await serveHttp(t, (request, response) => {
    ports.add(request.socket.remotePort ?? 0);
    request.socket.on("close", () => {
      gone += 1;
      if (gone === 3) resolve();
    });
    // A body without end: the header section suffices.
    response.write("more to come");
  });
  for (let i = 0; i < 3; i += 1) {
    assert.equal((await runHttpProbe(target(port, { method: "GET" }))).passed, true);
  }
  await promise;
  assert.equal(ports.size, 3);
});

test("who connects and says nothing runs into the deadline", async (t) => {
  const server = await serveSilence(t);
  const result = await runHttpProbe(target(server.port, { timeoutMs: 20 }));
  assert.deepEqual([result.passed, result.reason], [false, "no answer within 20 ms"]);
  await server.gone(1);
  assert.equal(server.seen.resets, 1);
});

test("a dead port, no HTTP, a closed connection and a bad path all fail with a reason", async (t) => {
  const refused = await runHttpProbe(target(await deadPort()));
  assert.deepEqual([refused.passed, refused.reason], [false, "connection refused"]);

  for (const [greeting, reason] of [
    ["SSH-2.0-OpenSSH\r\n", /^HPE_/],
    ["", /connection reset/],
  ] as const) {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.end(greeting);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => server.close());
    const result = await runHttpProbe(target((server.address() as AddressInfo).port));
    assert.equal(result.passed, false);
    assert.match(result.reason, reason);
  }

  const bad = await runHttpProbe(target(1, { path: "/a b\n" }));
  assert.deepEqual([bad.passed, bad.reason], [false, "ERR_UNESCAPED_CHARACTERS"]);
});
