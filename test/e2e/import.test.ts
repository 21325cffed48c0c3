// SPDX-License-Identifier: Apache-2.0
/** The configurations of running NSD, BIND and Knot are taken over, and Azimuth does as they do. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { Type } from "../../src/dns/iana.ts";
import { createSite, type Site, startTestDaemon, until, zoneText } from "../support/daemon.ts";
import { ask } from "../support/daemon-client.ts";
import { axfr, bothServe, sameAnswers, startImported } from "../support/imported.ts";
import { nsdServer } from "../support/peer-configs.ts";
import { findDaemon, stopDaemon } from "../support/peers.ts";
import { freePort } from "../support/ports.ts";
import { missing, PRIMARY_KINDS, type SharedKey } from "../support/primaries.ts";

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

/** What an operator of NSD has: patterns, keys, lists with and without exceptions, includes. */
function nsdConf(site: Site, port: number, hidden: number): string {
  site.write(
    "zones.conf",
    `zone:
  name: "Example.org."
  zonefile: "org"
  include-pattern: "given"
zone: name: example.com zonefile: com
  provide-xfr: 10.0.0.0/8 NOKEY
  provide-xfr: 127.0.0.1 NOKEY
  include-pattern: given
zone:
  name: closed.example
  zonefile: closed # for nobody
zone:
  name: example.net
  include-pattern: fetched
zone:
  name: empty.example
  zonefile: closed
  provide-xfr: 127.0.0.2 BLOCKED
  include-pattern: given
`,
  );
  return `${nsdServer(site.path("zones"), port)}  minimal-responses: yes
  xfrdir: ${site.folder}
remote-control:
  control-enable: no
key:
  name: K1.
  algorithm: hmac-sha256
  secret: "${key.secret}"
pattern:
  name: given
  provide-xfr: 0.0.0.0/0 K1.
pattern:
  name: fetched
  request-xfr: AXFR 127.0.0.1@${hidden} K1.
  allow-notify: 127.0.0.1 K1.
  include-pattern: given
include: "${site.folder}/zones.conf"
`;
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

/** The same from Knot: templates, groups of servers, keys, rules, a catalog, includes. */
function knotConf(site: Site, port: number, hidden: number): string {
  const { folder } = site;
  site.write("knot-db/.keep", "");
  site.write(
    "zones.conf",
    `zone:
  - domain: example.org
    file: org
    acl: [ keyed, change ]
  - domain: Example.Com.
    file: com
    acl: [ local, keyed ]
  - domain: closed.example
    file: closed
    template: plain
  - domain: example.net
    template: fetched
  - domain: catalog.example
    template: fetched
    catalog-role: interpret
    catalog-template: fetched
  - domain: empty.example
    file: closed
    acl: [ odd, keyed ]
`,
  );
  return `# a comment
server:
    listen: 127.0.0.1@${port}
    rundir: ${folder}
database:
    storage: "${folder}/knot-db"   # another
key:
  - id: K1.
    algorithm: hmac-sha256
    secret: ${key.secret}
remote:
  - id: first
    address: 127.0.0.1@${hidden}
    key: k1.
remotes:
  - id: hidden
    remote: [ first ]
acl:
  - id: keyed
    key: k1
    action: [ transfer, notify ]
  - id: local
    address: 10.0.0.0/8
    address: 127.0.0.1
    action: transfer
  - id: change
    key: k1
    action: update
  - id: odd
    address: 127.0.0.1
    deny: on
template:
  - id: default
    storage: ${folder}/zones
    acl: keyed
    zonefile-load: whole
  - id: plain
    storage: ${folder}/zones
  - id: fetched
    storage: ${folder}/kept
    master: hidden
    acl: keyed
include: zones.conf
`;
}

/** Changes the zone of one server by nsupdate; gives its exit code. */
function change(port: number, sign: readonly string[]): number | null {
  const lines = ["zone example.org", "update add new.example.org 60 A 192.0.2.77", "send"];
  const input = [`server 127.0.0.1 ${port}`, ...lines, ""].join("\n");
  return spawnSync("nsupdate", sign, { input }).status;
}

const SIGNED = ["-y", `${key.algorithm}:${key.name}:${key.secret}`];
const wrong = { ...key, secret: Buffer.from("another secret of this length").toString("base64") };

const FILES = { org: "example.org", com: "example.com", closed: "closed.example" };
const APEXES = [...Object.values(FILES), "example.net", "catalog.example", "member.example"];

const hosts = {
  nsd: {
    daemon: "nsd",
    file: "nsd.conf",
    flags: ["-d", "-c"],
    check: "nsd-checkconf",
    checkArguments: (conf: string) => [conf],
    configure: nsdConf,
    folder: "zones",
    // NSD 4.6 knows neither catalogs nor updates.
    hidden: ["catalog.example", "member.example"] as readonly string[],
    updates: false,
    told: [/nsd\.conf:4: server: username is not mapped/],
    lost: /zones\.conf:18: zone empty\.example: provide-xfr with BLOCKED is left out as a whole/,
  },
  bind: {
    daemon: "named",
    file: "named.conf",
    flags: ["-g", "-n", "1", "-c"],
    check: "named-checkconf",
    checkArguments: (conf: string) => ["-z", conf],
    configure: namedConf,
    folder: "named",
    hidden: [] as readonly string[],
    updates: true,
    told: [/named\.conf:\d+: view nobody is not mapped/],
    lost: /zones\.conf:6: zone empty\.example: allow-transfer is left out as a whole/,
  },
  knot: {
    daemon: "knotd",
    file: "knot.conf",
    flags: ["-c"],
    check: "knotc",
    checkArguments: (conf: string) => ["-c", conf, "conf-check"],
    configure: knotConf,
    folder: "zones",
    // Knot answers no queries of catalogs.
    hidden: ["catalog.example"] as readonly string[],
    updates: true,
    told: [
      /knot\.conf:5: the section database is not mapped/,
      /zones\.conf:13: catalog catalog\.example: Knot shows it to nobody/,
    ],
    lost: /zones\.conf:19: zone empty\.example: transfer is left out as a whole/,
  },
} as const;

for (const kind of PRIMARY_KINDS) {
  const host = hosts[kind];
  const lacking = ["dig", "nsupdate", host.check].find((tool) => findDaemon(tool) === null);
  const skip = missing(kind) || (lacking !== undefined && `no ${lacking} here`);
  test(`a server of ${kind}, imported, answers, fetches, gives and takes alike`, {
    skip,
  }, async (t) => {
    const hidden = await startHidden(t);
    const site = createSite(t, { zones: {} });
    const port = await freePort();
    for (const [file, apex] of Object.entries(FILES)) {
      site.write(`${host.folder}/${file}`, textOf(apex));
    }
    const conf = site.path(host.file);
    writeFileSync(conf, host.configure(site, port, hidden));
    const checked = spawnSync(findDaemon(host.check)!, host.checkArguments(conf), {
      encoding: "utf8",
    });
    assert.equal(checked.status, 0, checked.stdout + checked.stderr);
    run(site, host.daemon, ...host.flags, conf);

    const { v4, notes, made } = await startImported(site, kind, conf);
    assert.deepEqual(made.node, { listen: [`127.0.0.1:${port}`] });
    for (const note of [...host.told, host.lost]) assert.match(notes, note);
    assert.doesNotMatch(notes, /is left out: /);
    const shown = APEXES.filter((apex) => !host.hidden.includes(apex));
    const served = kind === "nsd" ? shown : APEXES;
    await bothServe(v4, port, shown);
    await sameAnswers(v4, port, namesOf([...shown, "foreign.example"]), TYPES);

    await t.test("who may fetch a zone there may fetch it here", () => {
      const given: string[] = [];
      for (const apex of served) {
        for (const [how, signer] of [
          ["unsigned", null],
          ["signed", key],
          ["wrong", wrong],
        ] as const) {
          const mine = axfr(v4.port, apex, signer);
          assert.deepEqual(mine, axfr(port, apex, signer), `${apex} ${how}`);
          if (mine.length > 0) given.push(`${apex} ${how}`);
        }
      }
      assert.deepEqual(given, [
        "example.org signed",
        "example.com unsigned",
        "example.com signed",
        "example.net signed",
        ...(kind === "nsd" ? [] : ["catalog.example signed", "member.example signed"]),
      ]);
    });

    if (!host.updates) return;
    await t.test("who may change a zone there may change it here", async () => {
      for (const at of [port, v4.port]) {
        assert.equal(change(at, []), 2, `unsigned, port ${at}`);
        assert.equal(change(at, SIGNED), 0, `signed, port ${at}`);
      }
      // NOERROR says that it is durable; it is served when it is compiled.
      await until("the change is served", async () => {
        return (await ask(v4, "new.example.org.")).length > 0;
      });
      await sameAnswers(v4, port, ["new.example.org.", "example.org."], [Type.A, Type.SOA]);
    });
  });
}
