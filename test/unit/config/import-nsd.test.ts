// SPDX-License-Identifier: Apache-2.0
/** An nsd.conf as azimuth.yaml: the same zones, servers and rules, and a note for all the rest. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { loadConfig } from "../../../src/config/load.ts";
import { importConfig } from "../../../src/daemon/importing.ts";
import { createFolder } from "../../support/control.ts";
import { findDaemon } from "../../support/peers.ts";

const SECRET = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=";

const MAIN = `# a comment
server:
  ip-address: 127.0.0.1@5311
  ip-address: ::1
  port: 5312
  zonesdir: "ZONES"
  verbosity: 2
key: name: "k1" algorithm: hmac-sha256 secret: "${SECRET}"
key:
  name: old
  algorithm: hmac-md5
  secret: "${SECRET}"
pattern:
  name: fetched
  request-xfr: AXFR 192.0.2.1@5353 k1
  allow-notify: 192.0.2.1 k1
pattern:
  name: given
  provide-xfr: 192.0.2.0/24 k1
  provide-xfr: 2001:db8::1 NOKEY
  notify: 2001:db8::1@5353 NOKEY
include: "more/*.conf"
`;

const MORE = `zone:
  name: Example.org.
  zonefile: "%1/%z/%s.zone" # of the first letter
  include-pattern: given
zone:
  name: example.net
  zonefile: kept
  include-pattern: "fetched"
zone:
  name: closed.example
  zonefile: closed
  provide-xfr: 192.0.2.0/24 NOKEY
  provide-xfr: 192.0.2.66 BLOCKED
  multi-master-check: yes
zone:
  name: md5.example
  request-xfr: 192.0.2.9 old
zone:
  name: ranges.example
  zonefile: ra'ng#es
  provide-xfr: 192.0.2.1-192.0.2.9 NOKEY
`;

test("zones, keys, servers and rules of an nsd.conf", (t) => {
  const { folder, write } = createFolder(t);
  mkdirSync(join(folder, "more"));
  const file = write("nsd.conf", MAIN.replace("ZONES", folder));
  write("more/a.conf", MORE);
  const { yaml, notes } = importConfig("nsd", file);
  assert.deepEqual(parse(yaml!), {
    node: { listen: ["127.0.0.1:5311", "[::1]:5312"] },
    keys: { k1: { algorithm: "hmac-sha256", secret: SECRET } },
    remotes: {
      "server-1": { addresses: ["[2001:db8::1]:5353"] },
      "server-2": { addresses: ["192.0.2.1:5353"], key: "k1" },
    },
    zones: {
      "example.org": {
        file: join(folder, "e/org/example.org.zone"),
        notify: ["server-1"],
        allowTransfer: [{ prefix: "192.0.2.0/24", key: "k1" }, "2001:db8::1"],
      },
      "example.net": {
        primaries: ["server-2"],
        allowNotify: [{ prefix: "192.0.2.1/32", key: "k1" }],
      },
      "closed.example": { file: join(folder, "closed") },
      "ranges.example": { file: join(folder, "ra'ng#es") },
    },
  });
  const told = notes.map(({ line, text }) => `${line} ${text}`).join("\n");
  for (const part of [
    "7 server: verbosity",
    "9 key old is left out: hmac-md5",
    "14 zone closed.example: multi-master-check",
    "13 zone closed.example: provide-xfr with BLOCKED is left out as a whole",
    "17 server 192.0.2.9 is left out: there is no key old",
    "15 zone md5.example is left out",
    "21 zone ranges.example: provide-xfr 192.0.2.1-192.0.2.9 is left out",
  ]) {
    assert.ok(told.includes(part), `${part} in\n${told}`);
  }
  assert.equal(notes.length, 7, told);
  assert.ok(!told.includes(SECRET));
  const loaded = loadConfig(write("azimuth.yaml", yaml!), { defaultCountryFile: "/none" });
  assert.deepEqual(loaded.faults, []);
  assert.equal(loaded.value?.state.zones.length, 4);
});

const checkconf = findDaemon("nsd-checkconf");
const noCheckconf = checkconf === null && "no nsd-checkconf here: scripts/install-peers.sh";

test("the sample is one that NSD takes", { skip: noCheckconf }, (t) => {
  const { folder, write } = createFolder(t);
  mkdirSync(join(folder, "more"));
  const file = write("nsd.conf", MAIN.replace("ZONES", folder).replace("more/", `${folder}/more/`));
  write("more/a.conf", MORE);
  const { status, stderr } = spawnSync(checkconf!, [file], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
});

test("what is no nsd.conf is told with its line, and gives nothing", (t) => {
  const { write } = createFolder(t);
  const cases: readonly (readonly [string, number, RegExp])[] = [
    ['server:\n  zonesdir: "x\n', 2, /quote/],
    ["zone:\n name: a\n include-pattern: none\n", 3, /there is no pattern none/],
    ["\nname: a\n", 2, /stands in no section/],
    ["word\n", 1, /belongs to nothing/],
    ["server:\ninclude: nowhere.conf\n", 2, /nowhere\.conf/],
    ["server:\ninclude: x.conf\n", 2, /circle/],
    ["pattern:\nname: p\ninclude-pattern: p\nzone:\nname: a\ninclude-pattern: p\n", 3, /pattern p/],
  ];
  for (const [text, line, wanted] of cases) {
    const { yaml, notes } = importConfig("nsd", write("x.conf", text));
    assert.equal(yaml, null, text);
    assert.match(notes.at(-1)!.text, wanted);
    assert.equal(notes.at(-1)!.line, line, text);
  }
});

test("the nsd.conf of Debian", {
  skip: !existsSync("/etc/nsd/nsd.conf") && "no /etc/nsd/nsd.conf here",
}, () => {
  const { yaml } = importConfig("nsd", "/etc/nsd/nsd.conf");
  assert.deepEqual(parse(yaml!), { node: { listen: ["*:53"] }, zones: {} });
});

test("a catalog: its members' pattern for all, every other one with primaries a group", (t) => {
  const { write: put } = createFolder(t);
  const source = `pattern:
  name: common
  request-xfr: 192.0.2.1 NOKEY
pattern:
  name: public
  include-pattern: common
  provide-xfr: 192.0.2.0/24 NOKEY
pattern:
  name: file
  zonefile: "%s.zone"
zone:
  name: cat.example
  request-xfr: 192.0.2.1 NOKEY
  provide-xfr: 0.0.0.0/0 NOKEY
  catalog: consumer
  catalog-member-pattern: common
zone:
  name: bare.example
  request-xfr: 192.0.2.1 NOKEY
  catalog: consumer
zone:
  name: made.example
  zonefile: made
  catalog: producer
`;
  const { yaml, notes } = importConfig("nsd", put("nsd.conf", source));
  const { zones } = parse(yaml!);
  const members = { primaries: ["server-1"], notify: [], allowTransfer: [], allowNotify: [] };
  assert.deepEqual(zones["cat.example"], {
    ...{ primaries: ["server-1"], allowTransfer: ["0.0.0.0/0"] },
    catalog: { members, groups: { public: { ...members, allowTransfer: ["192.0.2.0/24"] } } },
  });
  assert.equal(zones["bare.example"].catalog ?? zones["made.example"].catalog, undefined);
  assert.deepEqual(
    notes.map(({ line, text }) => `${line} ${text}`),
    [
      "20 zone bare.example: its catalog is not mapped: no pattern of its members has primaries",
      "24 zone made.example: catalog producer is not mapped",
    ],
  );
  const loaded = loadConfig(put("azimuth.yaml", yaml!), { defaultCountryFile: "/none" });
  assert.deepEqual(loaded.faults, []);
});
