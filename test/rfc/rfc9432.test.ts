// SPDX-License-Identifier: Apache-2.0
/**
 * RFC 9432: what a catalog says, and what follows for its members. Over sockets, with catalogs of Knot
 * and BIND, in test/e2e/catalog.test.ts.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type CatalogMember,
  groupOf,
  type Membership,
  readCatalog,
  settleCatalogs,
} from "../../src/transfer/catalog.ts";
import { apexText, name, zoneValue } from "../support/tables.ts";
import { rrsetsOf } from "../support/transfers.ts";

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

test("§4.3.1: exactly one version, and the one we know", () => {
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

test("§4.2, §4.4, §4.5: properties group and coo; those of others, and of nobody, say nothing", () => {
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

const labels = (settled: ReturnType<typeof settleCatalogs>): string[] =>
  settled.memberships.map((one) => `${one.zone} ${one.catalog} ${one.label}`);

test("§4.4.2: a group's settings, the first listed of several; values that nobody knows are ignored", () => {
  const known = ["gold", "silver"];
  assert.equal(groupOf(["silver"], known), "silver");
  assert.equal(groupOf(["silver", "gold", "x"], known), "gold");
  assert.equal(groupOf(["Gold", "x"], known), null);
  assert.equal(groupOf([], known), null);
  const text = `${VERSION}a.zones PTR one.example.\ngroup.a.zones TXT "\\195\\164" "b"\n`;
  const read = catalog(text);
  assert.ok("members" in read);
  assert.deepEqual(read.members[0]?.groups, ["äb"], "the whole RDATA, as UTF-8");
});

test("§5.2: who has a zone keeps it; a second catalog and the configuration clash", () => {
  const catalogs = new Map([
    ["c1.", [member("z.")]],
    ["c2.", [member("z.", "b"), member("y.")]],
  ]);
  const first = settleCatalogs(catalogs, none, []);
  assert.deepEqual(labels(first), ["y. c2. a", "z. c1. a"]);
  assert.deepEqual(first.clashes, [{ zone: "z.", catalog: "c2.", owner: "c1." }]);
  const later = settleCatalogs(catalogs, none, [held("c2.", member("z.", "b"))]);
  assert.deepEqual(labels(later), ["y. c2. a", "z. c2. b"]);
  assert.deepEqual([later.reset, later.removed], [[], []]);
  const own = settleCatalogs(catalogs, new Set(["z."]), first.memberships);
  assert.deepEqual([labels(own), own.removed], [["y. c2. a"], ["z."]]);
  assert.ok(own.clashes.every((one) => one.owner === "the configuration"));
});

test("§5.3: a zone that its catalog lists no more goes, and only if that catalog had it", () => {
  const before = [held("c1.", member("z.", "a")), held("c1.", member("y.", "k"))];
  const now = settleCatalogs(new Map([["c1.", [member("z.", "a")]]]), none, before);
  assert.deepEqual([labels(now), now.removed, now.reset], [["z. c1. a"], ["y."], []]);
  const both = [held("c1.", member("z."))];
  const other = settleCatalogs(
    new Map([
      ["c1.", [member("z.")]],
      ["c2.", []],
    ]),
    none,
    both,
  );
  assert.deepEqual([labels(other), other.removed], [["z. c1. a"], []]);
  const gone = settleCatalogs(new Map(), none, both);
  assert.deepEqual([labels(gone), gone.removed], [[], ["z."]], "the catalog itself went");
});

test("§5.4, §5.6: another label is a removal and a new zone of the same name", () => {
  const before = [held("c1.", member("z.", "a")), held("c1.", member("y.", "k"))];
  const lists = new Map([["c1.", [member("z.", "b"), member("y.", "k")]]]);
  const now = settleCatalogs(lists, none, before);
  assert.deepEqual([labels(now), now.reset], [["y. c1. k", "z. c1. b"], ["z."]]);
  assert.deepEqual(settleCatalogs(lists, none, now.memberships).reset, [], "once");
});

test("§4.4.1: coo hands a zone over when the other catalog lists it, not before", () => {
  const before = [held("c1.", member("z."))];
  const offered = [member("z.", "a", "c2.")];
  const waiting = settleCatalogs(new Map([["c1.", offered]]), none, before);
  assert.deepEqual(labels(waiting), ["z. c1. a"]);
  const take = (label: string) =>
    settleCatalogs(
      new Map([
        ["c1.", offered],
        ["c2.", [member("z.", label)]],
      ]),
      none,
      waiting.memberships,
    );
  const taken = take("a");
  assert.deepEqual([labels(taken), taken.reset], [["z. c2. a"], []], "its state goes with it");
  assert.deepEqual([labels(take("b")), take("b").reset], [["z. c2. b"], ["z."]]);
  // What the old catalog still lists after that is another's.
  assert.deepEqual(taken.clashes, [{ zone: "z.", catalog: "c1.", owner: "c2." }]);
  const shut = settleCatalogs(
    new Map([
      ["c1.", [member("z.", "b", "c2.")]],
      ["c2.", [member("z.", "a")]],
    ]),
    none,
    waiting.memberships,
  );
  assert.deepEqual(shut.reset, ["z."], "a label that changes with the coo gives no state away");
});

test("§4.4.1, §5.5: a coo that is gone with its member hands nothing over: a new zone", () => {
  const before = [held("c1.", member("z.", "a", "c2."))];
  const lists = new Map([
    ["c1.", []],
    ["c2.", [member("z.", "a")]],
  ]);
  const now = settleCatalogs(lists, none, before);
  assert.deepEqual([labels(now), now.reset], [["z. c2. a"], ["z."]]);
  const stays = settleCatalogs(
    new Map([
      ["c1.", [member("z.", "a", null)]],
      ["c2.", [member("z.", "a")]],
    ]),
    none,
    before,
  );
  assert.deepEqual(labels(stays), ["z. c1. a"], "it was withdrawn");
});
