// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nameToText } from "../../../src/dns/names.ts";
import {
  addressedServers,
  type Checkpoint,
  type EqualOctets,
  readEdit,
} from "../../../src/zone/edit.ts";
import { indexZone } from "../../../src/zone/index.ts";
import { type RRset, recordOwner, recordRdata, recordType } from "../../../src/zone/records.ts";
import { createScanner, scanZone } from "../../../src/zone/scan.ts";
import { name } from "../../support/tables.ts";
import { octetsOf, randomEdit, zoneLines } from "../../support/zone-edits.ts";

const apex = name("example.org.");
const equal: EqualOctets = (a, aAt, b, bAt, size) =>
  Buffer.compare(a.subarray(aAt, aAt + size), b.subarray(bAt, bAt + size)) === 0;

function checkpointsOf(text: Uint8Array, piece: number): Checkpoint[] {
  const scanner = createScanner({ apex, file: "z" });
  const list: Checkpoint[] = [];
  for (let at = 0; at < text.length; at += piece) {
    const position = scanner.position();
    if (position > (list.at(-1)?.at ?? -1)) {
      list.push({ at: position, context: scanner.context() });
    }
    scanner.push(text.subarray(at, at + piece));
  }
  return list;
}

function edited(before: Uint8Array, after: Uint8Array, piece = 200) {
  const checkpoints = checkpointsOf(before, piece);
  return readEdit({ apex, file: "z", octets: before, checkpoints }, after, equal);
}

/** The records of a text as sorted lines, TTLs left out. */
function recordsOf(text: Uint8Array): { lines: string[]; faults: number } {
  const { value, faults } = scanZone(text, { apex, file: "z" });
  const lines = Array.from({ length: value.recordCount }, (_, i) =>
    lineOf(recordOwner(value, i), recordType(value, i), recordRdata(value, i)),
  );
  return { lines: lines.sort(), faults: faults.length };
}

function lineOf(owner: Uint8Array, type: number, rdata: Uint8Array): string {
  return `${nameToText(owner)} ${type} ${Buffer.from(rdata).toString("hex")}`;
}

function linesOf(rrsets: readonly RRset[]): string[] {
  return rrsets.flatMap(({ owner, type, rdatas }) =>
    rdatas.map((rdata) => lineOf(owner, type, rdata)),
  );
}

test("E1: records of the new text are those of the old one, less removed, plus added", () => {
  let plain = 0;
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), fc.integer({ min: 40, max: 600 }), (chance, piece) => {
      const next = (): number => chance.next().value as number;
      const lines = zoneLines(next, 120);
      const before = octetsOf(lines);
      const after = octetsOf(randomEdit(lines, next));
      if (recordsOf(before).faults > 0) return;
      const edit = edited(before, after, piece);
      if (edit === null) return;
      plain += 1;
      const whole = recordsOf(after);
      assert.equal(whole.faults, 0);
      const left = recordsOf(before).lines;
      for (const line of linesOf(edit.removed)) {
        const at = left.indexOf(line);
        assert.ok(at >= 0, line);
        left.splice(at, 1);
      }
      assert.deepEqual([...left, ...linesOf(edit.added)].sort(), whole.lines);
      assert.equal(edit.recordDelta, whole.lines.length - recordsOf(before).lines.length);
      // The new checkpoints serve the next edit as well as fresh ones.
      for (const { at, context } of edit.checkpoints) {
        const scanner = createScanner({ apex, file: "z" });
        scanner.push(after.subarray(0, at));
        assert.equal(scanner.position(), at);
        assert.deepEqual(scanner.context(), context);
      }
    }),
    { numRuns: 300 },
  );
  assert.ok(plain > 50, `${plain} edits were read`);
});

const TEXT = [
  "$TTL 300",
  "@ SOA ns hostmaster 1 7200 1800 259200 120",
  "@ NS ns",
  ...Array.from({ length: 100 }, (_, i) => `host${i} A 192.0.2.${i}`),
  "ns A 192.0.2.53",
];
const before = octetsOf(TEXT);
const replaced = (from: string, to: string) =>
  edited(before, octetsOf(TEXT.map((line) => (line === from ? to : line))));

test("a serial at the top and a record far below are two small spans", () => {
  const serial = "@ SOA ns hostmaster 2026112201 7200 1800 259200 120";
  const text = TEXT.map((line) => (line.includes("SOA") ? serial : line));
  const after = octetsOf(text.map((line) => line.replace("192.0.2.77", "198.51.100.7")));
  const edit = edited(before, after);
  assert.ok(edit !== null);
  const texts = (list: readonly RRset[]): string[] => list.map((one) => nameToText(one.owner));
  assert.deepEqual(texts(edit.removed), ["example.org.", "host77.example.org."]);
  assert.deepEqual(texts(edit.added), ["example.org.", "host77.example.org."]);
});

test("what is not plain is left to the whole scan", () => {
  assert.ok(replaced("host9 A 192.0.2.9", "host9 AAAA 2001:db8::9") !== null);
  for (const line of [
    "host9 CNAME host8",
    "host9 NS ns",
    "host9 MX 10 ns",
    "host9 A 192.0.2",
    "host9 A (192.0.2.9",
    'host9 TXT "a',
    "$INCLUDE other",
    "host9 2147483648 A 192.0.2.9",
    "host9 A 192.0.2.9\nhost9 A 192.0.2.9",
    "host9 60 A 192.0.2.9\nhost9 61 A 192.0.2.10",
  ]) {
    assert.equal(replaced("host9 A 192.0.2.9", line), null, line);
  }
});

test("a directive whose effect goes beyond its span reaches to the end, or null", () => {
  const edit = replaced("host90 A 192.0.2.90", "$TTL 60\nhost90 A 192.0.2.90");
  const rest = edit === null ? [] : edit.added.filter((one) => one.ttl === 60);
  assert.equal(rest.length, edit === null ? 0 : 11);
});

test("equal texts are no edit", () => {
  const edit = edited(before, before.slice());
  assert.deepEqual([edit?.removed, edit?.added, edit?.recordDelta], [[], [], 0]);
  assert.deepEqual(edit?.checkpoints, checkpointsOf(before, 200));
});

test("servers inside the zone are named, if each has an address", () => {
  const servers = (text: string): string[] | null => {
    const { value } = scanZone(octetsOf(text.split("|")), { apex, file: "z" });
    return addressedServers(value, indexZone(value))?.map((one) => nameToText(one)) ?? null;
  };
  assert.deepEqual(servers("$TTL 1|@ NS NS|ns A 192.0.2.1|@ NS ns.example.net."), [
    "ns.example.org.",
  ]);
  assert.equal(servers("$TTL 1|@ NS ns|ns TXT a"), null);
  assert.equal(servers("$TTL 1|@ NS ns|* A 192.0.2.1"), null);
});
