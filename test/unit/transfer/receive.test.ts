// SPDX-License-Identifier: Apache-2.0
/** RFC 5936 and RFC 1995, as whoever receives; the sections stand in the names. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Rcode, Type } from "../../../src/dns/iana.ts";
import {
  createReceiver,
  type Receipt,
  type ReceiverOptions,
  type TransferRecord,
  takeMessage,
} from "../../../src/transfer/receive.ts";
import { APEX, linesOfZone, recordOf, soaLine, transferMessage } from "../../support/transfers.ts";

type Options = Partial<ReceiverOptions>;

/** Takes messages of lines until one is final; gives that receipt and the records of a zone. */
function received(type: number, messages: readonly (readonly string[])[], options: Options = {}) {
  return take(
    type,
    messages.map((lines) => transferMessage(type, lines.map(recordOf))),
    options,
  );
}

function take(type: number, messages: readonly Uint8Array[], options: Options = {}) {
  const records: TransferRecord[] = [];
  const receiver = createReceiver({
    ...{ apex: APEX, type: type as typeof Type.AXFR, id: 7, serial: 1 },
    ...{ recordsMax: 100, octetsMax: 100_000, onRecord: (record) => records.push(record) },
    ...options,
  });
  let receipt: Receipt = { kind: "more" };
  for (const octets of messages) {
    receipt = takeMessage(receiver, octets);
    if (receipt.kind !== "more") break;
  }
  const lines = linesOfZone(records.map(({ rdata, ...rest }) => ({ ...rest, rdatas: [rdata] })));
  return { receipt, lines };
}

function reasonOf(receipt: Receipt): string {
  assert.equal(receipt.kind, "failed");
  return receipt.kind === "failed" ? receipt.reason : "";
}

const HOSTS = ["@ 300 NS ns", "ns 300 A 192.0.2.1", "www 300 A 192.0.2.2"];

test("RFC 5936 §2.2: a zone between two SOAs, in one message or in many", () => {
  const one = received(Type.AXFR, [[soaLine(9), ...HOSTS, soaLine(9)]]);
  assert.deepEqual(one.receipt, { kind: "whole", serial: 9 });
  assert.equal(one.lines.length, 4);
  const each = [soaLine(9), ...HOSTS, soaLine(9)].map((line) => [line]);
  assert.deepEqual(received(Type.AXFR, each), one);
  assert.deepEqual(received(Type.AXFR, [[soaLine(9)], [soaLine(9)]]).receipt, one.receipt);
});

test("RFC 5936 §2.2: what is no transfer of this zone fails, with its reason", () => {
  const cases: readonly (readonly [readonly (readonly string[])[], RegExp])[] = [
    [[HOSTS], /no SOA in front/],
    [[[]], /without a SOA/],
    [[[soaLine(9), ...HOSTS, soaLine(8)]], /different SOAs/],
    [[[soaLine(9), soaLine(8)]], /different SOAs/],
    [[[soaLine(9), ...HOSTS, soaLine(9), HOSTS[1]!]], /behind the last/],
    [[[soaLine(9), "x.example.net. 5 A 192.0.2.1"]], /not in the zone/],
    [[[soaLine(9), soaLine(9).replace("@", "sub")]], /a SOA at sub\.example\.org\./],
    [[[soaLine(9), "www 300 NONE A 192.0.2.2"]], /no zone/],
  ];
  for (const [messages, reason] of cases) {
    assert.match(reasonOf(received(Type.AXFR, messages).receipt), reason);
  }
});

