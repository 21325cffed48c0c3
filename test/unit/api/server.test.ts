// SPDX-License-Identifier: Apache-2.0
/** The listeners: loopback only, a socket of mode 0600, all or none, an end that does not hang. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { startApi } from "../../../src/api/server.ts";
import { CONTROL_SOCKET_NAME } from "../../../src/api/socket.ts";
import { createLog } from "../../../src/telemetry/log.ts";
import { ask, logOf, view } from "./sample.ts";

const folder = mkdtempSync(join(tmpdir(), "azimuth-api-"));
after(() => rmSync(folder, { recursive: true }));
/** The log that the control thread really has. */
const log = createLog({ thread: "control", destination: { write: () => {} } });
const base = { view: view(), log };
const loopback = { host: "127.0.0.1", port: 0 };

test("the same routes are served over HTTP and over the socket", async () => {
  const socketPath = join(folder, CONTROL_SOCKET_NAME);
  const api = await startApi({ ...base, listen: loopback, socketPath });
  assert.match(api.addresses[0]!, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.equal(api.addresses[1], `unix:${socketPath}`);
  const [tcp, unix] = await Promise.all(api.addresses.map((at) => ask(at, "/api/v1/zones")));
  assert.equal(tcp!.status, 200);
  assert.equal(tcp!.body, unix!.body);
  await api.close();
  await api.close();
});

test("the socket is its owner's alone, and gone after the end", async () => {
  const socketPath = join(folder, "mode.sock");
  const api = await startApi({ ...base, listen: null, socketPath });
  assert.equal(statSync(socketPath).mode & 0o777, 0o600);
  await api.close();
  assert.equal(existsSync(socketPath), false);
});

test("the socket asks for no host: no browser can reach it", async () => {
  const socketPath = join(folder, "host.sock");
  const api = await startApi({ ...base, listen: null, socketPath });
  const got = await ask(socketPath, "/healthz", { headers: { host: "anything.example" } });
  assert.equal(got.status, 200);
  await api.close();
});

test("an address that others reach is refused", async () => {
  for (const host of ["0.0.0.0", "::", "192.0.2.1", "localhost"]) {
    const listen = { host, port: 0 };
    await assert.rejects(
      startApi({ ...base, listen, socketPath: null }),
      /it asks for no password/,
    );
  }
});

test("a taken port is named, and nothing is left open", async () => {
  const first = await startApi({ ...base, listen: loopback, socketPath: null });
  const port = Number(new URL(first.addresses[0]!).port);
  const second = startApi({ ...base, listen: { host: "127.0.0.1", port }, socketPath: null });
  await assert.rejects(second, /port \d+: another program listens there/);
  await first.close();

  const blocked = join(folder, "blocked");
  writeFileSync(blocked, "");
  const listen = { host: "127.0.0.1", port };
  await assert.rejects(startApi({ ...base, listen, socketPath: blocked }), /is no socket/);
  const again = await startApi({ ...base, listen, socketPath: null });
  await again.close();
});

test("a second server does not take the socket of the first", async () => {
  const socketPath = join(folder, "one.sock");
  const first = await startApi({ ...base, listen: null, socketPath });
  await assert.rejects(startApi({ ...base, listen: null, socketPath }), /another server listens/);
  assert.equal((await ask(socketPath, "/healthz")).status, 200);
  await first.close();
});

test("a folder that is not there is an error for people", async () => {
  const socketPath = join(folder, "nowhere", "x.sock");
  await assert.rejects(
    startApi({ ...base, listen: null, socketPath }),
    /cannot listen on .*x\.sock/,
  );
});

test("kept connections and unfinished requests do not hold up the end", async () => {
  const { promise: reloading, resolve: begun } = Promise.withResolvers<void>();
  const slow = view({
    reload: () => {
      begun();
      return new Promise(() => {});
    },
  });
  const api = await startApi({ view: slow, log: logOf(), listen: loopback, socketPath: null });
  const port = Number(new URL(api.addresses[0]!).port);

  const agent = new Agent({ keepAlive: true });
  await new Promise<void>((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, path: "/healthz", agent }, (incoming) => {
      incoming.resume();
      incoming.on("end", resolve);
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
  const half = connect(port, "127.0.0.1", () => half.write("GET /healthz HTTP/1.1\r\n"));
  half.on("error", () => {});
  const cut = assert.rejects(ask(api.addresses[0]!, "/api/v1/reload", { method: "POST" }));
  await reloading;
  await api.close();
  await cut;
  agent.destroy();
});
