// SPDX-License-Identifier: Apache-2.0
/** A knot.conf as azimuth.yaml: the same zones, servers and rules, and a note for all the rest. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { loadConfig } from "../../../src/config/load.ts";
import { importConfig } from "../../../src/daemon/importing.ts";
import { createFolder } from "../../support/control.ts";
import { findDaemon } from "../../support/peers.ts";

const SECRET = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=";

const MAIN = `server:
    listen: [ 127.0.0.1@5311, ::1 ]
    automatic-acl: on
    identity: "ns1"
log:
  - target: syslog
    any: info
key:
  - id: K1.
    algorithm: hmac-sha256
    secret: ${SECRET}
  - id: old
    algorithm: hmac-md5
    secret: ${SECRET}
remote:
  - id: hidden
    address: [ 192.0.2.1@5353, 2001:db8::1 ]
    key: k1.
  - id: Upper
    address: 192.0.2.2
  - id: weak
    address: 192.0.2.3
    key: old
  - id: quiet
    address: 192.0.2.4
    automatic-acl: off
    no-edns: on
remotes:
  - id: both
    remote: [ Upper, quiet ]
acl:
  - id: nets
    address: [ 192.0.2.0/24, 2001:db8::9, 192.0.2.1-192.0.2.9 ]
    key: k1
    action: [ transfer, notify ]
  - id: never
    address: 192.0.2.66
    deny: on
  - id: change
    key: k1
    action: update
  - id: some
    key: k1
    action: update
    update-type: A
  - id: peers
    remote: hidden
    action: transfer
  - id: query
    address: 192.0.2.0/24
include: more.conf
`;

const MORE = `template:
  - id: default
    storage: FOLDER
    file: %s.zone
    semantic-checks: on
    dnssec-signing: off
  - id: fetched
    storage: FOLDER
    master: hidden
    acl: nets
  - id: quiet
    master: Upper
  - id: hashed
    storage: FOLDER
    file: "%c[0]/%c[0-1]/%l[0]/%l[9]%%%s"
zone:
  - domain: Example.org.
    notify: both
    acl: [ peers, change, query ]
  - domain: example.net
    template: fetched
  - domain: hash.example
    template: hashed
    dnssec-signing: on
  - domain: closed.example
    acl: [ nets, never ]
  - domain: some.example
    acl: some
  - domain: weak.example
    master: weak
  - domain: catalog.example
    template: fetched
    catalog-role: interpret
    catalog-template: fetched
  - domain: other.example
    master: Upper
    catalog-role: interpret
    catalog-template: [fetched, quiet]
  - domain: half.example
    master: Upper
    catalog-role: interpret
    catalog-template: [fetched, default]
  - domain: made.example
    catalog-role: generate
`;

function write(t: Parameters<typeof createFolder>[0]) {
  const made = createFolder(t);
  made.write("more.conf", MORE.replaceAll("FOLDER", made.folder));
  return { ...made, file: made.write("knot.conf", MAIN) };
}

test("zones, keys, servers and rules of a knot.conf", (t) => {
  const made = write(t);
  const { yaml, notes } = importConfig("knot", made.file);
  const keyed = (prefix: string) => ({ prefix, key: "k1" });
  const nets = [keyed("192.0.2.0/24"), keyed("2001:db8::9/128")];
  const fetched = { primaries: ["hidden"], allowTransfer: nets, allowNotify: nets };
  const members = { ...fetched, notify: [] };
  const quiet = { primaries: ["server-1"], notify: [], allowTransfer: [], allowNotify: [] };
  assert.deepEqual(parse(yaml!), {
    node: { listen: ["127.0.0.1:5311", "[::1]:53"] },
    keys: { k1: { algorithm: "hmac-sha256", secret: SECRET } },
    remotes: {
      "server-1": { addresses: ["192.0.2.2:53"] },
      quiet: { addresses: ["192.0.2.4:53"] },
      hidden: { addresses: ["192.0.2.1:5353", "[2001:db8::1]:53"], key: "k1" },
    },
    zones: {
      "example.org": {
        file: join(made.folder, "example.org.zone"),
        notify: ["server-1", "quiet"],
        allowTransfer: ["192.0.2.2", keyed("192.0.2.1/32"), keyed("2001:db8::1/128")],
        allowUpdate: [{ key: "k1" }],
      },
      "example.net": fetched,
      "hash.example": { file: join(made.folder, "h/ha/example/%hash.example") },
      "closed.example": { file: join(made.folder, "closed.example.zone") },
      "some.example": { file: join(made.folder, "some.example.zone") },
      "catalog.example": { ...fetched, catalog: { members } },
      "other.example": {
        primaries: ["server-1"],
        catalog: { members, groups: { fetched: members, quiet } },
      },
      "half.example": { primaries: ["server-1"] },
    },
  });
  const told = notes.map(({ line, text }) => `${line} ${text}`);
  assert.deepEqual(told.toSorted(), TOLD.toSorted());
  assert.ok(!told.join().includes(SECRET));
  const loaded = loadConfig(made.write("azimuth.yaml", yaml!), { defaultCountryFile: "/none" });
  assert.deepEqual(loaded.faults, []);
  assert.equal(loaded.value?.state.zones.length, 8);
});

const TOLD = [
  "5 the section log is not mapped",
  "12 key old is left out: hmac-md5 is not served",
  "4 server: identity is not mapped",
  "36 acl never: queries are denied to nobody here",
  "5 template default: semantic-checks is not mapped",
  "27 server quiet: no-edns is not mapped",
  "33 acl nets: the range 192.0.2.1-192.0.2.9 is left out: write networks",
  "24 zone hash.example: dnssec-signing is not mapped: zones are served as they were signed before",
  "26 zone closed.example: transfer is left out as a whole: the acl never denies",
  "26 zone closed.example: notify is left out as a whole: the acl never denies",
  "42 acl some: update is left out: it restricts what may be changed",
  "21 server weak is left out: there is no key old",
  "29 zone weak.example is left out: none of its primaries is mapped",
  "31 catalog catalog.example: Knot shows it to nobody, here queries are answered",
  "35 catalog other.example: Knot shows it to nobody, here queries are answered",
  "39 members of the catalog half.example are left out: the template default names no primaries",
  "43 zone made.example is left out: a catalog that Knot makes",
];

const knotc = findDaemon("knotc");
const noKnotc = knotc === null && "no knotc here: scripts/install-peers.sh";

test("the sample is one that Knot takes", { skip: noKnotc }, (t) => {
  const { file } = write(t);
  const { status, stderr } = spawnSync(knotc!, ["-c", file, "conf-check"], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
});

test("what is no knot.conf is told with its line, and gives nothing", (t) => {
  const { write } = createFolder(t);
  const { yaml, notes } = importConfig("knot", write("x.conf", "zone:\n  - domain a\n"));
  assert.equal(yaml, null);
  assert.deepEqual(
    notes.map(({ line, text }) => [line, text]),
    [[2, "no `key: value`"]],
  );
});

const DEBIAN = "/etc/knot/knot.conf";

test("the knot.conf of Debian", { skip: !existsSync(DEBIAN) && `no ${DEBIAN}` }, () => {
  const { yaml } = importConfig("knot", DEBIAN);
  assert.deepEqual(Object.keys(parse(yaml!).zones), []);
});
