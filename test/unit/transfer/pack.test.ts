// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Type } from "../../../src/dns/iana.ts";
import { isMessage, readMessage } from "../../../src/dns/message.ts";
import { nameFromText } from "../../../src/dns/names.ts";
import { rdataFromText } from "../../../src/dns/rdata.ts";
import { createPacker } from "../../../src/transfer/pack.ts";
import type { TransferRecord } from "../../../src/transfer/receive.ts";

const APEX = nameFromText("example.org.")!;

function rdata(type: number, text: string): Uint8Array {
  const read = rdataFromText(type, text, APEX);
  assert.ok("rdata" in read);
  return read.rdata;
}

const RDATAS = [
  [Type.A, "192.0.2.1"],
  [Type.MX, "10 mail"],
  [Type.MX, "10 Mail.Example.ORG."],
  [Type.NS, "example.org."],
  [Type.CNAME, "xexample.org."],
  [Type.SRV, "1 2 3 www"],
  [Type.TXT, `"${"x".repeat(200)}"`],
  [Type.SOA, "ns.example.net. host 1 2 3 4 5"],
] as const;

test("whatever is packed is read again, in messages within their room", () => {
  const owner = fc.constantFrom(
    "@",
    "a",
    "a",
    "b.c",
    "*",
    "x.a",
    `${"l".repeat(63)}.${"m".repeat(63)}`,
  );
  const record = fc.tuple(owner, fc.constantFrom(...RDATAS), fc.nat(2 ** 31 - 1));
  fc.assert(
    fc.property(
      fc.array(record, { minLength: 1, maxLength: 400 }),
      fc.integer({ min: 700, max: 65_535 }),
      fc.boolean(),
      (list, room, withOpt) => {
        const records: TransferRecord[] = list.map(([name, [type, text], ttl]) => ({
          ...{ owner: nameFromText(name, APEX)!, type, ttl, rdata: rdata(type, text) },
        }));
        const opt = withOpt
          ? new Uint8Array([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0])
          : new Uint8Array(0);
        const packer = createPacker({ id: 7, rd: true, apex: APEX, type: Type.AXFR, room, opt });
        const messages: Uint8Array[] = [];
        for (const one of records) {
          const full = packer.add(one.owner, one.type, one.ttl, one.rdata);
          if (full !== null) messages.push(full);
        }
        messages.push(packer.end()!);
        assert.equal(packer.end(), null);
        const read = messages.flatMap((octets, i) => {
          assert.ok(octets.length <= room);
          const message = readMessage(octets);
          assert.ok(isMessage(message));
          assert.equal(message.edns !== null, withOpt && i === 0);
          assert.ok(message.answers.length > 0);
          return message.answers;
        });
        assert.deepEqual(
          read.map(({ owner: name, type, ttl, rdata: data }) => ({
            owner: name,
            type,
            ttl,
            rdata: data,
          })),
          records,
        );
      },
    ),
    { numRuns: 60 },
  );
});

test("the root zone has no apex to point at, and is packed all the same", () => {
  const root = new Uint8Array(1);
  const packer = createPacker({ id: 7, rd: false, apex: root, type: Type.AXFR, room: 600 });
  packer.add(nameFromText("org.")!, Type.NS, 5, nameFromText("a.org.")!);
  const message = readMessage(packer.end()!);
  assert.ok(isMessage(message));
  assert.deepEqual(message.answers[0]!.owner, nameFromText("org."));
  assert.deepEqual(message.answers[0]!.rdata, nameFromText("a.org."));
});

test("a record larger than any message is a breach", () => {
  const packer = createPacker({ id: 7, rd: false, apex: APEX, type: Type.AXFR, room: 600 });
  assert.throws(() => packer.add(APEX, Type.TXT, 5, new Uint8Array(600)));
});
