// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Breach } from "../../../src/base/assert.ts";
import { counters } from "../../../src/layout/counters.ts";
import { COUNTER_BLOCK_WORDS, COUNTER_HIT } from "../../../src/layout/gen/counters.ts";
import {
  counter,
  counterFamilies,
  exposition,
  type Family,
  gauge,
  histogramSamples,
} from "../../../src/telemetry/metrics.ts";

const block = (worker: string, hit: number) => {
  const words = new Float64Array(COUNTER_BLOCK_WORDS);
  words[COUNTER_HIT] = hit;
  return { worker, words };
};

test("a page reads as the format says", () => {
  const families: Family[] = [
    gauge("azimuth_zones", "Zones served.", 3),
    counter("azimuth_probes_total", "Probes.", 7, { kind: "http", outcome: "pass" }),
  ];
  assert.equal(
    exposition(families),
    [
      "# HELP azimuth_zones Zones served.",
      "# TYPE azimuth_zones gauge",
      "azimuth_zones 3",
      "# HELP azimuth_probes_total Probes.",
      "# TYPE azimuth_probes_total counter",
      'azimuth_probes_total{kind="http",outcome="pass"} 7',
      "",
    ].join("\n"),
  );
});

test("M1: HELP and TYPE once per metric, its samples together", () => {
  const text = exposition([
    counter("a_total", "A.", 1, { x: "1" }),
    gauge("b", "B.", 2),
    counter("a_total", "A.", 3, { x: "2" }),
  ]);
  assert.deepEqual(
    text.split("\n").filter((line) => !line.startsWith("# HELP") && line !== ""),
    ["# TYPE a_total counter", 'a_total{x="1"} 1', 'a_total{x="2"} 3', "# TYPE b gauge", "b 2"],
  );
});

test("M2: a sample that repeats name and labels is left out", () => {
  const text = exposition([gauge("g", "G.", 1, { x: "y" }), gauge("g", "G.", 2, { x: "y" })]);
  assert.equal(text.split("\n").filter((line) => line.startsWith("g{")).length, 1);
});

test("M3: every row of the counters is on the page, and no worker's number is lost", () => {
  const text = exposition(counterFamilies([block("udp-0", 5), block("udp-1", 7)]));
  for (const row of Object.values(counters)) {
    const name = row.metric + (row.labels === "" ? "" : `{${row.labels}}`);
    assert.ok(text.includes(`\n${name} `), name);
  }
  assert.match(text, /^azimuth_answers_total\{result="hit"\} 12$/m);
});

test("per worker, the label tells whose number it is", () => {
  const families = counterFamilies([block("udp-0", 5), block("udp-1", 7)], { perWorker: true });
  const text = exposition(families);
  assert.match(text, /^azimuth_answers_total\{result="hit",worker="udp-0"\} 5$/m);
  assert.match(text, /^azimuth_answers_total\{result="hit",worker="udp-1"\} 7$/m);
});

test("counter rows are named as counters are", () => {
  for (const row of Object.values(counters)) assert.match(row.metric, /^azimuth_[a-z_]+_total$/);
});

test("a short block is a breach, not a column of zeros", () => {
  assert.throws(() => counterFamilies([{ worker: "x", words: new Float64Array(3) }]), Breach);
});

test("label values come back from the page as they went in", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (value) => {
      const lines = exposition([gauge("g", "G.", 1, { v: value })]).split("\n");
      assert.equal(lines.length, 4);
      const quoted = /^g\{v="(.*)"\} 1$/s.exec(lines[2]!)![1]!;
      assert.equal(
        quoted.replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c)),
        value,
      );
    }),
  );
});

test("help texts keep to one line", () => {
  assert.match(exposition([gauge("g", "a\nb\\c", 1)]), /^# HELP g a\\nb\\\\c$/m);
});

test("infinity and NaN are spelled as the format spells them", () => {
  const page = (value: number) => exposition([gauge("g", "G.", value)]).split("\n")[2];
  assert.equal(page(Number.POSITIVE_INFINITY), "g +Inf");
  assert.equal(page(Number.NEGATIVE_INFINITY), "g -Inf");
  assert.equal(page(Number.NaN), "g NaN");
});

test("names and types that no scraper would take are breaches", () => {
  assert.throws(() => exposition([gauge("a-b", "", 1)]), Breach);
  assert.throws(() => exposition([gauge("a", "", 1, { "x-y": "1" })]), Breach);
  assert.throws(() => exposition([gauge("a", "", 1), counter("a", "", 1)]), Breach);
});

test("a histogram's buckets are cumulative and end with +Inf", () => {
  const samples = histogramSamples([5, 20, 100], [1, 2, 3, 4], 321, { stage: "publish" });
  const text = exposition([{ name: "h_ms", help: "H.", type: "histogram", samples }]);
  assert.deepEqual(text.split("\n").slice(2, -1), [
    'h_ms_bucket{stage="publish",le="5"} 1',
    'h_ms_bucket{stage="publish",le="20"} 3',
    'h_ms_bucket{stage="publish",le="100"} 6',
    'h_ms_bucket{stage="publish",le="+Inf"} 10',
    'h_ms_sum{stage="publish"} 321',
    'h_ms_count{stage="publish"} 10',
  ]);
  assert.throws(() => histogramSamples([1], [1], 0), Breach);
});
