// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  field,
  half,
  holds,
  holdsName,
  holdsText,
  octet,
  walkLabels,
  word,
} from "../../../src/table/part.ts";
import { tableViews } from "../../../src/table/reader.ts";

/** A part of 64 octets at 16, with octets from 24 on. */
function partOf(...octets: number[]) {
  const views = tableViews(new ArrayBuffer(96));
  views.u8.set(octets, 16 + 24);
  return { views, ref: 16, length: 64 };
}

const label = (text: string): number[] => [text.length, ...new TextEncoder().encode(text)];

test("reads are relative to the part", () => {
  const part = partOf(1, 2, 3, 4);
  assert.equal(word(part, 24), 0x04030201);
  assert.equal(field(part, 0), 0x04030201);
  assert.equal(half(part, 26), 0x0403);
  assert.equal(octet(part, 27), 4);
});

test("a list lies behind the head, aligned, inside", () => {
  const part = partOf();
  assert.ok(holds(part, 24, 10, 4));
  assert.ok(holds(part, 64, 0, 4));
  for (const [at, count] of [
    [24, 11],
    [20, 1],
    [25, 1],
    [0, 0],
    [68, 0],
    [0xfffffffc, 1],
    [24, 0xffffffff],
  ] as const) {
    assert.ok(!holds(part, at, count, 4), `${at} ${count}`);
  }
});

test("a text must be whole", () => {
  assert.ok(holdsText(partOf(36, 0, 0, 0), 24));
  assert.ok(!holdsText(partOf(37, 0, 0, 0), 24));
  assert.ok(!holdsText(partOf(255, 255, 255, 255), 24));
});

test("names and labels", () => {
  assert.ok(holdsName(partOf(...label("ab"), ...label("c"), 0), 24, 6));
  assert.ok(holdsName(partOf(0), 24, 1));
  assert.ok(!holdsName(partOf(...label("ab"), ...label("c"), 0), 24, 7), "octets after the root");
  assert.ok(!holdsName(partOf(...label("ab"), ...label("c"), 0), 24, 4), "cut before the root");
  assert.ok(!holdsName(partOf(...label("aB"), 0), 24, 4), "upper case");
  assert.ok(!holdsName(partOf(0xc0, 0), 24, 2), "a pointer");
  assert.ok(!holdsName(partOf(0), 24, 0), "nothing");
  const pointed = partOf(...label("aB"), 0xc0, 0);
  assert.equal(walkLabels(pointed, 24, 29, true), 27);
  assert.equal(walkLabels(pointed, 24, 29), -1);
  assert.equal(walkLabels(partOf(5, 97, 97), 24, 27), -1);
  assert.equal(walkLabels(partOf(64), 24, 60), -1);
});
