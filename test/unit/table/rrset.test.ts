// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { typeNumber } from "../../../src/dns/iana.ts";
import { lowerName } from "../../../src/dns/names.ts";
import { rdataNames } from "../../../src/dns/rdata.ts";
import * as layout from "../../../src/layout/gen/table.ts";
import { createSource, putRRset, rrsetFlagsOf } from "../../../src/table/rrset.ts";
import { createWriter } from "../../../src/table/writer.ts";
import { indexZone } from "../../../src/zone/index.ts";
import { recordRdata, recordType } from "../../../src/zone/records.ts";
import type { ZoneValue } from "../../../src/zone/value.ts";
import { zoneValue } from "../../support/tables.ts";

/** Writes all records of a zone as one RRset. */
function written(zone: ZoneValue, ttlCap?: number) {
  const index = indexZone(zone);
  const w = createWriter();
  const source = createSource(zone);
  const at = putRRset(w, source, index.order, 0, index.order.length, ttlCap);
  const u16 = (offset: number): number => w.view.getUint16(offset, true);
  const first = at + layout.RRSET_SIZE;
  const length = at < 0 ? 0 : u16(at + layout.RRSET_LENGTH);
  const list = first + length + (length & 1);
  const fixupCount = at < 0 ? 0 : u16(at + layout.RRSET_FIXUP_COUNT);
  return {
    at,
    octets: w.octets.slice(first, first + length),
    fixups: Array.from({ length: fixupCount }, (_, i) => u16(list + i * 2)),
    targetAt: at < 0 ? -1 : u16(at + layout.RRSET_TARGET_AT),
    count: at < 0 ? 0 : u16(at + layout.RRSET_COUNT),
    flags: rrsetFlagsOf(source, index.order[0]!),
    aligned: w.at % 4 === 0,
  };
}

/** RDATA of every RR with the pointers filled in: what a client would read. */
function expanded(octets: Uint8Array, fixups: readonly number[], apex: Uint8Array): string[] {
  const out: string[] = [];
  for (let rr = 0; rr < octets.length; ) {
    const end = rr + 12 + (octets[rr + 10]! << 8) + octets[rr + 11]!;
    const rdata: number[] = [];
    for (let at = rr + 12; at < end; at += 1) {
      if (!fixups.includes(at)) rdata.push(octets[at]!);
      else {
        assert.deepEqual([...octets.subarray(at, at + 2)], [0xc0, 0]);
        rdata.push(...apex);
        at += 1;
      }
    }
    out.push(Buffer.from(rdata).toString("hex"));
    rr = end;
  }
  return out;
}

const cases: readonly (readonly [type: string, rdata: string, targetAt: number, flags: number])[] =
  [
    ["A", "192.0.2.1", 0, 0],
    ["AAAA", "2001:db8::1", 0, 0],
    ["NS", "ns1.Example.ORG.", 0, 2],
    ["NS", "ns1.example.net.", 0, 2],
    ["CNAME", "example.org.", 0, 0],
    ["DNAME", "d.example.org.", 0, 0],
    ["PTR", "x.example.org.", 0, 0],
    ["MX", "10 mail.example.org.", 2, 2],
    ["SRV", "1 2 3 srv.example.org.", 6, 2],
    ["HTTPS", "1 svc.example.org. alpn=h2", 2, 2],
    ["SOA", "ns1.example.org. host.example.org. 1 2 3 4 5", 0, 0],
    ["MINFO", "a.example.org. b.example.net.", 0, 0],
    ["TXT", '"example.org." "x"', 0, 0],
    ["NAPTR", '1 2 "u" "s" "" r.example.org.', 0, 0],
  ];

for (const [type, rdata, targetAt, flags] of cases) {
  test(`${type} ${rdata}`, () => {
    const zone = zoneValue("example.org.", `@ 300 ${type} ${rdata}\n`);
    const set = written(zone);
    const number = typeNumber(type);
    assert.deepEqual(
      [...set.octets.subarray(0, 10)],
      [0xc0, 0x0c, number >> 8, number & 255, 0, 1, 0, 0, 1, 44],
    );
    assert.deepEqual([set.targetAt, set.flags, set.count, set.aligned], [targetAt, flags, 1, true]);
    const original = recordRdata(zone, 0).slice();
    // The case of a cut name comes from the question; compare without it.
    const names = rdataNames(number, original);
    for (const { at, size } of names) {
      original.set(lowerName(original.subarray(at, at + size)), at);
    }
    const [got] = expanded(set.octets, set.fixups, zone.apex);
    assert.equal(got, Buffer.from(original).toString("hex"));
    const inZone = (at: number, size: number): boolean =>
      Buffer.from(original.subarray(at, at + size)).includes(Buffer.from(zone.apex));
    const cut = names.filter((one) => one.compressible && inZone(one.at, one.size)).length;
    assert.equal(set.fixups.length, cut);
  });
}

test("a label that ends like the apex is no reason to cut", () => {
  // \007example\003org\000 inside of a longer first label.
  const zone = zoneValue("example.org.", "@ 300 NS a\\007example.org.\n");
  assert.deepEqual(written(zone).fixups, []);
});

test("nothing is cut in the root zone", () => {
  assert.deepEqual(written(zoneValue(".", "org. 300 NS a.org.\n")).fixups, []);
});

test("the TTL is the lowest of the RRset, and may be capped", () => {
  const zone = zoneValue("example.org.", "@ 300 A 192.0.2.2\n@ 60 A 192.0.2.1\n");
  const ttls = (octets: Uint8Array): number[] =>
    [6, 22].map((at) => new DataView(octets.buffer).getUint32(at));
  assert.deepEqual(ttls(written(zone).octets), [60, 60]);
  assert.deepEqual(ttls(written(zone, 7).octets), [7, 7]);
});

test("RRs stand in the order of their canonical RDATA, whatever the text's", () => {
  const octet = fc.uniqueArray(fc.nat(255), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(octet, (list) => {
      const text = list.map((last) => `@ 60 A 192.0.2.${last}\n`).join("");
      const set = written(zoneValue("example.org.", text));
      const got = list.map((_, i) => set.octets[i * 16 + 15]!);
      assert.deepEqual(
        got,
        [...list].sort((a, b) => a - b),
      );
    }),
    { numRuns: 50 },
  );
});

test("an RRset beyond rrsetSizeMax is refused, to the octet", () => {
  const line = (i: number, size = 250): string => `@ 60 TXT "${String(i).padStart(size, "x")}"\n`;
  // 12 + 251 octets each: 248 RRs are 65,224 octets; example.org. has 13, so 65,269 are the most.
  const text = Array.from({ length: 248 }, (_, i) => line(i)).join("");
  const last = 65_269 - 65_224 - 12 - 1;
  assert.ok(written(zoneValue("example.org.", text + line(248, last))).at >= 0);
  assert.equal(written(zoneValue("example.org.", text + line(248, last + 1))).at, -1);
  assert.ok(written(zoneValue("xample.org.", text + line(248, last + 1))).at >= 0);
  assert.equal(recordType(zoneValue("example.org.", line(1)), 0), 16);
});
