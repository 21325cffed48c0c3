// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import {
  beginRdata,
  createSink,
  get16,
  get32,
  put8,
  put16,
  put32,
  RDATA_SIZE_MAX,
  refuse,
  reserve,
} from "../../../src/dns/sink.ts";

test("what is put is got", () => {
  const sink = createSink(new Uint8Array(1));
  put8(sink, 0x1ff);
  put16(sink, 0xfedc);
  put32(sink, 0xfedcba98);
  assert.equal(sink.at, 7);
  assert.equal(sink.octets[0], 0xff);
  assert.equal(get16(sink.octets, 1), 0xfedc);
  assert.equal(get32(sink.octets, 3), 0xfedcba98);
});

test("growing keeps what was written and makes the promised room", () => {
  const sink = createSink(new Uint8Array(1), 2);
  put16(sink, 0x1234);
  beginRdata(sink);
  assert.ok(sink.octets.length - sink.at >= RDATA_SIZE_MAX);
  assert.equal(sink.limit, 2 + RDATA_SIZE_MAX);
  assert.equal(get16(sink.octets, 0), 0x1234);
  const before = sink.octets;
  reserve(sink, 10);
  assert.equal(sink.octets, before);
});

test("an error is kept with its token until the next record", () => {
  const sink = createSink(new Uint8Array(1));
  assert.equal(refuse(sink, 3, "no"), -1);
  assert.deepEqual([sink.error, sink.errorToken], ["no", 3]);
  beginRdata(sink);
  assert.equal(sink.error, "");
});
