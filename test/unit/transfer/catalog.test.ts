// SPDX-License-Identifier: Apache-2.0
/** RFC 9432; the sections stand in the names. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type CatalogMember,
  type Membership,
  readCatalog,
  settleCatalogs,
} from "../../../src/transfer/catalog.ts";
import { apexText, name, zoneValue } from "../../support/tables.ts";
import { rrsetsOf } from "../../support/transfers.ts";

const apex = name("catalog.example.");
const VERSION = 'version TXT "2"\n';

function catalog(text: string) {
  const zone = zoneValue("catalog.example.", `${apexText()}${text}`);
  return readCatalog(apex, rrsetsOf(zone));
}

function brokenBy(text: string): string {
  const read = catalog(text);
  assert.ok("broken" in read, JSON.stringify(read));
  return read.broken;
}

test("§4.2.1: exactly one version, and the one we know", () => {
  assert.deepEqual(catalog(VERSION), { members: [] });
  assert.match(brokenBy("a.zones PTR one.example.\n"), /no version/);
  assert.match(brokenBy('version TXT "1"\n'), /"1" is not known/);
  assert.match(brokenBy(`${VERSION}version TXT "3"\n`), /more than one/);
});

test("§4.1: members by label; names in any case, records of other kinds passed over", () => {
  const text = `${VERSION}AbC.zones PTR One.Example.
x.zones PTR two.example.
x.zones TXT "comment"
zones TXT "comment"
other PTR three.example.
`;
  assert.deepEqual(catalog(text), {
    members: [
      { zone: "one.example.", label: "abc", groups: [], coo: null },
      { zone: "two.example.", label: "x", groups: [], coo: null },
    ],
  });
});

test("§4.1, §5.1: two zones at a node or two nodes of a zone break the catalog", () => {
  const two = `${VERSION}a.zones PTR one.example.\na.zones PTR two.example.\n`;
  assert.match(brokenBy(two), /a lists more than one zone/);
  const twice = `${VERSION}a.zones PTR one.example.\nb.zones PTR one.example.\n`;
  assert.match(brokenBy(twice), /one\.example\. is listed by/);
  const coos = `${VERSION}a.zones PTR one.example.\ncoo.a.zones PTR c1.\ncoo.a.zones PTR c2.\n`;
  assert.match(brokenBy(coos), /more than one coo/);
});

test("§4.3: properties group and coo; those of others, and of nobody, say nothing", () => {
  const text = `${VERSION}a.zones PTR one.example.
group.a.zones TXT "nodnssec"
group.a.zones TXT "a" "b"
coo.a.zones PTR Next.Example.
x.ext.a.zones TXT "own"
group.b.zones TXT "nobody"
`;
  assert.deepEqual(catalog(text), {
    members: [
      { zone: "one.example.", label: "a", groups: ["ab", "nodnssec"], coo: "next.example." },
    ],
  });
});

const member = (zone: string, label = "a", coo: string | null = null): CatalogMember => {
  return { zone, label, groups: [], coo };
};
const held = (catalogName: string, one: CatalogMember): Membership => {
  return { ...one, catalog: catalogName };
};
const none: ReadonlySet<string> = new Set();

test("§5.2: who has a zone keeps it; a second catalog and the configuration clash", () => {
  const catalogs = new Map([
    ["c1.", [member("z.")]],
    ["c2.", [member("z.", "b"), member("y.")]],
  ]);
  const first = settleCatalogs(catalogs, none, []);
  assert.deepEqual(
    first.memberships.map((one) => [one.zone, one.catalog]),
    [
      ["y.", "c2."],
      ["z.", "c1."],
    ],
  );
  assert.deepEqual(first.clashes, [{ zone: "z.", catalog: "c2.", owner: "c1." }]);
  const later = settleCatalogs(catalogs, none, [held("c2.", member("z.", "b"))]);
  assert.equal(later.memberships.find((one) => one.zone === "z.")?.catalog, "c2.");
  const own = settleCatalogs(catalogs, new Set(["z."]), first.memberships);
  assert.deepEqual(
    own.memberships.map((one) => one.zone),
    ["y."],
  );
  assert.ok(own.clashes.every((one) => one.owner === "the configuration"));
});

test("§4.3.1: coo hands a zone over when the other catalog lists it, not before", () => {
  const before = [held("c1.", member("z."))];
  const offered = [member("z.", "a", "c2.")];
  const waiting = settleCatalogs(new Map([["c1.", offered]]), none, before);
  assert.equal(waiting.memberships[0]?.catalog, "c1.");
  const both = new Map([
    ["c1.", offered],
    ["c2.", [member("z.", "a")]],
  ]);
  const taken = settleCatalogs(both, none, waiting.memberships);
  assert.equal(taken.memberships[0]?.catalog, "c2.");
  assert.deepEqual(taken.reset, [], "the label is the same: its state goes with it");
  const dropped = new Map([["c2.", [member("z.", "b")]]]);
  const other = settleCatalogs(dropped, none, waiting.memberships);
  assert.deepEqual([other.memberships[0]?.catalog, other.reset], ["c2.", ["z."]]);
});

test("§5.4: another label is another zone; a zone that is listed no more goes", () => {
  const before = [held("c1.", member("z.", "a")), held("c1.", member("y.", "k"))];
  const now = settleCatalogs(new Map([["c1.", [member("z.", "b")]]]), none, before);
  assert.deepEqual(
    now.memberships.map((one) => one.zone),
    ["z."],
  );
  assert.deepEqual(now.reset, ["z."]);
});
