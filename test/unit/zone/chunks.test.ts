// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type ChunkMemory,
  cutZone,
  type JoinedChunks,
  joinChunks,
  roomOf,
  scanChunk,
} from "../../../src/zone/chunks.ts";
import { indexZone } from "../../../src/zone/index.ts";
import {
  recordLine,
  recordOwner,
  recordRdata,
  recordTtl,
  recordType,
} from "../../../src/zone/records.ts";
import { createScanner, scanZone } from "../../../src/zone/scan.ts";
import { RECORD_WORDS, type ZoneValue } from "../../../src/zone/value.ts";
import { name } from "../../support/tables.ts";
import { octetsOf, zoneLines } from "../../support/zone-edits.ts";

const apex = name("example.org.");
const HEAD = [
  "$TTL 300",
  "@ SOA ns hostmaster 1 7200 1800 259200 120",
  "@ NS ns",
  "ns A 192.0.2.53",
];

function inChunks(text: Uint8Array, count: number): JoinedChunks | null {
  const options = { apex, file: "z", headSize: 70 };
  const chunks = cutZone(text, options, count);
  if (chunks === null) return null;
  assert.deepEqual([chunks[0]!.from, chunks.at(-1)!.to], [0, text.length]);
  const { octets, words } = roomOf(chunks);
  const memory: ChunkMemory = {
    octets: new Uint8Array(octets),
    records: new Uint32Array(words),
    hashes: new Int32Array(words / RECORD_WORDS),
  };
  // Last to first: chunks do not wait for each other.
  const scans = chunks.map((chunk) => () => scanChunk(text, options, chunk, memory));
  const done = scans.reverse().map((scan) => scan());
  const make = (length: number): Uint32Array => new Uint32Array(length);
  return joinChunks(options, chunks, done.reverse(), memory, make);
}

function told(zone: ZoneValue): unknown[] {
  return Array.from({ length: zone.recordCount }, (_, i) => [
    String(recordOwner(zone, i)),
    recordType(zone, i),
    recordTtl(zone, i),
    String(recordRdata(zone, i)),
    recordLine(zone, i),
  ]);
}

/** K1; true if the text was read in chunks. */
function agrees(text: Uint8Array, count: number): boolean {
  const joined = inChunks(text, count);
  if (joined === null) return false;
  const serial = scanZone(text, { apex, file: "z" });
  assert.deepEqual(serial.faults, []);
  assert.deepEqual(told(joined.zone), told(serial.value));
  const own = indexZone(joined.zone);
  const given = indexZone(joined.zone, undefined, joined.hashes);
  assert.deepEqual([given.ownerCount, given.ownerHash], [own.ownerCount, own.ownerHash]);
  for (const { at, context } of joined.checkpoints) {
    const scanner = createScanner({ apex, file: "z" });
    scanner.push(text.subarray(0, at));
    assert.equal(scanner.position(), at);
    assert.deepEqual(context, scanner.context());
  }
  return true;
}

test("K1: random zones of every kind, in any number of chunks", () => {
  let chunked = 0;
  fc.assert(
    fc.property(
      fc.infiniteStream(fc.nat()),
      fc.integer({ min: 2, max: 9 }),
      fc.boolean(),
      (chance, count, windows) => {
        const lines = zoneLines(() => chance.next().value as number, 60);
        const unix = octetsOf(lines);
        const text = windows ? octetsOf([...lines.map((line) => `${line}\r`)]) : unix;
        if (agrees(text, count)) chunked += 1;
      },
    ),
    { numRuns: 150 },
  );
  assert.ok(chunked > 50, `${chunked} were read in chunks`);
});

test("K2: any octets are read alike or left to the serial scan", () => {
  const piece = fc.constantFrom(
    ...'abc|\n|\n|\n | A 192.0.2.1|\n@ TXT |(|)|"|;|\\\\|$TTL 5|\n$ORIGIN a|\n$ORIGIN example.org.|\r'.split(
      "|",
    ),
    "$GENERATE 1-3 g$ A 192.0.2.$",
    "\n$INCLUDE x",
    " 77 A 192.0.2.2",
    'x TXT "two\nlines"',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 120 }), (pieces) => {
      agrees(octetsOf([...HEAD, pieces.join("")]), 4);
    }),
    { numRuns: 400 },
  );
});

const hosts = (count: number, line: (i: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => line(i));

test("what a chunk inherits is guessed from lines that begin with a dollar sign", () => {
  const named = ["$ORIGIN a.example.org.", ...hosts(30, (i) => `h${i} A 192.0.2.1`)];
  const relative = ["$ORIGIN b", ...hosts(30, (i) => `h${i} A 192.0.2.2`), "$TTL 7"];
  const rest = hosts(30, (i) => `h${i} A 192.0.2.3\n  TXT "of the same owner"`);
  assert.ok(agrees(octetsOf([...HEAD, ...named, ...relative, ...rest]), 5));
});

test("without a default the TTL stands at every record, as in zones written by servers", () => {
  const head = ["@ 60 SOA ns hostmaster 1 7200 1800 259200 120", "@ 60 NS ns.example.net."];
  assert.ok(agrees(octetsOf([...head, ...hosts(40, (i) => `h${i} ${i} A 192.0.2.1`)]), 3));
  // A record that takes the TTL of the one before: the serial scan knows it, a chunk does not.
  const late = hosts(40, (i) => (i < 20 ? `h${i} 60 A 192.0.2.1` : `h${i} A 192.0.2.1`));
  assert.ok(inChunks(octetsOf([...head, ...late]), 3) === null);
});

test("a quote or parenthesis over a cut is left to the serial scan, or not cut at all", () => {
  const inside = hosts(40, (i) => `h${i} A 192.0.2.1`);
  const spanning = [...HEAD, "open TXT (", ...inside.map((line) => line.split(" ")[0]!), ")"];
  assert.ok(inChunks(octetsOf(spanning), 3) === null);
  const indented = [...HEAD, "open TXT (", ...inside.map((line) => ` ${line}`), " )"];
  assert.ok(inChunks(octetsOf(indented), 3) === null);
  // One huge record, and then small ones: the cuts fall behind it.
  const huge = `big TXT ${'"0123456789" '.repeat(400)}`;
  assert.ok(agrees(octetsOf([...HEAD, huge, ...inside]), 8));
});

test("faults, includes and a second SOA are left to the serial scan", () => {
  const some = hosts(60, (i) => `h${i} A 192.0.2.1`);
  for (const odd of [
    "x A 192.0.2.300",
    "$INCLUDE more",
    "$include more",
    "@ 5 SOA a b 1 1 1 1 1",
  ]) {
    assert.ok(inChunks(octetsOf([...HEAD, ...some, odd]), 4) === null, odd);
  }
  assert.ok(inChunks(octetsOf(HEAD), 4) === null);
});
