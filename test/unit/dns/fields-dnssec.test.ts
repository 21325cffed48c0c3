// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { timeText, tokenTime, typeBitmap } from "../../../src/dns/fields-dnssec.ts";
import { typeText } from "../../../src/dns/iana.ts";
import { ROOT_NAME } from "../../../src/dns/names.ts";
import { beginRdata, createSink } from "../../../src/dns/sink.ts";
import { tokensFromText } from "../../../src/dns/tokens.ts";

const timeSecs = (text: string): number => tokenTime(tokensFromText(`"${text}"`)!, 0);

test("times agree with the runtime's calendar over all 32 bits", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (secs) => {
      const text = new Date(secs * 1000).toISOString().replace(/[-:T]|\..*/g, "");
      assert.equal(timeText(secs), text);
      assert.equal(timeSecs(text), secs);
    }),
    { numRuns: 2000 },
  );
});

test("times that are none", () => {
  const bad = ["20030229000000", "20030101240000", "20031301000000", "19690101000000", "2003", ""];
  bad.push("21070101000000", "4294967296", "2003010100000x");
  for (const text of bad) if (text !== "2003") assert.equal(timeSecs(text), -1, text);
  assert.equal(timeSecs("2003"), 2003);
  assert.equal(timeSecs("20040229235959"), Date.UTC(2004, 1, 29, 23, 59, 59) / 1000);
});

test("any set of types makes a bitmap that names the same types", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }), (types) => {
      const sink = createSink(ROOT_NAME);
      beginRdata(sink);
      typeBitmap.read(tokensFromText(types.map(typeText).join(" "))!, 0, sink);
      assert.equal(typeBitmap.size(sink.octets, 0, sink.at, 0), sink.at);
      const sorted = types.sort((a, b) => a - b).map(typeText);
      assert.equal(typeBitmap.text(sink.octets, 0, sink.at, 0), sorted.join(" "));
    }),
  );
});

test("RFC 4034 §4.1.2: bitmaps that are malformed", () => {
  const size = (...octets: number[]): number =>
    typeBitmap.size(Uint8Array.from(octets), 0, octets.length, 0);
  assert.equal(size(0, 1, 0x40), 3);
  assert.equal(size(0, 1, 0), -1, "a trailing zero octet");
  assert.equal(size(0, 0), -1, "an empty window");
  assert.equal(size(0, 2, 0x40), -1, "cut short");
  assert.equal(size(1, 1, 1, 0, 1, 1), -1, "windows out of order");
  assert.equal(size(0, 33, ...new Array<number>(33).fill(1)), -1, "a window too long");
  assert.equal(size(0), -1);
});
