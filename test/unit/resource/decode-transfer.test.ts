// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { faults as catalogue } from "../../../src/base/faults.ts";
import { loadConfigText } from "../../../src/config/load.ts";
import { isBase64, NO_TRANSFER } from "../../../src/resource/decode-transfer.ts";

const SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA==";

/** What a configuration says of its zones, or the faults it has. */
function load(text: string) {
  const octets = new TextEncoder().encode(text);
  return loadConfigText("/etc/azimuth/azimuth.yaml", octets, { defaultCountryFile: "/c.mmdb" });
}

function faultsOf(text: string): string[] {
  return load(text).faults.map((one) => `${one.key}@${one.place.line} ${one.detail}`);
}

const COMMON = `keys:
  xfr.example: { secret: ${SECRET} }
  other: { name: Other.Example., algorithm: hmac-sha512, secretFile: secrets/other }
remotes:
  ns1: { addresses: [192.0.2.1, "[2001:db8::1]:5353"], key: xfr.example }
  ns2: { addresses: [198.51.100.1], tls: { hostname: ns2.example.org, ca: ca.pem } }
`;

test("keys and remotes in full form", () => {
  const { value, faults } = load(`${COMMON}zones: { a.example: { file: a } }\n`);
  assert.deepEqual(faults, []);
  assert.deepEqual(value!.state.keys, [
    {
      ...{ id: "other", name: "other.example.", algorithm: "hmac-sha512" },
      ...{ secret: "", secretFile: "/etc/azimuth/secrets/other" },
    },
    {
      ...{ id: "xfr.example", name: "xfr.example.", algorithm: "hmac-sha256" },
      ...{ secret: SECRET, secretFile: "" },
    },
  ]);
  assert.deepEqual(
    value!.state.remotes.map((one) => one.addresses.map(({ host, port }) => `${host} ${port}`)),
    [["192.0.2.1 53", "2001:db8::1 5353"], ["198.51.100.1 853"]],
  );
  assert.deepEqual(value!.state.remotes[1]!.tls, {
    hostname: "ns2.example.org",
    ca: "/etc/azimuth/ca.pem",
  });
});

test("a zone that says nothing gives nothing away", () => {
  const { value } = load("zones: { a.example: { file: a } }\n");
  assert.deepEqual(value!.state.zones[0]!.transfer, NO_TRANSFER);
});

test("a secondary has primaries, and its file in the state folder", () => {
  const { value, faults } = load(`${COMMON}node: { state: /var/lib/azimuth }
zones:
  A.Example: { primaries: [ns1, ns2] }
  x/y.example: { primaries: [ns1] }
`);
  assert.deepEqual(faults, []);
  const files = value!.state.zones.map((zone) => zone.file);
  assert.deepEqual(files, [
    "/var/lib/azimuth/zones/a.example.zone",
    "/var/lib/azimuth/zones/x%2fy.example.zone",
  ]);
  assert.deepEqual(value!.state.zones[0]!.transfer.primaries, ["ns1", "ns2"]);
});

test("access lists: every short form, and remotes by their addresses and keys", () => {
  const { value, faults } = load(`${COMMON}zones:
  a.example:
    file: a
    allowTransfer: [ns1, 203.0.113.7, 203.0.113.0/24, any, { key: other, tls: true }]
    allowUpdate: [{ prefix: "2001:DB8::/32", key: other }]
`);
  assert.deepEqual(faults, []);
  const { allowTransfer, allowUpdate } = value!.state.zones[0]!.transfer;
  assert.deepEqual(allowTransfer, [
    { prefix: "192.0.2.1/32", key: "xfr.example", tls: false },
    { prefix: "2001:db8::1/128", key: "xfr.example", tls: false },
    { prefix: "203.0.113.7/32", key: null, tls: false },
    { prefix: "203.0.113.0/24", key: null, tls: false },
    { prefix: null, key: null, tls: false },
    { prefix: null, key: "other", tls: true },
  ]);
  assert.deepEqual(allowUpdate, [{ prefix: "2001:db8::/32", key: "other", tls: false }]);
});

