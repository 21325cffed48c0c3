// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  littleEndian,
  readText,
  segmentDigestAt,
  segmentKind,
  segmentLength,
  tableViews,
  textBefore,
  viewsOf,
} from "../../../src/table/reader.ts";

test("four views show the same octets, lowest first", () => {
  const views = tableViews(new SharedArrayBuffer(64));
  views.u32[4] = 0x80000001;
  assert.deepEqual([...views.u8.subarray(16, 20)], [1, 0, 0, 0x80]);
  assert.equal(views.u16[9], 0x8000);
  assert.equal(views.i32[4], 0x80000001 | 0);
  assert.ok(littleEndian());
});

test("a memory of odd size is a breach", () => {
  assert.throws(() => tableViews(new ArrayBuffer(6)), /multiple of 4/);
});

test("octets that lie anywhere can be viewed", () => {
  const octets = Uint8Array.from({ length: 18 }, (_, i) => i);
  for (const from of [0, 1, 4]) {
    const views = viewsOf(octets.subarray(from, from + 13));
    assert.equal(views.u8.length, 12);
    assert.equal(views.u8[0], from);
    assert.equal(views.u32[0]! & 0xff, from);
  }
});

test("the head and the texts of a segment", () => {
  const views = tableViews(new ArrayBuffer(80));
  views.u32.set([0x415a0005, 48], 4);
  views.u8.fill(7, 24, 40);
  views.u32[10] = 3;
  views.u8.set(new TextEncoder().encode("é!"), 44);
  assert.equal(segmentKind(views, 16), 0x415a0005);
  assert.equal(segmentLength(views, 16), 48);
  assert.deepEqual([...segmentDigestAt(views, 16)], new Array(16).fill(7));
  assert.equal(readText(views, 40), "é!");
});

test("texts are in the order of their octets", () => {
  const views = tableViews(new ArrayBuffer(64));
  const put = (at: number, text: string): void => {
    const octets = new TextEncoder().encode(text);
    views.u32[at >> 2] = octets.length;
    views.u8.set(octets, at + 4);
  };
  const pairs = [
    ["a", "b"],
    ["a", "ab"],
    ["", "a"],
    ["Z", "a"],
    ["a.b", "ab"],
  ] as const;
  for (const [low, high] of pairs) {
    put(0, low);
    put(32, high);
    assert.ok(textBefore(views, 0, 32), `${low} < ${high}`);
    assert.ok(!textBefore(views, 32, 0), `${high} > ${low}`);
    assert.ok(!textBefore(views, 0, 0), "equal");
  }
  put(0, "a");
  views.u8[4] = 0xff;
  assert.ok(!textBefore(views, 0, 32), "what is no UTF-8 has an order too");
});
