// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { measurePart, type Part } from "../../../../bench/micro/part.ts";

const part = (work: () => number): Part => ({
  group: "hash",
  name: "sum",
  operations: 1000,
  work,
  expected: 499_500,
});

function sum(): number {
  let all = 0;
  for (let i = 0; i < 1000; i += 1) all += i;
  return all;
}

test("rate and time of one operation belong together", () => {
  const { group, name, perSecond, nanosEach } = measurePart(part(sum), 0.05);
  assert.deepEqual([group, name], ["hash", "sum"]);
  assert.ok(perSecond > 0 && nanosEach > 0);
  assert.ok(Math.abs((perSecond * nanosEach) / 1e9 - 1) < 0.05, `${perSecond} × ${nanosEach} ns`);
});

test("U2: a wrong result is no measurement, be it the first, one in between or the last", () => {
  assert.throws(
    () =>
      measurePart(
        part(() => 7),
        0.05,
      ),
    /hash, sum: 7 came out and not 499500/,
  );
  let calls = 0;
  const later = (): number => {
    calls += 1;
    return calls > 3 ? 0 : sum();
  };
  assert.throws(() => measurePart(part(later), 0.05), /gave another checksum/);
});
