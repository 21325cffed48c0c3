// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { nameFromText } from "../../../src/dns/names.ts";
import { checkZone } from "../../../src/zone/check.ts";
import type { SteeredOwner } from "../../../src/zone/value.ts";
import { faultTexts, HEAD, scan } from "./zones.ts";

function check(lines: string, steered: readonly SteeredOwner[] = []): string[] {
  const { value, faults } = scan(HEAD + lines);
  assert.deepEqual(faults, []);
  return faultTexts(checkZone(value, undefined, steered));
}

test("RFC 2181 §10.3: NS, MX and SRV do not point at aliases", () => {
  const lines = "a CNAME ns1\nb MX 1 A\nc SRV 1 2 3 a\nd NS a\ne MX 1 a.example.net.\n";
  assert.deepEqual(check(lines), [
    "zone:6:1 ~ZONE_TARGET_CNAME b.example.org. MX points at the alias a.example.org.",
    "zone:7:1 ~ZONE_TARGET_CNAME c.example.org. SRV points at the alias a.example.org.",
    "zone:8:1 ~ZONE_TARGET_CNAME d.example.org. NS points at the alias a.example.org.",
  ]);
});

test("name servers of the zone have addresses: glue, static, steered or by wildcard", () => {
  assert.deepEqual(check("d NS ns.d\nd NS ns1\n"), [
    "zone:5:1 ~ZONE_GLUE_MISSING ns.d.example.org. has neither A nor AAAA here",
  ]);
  assert.deepEqual(check("d NS ns.d\nns.d AAAA ::1\n"), []);
  assert.deepEqual(check("d NS d\nd A 192.0.2.1\n"), [], "the cut itself may be the server");
  assert.deepEqual(check("d NS x\n* A 192.0.2.1\n"), []);
  assert.equal(check("d NS x.y\n* A 192.0.2.1\ny TXT z\n").length, 1, "y exists, so no wildcard");
  assert.deepEqual(check("d NS ns.e\ne NS ns1\n"), [], "a sister's server");
  const owner = nameFromText("x.example.org.")!;
  assert.deepEqual(check("d NS x\n", [{ owner, types: [28], policy: "p" }]), []);
});

test("below a cut only glue is found", () => {
  const lines = "d NS ns.d\nns.d A 192.0.2.1\nd DS 1 8 2 aa\nd NSEC e NS\n";
  assert.deepEqual(check(lines), []);
  assert.deepEqual(check(`${lines}x.d A 192.0.2.2\nns.d TXT x\nd TXT y\n`), [
    "zone:11:1 ~ZONE_OCCLUDED d.example.org. TXT lies at or below the delegation d.example.org.",
    "zone:10:1 ~ZONE_OCCLUDED ns.d.example.org. TXT lies at or below the delegation d.example.org.",
    "zone:9:1 ~ZONE_OCCLUDED x.d.example.org. A lies at or below the delegation d.example.org.",
  ]);
});

test("RFC 6672 §2.4: data below a DNAME", () => {
  assert.deepEqual(check("d DNAME e.\nd TXT x\na.b.d TXT x\nad TXT x\n"), [
    "zone:7:1 ~ZONE_BELOW_DNAME a.b.d.example.org. TXT lies below the DNAME d.example.org.",
  ]);
  assert.equal(check("@ DNAME e.\n").length, 1, "also one at the apex");
});
