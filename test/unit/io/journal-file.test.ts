// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Type } from "../../../src/dns/iana.ts";
import { nameFromText } from "../../../src/dns/names.ts";
import { journalPath, openJournal, sweepJournals } from "../../../src/io/journal-file.ts";
import type { TransferRecord, TransferStep } from "../../../src/transfer/receive.ts";
import { createFolder } from "../../support/control.ts";

const owner = nameFromText("example.org.")!;
const mark = new Uint8Array(16);
const bounds = { octetsMax: 100_000, versionsMax: 8 };

function step(from: number): TransferStep {
  const soa = (serial: number): TransferRecord => {
    const rdata = new Uint8Array(22);
    new DataView(rdata.buffer).setUint32(2, serial);
    return { owner, type: Type.SOA, ttl: 300, rdata };
  };
  return { from: soa(from), to: soa(from + 1), removed: [], added: [] };
}

const serials = (journal: { entries: readonly { from: number }[] }): number[] =>
  journal.entries.map(({ from }) => from);

test("entries are there after the file is opened again; the oldest go", (t) => {
  const { folder } = createFolder(t);
  const path = join(folder, "journal", "example.org.jnl");
  const journal = openJournal(path, bounds, assert.fail);
  for (let serial = 1; serial <= 8; serial += 1) journal.append(step(serial), mark);
  assert.deepEqual(serials(journal), [1, 2, 3, 4, 5, 6, 7, 8]);
  journal.append(step(9), mark);
  assert.deepEqual(serials(journal), [4, 5, 6, 7, 8, 9]);
  const again = openJournal(path, bounds, assert.fail);
  assert.deepEqual(again.entries, journal.entries);
  assert.deepEqual(again.read(again.entries), [4, 5, 6, 7, 8, 9].map(step));
  assert.equal(statSync(path).mode & 0o077, 0);
  again.restart();
  assert.ok(!existsSync(path));
  assert.deepEqual(serials(openJournal(path, bounds, assert.fail)), []);
});

test("what is damaged is cut off and told of, and the journal goes on behind what is sound", (t) => {
  const { folder } = createFolder(t);
  const path = join(folder, "a.jnl");
  const journal = openJournal(path, bounds, assert.fail);
  journal.append(step(1), mark);
  const sound = readFileSync(path);
  writeFileSync(path, Buffer.concat([sound, Buffer.from("torn")]));
  const told: string[] = [];
  const cut = openJournal(path, bounds, (reason) => told.push(reason));
  assert.equal(told.length, 1);
  assert.deepEqual(readFileSync(path), sound);
  cut.append(step(2), mark);
  assert.deepEqual(serials(openJournal(path, bounds, assert.fail)), [1, 2]);
  writeFileSync(path, sound.subarray(0, 40));
  assert.equal(cut.read(cut.entries), null);
});

test("a journal that cannot be written is none, and told of", (t) => {
  const { folder, write } = createFolder(t);
  // A file where its folder would be.
  write("x", "");
  const told: string[] = [];
  const journal = openJournal(join(folder, "x", "y.jnl"), bounds, (one) => told.push(one));
  journal.append(step(1), mark);
  assert.deepEqual(serials(journal), []);
  assert.equal(told.length, 1);
});

test("journals of zones that are gone are removed; any name makes a file name", (t) => {
  const { folder } = createFolder(t);
  const long = `${`${"\\000".repeat(63)}.`.repeat(3)}org.`;
  const apexes = ["example.org.", ".", "a/b.example.", long];
  const paths = apexes.map((apex) => journalPath(join(folder, "j"), apex));
  assert.equal(new Set(paths).size, 4);
  for (const path of paths) openJournal(path, bounds, assert.fail).append(step(1), mark);
  assert.equal(readdirSync(join(folder, "j")).length, 4);
  sweepJournals(join(folder, "j"), apexes.slice(1));
  assert.deepEqual(paths.map(existsSync), [false, true, true, true]);
  sweepJournals(join(folder, "absent"), []);
});
