// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { checkZone } from "../../../src/zone/check.ts";
import { faultTexts, HEAD, scan } from "./zones.ts";

/** The findings of a zone that has what a zone must have, and the lines given from line 5 on. */
function check(lines: string): string[] {
  const { value, faults } = scan(HEAD + lines);
  assert.deepEqual(faults, []);
  return faultTexts(checkZone(value));
}

test("a zone that is in order", () => {
  assert.deepEqual(
    check("www CNAME a\na A 192.0.2.1\na RRSIG A 5 3 60 20300101000000 20200101000000 1 @ AA==\n"),
    [],
  );
});

test("RFC 1034 §4.2.1: SOA and NS at the apex", () => {
  assert.deepEqual(faultTexts(checkZone(scan("").value)), [
    "zone:0:0 ZONE_NO_SOA example.org. has no SOA",
    "zone:0:0 ZONE_NO_NS example.org. has no NS",
  ]);
  assert.deepEqual(check("@ SOA ns1 hostmaster 2 7200 1800 259200 120\n"), [
    "zone:5:1 ZONE_SOA_MANY example.org. SOA is the second one",
  ]);
  assert.deepEqual(check("a SOA ns1 hostmaster 2 7200 1800 259200 120\n"), [
    "zone:5:1 ZONE_SOA_NOT_AT_APEX a.example.org. SOA is below the apex",
  ]);
});

test("RFC 2181 §10.1: a CNAME stands alone, but for DNSSEC", () => {
  assert.deepEqual(check("a CNAME b\na A 192.0.2.1\n"), [
    "zone:5:1 ZONE_CNAME_NOT_ALONE a.example.org. has a CNAME here and A at line 6",
  ]);
  assert.deepEqual(check("a CNAME b\na CNAME c\n"), [
    "zone:6:1 ZONE_CNAME_MANY a.example.org. CNAME is the second one",
  ]);
  assert.deepEqual(
    check(
      "a CNAME b\na NSEC b CNAME\na RRSIG CNAME 5 3 60 20300101000000 20200101000000 1 @ AA==\n",
    ),
    [],
  );
  assert.deepEqual(
    check("a CNAME b\na NS c.\n").filter((text) => text.includes("ZONE_CNAME")).length,
    1,
  );
});

test("RFC 6672 §2.4: one DNAME", () => {
  assert.deepEqual(check("a DNAME b.\na DNAME c.\n"), [
    "zone:6:1 ZONE_DNAME_MANY a.example.org. DNAME is the second one",
  ]);
});

test("RFC 2181 §5, §8: duplicates and TTLs", () => {
  assert.deepEqual(check("a A 192.0.2.1\na A 192.0.2.1\n"), [
    "zone:6:1 ~ZONE_DUPLICATE a.example.org. A stands more than once",
  ]);
  assert.deepEqual(check("a 5 A 192.0.2.1\na 6 A 192.0.2.2\n"), [
    "zone:6:1 ~ZONE_TTL_MIXED a.example.org. A has the TTLs 6 and 5",
  ]);
  const sig = "5 3 60 20300101000000 20200101000000 1 @ AA==";
  assert.deepEqual(check(`a 5 RRSIG A ${sig}\na 6 RRSIG TXT ${sig}\n`), [], "RFC 4034 §3");
  assert.deepEqual(check("a 2147483648 A 192.0.2.1\n"), [
    "zone:5:1 ~ZONE_TTL_RANGE a.example.org. A has the TTL 2147483648",
  ]);
  assert.deepEqual(check("a 2147483647 A 192.0.2.1\n"), []);
});

test("an RRset fits a message", () => {
  const txt = (count: number): string =>
    Array.from({ length: count }, (_, i) => `a TXT ${String(i).padStart(200, "0")}\n`).join("");
  // 12 octets and 201 of RDATA each: 306 of them take 65,178 octets; the owner's 15 leave 65,267.
  assert.deepEqual(check(txt(306)), []);
  const more = (size: number): string => `${txt(306)}a TXT ${"x".repeat(size)}\n`;
  assert.deepEqual(check(more(65_267 - 65_178 - 13)), []);
  assert.deepEqual(check(more(65_268 - 65_178 - 13)), [
    "zone:311:1 ZONE_RRSET_TOO_LARGE a.example.org. TXT takes 65268 octets",
  ]);
});

test("RFC 4592 §4.2, RFC 9460 §2.4.2", () => {
  assert.deepEqual(check("* NS ns.example.net.\n"), [
    "zone:5:1 ~ZONE_WILDCARD_NS *.example.org. NS is a wildcard",
  ]);
  assert.deepEqual(check("a HTTPS 0 b. port=53\nb HTTPS 1 . port=53\nc SVCB 0 b.\n"), [
    "zone:5:1 ~ZONE_ALIAS_PARAMS a.example.org. HTTPS has priority 0",
  ]);
});

test("a named number of findings", () => {
  const found = check(
    Array.from({ length: 1200 }, (_, i) => `a${i} CNAME b\na${i} TXT x\n`).join(""),
  );
  assert.equal(found.length, 1000);
  assert.match(found.at(-1)!, /ZONE_FAULTS_MANY/);
});
