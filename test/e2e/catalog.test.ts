// SPDX-License-Identifier: Apache-2.0
/** RFC 9432 over sockets: catalogs of BIND, of Knot and from a file, and the zones that they list. */
import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { test } from "node:test";
import type { BoundAddress } from "../../src/io/threads.ts";
import {
  createSite,
  httpRequest,
  type Site,
  startProcess,
  startTestDaemon,
  type TestDaemon,
  until,
  zoneText,
} from "../support/daemon.ts";
import { ask, askUdp, frame, openStream } from "../support/daemon-client.ts";
import { freePort } from "../support/ports.ts";
import { missing } from "../support/primaries.ts";
import {
  catalogText,
  rawCatalogText,
  startBindProducer,
  startKnotProducer,
} from "../support/producers.ts";

/** −1 for an empty NOERROR, else the RCODE: 5 is REFUSED, nobody has such a zone. */
async function codeOf(server: { readonly v4: BoundAddress }, name: string): Promise<number> {
  const { message } = await askUdp(server.v4, { name, type: "A" });
  return message.rcode === 0 && message.answers.length === 0 ? -1 : message.rcode;
}

const isServed = (server: { readonly v4: BoundAddress }, zone: string): Promise<void> =>
  until(`${zone} is served`, async () => (await codeOf(server, `www.${zone}`)) === 0).then(
    () => {},
  );
const isGone = (server: { readonly v4: BoundAddress }, zone: string): Promise<void> =>
  until(`${zone} is gone`, async () => (await codeOf(server, `www.${zone}`)) === 5).then(() => {});

/** Whether anybody may fetch it. */
async function isOpen({ v4 }: { readonly v4: BoundAddress }, zone: string): Promise<boolean> {
  const stream = await openStream(v4);
  stream.socket.write(frame({ name: zone, type: "AXFR" }));
  const [reply] = await stream.got(1);
  stream.socket.destroy();
  return reply!.rcode === 0;
}

const kept = (site: Site, zone: string): string => site.path(`state/zones/${zone}zone`);
const zoneOf = async (server: TestDaemon, zone: string) =>
  (await server.api(`/api/v1/zones/${zone}`)).body;
const WWW = zoneText(1, "www A 192.0.2.1");

test("BIND: members are fetched and served, come and go; a broken catalog changes nothing", {
  skip: missing("bind"),
}, async (t) => {
  const site = createSite(t, { node: { listen: ["127.0.0.1:0"] } });
  const bind = await startBindProducer(site, {
    "catalog.example": catalogText(1, "a.zones PTR one.example."),
    "one.example": WWW,
    "two.example": WWW,
  });
  site.configure({
    node: { listen: ["127.0.0.1:0"] },
    remotes: { primary: { addresses: [`127.0.0.1:${bind.port}`] } },
    zones: { "catalog.example": { primaries: ["primary"], catalog: true } },
  });
  const server = await startTestDaemon(site);
  await isServed(server, "one.example.");
  assert.equal(await codeOf(server, "www.two.example."), 5, "REFUSED: nobody lists it");

  const both = ["a.zones PTR one.example.", "b.zones PTR two.example."];
  bind.write({ "catalog.example": catalogText(2, ...both) });
  await isServed(server, "two.example.");

  bind.write({ "catalog.example": rawCatalogText(3, 'version TXT "9"') });
  const broken = await until("the broken version is here", async () => {
    const zone = await zoneOf(server, "catalog.example");
    return zone.serial === 3 && zone.catalog.broken !== null ? zone : null;
  });
  assert.deepEqual(broken.catalog, {
    ...{ members: 2, withoutPrimaries: 0, clashes: [] },
    broken: 'version "9" is not known',
  });
  assert.equal(
    (await server.metrics()).get('azimuth_catalog_broken{catalog="catalog.example."}'),
    1,
  );
  assert.equal(await codeOf(server, "www.one.example."), 0, "its members stay");

  // §5.1: nor does a restart lose them.
  await server.stop();
  const second = await startTestDaemon(site);
  await isServed(second, "one.example.");
  assert.equal((await zoneOf(second, "catalog.example")).catalog.members, 2);

  bind.write({ "catalog.example": catalogText(4, "b.zones PTR two.example.") });
  await isGone(second, "one.example.");
  assert.equal(await codeOf(second, "www.two.example."), 0);
  await until("what was kept of it is gone", () => !existsSync(kept(site, "one.example.")));

  await bind.stop();
  await second.stop();
  const again = await startTestDaemon(site);
  await isServed(again, "two.example.");
});

