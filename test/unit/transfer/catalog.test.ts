// SPDX-License-Identifier: Apache-2.0
/** What RFC 9432 says of it stands in test/rfc/rfc9432.test.ts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type CatalogMember,
  type Membership,
  settleCatalogs,
} from "../../../src/transfer/catalog.ts";

const ZONES = ["a.", "b.", "c.", "d."];
const CATALOGS = ["c1.", "c2.", "c3."];

const member = fc.record(
  {
    zone: fc.constantFrom(...ZONES),
    label: fc.constantFrom("x", "y"),
    groups: fc.constant([]),
    coo: fc.constantFrom(null, ...CATALOGS),
  },
  { noNullPrototype: true },
);
const list = fc.uniqueArray(member, { selector: (one) => one.zone });
const lists = fc.dictionary(fc.constantFrom(...CATALOGS), list, { noNullPrototype: true });
const configured = fc.subarray(ZONES);

const settle = (
  given: Readonly<Record<string, readonly CatalogMember[]>>,
  own: readonly string[],
  before: readonly Membership[],
  turned = false,
) => {
  const entries = Object.entries(given);
  const map = new Map(turned ? entries.toReversed() : entries);
  return settleCatalogs(map, new Set(own), before);
};

test("G2, G3: whatever catalogs say, one owner each, and nothing is lost or kept twice", () => {
  fc.assert(
    fc.property(lists, lists, configured, configured, (first, then, ownFirst, ownThen) => {
      const before = settle(first, ownFirst, []).memberships;
      const now = settle(then, ownThen, before);
      const zones = now.memberships.map(({ zone }) => zone);
      const listed = new Set(Object.values(then).flatMap((each) => each.map(({ zone }) => zone)));
      const wanted = [...listed].filter((zone) => !ownThen.includes(zone)).sort();
      assert.deepEqual(zones, wanted);
      for (const { zone, catalog, ...rest } of now.memberships) {
        const row = then[catalog]!.find((each) => each.zone === zone);
        assert.deepEqual({ zone, ...rest }, row);
      }
      const old = before.map(({ zone }) => zone);
      assert.deepEqual(
        now.removed,
        old.filter((zone) => !zones.includes(zone)),
      );
      assert.ok(now.reset.every((zone) => old.includes(zone) && zones.includes(zone)));
      // G4
      assert.deepEqual(settle(then, ownThen, before, true), now);
    }),
  );
});
