// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { hashOfLabel } from "../../../src/dns/hash-label.ts";
import { Type } from "../../../src/dns/iana.ts";
import { nameFromText, nameToText } from "../../../src/dns/names.ts";
import { indexZone, ownerName } from "../../../src/zone/index.ts";
import { coveredType } from "../../../src/zone/records.ts";
import { scanZone } from "../../../src/zone/scan.ts";
import { denialForm, ownerOfHash, signaturesOf, withoutNsec3 } from "../../../src/zone/signed.ts";
import { hashText, signUnsoundly } from "../../support/unsound-sign.ts";

const apex = nameFromText("example.org.")!;
const PLAIN = "$TTL 300\n@ SOA ns1 h 1 7200 1800 259200 120\n@ NS ns1\nns1 A 192.0.2.53\n";

function read(text: string) {
  const { value, faults } = scanZone(new TextEncoder().encode(text), { apex, file: "zone" });
  assert.deepEqual(faults, []);
  return { zone: value, index: indexZone(value) };
}

test("the form: none, NSEC, NSEC3 by its NSEC3PARAM, and that goes first", () => {
  const form = (text: string) => {
    const { zone, index } = read(text);
    return denialForm(zone, index);
  };
  assert.equal(form(PLAIN), null);
  assert.equal(form(signUnsoundly("example.org.", PLAIN))?.kind, "nsec");
  const hashed = signUnsoundly("example.org.", PLAIN, { nsec3: true, salt: "ab", iterations: 2 });
  assert.deepEqual(form(hashed), { kind: "nsec3", iterations: 2, salt: Uint8Array.of(0xab) });
  const both = `${hashed}@ 120 NSEC ns1 SOA NS\n`;
  assert.equal(form(both)?.kind, "nsec3");
  // RFC 5155 §4.1.2: flags make it no statement; another algorithm is none of ours.
  assert.equal(form(both.replace(/NSEC3PARAM 1 0/, "NSEC3PARAM 1 1"))?.kind, "nsec");
  assert.equal(form(both.replace(/NSEC3PARAM 1 0/, "NSEC3PARAM 2 0"))?.kind, "nsec");
});

test("signatures are found by what they cover", () => {
  const { zone, index } = read(signUnsoundly("example.org.", PLAIN));
  for (const type of [Type.NS, Type.SOA, Type.NSEC, Type.DNSKEY]) {
    const owner = index.find(apex, 0, apex.length);
    const [from, to] = signaturesOf(zone, index, owner, type);
    assert.equal(to - from, 1);
    assert.equal(coveredType(zone, index.order[from]!), type);
  }
  assert.deepEqual(
    signaturesOf(zone, index, index.find(apex, 0, apex.length), Type.A).map((i) => i > 0),
    [true, true],
    "an empty run in its place",
  );
});

test("without the chain its owners are no names any more", () => {
  const { zone } = read(signUnsoundly("example.org.", PLAIN, { nsec3: true }));
  const rest = withoutNsec3(zone);
  const names = Array.from({ length: rest.index.ownerCount }, (_, owner) =>
    nameToText(ownerName(rest.zone, rest.index, owner)),
  );
  assert.deepEqual(names.sort(), ["example.org.", "ns1.example.org."]);
});

test("the owner of a hash and back; RFC 5155 appendix A", () => {
  const salt = Buffer.from("aabbccdd", "hex");
  const label = hashText(nameFromText("example.")!, salt, 12);
  assert.equal(label, "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom");
  const owner = nameFromText(`${label}.example.org.`)!;
  const hash = hashOfLabel(owner, 0)!;
  assert.deepEqual(ownerOfHash(hash, 0, apex), owner);
  assert.equal(hashOfLabel(nameFromText(`${"w".repeat(32)}.example.org.`)!, 0), null);
  assert.equal(hashOfLabel(nameFromText("short.example.org.")!, 0), null);
});
