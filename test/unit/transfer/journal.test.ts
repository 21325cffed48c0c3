// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Type } from "../../../src/dns/iana.ts";
import { concat } from "../../../src/dns/message.ts";
import { nameFromText } from "../../../src/dns/names.ts";
import { sha256 } from "../../../src/io/digest.ts";
import {
  decodeEntry,
  encodeEntry,
  entriesFrom,
  JOURNAL_HEAD,
  readJournal,
  surplus,
} from "../../../src/transfer/journal.ts";
import type { TransferRecord, TransferStep } from "../../../src/transfer/receive.ts";

const owner = nameFromText("example.org.")!;
const mark = new Uint8Array(16).fill(9);

function soa(serial: number): TransferRecord {
  const rdata = new Uint8Array(22);
  new DataView(rdata.buffer).setUint32(2, serial);
  return { owner, type: Type.SOA, ttl: 300, rdata };
}

function step(from: number, to: number, count = 2): TransferStep {
  const records = Array.from({ length: count }, (_, i) => ({
    ...{ owner, type: Type.A, ttl: i, rdata: new Uint8Array([192, 0, 2, i]) },
  }));
  return { from: soa(from), to: soa(to), removed: records.slice(0, 1), added: records };
}

const entry = (from: number, to: number, count = 2): Uint8Array =>
  encodeEntry(step(from, to, count), mark, sha256);

test("what is written is read again", () => {
  const octets = concat([JOURNAL_HEAD, entry(1, 2), entry(2, 5, 0), entry(5, 6)]);
  const index = readJournal(octets, sha256);
  assert.equal(index.damaged, false);
  assert.equal(index.size, octets.length);
  assert.deepEqual(
    index.entries.map(({ from, to }) => [from, to]),
    [
      [1, 2],
      [2, 5],
      [5, 6],
    ],
  );
  const { at, size, mark: read } = index.entries[2]!;
  assert.deepEqual(read, mark);
  assert.deepEqual(decodeEntry(octets.slice(at, at + size), sha256), step(5, 6));
  assert.deepEqual(entriesFrom(index.entries, 2)!.length, 2);
  assert.equal(entriesFrom(index.entries, 3), null);
  assert.deepEqual(readJournal(new Uint8Array(0), sha256).damaged, false);
});

test("a cut or changed journal keeps what was before, and says so", () => {
  const parts = [entry(1, 2), entry(2, 3), entry(3, 4)];
  const octets = concat([JOURNAL_HEAD, ...parts]);
  const ends = parts.map((_, i) => concat([JOURNAL_HEAD, ...parts.slice(0, i + 1)]).length);
  const whole = (size: number): number => ends.filter((end) => end <= size).length;
  for (let size = JOURNAL_HEAD.length; size < octets.length; size += 1) {
    const index = readJournal(octets.slice(0, size), sha256);
    assert.equal(index.entries.length, whole(size));
    assert.equal(index.damaged, index.size !== size);
  }
  for (let at = 0; at < octets.length; at += 1) {
    const changed = octets.slice();
    changed[at]! ^= 1;
    const index = readJournal(changed, sha256);
    assert.ok(index.damaged);
    assert.equal(index.entries.length, at < JOURNAL_HEAD.length ? 0 : whole(at));
  }
});

test("entries are a chain of ever newer serials (RFC 1982)", () => {
  const entriesOf = (...list: readonly (readonly [number, number])[]): number => {
    const parts = list.map(([from, to]) => entry(from, to));
    return readJournal(concat([JOURNAL_HEAD, ...parts]), sha256).entries.length;
  };
  assert.equal(entriesOf([1, 2], [3, 4]), 1);
  assert.equal(entriesOf([1, 2], [2, 2]), 1);
  assert.equal(entriesOf([2, 1]), 0);
  assert.equal(entriesOf([0xffff_ffff, 3], [3, 4]), 2);
});

test("any octets are read without an exception, behind a head and a right checksum, too", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
      assert.ok(readJournal(octets, sha256).size <= octets.length);
      const index = readJournal(concat([JOURNAL_HEAD, octets]), sha256);
      assert.ok(index.size <= octets.length + JOURNAL_HEAD.length);
      decodeEntry(octets, sha256);
      const size = new Uint8Array([0, 0, octets.length >> 8, octets.length & 0xff]);
      const sealed = concat([size, sha256(octets).subarray(0, 8), octets]);
      decodeEntry(sealed, sha256);
      readJournal(concat([JOURNAL_HEAD, sealed]), sha256);
    }),
    { numRuns: 2000 },
  );
});

test("the oldest entries go when a bound is passed, with room to spare", () => {
  const entries = Array.from({ length: 10 }, (_, i) => ({
    ...{ from: i, to: i + 1, mark, at: i * 100, size: 100 },
  }));
  assert.equal(surplus(entries, 1000, 10), 0);
  assert.equal(surplus(entries, 999, 10), 3);
  assert.equal(surplus(entries, 1000, 9), 3);
  assert.equal(surplus(entries.slice(0, 1), 99, 9), 1);
});
