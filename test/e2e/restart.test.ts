// SPDX-License-Identifier: Apache-2.0
/**
 * Starts from the saved table. A zone of some million generated records stands for one that takes
 * long: whoever scans it is ended when the file changes.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { basename } from "node:path";
import { type TestContext, test } from "node:test";
import { sha256 } from "../../src/io/digest.ts";
import { DIRECTORY_ZONE_COUNT, SEGMENT_SIZE } from "../../src/layout/gen/table.ts";
import { buildImageHeader, IMAGE_HEADER_SIZE, readImageHeader } from "../../src/table/image.ts";
import {
  createSite,
  runAzimuth,
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
  const long = Array.from({ length: 100 }, (_, i) => `$GENERATE 0-65535 x${i}-$ A 192.0.2.1`);
  site.replace("example.org.zone", zoneText(9, ...long));
  const server = await startTestDaemon(site);

  assert.deepEqual(await ask(server.v4, "a.example.org."), ["192.0.2.10"]);
  assert.deepEqual(await ask(server.v6, "a.example.net."), ["192.0.2.20"]);
  const { body } = await server.api("/api/v1/status");
  assert.match(body.source, /^saved table of \d{4}-/);
  assert.equal((await server.api("/readyz")).status, 200);
  const metrics = await server.metrics();
  assert.ok(metrics.get("azimuth_table_stale_since_seconds")! > 0);

  site.replace("example.org.zone", zoneText(2, "a A 192.0.2.11"));
  assert.equal((await server.api("/api/v1/reload", "POST")).status, 200);
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

test("a table with a sound digest that is none is withdrawn, and the zones are served", async (t) => {
  const site = await savedSite(t, { log: { level: "info" } });
  const file = readFileSync(site.path(SAVED));
  writeFileSync(site.path(SAVED), withWrongZoneCount(file));
  const process = await startProcess(site);
  assert.match(process.stderr(), /the saved table is not used: .*zones are reached/);
  assert.doesNotMatch(process.stderr(), /serving the saved table/);
  await until("it serves", async () => (await ask(process.v4, "a.example.org.")).length === 1);
  process.child.kill("SIGTERM");
  assert.equal(await process.ended, 0);
});

/** A file that only a faulty writer would write: its digest is right. */
function withWrongZoneCount(saved: Uint8Array): Uint8Array {
  const file = Uint8Array.from(saved);
  const header = readImageHeader(file, file.length).value!;
  const table = file.slice(IMAGE_HEADER_SIZE, IMAGE_HEADER_SIZE + header.used);
  const rows = file.slice(IMAGE_HEADER_SIZE + header.used);
  new Uint32Array(table.buffer)[(header.root + SEGMENT_SIZE + DIRECTORY_ZONE_COUNT) >> 2]! += 1;
  const digests = [sha256(table), sha256(rows)] as const;
  const head = buildImageHeader(header, header.savedAtSecs, ...digests, sha256);
  return Buffer.concat([head, table, rows]);
}