test("RFC 5936 §2.2.1, §2.2.2: head and question", () => {
  const answers = [recordOf(soaLine(9))];
  const heads: readonly (readonly [Parameters<typeof transferMessage>[2], RegExp])[] = [
    [{ id: 8 }, /another query/],
    [{ qr: false }, /no answer/],
    [{ opcode: 4 }, /no answer/],
    [{ tc: true }, /truncated/],
    [{ questions: [] }, /without its question/],
    [{ questions: [{ name: APEX, type: Type.A, class: 1 }] }, /another question/],
  ];
  for (const [rest, reason] of heads) {
    const { receipt } = take(Type.AXFR, [transferMessage(Type.AXFR, answers, rest)]);
    assert.match(reasonOf(receipt), reason);
  }
  const refused = take(Type.AXFR, [transferMessage(Type.AXFR, [], { rcode: Rcode.REFUSED })]);
  assert.ok(refused.receipt.kind === "failed" && refused.receipt.rcode === Rcode.REFUSED);
  const later = transferMessage(Type.AXFR, [recordOf(soaLine(9))], { questions: [] });
  const first = transferMessage(Type.AXFR, [soaLine(9), ...HOSTS].map(recordOf));
  assert.equal(take(Type.AXFR, [first, later]).receipt.kind, "whole");
});

test("RFC 1995 §4: one SOA says that we have the newest", () => {
  const current = received(Type.IXFR, [[soaLine(1)]]);
  assert.deepEqual(current.receipt, { kind: "current", serial: 1 });
  assert.equal(received(Type.IXFR, [[soaLine(0xffffffff)]]).receipt.kind, "current");
  assert.equal(received(Type.IXFR, [[soaLine(2)]]).receipt.kind, "more");
});

test("RFC 1995 §4: steps, and the form of AXFR", () => {
  const steps = [
    soaLine(3),
    soaLine(1),
    "a 60 A 192.0.2.1",
    soaLine(2),
    "b 60 A 192.0.2.2",
    soaLine(2),
    soaLine(3),
    "c 60 A 192.0.2.3",
    soaLine(3),
  ];
  const { receipt } = received(Type.IXFR, [steps]);
  assert.ok(receipt.kind === "steps");
  assert.deepEqual(
    receipt.steps.map(({ removed, added }) => [removed.length, added.length]),
    [
      [1, 1],
      [0, 1],
    ],
  );
  assert.deepEqual(
    received(
      Type.IXFR,
      steps.map((line) => [line]),
    ).receipt,
    receipt,
  );
  const whole = received(Type.IXFR, [[soaLine(3), ...HOSTS, soaLine(3)]]);
  assert.deepEqual([whole.receipt.kind, whole.lines.length], ["whole", 4]);
});

test("RFC 1995 §4: steps from elsewhere, or with a gap", () => {
  const from = received(Type.IXFR, [[soaLine(3), soaLine(2), soaLine(3), soaLine(3)]]);
  assert.match(reasonOf(from.receipt), /another version/);
  const gap = [soaLine(4), soaLine(1), soaLine(2), soaLine(3), soaLine(4), soaLine(4)];
  assert.match(reasonOf(received(Type.IXFR, [gap]).receipt), /do not follow/);
});

test("R3: bounds on records and octets", () => {
  const lines = [soaLine(9), ...HOSTS, soaLine(9)];
  assert.match(reasonOf(received(Type.AXFR, [lines], { recordsMax: 4 }).receipt), /4 records/);
  assert.match(reasonOf(received(Type.AXFR, [lines], { octetsMax: 50 }).receipt), /50 octets/);
});

const STEPS = [soaLine(3), soaLine(1), "a 60 A 192.0.2.1", soaLine(3), "b 60 TXT x", soaLine(3)];

test("R1: the division into messages does not matter", () => {
  const whole = received(Type.IXFR, [STEPS]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 3 })), (sizes) => {
      const messages: string[][] = [];
      const left = [...STEPS];
      for (const size of sizes) if (left.length > 0) messages.push(left.splice(0, size));
      if (left.length > 0) messages.push(left);
      assert.deepEqual(received(Type.IXFR, messages), whole);
    }),
  );
});

test("R3: no octet that is turned makes it throw", () => {
  const octets = transferMessage(Type.IXFR, STEPS.map(recordOf));
  fc.assert(
    fc.property(fc.nat(octets.length - 1), fc.nat(255), (at, value) => {
      const bent = octets.slice();
      bent[at] = value;
      assert.doesNotThrow(() => take(Type.IXFR, [bent]));
    }),
  );
});
