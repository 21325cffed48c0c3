// SPDX-License-Identifier: Apache-2.0
/**
 * What the comparisons with other servers take on the command line, and how long they may take.
 *
 * As part of `npm test` the seed is fixed: whether a rare answer has a majority that we are not of is
 * as much a matter of those servers, and no change should fail by the clock. New ground is what the
 * long forms are for: they take the clock's seed unless told one, and print it.
 */
import { parseArgs } from "node:util";

const TEST_SEED = 20_261_128;
/** What `npm test` may spend; the long form has all the time it wants. */
const TEST_SECS = 20;

export interface DifferentialOptions {
  readonly zones: number;
  readonly questionsPerZone: number;
  readonly packets: number;
  readonly seed: number;
  readonly secondsMax: number;
  readonly onProgress: (text: string) => void;
  /** A file for each difference; undefined if nobody asked. */
  readonly report: string | undefined;
}

/** The numbers given are those of `npm test`. */
export function differentialOptions(
  defaults: Pick<DifferentialOptions, "zones" | "questionsPerZone" | "packets">,
): DifferentialOptions {
  const { values } = parseArgs({
    options: {
      zones: { type: "string" },
      questions: { type: "string" },
      packets: { type: "string" },
      seed: { type: "string" },
      report: { type: "string" },
    },
    strict: false,
  });
  const isLong = values.zones !== undefined || values.packets !== undefined;
  const drawn = isLong ? Date.now() % 1_000_000 : TEST_SEED;
  return {
    zones: Number(values.zones ?? defaults.zones),
    questionsPerZone: Number(values.questions ?? defaults.questionsPerZone),
    packets: Number(values.packets ?? defaults.packets),
    seed: Number(values.seed ?? process.env["SEED"] ?? drawn),
    secondsMax: isLong ? Number.POSITIVE_INFINITY : TEST_SECS,
    onProgress: isLong ? (text) => console.log(text) : () => undefined,
    report: values.report === undefined ? undefined : String(values.report),
  };
}