test("§5.4, BIND: another label drops what was kept, and the zone is fetched at once", {
  skip: missing("bind"),
}, async (t) => {
  const site = createSite(t, { node: { listen: ["127.0.0.1:0"] } });
  const bind = await startBindProducer(site, {
    "catalog.example": catalogText(1, "a.zones PTR one.example."),
    "one.example": zoneText(9, "www A 192.0.2.1"),
  });
  site.configure({
    node: { listen: ["127.0.0.1:0"] },
    remotes: { primary: { addresses: [`127.0.0.1:${bind.port}`] } },
    zones: { "catalog.example": { primaries: ["primary"], catalog: true } },
  });
  const server = await startTestDaemon(site);
  await isServed(server, "one.example.");
  // Nobody who has serial 9 takes 3, and nobody asks within the two hours of its refresh.
  const other = { "one.example": zoneText(3, "www A 192.0.2.3") };
  bind.write({ ...other, "catalog.example": catalogText(2, "b.zones PTR one.example.") });
  await until("the new zone is served", async () => {
    const [address] = await ask(server.v4, "www.one.example.");
    return address === "192.0.2.3";
  });
  const zone = await zoneOf(server, "one.example");
  assert.deepEqual([zone.serial, zone.state, zone.secondary.error], [3, "loaded", null]);
});

test("§4.4.2, Knot: groups choose the settings, whatever is changed of either keeps the data", {
  skip: missing("knot"),
}, async (t) => {
  const site = createSite(t, {});
  const listen = await freePort();
  const members = { "one.example": "public", "two.example": null, "three.example": "nobodys" };
  const knot = await startKnotProducer(site, listen, members);
  const configure = (closedTo: readonly string[]): void =>
    site.configure({
      node: { listen: [`127.0.0.1:${listen}`], log: { level: "info" }, watch: false },
      remotes: { knot: { addresses: [`127.0.0.1:${knot.port}`] } },
      zones: {
        "catalog.example": {
          primaries: ["knot"],
          catalog: {
            members: { allowTransfer: closedTo },
            groups: { public: { allowTransfer: ["any"] } },
          },
        },
      },
    });
  configure([]);
  const server = await startProcess(site);
  for (const zone of ["one", "two", "three"]) await isServed(server, `${zone}.example.`);
  const open = (): Promise<boolean[]> =>
    Promise.all(["one", "two", "three"].map((zone) => isOpen(server, `${zone}.example.`)));
  assert.deepEqual(await open(), [true, false, false]);
  const shown = async (zone: string) =>
    (await httpRequest(`${server.url}/api/v1/zones/${zone}`)).body.member;
  const catalog = "catalog.example.";
  assert.deepEqual(await shown("one.example"), { catalog, groups: ["public"], group: "public" });
  assert.deepEqual(await shown("two.example"), { catalog, groups: [], group: null });
  assert.deepEqual(await shown("three.example"), { catalog, groups: ["nobodys"], group: null });
  assert.match(server.stderr(), /groups that have no settings/);

  const files = ["one", "two", "three"].map((zone) => kept(site, `${zone}.example.`));
  const inodes = (): number[] => files.map((file) => statSync(file).ino);
  const before = inodes();
  knot.list({ ...members, "one.example": null, "two.example": "public" });
  await until("the groups are others", async () => (await open()).join() === "false,true,false");

  configure(["127.0.0.0/8"]);
  server.child.kill("SIGHUP");
  await until("the reload is in force", async () => (await open()).join() === "true,true,true");
  assert.deepEqual(inodes(), before, "nothing was fetched again");

  knot.list({ "two.example": "public", "four.example": "public" });
  await isGone(server, "one.example.");
  await isServed(server, "four.example.");
  assert.deepEqual(await shown("four.example"), { catalog, groups: ["public"], group: "public" });
  await until("what was kept is gone", () => !existsSync(files[0]!));
});

