// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { isSameNode } from "../../../src/daemon/control.ts";
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

test("a change on disk does not withdraw most zones, a reload that is asked for does", async (t) => {
  const names = ["example.org", "example.net", "example.com"];
  const zones = Object.fromEntries(names.map((name) => [name, { file: "any.zone" }]));
  const site = createSite(t, { zones });
  site.write("any.zone", zoneText(1));
  const server = await startTestDaemon(site);
  await until("they are loaded", async () => (await server.api("/readyz")).status === 200);
  site.configure({ zones: { "example.org": { file: "any.zone" } } });
  const faults = async (): Promise<string[]> => (await server.api("/api/v1/status")).body.faults;
  await until("it is refused", async () => /CONFIG_ZONES_REMOVED/.test((await faults()).join()));
  assert.equal((await server.api("/api/v1/zones")).body.length, 3);
  // A restart of the control thread alone is nobody's word either.
  await server.daemon.threads.get("control")!.terminate();
  await until("it is back", async () => {
    const { body } = await server.api("/api/v1/status");
    const control = body.threads.find((one: { name: string }) => one.name === "control");
    return control.restarts === 1 && control.state === "running";
  });
  await until("it is refused", async () => /CONFIG_ZONES_REMOVED/.test((await faults()).join()));
  assert.match((await server.api("/api/v1/status")).body.digest, /^[0-9a-f]{32}$/);
  assert.equal((await server.api("/api/v1/zones")).body.length, 3);

  assert.equal((await server.api("/api/v1/reload", "POST")).status, 200);
  const { body: status } = await server.api("/api/v1/status");
  assert.deepEqual([status.zones, status.faults], [1, []]);
  const { body: turned } = await server.api("/api/v1/transitions");
  const about = turned.filter((one: { kind: string }) => one.kind === "server");
  assert.deepEqual(
    about.map((one: { subject: string; to: string }) => `${one.subject} ${one.to}`),
    ["configuration refused", "zones 2 removed"],
  );
});

test("section node is compared with what runs", () => {
  const api = { address: "127.0.0.1", port: 4711 };
  const running = { name: "a", api, watch: true } as never as Parameters<typeof isSameNode>[1];
  assert.ok(isSameNode(running, running));
  assert.ok(isSameNode({ ...running, api: { ...running.api!, port: 0 } }, running));
  assert.ok(!isSameNode({ ...running, name: "b" }, running));
  // What kernels are told of the node is in force with the reload.
  assert.ok(isSameNode({ ...running, edns: {} as never }, running));
  assert.ok(!isSameNode({ ...running, api: null }, running));
  assert.ok(!isSameNode(running, { ...running, api: null }));
});
