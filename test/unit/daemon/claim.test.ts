// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { CLAIM_NAME, claimAddresses, claimFolder } from "../../../src/daemon/claim.ts";
import { createFolder } from "../../support/control.ts";
import { freePort } from "../../support/ports.ts";

const at = (port: number) => [{ host: "127.0.0.1", port, family: 4 as const }];

test("free addresses are claimed and are free again; port 0 is always free", async () => {
  const port = await freePort();
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

test("a state folder belongs to one server, and is free when it ended", async (t) => {
  const { folder } = createFolder(t);
  const before = readdirSync(folder);
  const release = await claimFolder(folder, "control.sock");
  const words = new RegExp(`another server works in .*: process ${process.pid}$`);
  await assert.rejects(claimFolder(folder, "control.sock"), words);
  release();
  assert.deepEqual(readdirSync(folder), before);
  (await claimFolder(folder, "control.sock"))();
});

test("who died, or had its number before another process, holds nothing", async (t) => {
  const { folder } = createFolder(t);
  const child = spawn(process.execPath, ["-e", ""]);
  await new Promise((resolve) => child.once("close", resolve));
  for (const left of [`${child.pid} gone\n`, `${process.pid} before/1\n`, "", "nonsense\n"]) {
    writeFileSync(join(folder, CLAIM_NAME), left);
    (await claimFolder(folder, "control.sock"))();
    assert.equal(existsSync(join(folder, CLAIM_NAME)), false);
  }
});

test("a server that cannot be seen is found by its socket", async (t) => {
  const { folder } = createFolder(t);
  const server = createServer();
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(join(folder, "control.sock"), resolve));
  await assert.rejects(claimFolder(folder, "control.sock"), /a process that this one cannot see/);
  assert.equal(existsSync(join(folder, CLAIM_NAME)), false);
});

test("a folder that cannot be written to is named", async (t) => {
  const { folder, write } = createFolder(t);
  write("file", "");
  await assert.rejects(claimFolder(join(folder, "file"), "s"), /state folder .*: not a folder/);
});
