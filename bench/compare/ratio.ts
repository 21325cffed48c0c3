// SPDX-License-Identifier: Apache-2.0
/**
 * Whether one side is faster than the other, and how sure that is.
 *
 * The figure is the ratio of the two medians. Its interval comes from a bootstrap over rounds: round
 * i of both sides was measured within the same seconds, so the pair is drawn together, and the
 * weather that both had falls out. Nothing is assumed of the distribution, which has a long tail
 * on a shared machine.
 *
 * Invariants
 *   B1  Above 1 the working tree is faster, whatever the unit: what is measured is always a time.
 *   B2  Chance comes from a seed: the same rounds give the same interval.
 *   B3  A row fails only if its ratio is below the limit and the interval lies below 1 as a whole:
 *       what noise alone could have made is no reason to refuse a change.
 */
import { median } from "../kit.ts";
import { createChance } from "../zones.ts";

/** Times of one thing, by round. Both lists are of one length. */
export interface Rounds {
  readonly name: string;
  /** What the times are counted in, for the table. */
  readonly unit: string;
  readonly base: readonly number[];
  readonly head: readonly number[];
}

export interface Ratio {
  readonly name: string;
  readonly unit: string;
  readonly baseMedian: number;
  readonly headMedian: number;
  /** Median time of the base over median time of the working tree (B1). */
  readonly ratio: number;
  /** The middle 95 of 100 ratios of the bootstrap. */
  readonly low: number;
  readonly high: number;
  readonly verdict: "faster" | "slower" | "no difference";
}

const RESAMPLES = 2000;
const TAIL = 0.025;

/** Compares the rounds of two sides. Throws where there are none, or not as many of each. */
export function compareRounds({ name, unit, base, head }: Rounds): Ratio {
  if (base.length === 0 || base.length !== head.length) {
    throw new Error(`${name}: ${base.length} rounds of one side and ${head.length} of the other`);
  }
  const chance = createChance(base.length);
  const ratios = new Float64Array(RESAMPLES);
  for (let i = 0; i < RESAMPLES; i += 1) {
    const drawn = base.map(() => chance() % base.length);
    ratios[i] = median(drawn.map((n) => base[n]!)) / median(drawn.map((n) => head[n]!));
  }
  ratios.sort();
  const low = ratios[Math.floor(TAIL * RESAMPLES)]!;
  const high = ratios[Math.ceil((1 - TAIL) * RESAMPLES) - 1]!;
  return {
    name,
    unit,
    baseMedian: median(base),
    headMedian: median(head),
    ratio: median(base) / median(head),
    low,
    high,
    verdict: low > 1 ? "faster" : high < 1 ? "slower" : "no difference",
  };
}

/** The rows that are slower than `limit` allows (B3). */
export function failuresOf(ratios: readonly Ratio[], limit: number): readonly Ratio[] {
  return ratios.filter(({ ratio, verdict }) => ratio < limit && verdict === "slower");
}
