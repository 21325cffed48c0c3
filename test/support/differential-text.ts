// SPDX-License-Identifier: Apache-2.0
/** A run of the comparison in words. */
import { typeText } from "../../src/dns/iana.ts";
import type { Disagreement, RunResult } from "./differential.ts";

/** What was asked, what everybody said, and the zone. */
export function tell({ question, fields, voices, zone }: Disagreement): string {
  const said = [["azimuth", voices.ours] as const, ...voices.peers].map(
    ([name, one]) => `${name}: ${JSON.stringify(one && { ...one.summary, more: one.additional })}`,
  );
  const asked = `${question.text} ${typeText(question.type)} differs in ${fields.join(", ")}`;
  return [asked, ...said, zone].join("\n");
}

/** One line about a run. */
export function figures(result: RunResult): string {
  const { agreed, disputed, alone, wrong } = result;
  const listed = Object.entries(result.listed).map(([id, all]) => `${id} ${all.length}`);
  const refused = Object.entries(result.refused).map(([name, count]) => `${name} ${count}`);
  return [
    `${result.zones} zones, ${result.asked} questions: ${agreed} agreed,`,
    `${disputed.length} without a majority (in ${alone} we stand alone),`,
    `${wrong.length} wrong, listed differences: ${listed.join(", ") || "none"};`,
    `zones refused: ${refused.join(", ")}`,
  ].join(" ");
}

/** Each difference that is listed, under its row, and each that is not. */
export function everyDifference(result: RunResult): string {
  const listed = Object.entries(result.listed).flatMap(([id, all]) =>
    all.map((one) => `${id}: ${tell(one)}`),
  );
  return [...listed, ...result.wrong.map((one) => `wrong: ${tell(one)}`)].join("\n\n");
}
