// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { barChart, type Chart, niceStep } from "../../../../bench/peers/svg.ts";

const CHART: Chart = {
  title: "a < b & c",
  unit: "microseconds",
  series: ["p50", "p99"],
  rows: [
    { label: "one", kind: "ours", values: [10, 1000] },
    { label: "two", kind: "peer", values: [20, null] },
  ],
  digits: 1,
};

const bars = (text: string): number[] =>
  [...text.matchAll(/<rect[^>]* width="([\d.]+)" height/g)].map((match) => Number(match[1]));

test("a bar for each figure, its length in proportion, its figure beside it", () => {
  const text = barChart(CHART);
  const [first, second, third] = bars(text);
  assert.equal(bars(text).length, 3);
  assert.ok(Math.abs(second! / first! - 100) < 2 && Math.abs(third! / first! - 2) < 0.1);
  assert.match(text, />1,000\.0</);
  assert.match(text, />–</);
});

test("text is escaped, the axis labelled, both themes coloured", () => {
  const text = barChart(CHART);
  assert.match(text, /aria-label="a &lt; b &amp; c"/);
  assert.match(text, /microseconds: p50 above p99/);
  assert.match(text, /prefers-color-scheme: dark/);
  assert.doesNotMatch(text, /a < b/);
});

test("on a logarithmic axis equal factors are equal lengths", () => {
  const rows = [1, 10, 100].map((value) => ({
    label: String(value),
    kind: "peer" as const,
    values: [value],
  }));
  const [one, ten, hundred] = bars(barChart({ ...CHART, rows, series: [], logarithmic: true }));
  assert.ok(Math.abs(hundred! - ten! - (ten! - one! + 1)) < 2);
});

test("a chart of any figures is well formed and stays inside its width", () => {
  const values = fc.array(fc.double({ min: 0.001, max: 1e9, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(values, fc.boolean(), (list, logarithmic) => {
      const rows = list.map((value) => ({ label: "x", kind: "peer" as const, values: [value] }));
      const text = barChart({ ...CHART, rows, series: [], logarithmic });
      assert.doesNotMatch(text, /NaN|Infinity|undefined/);
      // What is left without whole tags, text and style is nothing with an angle bracket.
      const rest = text
        .replace(/<style>[^<]*<\/style>/, "")
        .replaceAll(/<\w+( [\w:-]+="[^"<]*")*\/?>|<\/\w+>/g, "");
      assert.doesNotMatch(rest, /[<>]/);
      assert.ok(bars(text).every((width) => width <= 760));
    }),
    { numRuns: 50 },
  );
});

test("steps of an axis are round", () => {
  assert.deepEqual([0.3, 1, 13, 2100, 60_000].map(niceStep), [0.5, 1, 20, 2500, 100_000]);
});
