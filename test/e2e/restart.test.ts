// SPDX-License-Identifier: Apache-2.0
/**
 * Starts from the saved table. A named pipe stands for a zone that takes long to read: whoever
 * scans it waits until the test writes into it.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { type TestContext, test } from "node:test";
import {
  createSite,
  type Site,
  startProcess,
  startTestDaemon,
  until,
  zoneText,
} from "../support/daemon.ts";
import { ask, askUdp } from "../support/daemon-client.ts";

const SAVED = "state/table.azimuth";

/** A site whose server ran once and saved its table. */
async function savedSite(t: TestContext, node: object = {}): Promise<Site> {
  const site = createSite(t, {
    node: { watch: false, ...node },
    zones: {
      "example.org": { file: "example.org.zone" },
      "example.net": { file: "example.net.zone" },
    },
  });
  site.write("example.org.zone", zoneText(1, "a A 192.0.2.10"));
  site.write("example.net.zone", zoneText(8, "a A 192.0.2.20"));
  const server = await startTestDaemon(site);
  await until("it serves", async () => (await ask(server.v4, "a.example.org.")).length === 1);
  await server.stop();
  assert.ok(existsSync(site.path(SAVED)));
  return site;
}

test("answers come from the saved table before any zone is scanned", async (t) => {
  const site = await savedSite(t);
  const pipe = site.path("example.org.zone");
  rmSync(pipe);
  execFileSync("mkfifo", [pipe]);
  const server = await startTestDaemon(site);
  // A thread that waits for a pipe cannot be ended: on every way out something is written.
  let written = false;
  const write = async (text: string): Promise<void> => {
    written = true;
    await writeFile(pipe, text);
  };
  site.atEnd(async () => {
    if (!written) await write("");
  });

  assert.deepEqual(await ask(server.v4, "a.example.org."), ["192.0.2.10"]);
  assert.deepEqual(await ask(server.v6, "a.example.net."), ["192.0.2.20"]);
  const { body } = await server.api("/api/v1/status");
  assert.match(body.source, /^saved table of \d{4}-/);
  assert.equal((await server.api("/readyz")).status, 200);
  const metrics = await server.metrics();
  assert.ok(metrics.get("azimuth_table_stale_since_seconds")! > 0);

  await write(zoneText(2, "a A 192.0.2.11"));
  await until("the new version is served", async () => {
    return (await ask(server.v4, "a.example.org."))[0] === "192.0.2.11";
  });
  assert.equal((await server.api("/api/v1/status")).body.source, "live");
});

test("a zone that is faulty at the start is served as it was saved", async (t) => {
  const site = await savedSite(t);
  site.write("example.org.zone", "broken\n");
  const server = await startTestDaemon(site);
  const zone = await until("the fault is found", async () => {
    const { body } = await server.api("/api/v1/zones/example.org");
    return body.faults.length > 0 ? body : null;
  });
  assert.equal(zone.state, "stale");
  assert.equal(zone.serial, 1);
  await until("the rest is live", async () => {
    return (await server.api("/api/v1/status")).body.source === "live";
  });
  assert.deepEqual(await ask(server.v4, "a.example.org."), ["192.0.2.10"]);
  assert.deepEqual(await ask(server.v4, "a.example.net."), ["192.0.2.20"]);
});

test("a table that is not whole is refused, and the zones are served", async (t) => {
  const site = await savedSite(t, { log: { level: "info" } });
  const sound = readFileSync(site.path(SAVED));
  const spoilt: Readonly<Record<string, Uint8Array>> = {
    flipped: Uint8Array.from(sound, (octet, i) => (i === sound.length >> 1 ? octet ^ 1 : octet)),
    cut: sound.subarray(0, sound.length - 100),
  };
  for (const [name, octets] of Object.entries(spoilt)) {
    await t.test(name, async () => {
      writeFileSync(site.path(SAVED), octets);
      // What a power cut in the middle of saving leaves behind.
      writeFileSync(site.path(`${SAVED}.tmp`), sound.subarray(0, 50));
      const process = await startProcess(site);
      assert.match(process.stderr(), /the saved table is not used: /);
      await until("it serves", async () => (await ask(process.v4, "a.example.org.")).length === 1);
      process.child.kill("SIGTERM");
      assert.equal(await process.ended, 0);
      const left = readdirSync(site.path("state")).filter((file) => file.endsWith(".tmp"));
      assert.deepEqual(left, []);
    });
  }
});

test("SIGTERM: the last answers are given, the table is saved, the exit code is 0", async (t) => {
  const site = createSite(t, {
    node: { log: { level: "info" } },
    zones: { "example.org": { file: "example.org.zone" } },
  });
  site.write("example.org.zone", zoneText(1, "a A 192.0.2.10"));
  const first = await startProcess(site);
  await until("it serves", async () => (await ask(first.v4, "a.example.org.")).length === 1);
  site.replace("example.org.zone", zoneText(2, "a A 192.0.2.11"));
  await until("it serves", async () => (await ask(first.v4, "a.example.org."))[0] === "192.0.2.11");
  first.child.kill("SIGTERM");
  assert.equal(await first.ended, 0);

  rmSync(site.path("example.org.zone"));
  const second = await startProcess(site);
  const { message } = await askUdp(second.v4, { name: "a.example.org.", type: "A" });
  assert.equal(message.rcode, 0);
  assert.deepEqual(await ask(second.v4, "a.example.org."), ["192.0.2.11"]);
  second.child.kill("SIGINT");
  assert.equal(await second.ended, 0);
});
