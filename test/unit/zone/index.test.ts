// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { nameHash } from "../../../src/base/hash.ts";
import { Type, typeText } from "../../../src/dns/iana.ts";
import { nameFromText, nameToText } from "../../../src/dns/names.ts";
import { rdataToText } from "../../../src/dns/rdata.ts";
import {
  findRRset,
  indexZone,
  ownerName,
  rrsetEnd,
  rrsetTtl,
  rrsetValue,
} from "../../../src/zone/index.ts";
import { recordRdata, recordTtl, recordType, zoneOfRRsets } from "../../../src/zone/records.ts";
import { APEX, scan } from "./zones.ts";

const name = (text: string): Uint8Array => nameFromText(text)!;

test("I1, I2: owners by appearance, records by type and canonical RDATA", () => {
  const { value } = scan(`$TTL 5
b TXT z
a A 1.2.3.4
b A 1.2.3.5
b A 1.2.3.4
b TXT y
`);
  const index = indexZone(value);
  assert.equal(index.ownerCount, 2);
  assert.equal(nameToText(ownerName(value, index, 0)), "b.example.org.");
  const texts = Array.from(index.order.subarray(index.start[0], index.start[1]), (record) => {
    const type = recordType(value, record);
    return `${typeText(type)} ${rdataToText(type, recordRdata(value, record))}`;
  });
  assert.deepEqual(texts, ["A 1.2.3.4", "A 1.2.3.5", 'TXT "y"', 'TXT "z"']);
  const b = name("b.example.org.");
  assert.equal(index.ownerHash[0], nameHash(b, 0, b.length) >>> 0);
  assert.equal(index.find(b, 0, b.length), 0);
  assert.equal(index.find(name("c.example.org."), 0, 15), -1);
  const from = findRRset(value, index, 0, Type.TXT);
  assert.equal(from, index.start[0]! + 2);
  assert.equal(rrsetEnd(value, index, 0, from), index.start[1]);
  assert.equal(rrsetEnd(value, index, 0, index.start[0]!), from);
  assert.equal(findRRset(value, index, 0, Type.MX), -1);
  assert.equal(findRRset(value, index, -1, Type.MX), -1);
});

test("I3: of copies, that of the lowest TTL stays, and case in names does not matter", () => {
  const { value } = scan("a 9 NS X.\na 3 NS x.\na 5 NS x.\na 9 TXT X\na 9 TXT x\n");
  const index = indexZone(value);
  assert.deepEqual([...index.duplicates], [0, 2]);
  assert.deepEqual([...index.start], [0, 3]);
  assert.equal(recordTtl(value, index.order[0]!), 3);
});

test("RFC 2181 §5.2, §8: the TTL of an RRset is the lowest, and above 2^31-1 is zero", () => {
  const { value } = scan("a 9 A 1.2.3.4\na 3 A 1.2.3.5\nb 4000000000 A 1.2.3.4\n");
  const index = indexZone(value);
  assert.equal(rrsetTtl(value, index, 0, 2), 3);
  assert.equal(rrsetTtl(value, index, 2, 3), 0);
  assert.deepEqual(rrsetValue(value, index, 0, 2), {
    owner: name("a.example.org."),
    type: 1,
    ttl: 3,
    rdatas: [Uint8Array.of(1, 2, 3, 4), Uint8Array.of(1, 2, 3, 5)],
  });
});

test("an empty zone", () => {
  const index = indexZone(scan("").value);
  assert.equal(index.ownerCount, 0);
  assert.equal(index.find(APEX, 0, APEX.length), -1);
});

test("agrees with a Map over any records, few or many per owner", () => {
  const row = fc.record({
    owner: fc.constantFrom("a", "b", "c.d", "d", "*"),
    type: fc.constantFrom(1, 2, 16, 65280),
    ttl: fc.integer({ min: 0, max: 3 }),
    octet: fc.nat(9),
  });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 120 }), (rows) => {
      const rdataOf = (type: number, octet: number): Uint8Array =>
        type === 2
          ? Uint8Array.of(1, (octet & 1 ? 0x41 : 0x61) + (octet >> 1), 0)
          : Uint8Array.of(3, octet, 0, 1);
      const zone = zoneOfRRsets(
        APEX,
        rows.map(({ owner, type, ttl, octet }) => {
          const rdatas = [rdataOf(type, octet)];
          return { owner: name(`${owner}.example.org.`), type, ttl, rdatas };
        }),
      );
      const expected = new Map<string, number>();
      for (const { owner, type, ttl, octet } of rows) {
        const key = `${owner} ${type} ${type === 2 ? octet >> 1 : octet}`;
        expected.set(key, Math.min(ttl, expected.get(key) ?? 9));
      }
      const index = indexZone(zone);
      assert.equal(index.order.length, expected.size);
      assert.equal(index.order.length + index.duplicates.length, rows.length);
      for (const [key, ttl] of expected) {
        const [owner, type, octet] = key.split(" ");
        const at = name(`${owner}.example.org.`);
        const id = index.find(at, 0, at.length);
        const from = findRRset(zone, index, id, Number(type));
        const to = rrsetEnd(zone, index, id, from);
        const match = Array.from(index.order.subarray(from, to)).filter((record) => {
          const rdata = recordRdata(zone, record);
          const own = Number(type) === 2 ? (rdata[1]! | 0x20) - 0x61 : rdata[1];
          return own === Number(octet);
        });
        assert.equal(match.length, 1, key);
        assert.equal(recordTtl(zone, match[0]!), ttl, key);
      }
    }),
    { numRuns: 200 },
  );
});
