// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { freeSocketPath, SOCKET_PATH_MAX } from "../../../src/api/socket.ts";

const folder = mkdtempSync(join(tmpdir(), "azimuth-socket-"));
after(() => rmSync(folder, { recursive: true }));

/** Leaves a socket file behind, as a process does that is killed. */
function leaveStale(path: string): void {
  const code = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync(process.execPath, ["-e", code]);
  assert.ok(existsSync(path), "the killed process left its socket");
}

test("a path where nothing is is free", async () => {
  await freeSocketPath(join(folder, "none.sock"));
});

test("a stale socket is removed", async () => {
  const path = join(folder, "stale.sock");
  leaveStale(path);
  await freeSocketPath(path);
  assert.equal(existsSync(path), false);
});

test("a socket that somebody answers is left alone", async () => {
  const path = join(folder, "taken.sock");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  await assert.rejects(freeSocketPath(path), /another server listens on/);
  assert.ok(existsSync(path));
  server.close();
});

test("what is no socket is left alone", async () => {
  const path = join(folder, "file");
  writeFileSync(path, "mine");
  await assert.rejects(freeSocketPath(path), /is no socket/);
  assert.ok(existsSync(path));
});

test("octets of a path are counted, not characters", async () => {
  const fits = `${folder}/`.padEnd(SOCKET_PATH_MAX, "x");
  await freeSocketPath(fits);
  await assert.rejects(freeSocketPath(`${fits}x`), /has 108 octets and may have 107/);
  await assert.rejects(freeSocketPath(`${fits.slice(0, -1)}é`), /has 108 octets/);
});
