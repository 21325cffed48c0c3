// SPDX-License-Identifier: Apache-2.0
/**
 * Whatever stands in the configuration of another server: an importer neither throws nor hangs, its
 * notes hold no secret, and what it prints is YAML of our sections, each reference of which leads
 * somewhere.
 */
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { parse } from "yaml";
import { importBind } from "../../src/config/import-bind.ts";
import type { Imported, ReadText } from "../../src/config/import-draft.ts";
import { importKnot } from "../../src/config/import-knot.ts";
import { importNsd } from "../../src/config/import-nsd.ts";

const SECRET = "c2VjcmV0c2VjcmV0c2VjcmV0";

const SAMPLES: readonly (readonly [string, (file: string, read: ReadText) => Imported, string])[] =
  [
    [
      "bind",
      importBind,
      `key "k" { algorithm hmac-sha256; secret "${SECRET}"; };
acl a { 10/8; !10.0.0.1; key k; };
primaries p port 54 { 192.0.2.1 key k; 2001:db8::1; };
options { directory "/z"; listen-on { 127.0.0.1; }; allow-transfer { a; };
  catalog-zones { zone "c.example" default-primaries { p; }; }; };
view "v" { zone "a.example" { type primary; file "a"; also-notify { p; }; allow-update { key k; }; };
zone "c.example" { type secondary; primaries { p; }; }; };
`,
    ],
    [
      "knot",
      importKnot,
      `server:
  listen: [ 127.0.0.1@54, ::1 ]
key:
  - id: k
    algorithm: hmac-sha256
    secret: ${SECRET}
remote:
  - id: r
    address: 192.0.2.1@54
    key: k
acl:
  - id: a
    address: [ 10.0.0.0/8, 10.0.0.1-10.0.0.2 ]
    key: k
    action: [ transfer, notify, update ]
template:
  - id: default
    storage: "/z"
    acl: a
zone:
  - domain: a.example
    file: %c[0-1]%l[0]%s
    notify: r
  - domain: c.example
    master: r
    catalog-role: interpret
    catalog-template: default
`,
    ],
    [
      "nsd",
      importNsd,
      `server:
  ip-address: 127.0.0.1@54
  zonesdir: "/z"
key: name: k algorithm: hmac-sha256 secret: "${SECRET}"
pattern:
  name: p
  provide-xfr: 10.0.0.0/8 k
  notify: 192.0.2.1@54 NOKEY
zone:
  name: a.example
  zonefile: %1/%s
  include-pattern: p
zone:
  name: b.example
  request-xfr: AXFR 192.0.2.1 k
`,
    ],
  ];

/** Pieces that the three languages are made of, and what is none of them. */
const pieces = fc.oneof(
  fc.constantFrom(
    ...['"', "'", "{", "}", ";", "#", "//", "/*", "*/", "[", "]", ",", "!", "@", "%", ":", "\\"],
    ...["- ", "\n", "\n  - ", "\t", "key", "any", "none", "port", "include", "zone:", "acl:"],
    ...["NOKEY", "BLOCKED", "10.0.0.0/8", "2001:db8::/129", "deny: on", "template: x", "tls"],
  ),
  fc.string({ maxLength: 12 }),
);
const edits = fc.array(
  fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), cut: fc.nat(40), put: pieces }),
  { maxLength: 6 },
);

for (const [name, importer, sample] of SAMPLES) {
  test(`${name}: a sample, spoiled`, () => {
    const whole = importer("/k.conf", () => ({ text: sample }));
    assert.equal(Object.keys(parse(whole.yaml!).zones).length, 2);
    fc.assert(
      fc.property(edits, (list) => {
        let text = sample;
        for (const { at, cut, put } of list) {
          const from = Math.floor(at * text.length);
          text = text.slice(0, from) + put + text.slice(from + cut);
        }
        check(importer, text);
      }),
      { numRuns: 2000 },
    );
  });
}

/** It stands where it is known to be one. */
const AS_SECRET = new RegExp(`\\bsecret:?\\s+"?${SECRET}`);

function check(importer: (file: string, read: ReadText) => Imported, text: string): void {
  const read: ReadText = (file) => (file === "/k.conf" ? { text } : { error: "no such file" });
  const { yaml, notes } = importer("/k.conf", read);
  if (AS_SECRET.test(text)) assert.ok(!JSON.stringify(notes).includes(SECRET), text);
  if (yaml === null) {
    assert.ok(notes.length > 0, "it says why");
    return;
  }
  const made = parse(yaml);
  const [keys, remotes] = [made.keys ?? {}, made.remotes ?? {}];
  for (const { key } of Object.values<{ key?: string }>(remotes)) {
    assert.ok(key === undefined || key in keys, text);
  }
  for (const zone of Object.values<Record<string, readonly (string | { key?: string })[]>>(
    made.zones,
  )) {
    for (const id of [...(zone["primaries"] ?? []), ...(zone["notify"] ?? [])]) {
      assert.ok(String(id) in remotes, text);
    }
    for (const list of ["allowTransfer", "allowNotify", "allowUpdate"]) {
      for (const row of zone[list] ?? []) {
        assert.ok(typeof row === "string" || row.key === undefined || row.key in keys, text);
      }
    }
  }
}
