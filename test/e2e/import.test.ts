// SPDX-License-Identifier: Apache-2.0
/** The configurations of running NSD and BIND are taken over, and Azimuth does as they do. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { type TestContext, test } from "node:test";
import { Type } from "../../src/dns/iana.ts";
import { createSite, type Site, startTestDaemon, zoneText } from "../support/daemon.ts";
import { axfr, bothServe, sameAnswers, startImported } from "../support/imported.ts";
import { findDaemon, freePort, stopDaemon } from "../support/peers.ts";
import { missing, type SharedKey } from "../support/primaries.ts";

const ROWS = ["a A 192.0.2.10", "*.w TXT wild", "sub NS ns.elsewhere.example.", "c CNAME a"];
const LABELS = ["", "a.", "none.", "x.w.", "w.", "x.sub.", "c."];
const TYPES = [Type.A, Type.TXT, Type.SOA];

const textOf = (apex: string, serial = 7): string =>
  zoneText(serial, ...ROWS).replaceAll("example.org", apex);
const namesOf = (apexes: readonly string[]): readonly string[] =>
  apexes.flatMap((apex) => LABELS.map((label) => `${label}${apex}.`));

const key: SharedKey = {
  name: "k1",
  algorithm: "hmac-sha256",
  secret: Buffer.from("a secret that is long enough").toString("base64"),
};

/** Runs a daemon until the end of the test. */
function run(site: Site, name: string, ...args: readonly string[]): ChildProcess {
  const child = spawn(findDaemon(name)!, args, { stdio: "ignore" });
  site.atEnd(() => stopDaemon(child));
  return child;
}

test("a server of NSD, imported, gives the same answers", { skip: missing("nsd") }, async (t) => {
  const site = createSite(t, { zones: {} });
  const apexes = ["example.org", "example.net"];
  for (const apex of apexes) site.write(`zones/${apex}.zone`, textOf(apex));
  const port = await freePort();
  const zone = (apex: string) => `zone:\n  name: ${apex}\n  include-pattern: all\n`;
  const server = `server:
  ip-address: 127.0.0.1@${port}
  zonesdir: ${site.path("zones")}
  username: ""
  chroot: ""
  pidfile: ${site.path("nsd.pid")}
  database: ""
  xfrdfile: ${site.path("xfrd")}
  zonelistfile: ${site.path("zonelist")}
  minimal-responses: yes
remote-control:
  control-enable: no
pattern:
  name: all
  zonefile: %s.zone
`;
  site.write("nsd.conf", server + apexes.map(zone).join(""));
  run(site, "nsd", "-d", "-c", site.path("nsd.conf"));
  const { v4, notes, made } = await startImported(site, "nsd", site.path("nsd.conf"));
  assert.match(notes, /nsd\.conf:4: server: username is not mapped/);
  assert.deepEqual(made.node, { listen: [`127.0.0.1:${port}`] });
  await bothServe(v4, port, apexes);
  await sameAnswers(v4, port, namesOf(apexes), TYPES);
});

/** Whence others fetch: a zone, and a catalog with a member, for those who have the key. */
async function startHidden(t: TestContext): Promise<number> {
  const site = createSite(t, {
    keys: { k1: { algorithm: key.algorithm, secret: key.secret } },
    zoneDefaults: { allowTransfer: [{ key: "k1" }] },
    zones: {
      "example.net": { file: "net" },
      "catalog.example": { file: "catalog" },
      "member.example": { file: "member" },
    },
  });
  site.write("net", textOf("example.net", 3));
  site.write("member", textOf("member.example", 4));
  site.write(
    "catalog",
    "$TTL 60\n@ SOA invalid. invalid. 1 7200 1800 1209600 60\n@ NS invalid.\n" +
      'version TXT "2"\na.zones PTR member.example.\n',
  );
  return (await startTestDaemon(site)).v4.port;
}

