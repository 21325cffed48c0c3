// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "../../../src/dns/iana.ts";
import { nameFromText } from "../../../src/dns/names.ts";
import { sha256 } from "../../../src/io/digest.ts";
import { encodeEntry } from "../../../src/transfer/journal.ts";
import type { TransferRecord, TransferStep } from "../../../src/transfer/receive.ts";
import {
  encodeUpdatesHead,
  readUpdates,
  replayUpdates,
  stepOfUpdate,
  stepsAfter,
  UPDATES_HEAD_SIZE,
  type UpdateLog,
} from "../../../src/transfer/updates.ts";
import { linesOf } from "../../../src/zone/master.ts";
import type { RRset } from "../../../src/zone/records.ts";
import { soaSerial, soaWithSerial } from "../../../src/zone/serial.ts";

const apex = nameFromText("example.org.")!;
const base = new Uint8Array(sha256(new Uint8Array([1])));
const edited = new Uint8Array(sha256(new Uint8Array([2])));
const soa = (serial: number, minimum = 300): RRset => {
  const rdata = new Uint8Array(22);
  new DataView(rdata.buffer).setUint32(18, minimum);
  return { owner: apex, type: Type.SOA, ttl: 300, rdatas: [soaWithSerial(rdata, serial)] };
};
const a = (last: number, ttl = 60): TransferRecord => {
  return { owner: apex, type: Type.A, ttl, rdata: new Uint8Array([192, 0, 2, last]) };
};
const first = ({ owner, type, ttl, rdatas }: RRset): TransferRecord => {
  return { owner, type, ttl, rdata: rdatas[0]! };
};
const step = (
  from: number,
  removed: TransferRecord[],
  added: TransferRecord[],
  to = from + 1,
): TransferStep => ({ from: first(soa(from)), to: first(soa(to)), removed, added });
const logOf = (...steps: TransferStep[]): UpdateLog => ({ base, flushed: null, steps, size: 0 });
const zoneOf =
  (...rrsets: RRset[]) =>
  (_: Uint8Array, type: number): RRset | null =>
    rrsets.find((one) => one.type === type) ?? null;
const addresses = (ttl: number, ...last: number[]): RRset => {
  return { ...a(0), ttl, rdatas: last.map((one) => a(one).rdata) };
};

/** Serial and addresses that come of it; or why not. */
function outcome(log: UpdateLog, digest: Uint8Array, serial: number, file: RRset): string[] {
  const replay = replayUpdates(log, digest, soa(serial), zoneOf(file));
  if (replay.kind === "refused") return [replay.detail];
  if (replay.diff === null) return ["as it is"];
  const { added } = replay.diff;
  const serials = added.filter(({ type }) => type === Type.SOA).map((one) => one.rdatas[0]!);
  const rest = added.filter(({ type }) => type !== Type.SOA).map(linesOf);
  return [...serials.map((one) => `serial ${soaSerial(one)}`), ...rest.join("").trim().split("\n")];
}

test("a journal is read back; a torn end is none of it, and damage before others is told", () => {
  const steps = [step(7, [], [a(1)]), step(8, [a(1)], [a(2)])];
  const parts = steps.map((one) => encodeEntry(one, new Uint8Array(16), sha256));
  const head = encodeUpdatesHead(base, edited, sha256);
  const octets = new Uint8Array(Buffer.concat([head, ...parts]));
  const whole = readUpdates(octets, sha256);
  assert.deepEqual(whole, { base, flushed: edited, steps, size: octets.length });
  for (let size = 0; size < octets.length; size += 1) {
    const cut = readUpdates(octets.slice(0, size), sha256);
    if (size < UPDATES_HEAD_SIZE) assert.equal(typeof cut, "string");
    else {
      const count = size < UPDATES_HEAD_SIZE + parts[0]!.length ? 0 : 1;
      assert.deepEqual((cut as UpdateLog).steps, steps.slice(0, count), `${size} octets`);
    }
  }
  for (let at = 0; at < octets.length; at += 1) {
    const changed = octets.slice();
    changed[at]! ^= 0x40;
    const read = readUpdates(changed, sha256);
    const inLast = at >= UPDATES_HEAD_SIZE + parts[0]!.length;
    // What was changed is never taken for an update; only the last entry may have been torn.
    if (typeof read !== "string") assert.ok(read.steps.length < 2, `octet ${at}`);
    if (!inLast && at < UPDATES_HEAD_SIZE) assert.equal(typeof read, "string", `octet ${at}`);
  }
});

test("W1: over its base a journal gives the last version of it", () => {
  const log = logOf(step(7, [], [a(2)]), step(8, [a(1), a(2)], [a(1, 30), a(2, 30)], 20));
  const said = outcome(log, base, 7, addresses(60, 1));
  assert.deepEqual(said, ["serial 20", ...lines(30, 1, 2)]);
  assert.deepEqual(outcome(logOf(), edited, 7, addresses(60, 1)), ["as it is"]);
});

test("W2: an edit by hand and the updates are both there", () => {
  const log = logOf(step(7, [], [a(2)]), step(8, [a(1)], [a(3)]));
  // The edit takes away what an update took away too, adds one that an update added, and its own.
  assert.deepEqual(outcome(log, edited, 10, addresses(60, 2, 9)), [
    "serial 12",
    ...lines(60, 9, 2, 3),
  ]);
  for (const serial of [7, 6]) {
    const [said] = outcome(log, edited, serial, addresses(60, 1));
    assert.equal(said, `serial ${serial} is not newer than 7, on which updates up to 9 stand`);
  }
  const far = logOf(step(7, [], [a(2)], 7 + 0x7fff_fff0));
  assert.match(outcome(far, edited, 100, addresses(60, 1))[0]!, /too far/);
});

test("W2: the SOA is that of the edit, unless an update changed it", () => {
  const minimumOf = (log: UpdateLog): number => {
    const replay = replayUpdates(log, edited, soa(8, 77), zoneOf());
    assert.ok(replay.kind === "zone");
    const rdata = replay.diff!.added.find(({ type }) => type === Type.SOA)!.rdatas[0]!;
    return new DataView(rdata.buffer, rdata.byteOffset).getUint32(rdata.length - 4);
  };
  assert.equal(minimumOf(logOf(step(7, [], [a(2)]))), 77);
  const changed = { ...step(7, [], []), to: first(soa(8, 55)) };
  assert.equal(minimumOf(logOf(changed)), 55);
});

test("W3: over the file that it was flushed to it changes nothing", () => {
  const log = { ...logOf(step(7, [], [a(2)])), flushed: edited };
  assert.deepEqual(outcome(log, edited, 8, addresses(60, 1, 2)), ["as it is"]);
  assert.deepEqual(outcome(log, base, 7, addresses(60, 1)), ["serial 8", ...lines(60, 1, 2)]);
});

test("an update is a step of records, and steps are found by serial", () => {
  const removed = [soa(7), addresses(60, 1)];
  const added = [soa(8), addresses(60, 1, 2)];
  const made = stepOfUpdate({ removed, added });
  assert.deepEqual(made, step(7, [], [a(2)]));
  const steps = [step(7, [], []), step(8, [], [])];
  assert.deepEqual(stepsAfter(steps, 7), steps);
  assert.deepEqual(stepsAfter(steps, 8), steps.slice(1));
  assert.deepEqual(stepsAfter(steps, 9), []);
  assert.deepEqual(stepsAfter([], 5), []);
  assert.equal(stepsAfter(steps, 10), null);
});

function lines(ttl: number, ...last: number[]): string[] {
  return last.map((one) => `example.org. ${ttl} IN A 192.0.2.${one}`);
}
