// SPDX-License-Identifier: Apache-2.0
/**
 * What a micro benchmark is, and how one is measured so that its number means something.
 *
 * Invariants
 *   U1  Every part gives a checksum of all that it computed, so nothing of it can be left out by the
 *       optimiser as unused.
 *   U2  The checksum is known beforehand from another way of computing it, and must come out before
 *       the measurement and after it, when the code was optimised: a fast wrong answer is no result.
 *   U3  One call of `work` is many operations on different inputs; what the package `benchmark` adds
 *       around a call is then less than anybody can measure.
 */
import Benchmark from "benchmark";
import { median, round } from "../kit.ts";

/** Inputs that one call of `work` goes through, unless a part has its own number. */
export const INPUTS = 1024;

export interface Part {
  /** What group it belongs to: `hash`, `parse`, `lookup`, `respond`, `map`, `pick`, `answer`. */
  readonly group: string;
  readonly name: string;
  /** Operations of one call of `work`. */
  readonly operations: number;
  /** Does them all and gives a checksum; the same at each call. */
  readonly work: () => number;
  /** The checksum, computed another way. */
  readonly expected: number;
}

export interface PartRow {
  readonly group: string;
  readonly name: string;
  readonly perSecond: number;
  readonly nanosEach: number;
  /** Relative margin of error of the mean, percent. */
  readonly marginPercent: number;
}

/** Measures for about `secs` seconds. Throws if the part computes something else than it should. */
export function measurePart(part: Part, secs: number): PartRow {
  const { group, name, operations, work, expected } = part;
  check(part, work());
  let wrong = 0;
  const suite = new Benchmark(
    name,
    () => {
      if (work() !== expected) wrong += 1;
    },
    { maxTime: secs, minSamples: 10 },
  );
  suite.run();
  if (wrong > 0) throw new Error(`${group}, ${name}: ${wrong} calls gave another checksum`);
  check(part, work());
  // The median and not suite.hz, which is made of the mean: one hiccup of a shared machine moves it.
  const perSecond = operations / median(suite.stats.sample);
  return {
    group,
    name,
    perSecond: round(perSecond),
    nanosEach: round(1e9 / perSecond, 2),
    marginPercent: round(suite.stats.rme, 1),
  };
}

function check({ group, name, expected }: Part, got: number): void {
  if (got !== expected) throw new Error(`${group}, ${name}: ${got} came out and not ${expected}`);
}
