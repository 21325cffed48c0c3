// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { typeText } from "../../../src/dns/iana.ts";
import { nameToText } from "../../../src/dns/names.ts";
import { rdataToText } from "../../../src/dns/rdata.ts";
import { applyDiff, diffZones } from "../../../src/zone/diff.ts";
import type { RRset } from "../../../src/zone/records.ts";
import { HEAD, scan } from "./zones.ts";

const text = ({ owner, type, ttl, rdatas }: RRset): string =>
  `${nameToText(owner)} ${ttl} ${typeText(type)} ${rdatas.map((r) => rdataToText(type, r)).join(" | ")}`;

test("changed, new and gone RRsets, in canonical order", () => {
  const before = scan(`${HEAD}z A 192.0.2.1\nz TXT a\nb A 192.0.2.1\nc A 192.0.2.1\n`).value;
  const after = scan(
    `${HEAD}c 5 A 192.0.2.1\nz A 192.0.2.2\nz A 192.0.2.1\nz TXT a\na.z A 192.0.2.9\n`,
  ).value;
  const diff = diffZones(before, after);
  assert.deepEqual(diff.removed.map(text), [
    "b.example.org. 300 A 192.0.2.1",
    "c.example.org. 300 A 192.0.2.1",
    "z.example.org. 300 A 192.0.2.1",
  ]);
  assert.deepEqual(diff.added.map(text), [
    "c.example.org. 5 A 192.0.2.1",
    "z.example.org. 300 A 192.0.2.1 | 192.0.2.2",
    "a.z.example.org. 300 A 192.0.2.9",
  ]);
});

test("D2: the order of the text does not matter, nor do copies", () => {
  const a = scan(`${HEAD}a A 192.0.2.1\na A 192.0.2.2\n`).value;
  const b = scan(`${HEAD}a A 192.0.2.2\na A 192.0.2.1\na A 192.0.2.2\n`).value;
  assert.deepEqual(diffZones(a, b), { removed: [], added: [] });
});

test("D1: a difference applied gives the other zone", () => {
  const line = fc
    .tuple(
      fc.constantFrom("a", "b", "c.b", "*", "@"),
      fc.integer({ min: 1, max: 2 }),
      fc.constantFrom("A 192.0.2.1", "A 192.0.2.2", "TXT x", "TXT X", "NS X.", "NS x.", "MX 1 y"),
    )
    .map((parts) => parts.join(" "));
  const zone = fc.array(line, { maxLength: 12 }).map((lines) => scan(lines.join("\n")).value);
  fc.assert(
    fc.property(zone, zone, (a, b) => {
      const diff = diffZones(a, b);
      const applied = applyDiff(a, diff);
      assert.ok(applied !== null);
      assert.deepEqual(diffZones(applied, b), { removed: [], added: [] });
      assert.deepEqual(diffZones(b, applied), { removed: [], added: [] });
      if (diff.removed.length > 0) assert.equal(applyDiff(scan("").value, diff), null);
    }),
  );
});

test("a difference of another zone is refused", () => {
  const a = scan("a 5 A 192.0.2.1\n").value;
  const b = scan("a 5 A 192.0.2.2\n").value;
  assert.equal(applyDiff(b, diffZones(a, b)), null);
});
