// SPDX-License-Identifier: Apache-2.0
/** The page of faults: every code that a check can print, by the room that finds it. */
import { type FaultRow, faults } from "../../src/base/faults.ts";

const PAGE = "<!-- Generated from src/base/faults.ts by scripts/gen.ts. Not edited. -->\n\n";

const INTRODUCTION = `# Faults

What can be wrong with an operator's input. A fault is printed with its place; all of them at once.
An error keeps the input from being taken: what served before goes on serving. A warning does not.
The rule says how it should be.
`;

/** Headings by the first word of a code. */
const HEADINGS: Readonly<Record<string, string>> = {
  FILE: "Files",
  CONFIG: "Configuration",
  ZONE: "Zones",
  MAP: "Maps",
  TABLE: "Tables",
};

export function files(): Record<string, string> {
  const groups = new Map<string, FaultRow[]>();
  for (const row of Object.values(faults) as FaultRow[]) {
    const word = row.code.slice(0, row.code.indexOf("_"));
    const heading = HEADINGS[word] ?? `${word[0]}${word.slice(1).toLowerCase()}`;
    const group = groups.get(heading) ?? [];
    group.push(row);
    groups.set(heading, group);
  }
  let page = `${PAGE}${INTRODUCTION}`;
  for (const [heading, rows] of groups) {
    page += `\n## ${heading}\n\n| code | severity | rule | see |\n|---|---|---|---|\n`;
    for (const row of rows) {
      page += `| ${row.code} | ${row.severity} | ${cell(row.text)} | ${cell(row.see ?? "")} |\n`;
    }
  }
  return { "docs/reference/gen/faults.md": page };
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
