// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import * as layout from "../../../src/layout/gen/table.ts";
import {
  align,
  beginSegment,
  bitsFor,
  createWriter,
  endSegment,
  put8,
  put16,
  put32,
  putOctets,
  putText,
  putWords,
  sealLeaf,
  skip,
} from "../../../src/table/writer.ts";
import { digest } from "../../support/tables.ts";

test("what is written stays while the memory grows, and what is skipped is zero", () => {
  const w = createWriter(1);
  const at = skip(w, 8);
  put8(w, at, 1);
  put16(w, at + 2, 0x0302);
  put32(w, at + 4, 0x07060504);
  assert.equal(putOctets(w, Uint8Array.of(9)), 8);
  align(w, 4);
  assert.equal(putWords(w, [0xffffffff, 5]), 12);
  skip(w, 100_000);
  assert.deepEqual(
    [...w.octets.subarray(0, 24)],
    [1, 0, 2, 3, 4, 5, 6, 7, 9, 0, 0, 0, 255, 255, 255, 255, 5, 0, 0, 0, 0, 0, 0, 0],
  );
});

test("a text has its length in octets and ends aligned", () => {
  const w = createWriter();
  assert.equal(putText(w, "é"), 0);
  assert.deepEqual([...w.octets.subarray(0, w.at)], [2, 0, 0, 0, 0xc3, 0xa9, 0, 0]);
});

test("a sealed segment knows its kind, length and digest", () => {
  const w = createWriter();
  const start = beginSegment(w, 0x415a0005, 4);
  putOctets(w, Uint8Array.of(1));
  endSegment(w, start);
  const { octets, digest: value } = sealLeaf(w, digest);
  const view = new DataView(octets.buffer);
  assert.equal(view.getUint32(layout.SEGMENT_KIND, true), 0x415a0005);
  assert.equal(view.getUint32(layout.SEGMENT_LENGTH, true), octets.length);
  assert.equal(octets.length, layout.SEGMENT_SIZE + 8);
  assert.deepEqual(octets.subarray(layout.SEGMENT_DIGEST, layout.SEGMENT_DIGEST + 16), value);
});

test("bits for a mean of at most 256", () => {
  const counts = [0, 1, 256, 257, 512, 513, 1_000_000];
  assert.deepEqual(
    counts.map((count) => bitsFor(count, 256)),
    [0, 0, 0, 1, 1, 2, 12],
  );
});
