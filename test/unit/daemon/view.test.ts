// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { faultLine } from "../../../src/daemon/view.ts";
import { createSite, startTestDaemon, until, zoneText } from "../../support/daemon.ts";
import { ask } from "../../support/daemon-client.ts";

test("a fault is one line with its place", () => {
  const place = { file: "x.zone", line: 3, column: 7 };
  const line = faultLine({ key: "FILE_UNREADABLE", place, detail: "gone" });
  assert.match(line, /^x\.zone:3:7 error \w+ gone$/);
  assert.match(
    faultLine({ key: "FILE_UNREADABLE", place: { ...place, line: 0 }, detail: "gone" }),
    /^x\.zone error /,
  );
});

test("the documents of a running server", async (t) => {
  const site = createSite(t, { zones: { "example.org": { file: "example.org.zone" } } });
  site.write("example.org.zone", zoneText(4, "a A 192.0.2.1"));
  const server = await startTestDaemon(site);
  await until("it is ready", async () => (await server.api("/readyz")).status === 200);
  const { body: status } = await server.api("/api/v1/status");
  assert.equal(status.name, "test");
  assert.equal(status.source, "live");
  assert.equal(status.zones, 1);
  assert.deepEqual(status.threads.map((one: { name: string }) => one.name).sort(), [
    "control",
    "prober",
    "stream-0",
    "transfer",
    "udp-0",
    "udp-1",
  ]);
  const { body: zones } = await server.api("/api/v1/zones");
  const { zone, serial, state } = zones[0];
  assert.deepEqual({ zone, serial, state }, { zone: "example.org.", serial: 4, state: "loaded" });
  assert.ok(!Number.isNaN(Date.parse(zones[0].loadedAt)));
  assert.match(status.digest, /^[0-9a-f]{32}$/);
  // A thread that sleeps between two queries still shows what it has read.
  await until("the thread that answered is in the epoch in force", async () => {
    await ask(server.v4, "a.example.org.");
    const { threads, epoch } = (await server.api("/api/v1/status")).body;
    return threads.some((one: { observedEpoch: number }) => one.observedEpoch === epoch);
  });
  const metrics = await server.metrics();
  assert.equal(metrics.get("azimuth_zones"), 1);
  assert.equal(metrics.get("azimuth_table_stale_since_seconds"), 0);
});
