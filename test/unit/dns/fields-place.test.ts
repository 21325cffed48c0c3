// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { location, prefixes, relay } from "../../../src/dns/fields-place.ts";
import { Type } from "../../../src/dns/iana.ts";
import { ROOT_NAME } from "../../../src/dns/names.ts";
import { rdataFromText, rdataToText, validRdata } from "../../../src/dns/rdata.ts";

const read = (type: number, text: string): { rdata: Uint8Array } | { error: string } =>
  rdataFromText(type, text, ROOT_NAME);

test("any LOC of valid ranges prints and reads back", () => {
  const length = fc
    .tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }))
    .map(([mantissa, power]) => (mantissa === 0 ? 0 : (mantissa << 4) | power));
  const latitude = fc.integer({ min: 2 ** 31 - 324_000_000, max: 2 ** 31 + 324_000_000 });
  const longitude = fc.integer({ min: 2 ** 31 - 648_000_000, max: 2 ** 31 + 648_000_000 });
  const altitude = fc.integer({ min: 0, max: 0xffff_ffff });
  fc.assert(
    fc.property(length, length, length, latitude, longitude, altitude, (s, h, v, lat, lon, alt) => {
      const rdata = new Uint8Array(16);
      rdata.set([0, s, h, v]);
      const view = new DataView(rdata.buffer);
      view.setUint32(4, lat);
      view.setUint32(8, lon);
      view.setUint32(12, alt);
      assert.ok(validRdata(Type.LOC, rdata));
      assert.deepEqual(read(Type.LOC, rdataToText(Type.LOC, rdata)), { rdata });
    }),
    { numRuns: 500 },
  );
});

test("RFC 1876: lengths are rounded down to one digit", () => {
  const got = read(Type.LOC, "1 N 1 E 0 123.45m");
  assert.ok("rdata" in got);
  assert.match(rdataToText(Type.LOC, got.rdata), / 100\.00m 10000\.00m 10\.00m$/);
});

test("RFC 1876: what is refused", () => {
  const bad = ["1 N 1 E", "1 N 1 N 0", "1 60 N 1 E 0", "1 0 60 N 1 E 0", "1.5 N 1 E 0", "N 1 E 0"];
  bad.push(
    "1 N 181 E 0",
    "1 N 1 E x",
    "1 N 1 E -100000.01",
    "1 N 1 E 0 90000000.01m",
    "1 N 1 E 0 -1m",
  );
  for (const text of bad) assert.ok("error" in read(Type.LOC, text), text);
  assert.equal(location.size(Uint8Array.of(1, ...new Array<number>(15).fill(0)), 0, 16, 0), -1);
});

test("RFC 3123 §4: trailing zero octets and foreign families are malformed", () => {
  const size = (hex: string): number => {
    const octets = new Uint8Array(Buffer.from(hex, "hex"));
    return prefixes.size(octets, 0, octets.length, 0);
  };
  assert.equal(size("00011803c00002"), 7);
  assert.equal(size("00011804c0000200"), -1);
  assert.equal(size("00031803c00002"), -1);
  assert.equal(size("00012103c00002"), -1);
  assert.equal(size("00011803c000"), -1);
  assert.equal(size(""), 0);
});

test("RFC 8777: relay types above 3 are opaque", () => {
  assert.equal(relay.size(Uint8Array.of(0x84, 1), 0, 2, 0), -1);
  assert.equal(rdataToText(Type.AMTRELAY, Uint8Array.of(1, 4, 9)), "\\# 3 010409");
});