/** What an operator of BIND has: views, acls, lists of primaries, keys, a catalog, includes. */
function namedConf(site: Site, port: number, hidden: number): string {
  const { folder } = site;
  site.write(
    "named/zones.conf",
    `zone "example.org" { type primary; file "org"; allow-update { key k1; }; notify no; };
zone "example.com" IN { type master; file "com"; allow-transfer { trusted; }; };
zone "closed.example" { type primary; file "closed"; allow-transfer { none; }; };
zone "example.net" { type secondary; primaries { hidden; }; file "net.kept"; };
zone "catalog.example" { type slave; masters { hidden; }; file "catalog.kept"; };
zone "empty.example" { type primary; file "closed"; allow-transfer { odd; }; };
`,
  );
  return `// a comment
key "K1." { algorithm HMAC-SHA256; secret "${key.secret}"; }; # another
acl inner { 10/8; };
acl trusted { inner; 127.0.0.1; ::1; };
acl odd { !127.0.0.1; any; };
primaries hidden port ${hidden} { 127.0.0.1 key k1; };
options {
  directory "${folder}/named";
  pid-file "${folder}/named.pid";
  session-keyfile "${folder}/session.key";
  listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 { none; };
  recursion no;
  minimal-responses yes;
  zero-no-soa-ttl no;
  empty-zones-enable no;
  dnssec-validation no;
  allow-transfer { key k1; };
  notify no;
};
controls { };
view "world" {
  match-clients { any; };
  catalog-zones { zone "catalog.example" default-primaries { hidden; } in-memory yes; };
  include "${folder}/named/zones.conf";
};
view "nobody" {
  match-clients { none; };
  zone "example.org" { type primary; file "closed"; };
};
`;
}

const tools = ["dig", "nsupdate", "named-checkconf"].find(
  (tool) => spawnSync(tool, ["-h"]).error !== undefined,
);
const withoutBind = missing("bind") || (tools !== undefined && `no ${tools} here`);

test("a server of BIND, imported, answers, fetches, gives and takes alike", {
  skip: withoutBind,
}, async (t) => {
  const hidden = await startHidden(t);
  const site = createSite(t, { zones: {} });
  const port = await freePort();
  const files = { org: "example.org", com: "example.com", closed: "closed.example" };
  for (const [file, apex] of Object.entries(files)) site.write(`named/${file}`, textOf(apex));
  const conf = site.path("named.conf");
  site.write("named.conf", namedConf(site, port, hidden));
  const checked = spawnSync("named-checkconf", ["-z", conf], { encoding: "utf8" });
  assert.equal(checked.status, 0, checked.stdout + checked.stderr);
  run(site, "named", "-g", "-n", "1", "-c", conf);

  const { v4, notes, made } = await startImported(site, "bind", conf);
  assert.deepEqual(made.node, { listen: [`127.0.0.1:${port}`] });
  assert.match(notes, /named\.conf:\d+: view nobody is not mapped/);
  assert.match(notes, /zones\.conf:6: zone empty\.example: allow-transfer is left out as a whole/);
  assert.doesNotMatch(notes, /is left out: /);
  const apexes = [...Object.values(files), "example.net", "catalog.example", "member.example"];
  await bothServe(v4, port, apexes);
  await sameAnswers(v4, port, namesOf([...apexes, "foreign.example"]), TYPES);

  await t.test("who may fetch a zone there may fetch it here", () => {
    const wrong = {
      ...key,
      secret: Buffer.from("another secret of this length").toString("base64"),
    };
    const given: string[] = [];
    for (const apex of apexes) {
      for (const with_ of [null, key, wrong]) {
        const [mine, theirs] = [axfr(v4.port, apex, with_), axfr(port, apex, with_)];
        const what = `${apex} ${with_ === null ? "unsigned" : with_ === key ? "signed" : "wrong"}`;
        assert.deepEqual(mine, theirs, what);
        if (mine.length > 0) given.push(what);
      }
    }
    assert.deepEqual(given, [
      "example.org signed",
      "example.com unsigned",
      "example.com signed",
      "example.net signed",
      "catalog.example signed",
      "member.example signed",
    ]);
  });

  await t.test("who may change a zone there may change it here", async () => {
    const change = (at: number, sign: readonly string[]): number | null => {
      const input = `server 127.0.0.1 ${at}\nzone example.org\nupdate add new.example.org 60 A 192.0.2.77\nsend\n`;
      return spawnSync("nsupdate", sign, { input }).status;
    };
    const signed = ["-y", `${key.algorithm}:${key.name}:${key.secret}`];
    for (const at of [port, v4.port]) {
      assert.equal(change(at, []), 2, `unsigned, port ${at}`);
      assert.equal(change(at, signed), 0, `signed, port ${at}`);
    }
    await sameAnswers(v4, port, ["new.example.org.", "example.org."], [Type.A, Type.SOA]);
  });
});
