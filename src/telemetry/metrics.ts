// SPDX-License-Identifier: Apache-2.0
/**
 * Metrics in the text form of Prometheus, from counter rows and from lists of samples.
 *
 * Why not a metrics library: the counters of the data plane already lie in shared memory, one block
 * per worker, and need only be read and summed. A library would keep a second copy of each number
 * and a registry that all threads had to share. What is left to write is the text form, one page.
 *
 * Invariants
 *   M1  HELP and TYPE stand once per metric, before all of its samples, which stand together.
 *   M2  No two samples carry the same name and labels: a scraper refuses the whole page for that.
 *   M3  A counter of the data plane is exposed exactly if it has a row in src/layout/counters.ts.
 *
 * Source: Prometheus exposition formats, text format 0.0.4.
 */
import { assert } from "../base/assert.ts";
import { counters } from "../layout/counters.ts";
import { COUNTER_BLOCK_WORDS } from "../layout/gen/counters.ts";

export type Labels = Readonly<Record<string, string | number>>;

/** One number. `suffix` is only for histograms: `_bucket`, `_sum`, `_count`. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  readonly suffix?: "_bucket" | "_sum" | "_count";
}

/** One metric. The name ends with its unit (`_seconds`, `_octets`); a counter's ends with `_total`. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly samples: readonly Sample[];
}

/** One worker's counters: a view of COUNTER_BLOCK_WORDS f64 words. */
export interface WorkerBlock {
  readonly worker: string;
  readonly words: Float64Array;
}

/**
 * The text of a page of metrics. Families of one name are joined, in the order of their first
 * appearance; a sample that repeats the name and labels of an earlier one is left out (M2).
 */
export function exposition(families: readonly Family[]): string {
  let text = "";
  for (const family of joined(families)) {
    assert(METRIC_NAME.test(family.name), `metric name ${family.name}`);
    text += `# HELP ${family.name} ${escapeHelp(family.help)}\n`;
    text += `# TYPE ${family.name} ${family.type}\n`;
    const seen = new Set<string>();
    for (const sample of family.samples) {
      const key = family.name + (sample.suffix ?? "") + labelText(sample.labels);
      if (seen.has(key)) continue;
      seen.add(key);
      text += `${key} ${valueText(sample.value)}\n`;
    }
  }
  return text;
}

/**
 * The data plane's counters as families: summed over the workers, or one sample per worker with
 * the label `worker`. The sum is the default because it does not change its shape with the number
 * of threads. A value may be one packet old, and is never torn.
 */
export function counterFamilies(
  blocks: readonly WorkerBlock[],
  options: { readonly perWorker?: boolean } = {},
): readonly Family[] {
  for (const block of blocks) {
    assert(block.words.length >= COUNTER_BLOCK_WORDS, `counter block of ${block.worker}`);
  }
  return COUNTER_ROWS.map(({ name, help, labels }, index) => {
    if (options.perWorker === true) {
      const samples = blocks.map(({ worker, words }) => ({
        labels: { ...labels, worker },
        value: words[index]!,
      }));
      return { name, help, type: "counter", samples };
    }
    let value = 0;
    for (const { words } of blocks) value += words[index]!;
    return { name, help, type: "counter", samples: [{ labels, value }] };
  });
}

/** A gauge of one sample: the commonest family. */
export function gauge(name: string, help: string, value: number, labels: Labels = {}): Family {
  return { name, help, type: "gauge", samples: [{ labels, value }] };
}

/** A counter of one sample. */
export function counter(name: string, help: string, value: number, labels: Labels = {}): Family {
  return { name, help, type: "counter", samples: [{ labels, value }] };
}

/**
 * The samples of one histogram. `bounds` are upper bounds in ascending order; `counts` has one
 * number per bound and one more for what lies above them, each for its own bucket, not cumulative.
 */
export function histogramSamples(
  bounds: readonly number[],
  counts: ArrayLike<number>,
  sum: number,
  labels: Labels = {},
): readonly Sample[] {
  assert(counts.length === bounds.length + 1, "a histogram has one bucket more than bounds");
  const samples: Sample[] = [];
  let total = 0;
  for (let i = 0; i <= bounds.length; i += 1) {
    total += counts[i]!;
    const le = i === bounds.length ? "+Inf" : valueText(bounds[i]!);
    samples.push({ suffix: "_bucket", labels: { ...labels, le }, value: total });
  }
  samples.push({ suffix: "_sum", labels, value: sum });
  samples.push({ suffix: "_count", labels, value: total });
  return samples;
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Counter rows in the order of their words, with the labels as a record. */
const COUNTER_ROWS = Object.values(counters).map((row) => ({
  name: row.metric as string,
  help: row.help as string,
  labels: Object.fromEntries(
    [...row.labels.matchAll(/(\w+)="([^"]*)"/g)].map((match) => [match[1]!, match[2]!]),
  ),
}));

/** Families of one name as one family (M1). Two types under one name are a breach. */
function joined(families: readonly Family[]): readonly Family[] {
  const byName = new Map<string, Family>();
  for (const family of families) {
    const before = byName.get(family.name);
    assert(before === undefined || before.type === family.type, `two types of ${family.name}`);
    const samples = before === undefined ? family.samples : [...before.samples, ...family.samples];
    byName.set(family.name, { ...(before ?? family), samples });
  }
  return [...byName.values()];
}

function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => {
    assert(LABEL_NAME.test(name), `label name ${name}`);
    return `${name}="${escapeLabel(String(value))}"`;
  });
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}

/** The format spells infinity `+Inf`; everything else is as JavaScript writes it. */
function valueText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  return String(value);
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

/** A label value is quoted, so the quote is escaped too; a help text is not. */
function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
