// SPDX-License-Identifier: Apache-2.0
/** Catalogs of a named.conf: taken over where the members would be the same. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { loadConfig } from "../../../src/config/load.ts";
import { importConfig } from "../../../src/daemon/importing.ts";
import { createFolder } from "../../support/control.ts";

const zone = (apex: string, own = "") =>
  `zone "${apex}" { type secondary; primaries { hidden; }; file "${apex}"; ${own} };\n`;

const CONFIG = `
primaries hidden { 192.0.2.1; 2001:db8::1 port 5353; };
options {
  listen-on { 127.0.0.1; };
  listen-on-v6 { none; };
  allow-transfer { none; };
  notify no;
  catalog-zones {
    zone "Same.example." default-primaries { 2001:db8::1 port 5353; 192.0.2.1; } in-memory yes;
    zone "other.example" default-primaries { 192.0.2.2; };
    zone "none.example";
    zone "open.example" default-primaries { hidden; };
  };
};
${zone("same.example")}${zone("other.example")}${zone("none.example")}
${zone("open.example", "allow-transfer { any; };")}${zone("plain.example")}`;

test("a catalog whose members have other primaries or other rules is a plain zone", (t) => {
  const { write, folder } = createFolder(t);
  const file = write("named.conf", CONFIG);
  const { yaml, notes } = importConfig("bind", file);
  const { zones } = parse(yaml!);
  const primaries = ["server-1", "server-2"];
  assert.deepEqual(zones["same.example"], { primaries, catalog: true });
  for (const apex of ["other.example", "none.example", "plain.example"]) {
    assert.deepEqual(zones[apex], { primaries }, apex);
  }
  assert.deepEqual(zones["open.example"], { primaries, allowTransfer: ["any"] });
  assert.deepEqual(
    notes.map(({ line, text }) => `${line} ${text}`),
    [
      "10 members of the catalog other.example are left out: here they come from its own primaries",
      "11 members of the catalog none.example are left out: here they come from its own primaries",
      "19 members of the catalog open.example are left out: here they would have its allow-transfer",
    ],
  );
  const loaded = loadConfig(write("azimuth.yaml", `${yaml}`), { defaultCountryFile: folder });
  assert.deepEqual(loaded.faults, []);
});
