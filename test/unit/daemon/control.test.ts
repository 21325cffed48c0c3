// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSite, startTestDaemon, until, zoneText } from "../../support/daemon.ts";

test("a reload says what it is refused for, and what comes into force", async (t) => {
  const sections = {
    zones: { "example.org": { file: "example.org.zone" } },
    node: { watch: false },
  };
  const site = createSite(t, sections);
  site.write("example.org.zone", zoneText(1));
  const server = await startTestDaemon(site);
  await until("it is loaded", async () => (await server.api("/readyz")).status === 200);
  assert.equal((await server.api("/api/v1/reload", "POST")).status, 200);
  site.write("example.org.zone", "broken\n");
  const zone = await server.api("/api/v1/reload", "POST");
  assert.equal(zone.status, 422);
  assert.match(zone.body.reasons[0], /example\.org\.zone:1:/);
  site.write("azimuth.yaml", "zones: [\n");
  const config = await server.api("/api/v1/reload", "POST");
  assert.equal(config.status, 422);
  assert.match(config.body.reasons[0], /azimuth\.yaml/);
  // Section node needs a restart: it is taken note of, and the rest comes into force.
  site.configure({ ...sections, node: { watch: false, name: "other" } });
  site.write("example.org.zone", zoneText(2));
  assert.equal((await server.api("/api/v1/reload", "POST")).status, 200);
  const { body } = await server.api("/api/v1/status");
  assert.equal(body.name, "test");
  assert.equal((await server.api("/api/v1/zones/example.org")).body.serial, 2);
});
