// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  bestPeer,
  isLimit,
  isOurs,
  readResult,
  summarize,
  tablesOf,
} from "../../../../bench/peers/result.ts";
import { cellOf, loadOf, resultOf } from "./sample.ts";

test("the highest rate is that of a run without loss, however fast another was", () => {
  const lossy = { closed64: loadOf(200_000), closed256: { ...loadOf(300_000), lost: 7 } };
  const [one] = summarize([cellOf("nsd", lossy)]);
  assert.equal(one!.highestRate, 200_000);
  assert.equal(one!.lostAtHighest, 0);
  const both = { closed64: { ...loadOf(1000), lost: 1 }, closed256: { ...loadOf(2000), lost: 20 } };
  const [other] = summarize([cellOf("nsd", both)]);
  assert.equal(other!.highestRate, 2000);
  assert.equal(other!.lostAtHighest, 0.01);
});

test("figures are medians over the rounds that were measured, each by itself", () => {
  const cells = [
    { ...cellOf("nsd", { closed64: loadOf(100) }), startMs: 30 },
    { ...cellOf("nsd", { closed64: loadOf(300) }), startMs: 10 },
    { ...cellOf("nsd", { closed64: loadOf(200) }), startMs: 20 },
    { round: 4, server: "nsd", workload: "W1", failed: "it ended with 1" } as const,
  ];
  const [one, ...rest] = summarize(cells);
  assert.equal(rest.length, 0);
  assert.deepEqual([one!.highestRate, one!.startMs, one!.rounds], [200, 20, 3]);
  assert.equal(one!.failed, "it ended with 1");
  assert.equal(one!.editMs, null);
});

test("a limit is no peer, nor are we, nor one who does not steer in W2", () => {
  const result = resultOf();
  assert.equal(bestPeer(result, "W1")!.server, "bind");
  assert.equal(bestPeer(result, "W2")!.server, "gdnsd");
  assert.equal(bestPeer(result, "W3"), null);
  assert.ok(isLimit(result, "bare") && !isLimit(result, "gdnsd"));
  assert.ok(isOurs("azimuth-ts") && !isOurs("nsd"));
});

test("tables name ratios to the limit and to the best peer, best first", () => {
  const [rates, latency] = tablesOf(resultOf());
  assert.deepEqual(
    rates!.rows.map((row) => row[0]),
    ["bare", "azimuth-native", "bind", "gdnsd"],
  );
  assert.deepEqual(rates!.rows[1]!.slice(1, 5), ["380,000", "0.950", "1.267", "0"]);
  assert.ok(latency!.rows.every((row) => row.length === latency!.head.length));
});

test("a file that is no result is refused", () => {
  const folder = mkdtempSync(join(tmpdir(), "azimuth-result-"));
  try {
    const file = join(folder, "x.json");
    writeFileSync(file, '{"results":{}}');
    assert.throws(() => readResult(file), /no result/);
    writeFileSync(file, JSON.stringify(resultOf()));
    assert.deepEqual(readResult(file), resultOf());
  } finally {
    rmSync(folder, { recursive: true });
  }
});
