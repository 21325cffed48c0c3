// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { nameFromText } from "../../../src/dns/names.ts";
import { checkDates } from "../../../src/zone/check-dates.ts";
import { indexZone } from "../../../src/zone/index.ts";
import { scanZone } from "../../../src/zone/scan.ts";

/** Seconds of UNIX time. */
const at = (text: string): number => Date.parse(text) / 1000;

/** What is found in a zone with these signatures: what they cover, end, begin. */
function check(now: string, ...signatures: readonly string[]): string[] {
  const lines = signatures.map((one) => {
    const [owner, type, ends, begins] = one.split(" ");
    return `${owner} RRSIG ${type} 13 2 300 ${ends} ${begins} 1 example.org. AAAA`;
  });
  const text = `$TTL 300\n@ SOA n h 1 2 3 4 5\n@ NS n\n${lines.join("\n")}\n`;
  const apex = nameFromText("example.org.")!;
  const { value, faults } = scanZone(new TextEncoder().encode(text), { apex, file: "zone" });
  assert.deepEqual(faults, []);
  const found = checkDates(value, indexZone(value), at(now));
  return found.map(({ key, place, detail }) => `${place.line} ${key} ${detail}`);
}

test("RFC 4034 §3.1.5: a signature holds from its beginning to its end, both included", () => {
  const one = "@ SOA 20261231000000 20261201000000";
  assert.deepEqual(check("2026-12-01T00:00:00Z", one), []);
  assert.deepEqual(check("2026-12-31T00:00:00Z", one), []);
  assert.deepEqual(check("2026-11-30T23:59:59Z", one), [
    "4 ZONE_RRSIG_EARLY the signature of example.org. SOA begins 20261201000000",
  ]);
  assert.deepEqual(check("2026-12-31T00:00:01Z", one), [
    "4 ZONE_RRSIG_EXPIRED the signature of example.org. SOA ended 20261231000000",
  ]);
});

test("one that holds is enough for its RRset, and for no other", () => {
  const rows = [
    "@ SOA 20260101000000 20250101000000",
    "@ SOA 20261231000000 20260101000000",
    "@ NS 20260101000000 20250101000000",
    "@ NS 20270101000000 20261231000000",
  ];
  assert.deepEqual(check("2026-06-01T00:00:00Z", ...rows), [
    "6 ZONE_RRSIG_EXPIRED the signature of example.org. NS ended 20260101000000",
  ]);
});

test("times go round: what ends in 2106 and later is not over", () => {
  assert.deepEqual(check("2105-01-01T00:00:00Z", "@ SOA 100 4200000000"), []);
});