test("killed while it saves, a server starts again from a whole table", async (t) => {
  const hosts = Array.from({ length: 60_000 }, (_, i) => `h${i} A 10.0.${(i >> 8) & 255}.1`);
  const version = (n: number): string => zoneText(n, `v A 192.0.2.${n}`, ...hosts);
  const site = createSite(t, {
    node: { log: { level: "info" } },
    zones: { "example.org": { file: "example.org.zone" } },
  });
  site.write("example.org.zone", version(1));
  let newest = 1;
  let cutOff = 0;
  for (let round = 0; round < 3; round += 1) {
    const server = await startProcess(site);
    const served = async () => Number((await ask(server.v4, "v.example.org."))[0]?.split(".")[3]);
    await until("it serves", async () => (await served()) > 0);
    if (round > 0) {
      assert.match(server.stderr(), /serving the saved table/);
      assert.doesNotMatch(server.stderr(), /saved table is not used/);
    }
    await until("a table is saved", () => existsSync(site.path(SAVED)));
    newest += 1;
    // Another moment each time: when it is opened, and a little later.
    const watcher = watch(site.path("state"), (_event, name) => {
      if (name !== `${basename(SAVED)}.tmp`) return;
      watcher.close();
      setTimeout(() => server.child.kill("SIGKILL"), round * 7);
    });
    site.replace("example.org.zone", version(newest));
    assert.equal(await server.ended, "SIGKILL");
    if (existsSync(site.path(`${SAVED}.tmp`))) cutOff += 1;
  }
  rmSync(site.path("example.org.zone"));
  const last = await startProcess(site);
  assert.match(last.stderr(), /serving the saved table/);
  const [address] = await ask(last.v4, "v.example.org.");
  const found = Number(address!.split(".")[3]);
  assert.ok(found >= 1 && found <= newest, address);
  assert.ok(cutOff > 0, "no save was met");
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

test("a second server on a state folder binds nothing, names the first, and ends with 1", async (t) => {
  const site = createSite(t, {
    node: { log: { level: "info" } },
    zones: { "example.org": { file: "example.org.zone" } },
  });
  site.write("example.org.zone", zoneText(1, "a A 192.0.2.10"));
  const first = await startProcess(site);
  const second = runAzimuth(site, ["serve", site.configFile]);
  assert.equal(await second.ended, 1);
  assert.match(second.stderr(), new RegExp(`state folder .*: process ${first.child.pid}\n$`));
  assert.doesNotMatch(second.stderr(), /listening/);
  assert.equal(first.child.exitCode, null);
  // Killed, it leaves its claim behind, which holds nobody up.
  first.child.kill("SIGKILL");
  await first.ended;
  const third = await startProcess(site);
  assert.notEqual(third.child.pid, first.child.pid);
});

test("a saved table with a zone without data is served, and the zone is no good one", async (t) => {
  const zones = {
    "example.org": { file: "example.org.zone" },
    "sub.example.org": { file: "sub.zone" },
  };
  const site = createSite(t, { node: { watch: false }, zones });
  site.write("example.org.zone", zoneText(1, "a A 192.0.2.10"));
  site.write("sub.zone", "broken\n");
  const first = await startTestDaemon(site);
  await until("it serves", async () => (await ask(first.v4, "a.example.org.")).length === 1);
  await first.stop();

  const second = await startTestDaemon(site);
  const rcode = async (name: string): Promise<number> =>
    (await askUdp(second.v4, { name, type: "A" })).message.rcode;
  assert.deepEqual(await ask(second.v4, "a.example.org."), ["192.0.2.10"]);
  assert.equal(await rcode("www.sub.example.org."), 2);
  const zone = async () => (await second.api("/api/v1/zones/sub.example.org")).body;
  await until("the fault is found", async () => (await zone()).state === "failed");
  assert.equal(await rcode("www.sub.example.org."), 2);
  site.write("sub.zone", zoneText(4, "www A 192.0.2.40"));
  assert.equal((await second.api("/api/v1/reload", "POST")).status, 200);
  assert.deepEqual(await ask(second.v4, "www.sub.example.org."), ["192.0.2.40"]);
});

test("SIGTERM while zones are compiled: nothing is taken for a fault of theirs", async (t) => {
  const site = createSite(t, {
    node: { log: { level: "info" } },
    zones: { "example.org": { file: "a.zone" }, "example.net": { file: "b.zone" } },
  });
  const hosts = Array.from(
    { length: 60_000 },
    (_, i) => `h${i} A 10.0.${(i >> 8) & 255}.${i & 255}`,
  );
  site.write("a.zone", zoneText(1, ...hosts));
  site.write("b.zone", zoneText(1, ...hosts));
  const server = await startProcess(site);
  server.child.kill("SIGTERM");
  assert.equal(await server.ended, 0);
  assert.doesNotMatch(server.stderr(), /COMPILER_FAILED|"to":"(?:failed|stale)|"level":"error"/);
});

test("after a restart an edit does not wait for probes, though their steering does", async (t) => {
  const silent = createServer((socket) => socket.on("error", () => {}));
  t.after(() => silent.close());
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as AddressInfo;
  const sections = {
    node: { watch: false, log: { level: "info" } },
    pops: { fra: { latitude: 50, longitude: 8 } },
    // It never says a word, and it takes long until that is known.
    probes: { web: { kind: "http", port, intervalMs: 60_000, timeoutMs: 20_000, retries: 2 } },
    pools: { web: { probes: ["web"], endpoints: { fra1: { pop: "fra", v4: "127.0.0.1" } } } },
    maps: { world: { granularity: "continent", default: "EU" } },
    policies: { nearest: { map: "world", pool: "web", order: "nearest" } },
    zones: { "example.org": { file: "example.org.zone", steer: { www: "nearest" } } },
  };
  const site = createSite(t, sections);
  site.write("example.org.zone", zoneText(1, "a A 192.0.2.10"));
  const first = await startProcess(site);
  await until("it serves", async () => (await ask(first.v4, "a.example.org.")).length === 1);
  first.child.kill("SIGTERM");
  assert.equal(await first.ended, 0);
  site.write("example.org.zone", zoneText(2, "a A 192.0.2.11"));
  const second = await startProcess(site);
  await until(
    "it serves",
    async () => (await ask(second.v4, "a.example.org."))[0] === "192.0.2.11",
  );
  const published = () =>
    second
      .stderr()
      .split("\n")
      .filter((line) => line.includes('"table published"'))
      .map((line) => JSON.parse(line).changed);
  // The steering comes in a publication of its own, after the zone.
  await until("its steering is in force", () => published().length === 2);
  assert.deepEqual(published(), [1, 0]);
});
