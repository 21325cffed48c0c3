// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesOf } from "../../../../bench/peers/draw.ts";
import { resultOf } from "./sample.ts";

const pages = pagesOf(resultOf(), "/somewhere/bench/results/x-peers.json");
const page = pages.get("docs/benchmarks.md")!;

test("every chart of the page is drawn, and every drawn chart stands in the page", () => {
  const shown = [...page.matchAll(/\]\((benchmarks\/[^)]+)\)/g)].map((match) => `docs/${match[1]}`);
  const drawn = [...pages.keys()].filter((path) => path.endsWith(".svg"));
  assert.deepEqual(shown.toSorted(), drawn.toSorted());
  assert.ok(drawn.includes("docs/benchmarks/w1-rate.svg"));
  assert.ok(!drawn.some((path) => path.includes("w3-")), "W3 was not measured");
});

test("the page tells its source, the ratios, what was left out", () => {
  assert.match(page, /`bench\/results\/x-peers\.json`/);
  assert.match(page, /380,000 queries per second, 0\.950 of the limit, 1\.267 times the best peer/);
  assert.match(page, /1\.520 times the best peer that does the same work \(gdnsd\)/);
  assert.match(page, /left out: nsd/);
  assert.match(page, /\| bind \| bind \| 9\.18 \|/);
});

test("nothing is undefined or not a number", () => {
  for (const text of pages.values()) assert.doesNotMatch(text, /NaN|undefined|Infinity/);
});
