// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { type CounterRow, counters } from "../../../src/layout/counters.ts";
import * as gen from "../../../src/layout/gen/counters.ts";
import { constantCase } from "../../../src/layout/schema.ts";

const rows: [string, CounterRow][] = Object.entries(counters);

test("generated numbers follow the order of the rows", () => {
  const numbers = gen as unknown as Record<string, number>;
  rows.forEach(([name], i) => {
    assert.equal(numbers[`COUNTER_${constantCase(name)}`], i, name);
  });
  assert.equal(gen.COUNTER_COUNT, rows.length);
  assert.ok(gen.COUNTER_BLOCK_WORDS >= rows.length);
});

test("names are those of Prometheus counters, and no two rows are one series", () => {
  const series = rows.map(([, row]) => `${row.metric}{${row.labels}}`);
  assert.equal(new Set(series).size, series.length);
  for (const [name, { metric, labels }] of rows) {
    assert.match(metric, /^azimuth_[a-z_]+_total$/, name);
    assert.match(labels, /^$|^[a-z]+="[A-Za-z-]+"$/, name);
  }
});

test("one metric has one help and one set of labels", () => {
  const seen = new Map<string, string>();
  for (const [, { metric, labels, help }] of rows) {
    const shape = `${help} ${labels.replace(/=.*/, "")}`;
    assert.equal(seen.get(metric) ?? shape, shape, metric);
    seen.set(metric, shape);
    assert.match(help, /^[A-Z].*\.$/);
  }
});
