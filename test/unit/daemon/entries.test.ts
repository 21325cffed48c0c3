// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { isAlive, spareThread, threadEntries } from "../../../src/daemon/entries.ts";

test("every entry is there", () => {
  for (const entry of Object.values(threadEntries())) assert.ok(existsSync(entry), entry.href);
});

test("a spare thread waits, and one that died shows it", async () => {
  const spare = spareThread(threadEntries().udp, "udp-0");
  await new Promise((resolve) => spare.once("online", resolve));
  assert.ok(isAlive(spare));
  await spare.terminate();
  assert.ok(!isAlive(spare));
  // An entry that throws must not end the process, which did not ask for it yet.
  const broken = spareThread(new URL("data:text/javascript,throw new Error('broken')"), "broken");
  await new Promise((resolve) => broken.once("exit", resolve));
  assert.ok(!isAlive(broken));
});
