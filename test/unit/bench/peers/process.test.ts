// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { memoryOf, startServer, treeCpuMs, treeOf } from "../../../../bench/peers/process.ts";

const FORK = "sh -c 'echo here; exec sleep 60' & wait";

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("a server and what it forks are found, measured and ended", async () => {
  const running = startServer({ command: ["sh", "-c", FORK], reload: { by: "itself" } });
  while (!running.said().includes("here")) await pause(5);
  const tree = treeOf(running.pid);
  assert.equal(tree.length, 2);
  assert.equal(tree[0], running.pid);
  assert.ok(memoryOf(running.pid).rssKib > 0);
  assert.ok(treeCpuMs(running.pid) >= 0);
  assert.equal(running.ended(), null);
  await running.stop();
  while (isThere(tree[1]!)) await pause(5);
  assert.notEqual(running.ended(), null);
});

test("a program that is not there is a reason and no exception", async () => {
  const running = startServer({ command: ["/no/such/program"], reload: { by: "itself" } });
  while (running.ended() === null) await pause(5);
  assert.match(running.ended()!, /ENOENT/);
  await running.stop();
});

test("the last words of a server that fails are kept", async () => {
  const command = ["sh", "-c", "echo first; echo wrong >&2; exit 3"];
  const running = startServer({ command, reload: { by: "itself" } });
  while (running.ended() === null || !running.said().includes("wrong")) await pause(5);
  assert.equal(running.ended(), "ended with 3");
  await running.stop();
});
