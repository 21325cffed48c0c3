// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSite, startTestDaemon, until, zoneText } from "../../support/daemon.ts";
import { ask } from "../../support/daemon-client.ts";

test("a thread that ends is started again on its own port; the end is orderly", async (t) => {
  const site = createSite(t, { zones: { "example.org": { file: "example.org.zone" } } });
  site.write("example.org.zone", zoneText(1, "a A 192.0.2.1"));
  const server = await startTestDaemon(site);
  const { threads } = server.daemon;
  assert.deepEqual([...threads.keys()].sort(), [
    "control",
    "prober",
    "stream-0",
    "transfer",
    "udp-0",
    "udp-1",
  ]);
  const first = threads.get("udp-0");
  await first!.terminate();
  await until("another one stands in its place", () => threads.get("udp-0") !== first);
  await until("it runs", async () => {
    const { body } = await server.api("/api/v1/status");
    return body.threads.every((one: { state: string }) => one.state === "running");
  });
  // Both threads hold the port that the system chose at first.
  for (let i = 0; i < 20; i += 1)
    assert.deepEqual(await ask(server.v4, "a.example.org."), ["192.0.2.1"]);
  await server.stop();
  await server.stop();
  for (const worker of threads.values()) assert.equal(worker.threadId, -1);
});
