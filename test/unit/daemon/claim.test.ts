// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { test } from "node:test";
import { claimAddresses } from "../../../src/daemon/claim.ts";

const at = (port: number) => [{ host: "127.0.0.1", port, family: 4 as const }];

test("free addresses are claimed and are free again; port 0 is always free", async () => {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  await claimAddresses(at(port));
  await claimAddresses([...at(port), ...at(0)]);
});

test("a socket with SO_REUSEPORT is somebody, too", async (t) => {
  const socket = createSocket({ type: "udp4", reusePort: true });
  t.after(() => socket.close());
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  const wanted = new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port} \\(UDP\\): another program`);
  await assert.rejects(claimAddresses(at(port)), wanted);
});

test("TCP counts as well, and an address of another machine is named as such", async (t) => {
  const server = createServer();
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await assert.rejects(claimAddresses(at(port)), /\(TCP\): another program/);
  const foreign = [{ host: "192.0.2.1", port, family: 4 as const }];
  await assert.rejects(claimAddresses(foreign), /192\.0\.2\.1:\d+ \(UDP\): this machine does not/);
});
