// SPDX-License-Identifier: Apache-2.0
/** A named.conf as azimuth.yaml: never wider than it was, and a note for all that was left out. */
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

const MAIN = `// three
# kinds /* of
/* comments // { " */
key "K1." { algorithm HMAC-SHA256; secret "${SECRET}"; };
acl inside { 10/8; 2001:db8::/32; };
acl odd { !10.0.0.1; 10/8; };
primaries hidden port 5353 { 192.0.2.1 key k1; 2001:db8::1; };
options {
  directory "ZONES";
  listen-on port 5300 { 127.0.0.1; };
  listen-on-v6 { none; };
  allow-transfer { inside; key k1; };
  recursion no;
};
include "zones.conf";
`;

const ZONES = `zone "Example.org" IN {
  type master;
  file "org.zone";
  also-notify { hidden; 192.0.2.7 port 54; };
  allow-update { key k1; };
};
zone "example.net" {
  type secondary;
  primaries { hidden; };
  file "net.kept";
  allow-transfer { none; };
  allow-notify { localhost; };
};
zone "odd.example" { type primary; file "odd.zone"; notify no; allow-transfer { odd; };
  also-notify { 192.0.2.8; }; dnssec-policy default; inline-signing yes; };
zone "up.example" { type primary; file "up.zone"; allow-update { 192.0.2.1; }; };
zone "." { type hint; file "root"; };
zone "fwd.example" { type forward; forwarders { 192.0.2.1; }; };
`;

function write(t: Parameters<typeof createFolder>[0]) {
  const made = createFolder(t);
  const file = made.write(
    "named.conf",
    MAIN.replace("ZONES", made.folder).replace('"zones.conf"', `"${made.folder}/zones.conf"`),
  );
  made.write("zones.conf", ZONES);
  return { ...made, file };
}

test("zones, keys, servers and rules of a named.conf", (t) => {
  const made = write(t);
  const { yaml, notes } = importConfig("bind", made.file);
  const all = ["10.0.0.0/8", "2001:db8::/32", { key: "k1" }];
  const inFolder = (name: string) => join(made.folder, name);
  assert.deepEqual(parse(yaml!), {
    node: { listen: ["127.0.0.1:5300"] },
    keys: { k1: { algorithm: "hmac-sha256", secret: SECRET } },
    remotes: {
      "server-1": { addresses: ["192.0.2.1:5353"], key: "k1" },
      "server-2": { addresses: ["[2001:db8::1]:5353"] },
      "server-3": { addresses: ["192.0.2.7:54"] },
    },
    zones: {
      "example.org": {
        file: inFolder("org.zone"),
        notify: ["server-1", "server-2", "server-3"],
        allowTransfer: all,
        allowUpdate: [{ key: "k1" }],
      },
      "example.net": {
        primaries: ["server-1", "server-2"],
        allowNotify: ["127.0.0.1", "::1"],
      },
      "odd.example": { file: inFolder("odd.zone") },
      "up.example": { file: inFolder("up.zone"), allowTransfer: all },
    },
  });
  const told = notes.map(({ line, text }) => `${line} ${text}`).join("\n");
  for (const part of [
    "13 options: recursion",
    "12 zone example.net: allow-notify: localhost",
    "14 zone odd.example: allow-transfer is left out as a whole: it has exceptions",
    "15 zone odd.example: dnssec-policy",
    "15 zone odd.example: inline-signing",
    "16 zone up.example: allow-update: a rule without a key",
    "17 zone . is left out: type hint",
    "18 zone fwd.example is left out: type forward",
    "1 BIND notifies the servers",
  ]) {
    assert.ok(told.includes(part), `${part} in\n${told}`);
  }
  assert.ok(!told.includes(SECRET));
  const loaded = loadConfig(made.write("azimuth.yaml", yaml!), { defaultCountryFile: "/none" });
  assert.deepEqual(loaded.faults, []);
  assert.equal(loaded.value?.state.zones.length, 4);
});

