// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { checkTexts } from "./zones.ts";

/** Findings; those of steering are of the zone as a whole. */
const check = (lines: string, ...steered: string[]): string[] =>
  checkTexts(lines, ...steered).map((text) => text.replace("zone:0:0 ", ""));

test("steering in order: alone, beside other types, at a wildcard, at a name with nothing else", () => {
  assert.deepEqual(
    check(
      "www TXT x\nb A 192.0.2.1\n",
      "WWW.example.org. A,AAAA p",
      "*.example.org. CNAME p",
      "b.example.org. AAAA q",
    ),
    [],
  );
});

test("one owner and type has one source", () => {
  assert.deepEqual(check("www A 192.0.2.1\n", "www.example.org. A,AAAA p"), [
    "ZONE_STEERED_STATIC www.example.org. A of policy p stands also at zone:5",
  ]);
  assert.deepEqual(check("", "www.example.org. A p", "www.example.org. A q"), [
    "ZONE_STEERED_STATIC www.example.org. A of policy q is steered by policy p too",
  ]);
});

test("RFC 2181 §10.1 holds for steered types too", () => {
  assert.deepEqual(check("www TXT x\n", "www.example.org. CNAME p"), [
    "ZONE_STEERED_CNAME www.example.org. CNAME of policy p stands beside the TXT at zone:5",
  ]);
  assert.deepEqual(check("www CNAME x\n", "www.example.org. A p"), [
    "ZONE_STEERED_CNAME www.example.org. A of policy p stands beside the CNAME at zone:5",
  ]);
  assert.deepEqual(check("", "www.example.org. CNAME p", "www.example.org. A q"), [
    "ZONE_STEERED_CNAME www.example.org. CNAME of policy p stands beside the steered A",
  ]);
  assert.match(check("", "example.org. CNAME p")[0]!, /beside the NS/);
});

test("only in the zone, not at or below a cut, not below a DNAME, only types that can be", () => {
  const lines = "d NS ns1\ne DNAME x.\n";
  assert.deepEqual(check(lines, "www.example.com. A p"), [
    "ZONE_STEERED_OUTSIDE www.example.com. of policy p is outside of example.org.",
  ]);
  assert.deepEqual(
    check(lines, "a.b.d.example.org. A p", "d.example.org. A p", "a.e.example.org. A p"),
    [
      "ZONE_STEERED_OCCLUDED a.b.d.example.org. of policy p lies at or below the delegation d.example.org.",
      "ZONE_STEERED_OCCLUDED d.example.org. of policy p lies at or below the delegation d.example.org.",
      "ZONE_STEERED_OCCLUDED a.e.example.org. of policy p lies below the DNAME e.example.org.",
    ],
  );
  assert.deepEqual(check(lines, "e.example.org. A p", "example.org. A p"), []);
  assert.deepEqual(check(lines, "a.example.org. MX p"), [
    "ZONE_STEERED_TYPE a.example.org. MX of policy p cannot be",
  ]);
});
