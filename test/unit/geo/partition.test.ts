// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type Cover,
  coverOf,
  findNetwork,
  NONE,
  overlay,
  type Steps,
  stepsOf,
  sweep,
} from "../../../src/geo/partition.ts";
import { covers, keyHigh, keyLow } from "../../../src/geo/prefix.ts";
import {
  checkPartition,
  disjoint,
  keyOf,
  prefix,
  prefixArbitrary,
  printKey,
} from "../../support/geo.ts";

type Row = readonly [text: string, value: number];

/** Rows must be disjoint. */
function steps(rows: readonly Row[]): Steps {
  const sorted = rows.map(([text, value]) => ({ prefix: prefix(text), value }));
  sorted.sort((a, b) => (keyOf(a.prefix) < keyOf(b.prefix) ? -1 : 1));
  const networks = {
    highs: Uint32Array.from(sorted, (r) => keyHigh(r.prefix.octets)),
    lows: Uint32Array.from(sorted, (r) => keyLow(r.prefix.octets)),
    lengths: Uint8Array.from(sorted, (r) => r.prefix.length),
  };
  return stepsOf(networks, (i) => sorted[i]!.value);
}

function show(cover: Cover, family: 4 | 6): readonly string[] {
  return Array.from(cover.values, (value, i) => {
    const key = (BigInt(cover.highs[i]!) << 32n) | BigInt(cover.lows[i] ?? 0);
    return `${printKey(key, family)}/${cover.lengths[i]} ${value === NONE ? "-" : value}`;
  });
}

test("an empty layer is one network of nothing", () => {
  assert.deepEqual(show(coverOf(steps([]), 32), 4), ["0.0.0.0/0 -"]);
  assert.deepEqual(show(coverOf(steps([]), 64), 6), ["0:0:0:0::/0 -"]);
});

test("equal neighbours become the largest aligned networks", () => {
  const rows: Row[] = [
    ["192.0.2.0/25", 1],
    ["192.0.2.128/25", 1],
    ["192.0.3.0/24", 1],
    ["192.0.4.0/24", 1],
  ];
  const found = show(coverOf(steps(rows), 32), 4).filter((line) => line.endsWith(" 1"));
  assert.deepEqual(found, ["192.0.2.0/23 1", "192.0.4.0/24 1"]);
});

test("a hole leaves the pieces that avoid it (RFC 7871 §7.2.1)", () => {
  const under = steps([["198.51.96.0/20", 1]]);
  const over = steps([["198.51.100.0/24", 2]]);
  const found = show(coverOf(overlay(under, over), 32), 4).filter((line) => !line.endsWith("-"));
  assert.deepEqual(found, [
    "198.51.96.0/22 1",
    "198.51.100.0/24 2",
    "198.51.101.0/24 1",
    "198.51.102.0/23 1",
    "198.51.104.0/21 1",
  ]);
});

test("the ends of the space", () => {
  const v4 = steps([
    ["0.0.0.0/32", 1],
    ["255.255.255.255/32", 2],
  ]);
  const shown = show(coverOf(v4, 32), 4);
  assert.deepEqual([shown[0], shown.at(-1)], ["0.0.0.0/32 1", "255.255.255.255/32 2"]);
  assert.equal(shown.length, 2 + 31 + 31);
  const v6 = show(coverOf(steps([["ffff:ffff:ffff:ffff::/64", 1]]), 64), 6);
  assert.deepEqual(v6.slice(-2), ["ffff:ffff:ffff:fffe::/64 -", "ffff:ffff:ffff:ffff::/64 1"]);
  assert.deepEqual(show(coverOf(steps([["::/0", 7]]), 64), 6), ["0:0:0:0::/0 7"]);
});

test("networks out of order or inside each other are a breach", () => {
  const build = (highs: readonly number[], lengths: readonly number[]) => () =>
    stepsOf(
      { highs: Uint32Array.from(highs), lows: null, lengths: Uint8Array.from(lengths) },
      () => 1,
    );
  assert.throws(build([0x0b000000, 0x0a000000], [8, 8]), /overlap/);
  assert.throws(build([0x0a000000, 0x0a010000], [8, 16]), /overlap/);
  assert.doesNotThrow(build([0x0a000000, 0x0b000000], [8, 8]));
});

test("a sweep visits the common refinement", () => {
  const a = steps([["64.0.0.0/2", 1]]);
  const b = steps([["0.0.0.0/1", 2]]);
  const pieces: string[] = [];
  sweep(a, b, (high, _, x, y) =>
    pieces.push(`${high >>> 24} ${x === NONE ? "-" : x} ${y === NONE ? "-" : y}`),
  );
  assert.deepEqual(pieces, ["0 - 2", "64 1 2", "128 - -"]);
});

for (const family of [4, 6] as const) {
  test(`IPv${family}: what is over wins, and the cover is sound and minimal`, () => {
    const rows = fc.array(fc.tuple(prefixArbitrary(family), fc.nat(3)), { maxLength: 12 });
    const bits = family === 4 ? 32 : 64;
    fc.assert(
      fc.property(rows, rows, fc.bigInt(0n, (1n << 64n) - 1n), (a, b, anyKey) => {
        const keep = (list: readonly Row[]) =>
          disjoint(list.map(([text]) => text)).map((t) => list.find(([text]) => text === t)!);
        const [under, over] = [keep(a), keep(b)];
        const cover = coverOf(overlay(steps(under), steps(over)), bits);
        const lows = family === 4 ? null : cover.lows;
        const starts = Array.from(
          cover.highs,
          (h, i) => (BigInt(h) << 32n) | BigInt(lows?.[i] ?? 0),
        );
        checkPartition(starts, [...cover.lengths], [...cover.values], bits);

        const edges = [...under, ...over].flatMap(([text]) => {
          const p = prefix(text);
          const end = keyOf(p) + (1n << BigInt(64 - p.length));
          return [keyOf(p), keyOf(p) - 1n, end - 1n, end];
        });
        for (const edge of [anyKey, ...edges]) {
          const whole = BigInt.asUintN(64, edge);
          const key = family === 4 ? (whole >> 32n) << 32n : whole;
          const at = prefix(`${printKey(key, family)}/${family === 4 ? 32 : 64}`);
          const holds = ([text]: Row) => covers(prefix(text), at);
          const expected = (over.find(holds) ?? under.find(holds))?.[1] ?? NONE;
          const i = findNetwork(cover.highs, lows, Number(key >> 32n), Number(key & 0xffffffffn));
          assert.equal(cover.values[i], expected, printKey(key, family));
        }
      }),
    );
  });
}