const checkconf = findDaemon("named-checkconf");
const noCheckconf = checkconf === null && "no named-checkconf here: scripts/install-peers.sh";

test("the sample is one that BIND takes", { skip: noCheckconf }, (t) => {
  const { file } = write(t);
  const { status, stdout } = spawnSync(checkconf!, [file], { encoding: "utf8" });
  assert.equal(status, 0, stdout);
});

test("catalogs: members have the lists of the options, and nothing of the catalog's own", (t) => {
  const { write: put, folder } = createFolder(t);
  const file = put(
    "named.conf",
    `primaries hidden { 192.0.2.1; };
options { directory "${folder}"; allow-transfer { 10.0.0.0/8; }; catalog-zones {
  zone "Cat.example" default-primaries port 54 { hidden; 192.0.2.2; } in-memory yes;
  zone "bare.example" zone-directory "x";
  zone "none.example" default-masters { 192.0.2.1; };
}; };
zone "cat.example" { type secondary; primaries { hidden; }; allow-transfer { any; }; };
zone "bare.example" { type secondary; primaries { hidden; }; };
`,
  );
  const { yaml, notes } = importConfig("bind", file);
  const { zones, remotes } = parse(yaml!);
  const primaries = ["server-1", "server-2"];
  assert.deepEqual(zones["cat.example"], {
    ...{ primaries: ["server-1"], allowTransfer: ["any"] },
    catalog: {
      members: { primaries, notify: [], allowTransfer: ["10.0.0.0/8"], allowNotify: [] },
    },
  });
  assert.deepEqual(remotes["server-2"], { addresses: ["192.0.2.2:54"] });
  assert.equal(zones["bare.example"].catalog, undefined);
  const told = notes.map(({ line, text }) => `${line} ${text}`).join("\n");
  assert.match(told, /^4 catalog bare\.example is not mapped: it has no default-primaries/m);
  assert.match(told, /^5 catalog none\.example is not mapped: there is no such zone/m);
  assert.doesNotMatch(told, /catalog-zones/);
  const loaded = loadConfig(put("azimuth.yaml", yaml!), { defaultCountryFile: "/none" });
  assert.deepEqual(loaded.faults, []);
});

test("of several views the first is taken", (t) => {
  const { write: put, folder } = createFolder(t);
  const view = (name: string) =>
    `view ${name} { zone a.example { type primary; file "${name}"; }; };`;
  const { yaml, notes } = importConfig(
    "bind",
    put("named.conf", `${view("in")}\n${view("out")}\n`),
  );
  assert.deepEqual(parse(yaml!).zones, { "a.example": { file: join(folder, "in") } });
  assert.ok(notes.some(({ line, text }) => line === 2 && /view out is not mapped/.test(text)));
});

test("what is no named.conf is told with its line, and gives nothing", (t) => {
  const { write: put } = createFolder(t);
  const cases: readonly (readonly [string, number, RegExp])[] = [
    ["options {\n", 1, /without its \}/],
    ["\n}\n", 2, /without its \{/],
    ["a b", 1, /; is missing/],
    ['a\n"b', 2, /no end/],
    ["x; /* y", 1, /no end/],
    ["\ninclude nowhere;", 2, /nowhere/],
    ['include "named.conf";', 1, /nowhere|circle/],
  ];
  for (const [text, line, wanted] of cases) {
    const { yaml, notes } = importConfig("bind", put("named.conf", text));
    assert.equal(yaml, null, text);
    assert.match(notes.at(-1)!.text, wanted, text);
    assert.equal(notes.at(-1)!.line, line, text);
  }
});

test("the named.conf of Debian", {
  skip: !existsSync("/etc/bind/named.conf") && "no /etc/bind/named.conf here",
}, () => {
  const { yaml, notes } = importConfig("bind", "/etc/bind/named.conf");
  assert.ok("localhost" in parse(yaml!).zones);
  assert.deepEqual(parse(yaml!).node.listen, ["[::]:53", "0.0.0.0:53"]);
  assert.ok(notes.some(({ text }) => text === "zone . is left out: type hint"));
});
