// SPDX-License-Identifier: Apache-2.0
/** The command line with a real process: signals, ports, exit codes, explain and check. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { test } from "node:test";
import {
  countryMmdb,
  createSite,
  httpRequest,
  runAzimuth,
  startProcess,
  until,
  zoneText,
} from "../support/daemon.ts";
import { ask } from "../support/daemon-client.ts";
import { freePort } from "../support/ports.ts";

const SECTIONS = {
  node: { log: { level: "info" }, watch: false },
  pops: { fra: { latitude: 50.11, longitude: 8.68 }, iad: { latitude: 38.95, longitude: -77.45 } },
  pools: {
    web: {
      endpoints: {
        fra1: { pop: "fra", v4: "192.0.2.1" },
        iad1: { pop: "iad", v4: "198.51.100.1" },
      },
    },
  },
  maps: { world: { country: "country.mmdb", granularity: "country", default: "EU" } },
  policies: { nearest: { map: "world", pool: "web", order: "nearest" } },
  zones: { "example.org": { file: "example.org.zone", steer: { www: "nearest" } } },
};

test("a server is asked by the command line, and told by signals", async (t) => {
  const site = createSite(t, SECTIONS);
  site.write("country.mmdb", countryMmdb({ "44.0.0.0/9": "US" }));
  site.write("example.org.zone", zoneText(1, "a A 192.0.2.10"));
  const server = await startProcess(site);
  await until("it serves", async () => (await ask(server.v4, "a.example.org.")).length === 1);
  const run = async (...args: string[]) => {
    const done = runAzimuth(site, args);
    return { code: await done.ended, out: done.stdout(), err: done.stderr() };
  };
  const told = ["explain", "www.example.org", "A", "--client", "44.1.2.3", "--json"];

  await t.test("explain, from the server and offline", async () => {
    const live = await run("explain", "www.example.org", "A", "--client", "44.1.2.3");
    assert.equal(live.code, 0, live.err);
    for (const word of ["world", "NA/US", "web/iad1", "web/fra1", "198.51.100.1", "picked"]) {
      assert.ok(live.out.includes(word), `${word} in\n${live.out}`);
    }
    const [server, offline] = [await run(...told), await run(...told, "--offline")];
    assert.equal(server.code, 0, server.err);
    assert.equal(offline.code, 0, offline.err);
    const [a, b] = [JSON.parse(server.out), JSON.parse(offline.out)];
    assert.equal(a.steering.region, "NA/US");
    assert.equal(a.steering.networkBits, 9);
    assert.equal(a.replyText, b.replyText);
    assert.deepEqual(a.steering.candidates, b.steering.candidates);
    assert.equal((await run("explain", "no..name", "A")).code, 2);
  });

  await t.test("status, zones and endpoints", async () => {
    assert.equal((await run("status")).code, 0);
    const zones = await run("zones", "--json");
    assert.equal(JSON.parse(zones.out)[0].zone, "example.org.");
    assert.equal((await run("endpoints")).code, 0);
  });

  await t.test("SIGHUP takes up what changed", async () => {
    site.replace("example.org.zone", zoneText(2, "a A 192.0.2.11"));
    server.child.kill("SIGHUP");
    await until("the new record is served", async () => {
      return (await ask(server.v4, "a.example.org."))[0] === "192.0.2.11";
    });
    site.replace("example.org.zone", zoneText(3, "a A 192.0.2.12"));
    const reload = await run("reload");
    assert.equal(reload.code, 0, reload.err);
    assert.deepEqual(await ask(server.v4, "a.example.org."), ["192.0.2.12"]);
    site.replace("example.org.zone", "broken\n");
    assert.equal((await run("reload")).code, 1);
    site.replace("example.org.zone", zoneText(4));
    assert.equal((await run("reload")).code, 0);
  });

  await t.test("the state folder belongs to one server", async () => {
    const second = await run("serve", site.configFile);
    assert.equal(second.code, 1);
    assert.match(second.err, /another server works in the state folder .*: process \d+/);
    assert.equal((await httpRequest(`${server.url}/healthz`)).status, 200);
  });

  await t.test("a port in use is named, and the exit code is 1", async () => {
    const other = createSite(t, SECTIONS);
    const taken = { ...SECTIONS, zones: {}, policies: {}, maps: {}, pools: {}, pops: {} };
    const refused = async (node: object, wanted: RegExp): Promise<void> => {
      other.configure({ ...taken, node: { ...SECTIONS.node, ...node } });
      const done = runAzimuth(other, ["serve", other.configFile]);
      assert.equal(await done.ended, 1, done.stderr());
      assert.match(done.stderr(), wanted);
    };
    const { port } = server.v4;
    await refused(
      { listen: [`127.0.0.1:${port}`] },
      new RegExp(`127\\.0\\.0\\.1:${port} \\(UDP\\)`),
    );
    const tcpPort = await freePort();
    const tcp = createServer().listen(tcpPort, "127.0.0.1");
    t.after(() => tcp.close());
    await new Promise((resolve) => tcp.once("listening", resolve));
    await refused(
      { listen: [`127.0.0.1:${tcpPort}`] },
      new RegExp(`127\\.0\\.0\\.1:${tcpPort} \\(TCP\\)`),
    );
    await refused({ api: `127.0.0.1:${tcpPort}` }, new RegExp(`127\\.0\\.0\\.1 port ${tcpPort}`));
    const udp = createSocket("udp6").bind(0, "::1");
    t.after(() => udp.close());
    await new Promise((resolve) => udp.once("listening", resolve));
    const udpPort = udp.address().port;
    await refused({ listen: [`[::1]:${udpPort}`] }, new RegExp(`\\[::1\\]:${udpPort} \\(UDP\\)`));
  });
});

test("check prints every fault with its place, compile writes nothing faulty", async (t) => {
  const site = createSite(t, { ...SECTIONS, node: {} });
  site.write("country.mmdb", countryMmdb({ "44.0.0.0/9": "US" }));
  site.write("example.org.zone", zoneText(1, "a A 192.0.2.300", "a CNAME b", "c TXT"));
  const run = async (...args: string[]) => {
    const done = runAzimuth(site, args);
    return { code: await done.ended, out: done.stdout(), err: done.stderr() };
  };
  const bad = await run("check", "azimuth.yaml");
  assert.equal(bad.code, 1);
  const found = (bad.out + bad.err).match(/example\.org\.zone:\d+:\d+ +error +[A-Z_]+/g) ?? [];
  assert.deepEqual(
    found.map((line) => /:(\d+):/.exec(line)![1]),
    ["5", "7"],
  );
  const json = await run("check", "--json", "azimuth.yaml");
  assert.equal(json.code, 1);
  const report = JSON.parse(json.out);
  assert.ok(JSON.stringify(report).includes("example.org.zone"));
  const image = await run("compile", "azimuth.yaml", "-o", "table.image");
  assert.equal(image.code, 1);

  site.write("example.org.zone", zoneText(1, "a A 192.0.2.30"));
  assert.equal((await run("check", "azimuth.yaml")).code, 0);
  const good = await run("compile", "azimuth.yaml", "-o", "state/table.azimuth");
  assert.equal(good.code, 1, "the folder of the output is not made");
  site.write("state/.keep", "");
  const again = await run("compile", "azimuth.yaml", "-o", "state/table.azimuth");
  assert.equal(again.code, 0, again.err);
  site.write("azimuth.yaml", "zones: {\n");
  assert.equal((await run("check", "azimuth.yaml")).code, 1);
  assert.equal((await run("serve", "azimuth.yaml")).code, 1);
  assert.equal((await run("serve", "nowhere.yaml")).code, 1);
  assert.equal((await run("fly")).code, 2);
});