test("a catalog from a file, whose members come from whom it says; clashes, coo, its end", {
  skip: missing("bind"),
}, async (t) => {
  const site = createSite(t, {});
  const bind = await startBindProducer(site, { "one.example": WWW, "two.example": WWW });
  const configure = (...catalogs: string[]): void => {
    const settings: Record<string, unknown> = {
      old: { members: { primaries: ["bind"] } },
      new: { members: { primaries: ["bind"], allowTransfer: ["any"] } },
    };
    const rows = catalogs.map((name) => [
      `${name}.example`,
      { file: `${name}.zone`, catalog: settings[name] },
    ]);
    site.configure({
      node: { listen: ["127.0.0.1:0"] },
      remotes: { bind: { addresses: [`127.0.0.1:${bind.port}`] } },
      zones: { "own.example": { file: "own.zone" }, ...Object.fromEntries(rows) },
    });
  };
  configure("old", "new");
  site.write("own.zone", zoneText(1, "www A 192.0.2.99"));
  const list = (name: string, serial: number, ...lines: string[]): void =>
    site.replace(`${name}.zone`, catalogText(serial, ...lines));
  list("old", 1, "a.zones PTR one.example.", "b.zones PTR two.example.");
  list("new", 1, "o.zones PTR own.example.");
  const server = await startTestDaemon(site);
  for (const zone of ["one.example.", "two.example."]) await isServed(server, zone);
  assert.equal(await isOpen(server, "one.example."), false);
  const clashes = async (name: string) => (await zoneOf(server, `${name}.example`)).catalog.clashes;
  assert.deepEqual(await clashes("new"), [{ zone: "own.example.", owner: "the configuration" }]);
  assert.deepEqual(await ask(server.v4, "www.own.example."), ["192.0.2.99"]);

  // §5.2: who has it keeps it. From here on nobody has the zones but we.
  await bind.stop();
  list("new", 2, "a.zones PTR one.example.");
  await until("the clash is told", async () => (await clashes("new"))[0]?.owner === "old.example.");
  assert.equal(await isOpen(server, "one.example."), false);
  const metrics = await server.metrics();
  assert.equal(metrics.get('azimuth_catalog_clashes{catalog="new.example."}'), 1);

  // §4.4.1: a member goes over with its data, and has the settings of its new catalog.
  list(
    "old",
    2,
    "a.zones PTR one.example.",
    "coo.a.zones PTR new.example.",
    "b.zones PTR two.example.",
  );
  await until("it went over", () => isOpen(server, "one.example."));
  assert.equal(await codeOf(server, "www.one.example."), 0);
  assert.equal((await zoneOf(server, "one.example")).member.catalog, "new.example.");
  assert.equal((await zoneOf(server, "two.example")).member.catalog, "old.example.");
  list("old", 3, "b.zones PTR two.example.");
  await until("no clash is left", async () => (await clashes("old")).length === 0);
  assert.equal(await codeOf(server, "www.one.example."), 0, "§5.3: it was not its own any more");

  configure("new");
  await isGone(server, "two.example.");
  assert.equal(await codeOf(server, "www.one.example."), 0);

  // Nobody asked for the end of most zones, members among them.
  configure();
  await until("it is refused", async () => {
    const { faults } = (await server.api("/api/v1/status")).body;
    return faults.some((line: string) => line.includes("CONFIG_ZONES_REMOVED"));
  });
  assert.equal(await codeOf(server, "www.one.example."), 0);
  assert.ok(existsSync(kept(site, "one.example.")));
  await server.api("/api/v1/reload", "POST");
  await isGone(server, "one.example.");
  await until("what was kept is gone", () => !existsSync(kept(site, "one.example.")));
});