test("zoneDefaults hold where a zone says nothing, an empty list says something", () => {
  const { value, faults } = load(`${COMMON}zoneDefaults: { notify: [ns2], allowTransfer: [ns2] }
zones:
  a.example: { file: a }
  b.example: { file: b, notify: [], allowTransfer: [] }
`);
  assert.deepEqual(faults, []);
  const [a, b] = value!.state.zones.map((zone) => zone.transfer);
  assert.deepEqual([a!.notify, a!.allowTransfer.length], [["ns2"], 1]);
  assert.deepEqual([b!.notify, b!.allowTransfer], [[], []]);
});

test("references that lead nowhere, each at its place and with what was meant", () => {
  const found = faultsOf(`${COMMON}  ns3: { addresses: [192.0.2.3], key: xfr.exmple }
zoneDefaults: { notify: [ns9] }
zones:
  a.example:
    file: a
    notify: [ns11]
    allowTransfer: [{ key: nokey }, 192.0.2.1/24]
  b.example: { primaries: [ns7] }
`);
  assert.deepEqual(
    found.map((line) => line.slice(0, 80)),
    [
      'CONFIG_REFERENCE@7 remotes.ns3.key: there is no key "xfr.exmple"; did you mean xf',
      'CONFIG_REFERENCE@8 there is no remote "ns9"; did you mean ns1?',
      'CONFIG_REFERENCE@12 there is no remote "ns11"; did you mean ns1?',
      'CONFIG_REFERENCE@13 there is no key "nokey"',
      'CONFIG_PREFIX@13 "192.0.2.1/24": host bits set',
      'CONFIG_REFERENCE@14 there is no remote "ns7"; did you mean ns1?',
    ].map((line) => line.slice(0, 80)),
  );
});

test("what excludes each other", () => {
  const found = faultsOf(`${COMMON}zones:
  a.example: { file: a, primaries: [ns1] }
  b.example: { primaries: [ns1], allowUpdate: [{ key: other }] }
  c.example: { file: c, allowUpdate: [any] }
`);
  assert.deepEqual(
    found.map((line) => line.split(" ")[0]),
    ["CONFIG_KEYS_EXCLUSIVE@8", "CONFIG_KEYS_EXCLUSIVE@9", "CONFIG_UPDATE_OPEN@10"],
  );
  assert.equal(catalogue.CONFIG_UPDATE_OPEN.severity, "error");
});

test("no fault shows a secret, whatever is wrong with it", () => {
  for (const secret of [
    "hunter2hunter2!!",
    "aHVudGVyMg==",
    "12345678",
    "[hunter2]",
    "hunter2: x",
  ]) {
    const text = `keys: { k: { secret: ${secret}, secretFile: f } }\nzones: { a.example: { file: a } }\n`;
    const found = faultsOf(text);
    assert.ok(found.length > 0, secret);
    assert.ok(!/hunter2|12345678|aHVu/.test(found.join("\n")), found.join("\n"));
  }
  const neither = faultsOf("keys: { k: {} }\nzones: { a.example: { file: a } }\n");
  assert.match(neither[0]!, /^CONFIG_KEYS_EXCLUSIVE/);
});

test("a secret that is no base64, and one that is easily guessed", () => {
  const keysOf = (secret: string): string[] =>
    load(`keys: { k: { secret: ${secret} } }\nzones: { a.example: { file: a } }\n`).faults.map(
      (one) => one.key,
    );
  assert.deepEqual(keysOf("hunter2hunter2!!"), ["CONFIG_SECRET"]);
  assert.deepEqual(keysOf("aHVudGVyMg=="), ["CONFIG_SECRET_SHORT"]);
});

test("base64 is told from what is not", () => {
  for (const text of ["QUJD", "QUI=", "QQ=="]) assert.ok(isBase64(text), text);
  for (const text of ["QUJ", "QU=I", "QUJD=", "QU JD", "QUJ-"]) assert.ok(!isBase64(text), text);
});
