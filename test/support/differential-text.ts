// SPDX-License-Identifier: Apache-2.0
/** A run of the comparison in words. */
import { typeText } from "../../src/dns/iana.ts";
import type { Disagreement, RunResult } from "./differential.ts";

/** What was asked, what everybody said, and the zone. */
export function tell({ question, fields, voices, zone }: Disagreement): string {
  const said = [["azimuth", voices.ours] as const, ...voices.peers].map(
    ([name, one]) => `${name}: ${JSON.stringify(one?.summary)}`,
  );
  const asked = `${question.text} ${typeText(question.type)} differs in ${fields.join(", ")}`;
  return [asked, ...said, zone].join("\n");
}

/** One line about a run. */
export function figures(result: RunResult): string {
  const { agreed, disputed, allowed, alone } = result;
  const listed = Object.entries(allowed).map(([id, count]) => `${id} ${count}`);
  const refused = Object.entries(result.refused).map(([name, count]) => `${name} ${count}`);
  return [
    `${result.zones} zones, ${result.asked} questions: ${agreed} agreed,`,
    `${disputed.length} without a majority (in ${alone} we stand alone),`,
    `listed differences: ${listed.join(", ") || "none"}; zones refused: ${refused.join(", ")}`,
  ].join(" ");
}
