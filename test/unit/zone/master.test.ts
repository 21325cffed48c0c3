// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Type } from "../../../src/dns/iana.ts";
import { diffZones } from "../../../src/zone/diff.ts";
import { diffLines, linesOf, masterFile } from "../../../src/zone/master.ts";
import { type RRset, zoneOfRRsets } from "../../../src/zone/records.ts";
import { scanZone } from "../../../src/zone/scan.ts";
import { name } from "../../support/tables.ts";

const apex = name("example.org.");
const soa: RRset = {
  owner: apex,
  type: Type.SOA,
  ttl: 3600,
  rdatas: [
    Uint8Array.of(...name("ns.example.org."), ...name("h.example.org."), ...new Uint8Array(20)),
  ],
};

function textOf(rrsets: Iterable<RRset>): string {
  return [...masterFile(soa, rrsets)].join("");
}

test("P2, P3: one record a line, the SOA first and once", () => {
  const a: RRset = {
    owner: name("www.example.org."),
    type: Type.A,
    ttl: 60,
    rdatas: [Uint8Array.of(192, 0, 2, 1), Uint8Array.of(192, 0, 2, 2)],
  };
  assert.equal(linesOf(a).split("\n")[1], "www.example.org. 60 IN A 192.0.2.2");
  const lines = textOf([a, soa]).trimEnd().split("\n");
  assert.equal(lines.length, 3);
  assert.match(lines[0]!, /^example\.org\. 3600 IN SOA ns\.example\.org\. h\.example\.org\. 0 0 0/);
});

test("P1: any octets in names and RDATA read back to the same records", () => {
  const label = fc.uint8Array({ minLength: 1, maxLength: 20 });
  const opaque = fc.uint8Array({ maxLength: 40 });
  const type = fc.constantFrom(Type.TXT, 65_280, Type.NULL);
  const rrset = fc.tuple(label, type, fc.nat(2 ** 31 - 1), opaque).map(
    ([octets, kind, ttl, data]): RRset => ({
      owner: Uint8Array.of(octets.length, ...octets.map(lower), ...apex),
      type: kind,
      ttl,
      rdatas: [kind === Type.TXT ? Uint8Array.of(data.length, ...data) : data],
    }),
  );
  const key = ({ owner, type: kind }: RRset): string => `${kind} ${owner.join(" ")}`;
  fc.assert(
    fc.property(fc.uniqueArray(rrset, { selector: key, maxLength: 20 }), (rrsets) => {
      const text = new TextEncoder().encode(textOf(rrsets));
      const { value, faults } = scanZone(text, { apex, file: "z" });
      assert.deepEqual(faults, []);
      const diff = diffZones(zoneOfRRsets(apex, [soa, ...rrsets]), value);
      assert.deepEqual(diff, { removed: [], added: [] });
    }),
  );
});

test("a large zone comes in pieces", () => {
  const rdatas = [Uint8Array.of(192, 0, 2, 1)];
  const rrsets = Array.from({ length: 5000 }, (_, i) => {
    return { owner: name(`h${i}.example.org.`), type: Type.A, ttl: 60, rdatas };
  });
  const pieces = [...masterFile(soa, rrsets)];
  assert.ok(pieces.length > 2);
  assert.equal(pieces.join("").trimEnd().split("\n").length, 5001);
  assert.ok(pieces.every((piece) => piece.endsWith("\n")));
});

function lower(octet: number): number {
  return octet >= 65 && octet <= 90 ? octet + 32 : octet;
}

test("a difference: only the records that differ, in order, what goes first", () => {
  const a = (owner: string, ttl: number, ...ends: readonly number[]): RRset => ({
    owner: name(owner),
    type: Type.A,
    ttl,
    rdatas: ends.map((end) => Uint8Array.of(192, 0, 2, end)),
  });
  const before = [soa, a("b.example.org.", 60, 1, 2), a("c.example.org.", 60, 1)];
  const after = [soa, a("a.example.org.", 60, 9), a("b.example.org.", 60, 2, 3)];
  const zones = [before, [...after, a("c.example.org.", 61, 1)]] as const;
  const lines = diffLines(diffZones(zoneOfRRsets(apex, zones[0]), zoneOfRRsets(apex, zones[1])));
  assert.deepEqual(
    lines.map(({ sign, text }) => `${sign} ${text}`),
    [
      "+ a.example.org. 60 IN A 192.0.2.9",
      "- b.example.org. 60 IN A 192.0.2.1",
      "+ b.example.org. 60 IN A 192.0.2.3",
      "- c.example.org. 60 IN A 192.0.2.1",
      "+ c.example.org. 61 IN A 192.0.2.1",
    ],
  );
  const same = zoneOfRRsets(apex, before);
  assert.deepEqual(diffLines(diffZones(same, zoneOfRRsets(apex, before.toReversed()))), []);
});
