// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Type } from "../../../src/dns/iana.ts";
import { nameFromText } from "../../../src/dns/names.ts";
import { sha256 } from "../../../src/io/digest.ts";
import { openUpdates, updatesFinder, updatesPath } from "../../../src/io/updates-file.ts";
import type { TransferRecord, TransferStep } from "../../../src/transfer/receive.ts";
import { soaSerial } from "../../../src/zone/serial.ts";
import { createFolder } from "../../support/control.ts";

const owner = nameFromText("example.org.")!;
const base = sha256(new Uint8Array([1]));

const soa = (serial: number): TransferRecord => {
  const rdata = new Uint8Array(22);
  new DataView(rdata.buffer).setUint32(2, serial);
  return { owner, type: Type.SOA, ttl: 300, rdata };
};
const token = (number: number): TransferRecord => {
  return { owner, type: Type.TXT, ttl: 60, rdata: Uint8Array.of(2, number >> 8, number & 255) };
};
/** A token comes and the one before goes, as a certificate authority's does. */
const step = (from: number): TransferStep => ({
  ...{ from: soa(from), to: soa(from + 1) },
  ...{ removed: from === 1 ? [] : [token(from - 1)], added: [token(from)] },
});
const ends = (steps: readonly TransferStep[]): number[][] =>
  steps.map(({ from, to }) => [soaSerial(from.rdata), soaSerial(to.rdata)]);

test("K1: entries are there after the file is opened again, and what was torn is written over", (t) => {
  const { folder } = createFolder(t);
  const path = updatesPath(folder, "example.org.");
  assert.equal(updatesFinder(folder)("example.org."), null);
  const file = openUpdates(path);
  assert.equal(file.log, null);
  file.begin(base, null, []);
  file.append(step(1), 1);
  assert.equal(updatesFinder(folder)("example.org."), path);
  assert.equal(updatesFinder(folder)("example.net."), null);
  assert.equal(statSync(path).mode & 0o077, 0);
  const sound = readFileSync(path);
  file.append(step(2), 1);
  const whole = readFileSync(path);
  for (let size = sound.length; size < whole.length; size += 7) {
    writeFileSync(path, whole.subarray(0, size));
    const again = openUpdates(path);
    assert.deepEqual([again.broken, ends(again.log!.steps)], [null, [[1, 2]]]);
    again.append(step(2), 1);
    assert.deepEqual(readFileSync(path), whole);
  }
  openUpdates(path).remove();
  assert.equal(existsSync(path), false);
});

test("K2: a journal that cannot be read is told of and left alone", (t) => {
  const { folder } = createFolder(t);
  const path = join(folder, "a.jnl");
  writeFileSync(
    path,
    "none of ours, but long enough to be one of them, if it were one at all: no.",
  );
  assert.equal(openUpdates(path).broken, "it is no journal of updates");
  assert.match(openUpdates(folder).broken!, /a folder, not a file/);
  const file = openUpdates(join(folder, "b.jnl"));
  file.begin(base, null, [step(1), step(2)]);
  const octets = readFileSync(join(folder, "b.jnl"));
  octets[120]! ^= 1;
  writeFileSync(path, octets);
  assert.match(openUpdates(path).broken!, /damaged, and there are others behind it/);
});

test("K3: a growing journal is folded, all but what is not served yet", (t) => {
  const { folder } = createFolder(t);
  const path = join(folder, "a.jnl");
  const file = openUpdates(path, 2000);
  file.begin(base, null, []);
  let folds = 0;
  for (let serial = 1; serial <= 1000; serial += 1) {
    const served = Math.max(1, serial - 2);
    if (file.append(step(serial), served)) {
      folds += 1;
      assert.deepEqual(ends(openUpdates(path).log!.steps).at(0), [1, served]);
    }
    assert.ok(statSync(path).size < 2500);
  }
  assert.ok(folds > 10, `${folds} folds`);
  const again = openUpdates(path);
  assert.deepEqual(again.log!.steps, file.log!.steps);
  assert.equal(ends(again.log!.steps).at(-1)![1], 1001);
  // Nobody takes part of a journal for the whole: an append behind garbage goes over it.
  appendFileSync(path, "torn");
  assert.deepEqual(openUpdates(path).log!.steps, file.log!.steps);
});
