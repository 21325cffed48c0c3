// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { editZone } from "../../../src/table/edit-zone.ts";
import { apexKey, findZone, readZoneHeader } from "../../../src/table/table-image.ts";
import { checkZone } from "../../../src/zone/check.ts";
import { addressedServers, readEdit } from "../../../src/zone/edit.ts";
import { indexZone } from "../../../src/zone/index.ts";
import { createScanner, scanZone } from "../../../src/zone/scan.ts";
import {
  applied,
  builtMap,
  builtSteering,
  builtZone,
  digest,
  name,
  newImage,
  policy,
  type SteeredText,
  steeredOwners,
} from "../../support/tables.ts";
import { octetsOf, randomEdit, zoneLines } from "../../support/zone-edits.ts";

const apex = name("example.org.");
const STEERED: readonly SteeredText[] = [
  ["w.example.org.", "A AAAA", "m"],
  ["deep.er.example.org.", "A", "m"],
];

test("a placeholder cannot be edited: the zone is built as a whole", () => {
  const image = newImage();
  applied(image, { revision: 1, hold: [apex] });
  const header = readZoneHeader(image.views, findZone(image, apex)!.header.ref);
  assert.deepEqual([header.serial, header.ownerCount, header.negativeSoa.length], [0, 0, 0]);
  const input = { views: image.views, header, policies: [], removed: [], added: [] };
  assert.equal(editZone({ ...input, fixed: new Set(), digest }), null);
});

/** What is known of a text without a finding; null if there is one. */
function compiled(lines: readonly string[], steered: readonly SteeredText[]) {
  const octets = octetsOf(lines);
  const { value, faults } = scanZone(octets, { apex, file: "example.org.zone" });
  const index = indexZone(value);
  if (faults.length + checkZone(value, index, steeredOwners(steered)).length > 0) return null;
  const servers = addressedServers(value, index);
  return servers === null ? null : { octets, servers, built: null };
}

/** Edits a table that holds `before` to `after`; null if that is not a plain edit. */
function edited(before: readonly string[], after: readonly string[], steered: typeof STEERED) {
  const source = compiled(before, steered);
  if (source === null) return null;
  const scanner = createScanner({ apex, file: "z" });
  const checkpoints = [{ at: 0, context: scanner.context() }];
  const text = { apex, file: "z", octets: source.octets, checkpoints };
  const edit = readEdit(text, octetsOf(after), (a, aAt, b, bAt, size) =>
    a.subarray(aAt, aAt + size).every((octet, i) => octet === b[bAt + i]),
  );
  if (edit === null) return null;
  const image = newImage();
  const maps = [builtMap("all")];
  applied(image, {
    revision: 1,
    maps,
    steering: builtSteering([policy("m", "all")], maps),
    planRows: [0],
    put: [builtZone("example.org.", before.join("\n"), steered)],
  });
  const entry = findZone(image, apex)!;
  const header = readZoneHeader(image.views, entry.header.ref);
  const fixed = new Set([...source.servers, ...steered.map((one) => name(one[0]))].map(apexKey));
  const { policies } = entry;
  const zone = editZone({ views: image.views, header, policies, ...edit, fixed, digest });
  return zone === null ? null : { zone, known: header.shardDigests };
}

test("X1, X2: an edited zone is the zone that would have been built, and passes its checks", () => {
  let plain = 0;
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), fc.boolean(), (chance, isSteered) => {
      const next = (): number => chance.next().value as number;
      const steered = isSteered ? STEERED : [];
      // Odd kinds are mostly refused, so most lines are made plain.
      const lines = zoneLines(() => (next() % 4 === 0 ? next() : 23), next() % 2 === 0 ? 40 : 700);
      const after = randomEdit(lines, next);
      const got = edited(lines, after, steered);
      if (got === null) return;
      plain += 1;
      assert.notEqual(compiled(after, steered), null);
      const whole = builtZone("example.org.", after.join("\n"), steered, got.known);
      // Who places it looks at every shard of an edit; those of a whole zone were seen by the builder.
      assert.deepEqual([got.zone.shards.proved, whole.shards.proved], [false, true]);
      assert.deepEqual(got.zone, { ...whole, shards: { ...whole.shards, proved: false } });
    }),
    { numRuns: 120 },
  );
  assert.ok(plain > 5, `${plain} edits were made`);
});

const LINES = [
  "$TTL 300",
  "@ SOA ns hostmaster 1 7200 1800 259200 120",
  "@ NS ns",
  "ns A 192.0.2.53",
  "h A 192.0.2.1",
  "a.b A 192.0.2.2",
  "c CNAME h",
  "sub NS ns.example.net.",
  "two A 192.0.2.3\ntwo A 192.0.2.4",
];
const edit = (from: string, to: string) => {
  const text = LINES.join("\n").replace(from, to).split("\n");
  return edited(LINES, text, STEERED)?.zone ?? null;
};

test("plain edits are made, and only the touched shard is given", () => {
  const zone = edit("h A 192.0.2.1", "h A 192.0.2.9\nh TXT new\nnew A 192.0.2.8\nl.new A ::0");
  assert.equal(zone, null);
  const more = edit("h A 192.0.2.1", "h A 192.0.2.9\nh TXT new\nnew A 192.0.2.8\nl.new TXT x");
  assert.equal(more?.ownerCount, 13);
  assert.ok(more!.shards.at.at(-1)! > 0);
  assert.equal(edit("hostmaster 1", "hostmaster 7")?.serial, 7);
  assert.equal(edit("192.0.2.4", "192.0.2.5")?.ownerCount, 11);
});

test("an edit that needs more than its shard is left to buildZone", () => {
  for (const [from, to] of [
    ["h A 192.0.2.1\n", ""],
    ["h A 192.0.2.1", "x.y A 192.0.2.1"],
    ["h A 192.0.2.1", "h A 192.0.2.1\n*.h A 192.0.2.1"],
    ["h A 192.0.2.1", "h A 192.0.2.1\nx.sub A 192.0.2.1"],
    ["h A 192.0.2.1", "h A 192.0.2.1\nc TXT beside"],
    ["h A 192.0.2.1", "h A 192.0.2.1\nw TXT steered"],
    ["h A 192.0.2.1", "h A 192.0.2.1\nh SOA ns h 1 2 3 4 5"],
    ["ns A 192.0.2.53", "ns A 192.0.2.54"],
    ["two A 192.0.2.3\n", "two 60 A 192.0.2.3\n"],
    ["two A 192.0.2.3\n", "two A 192.0.2.4\n"],
    ["@ SOA ns hostmaster 1 7200 1800 259200 120\n", ""],
  ] as const) {
    assert.equal(edit(from, to), null, to);
  }
});
