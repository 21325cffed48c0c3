// SPDX-License-Identifier: Apache-2.0
/** The page of the command line from its verbs, and the description of the API from its routes. */
import { openApiDocument } from "../../src/api/openapi.ts";
import type { ArgumentRow, OptionRow, VerbRow } from "../../src/cli/verb-rows.ts";
import { exitRows, verbGroups, verbs } from "../../src/cli/verbs.ts";

const PAGE = "<!-- Generated from src/cli/verbs.ts by scripts/gen.ts. Not edited. -->\n\n";

const INTRODUCTION = `# Command line

\`azimuth <verb> [arguments] [options]\`; \`azimuth <verb> --help\` says the same as this page.
`;

export function files(): Record<string, string> {
  return {
    "docs/reference/gen/cli.md": page(),
    "docs/reference/gen/openapi.json": `${JSON.stringify(openApiDocument(), null, 2)}\n`,
  };
}

function page(): string {
  const exits = exitRows.map(([code, doc]) => `| ${code} | ${doc} |\n`).join("");
  const sections = verbs.map((row, i) => groupHead(row, verbs[i - 1]) + section(row)).join("");
  return `${PAGE}${INTRODUCTION}\n## Exit codes\n\n| code | meaning |\n|---|---|\n${exits}${sections}`;
}

/** The head of a group in front of its first verb, with all of them. */
function groupHead({ name }: VerbRow, before: VerbRow | undefined): string {
  const [first, second] = name.split(" ");
  const group = verbGroups.find((one) => one.name === first);
  if (second === undefined || group === undefined || before?.name.startsWith(`${first} `)) return "";
  const rows = (verbs as readonly VerbRow[]).filter((row) => row.name.startsWith(`${first} `));
  const lines = rows.map((row) => `| [\`${row.name}\`](#${anchor(row)}) | ${cell(row.summary)} |\n`);
  return `\n## ${first}\n\n\`azimuth ${first} <verb> …\`: ${group.summary}.\n\n${group.doc}\n
| verb | does |\n|---|---|\n${lines.join("")}`;
}

function anchor({ name }: VerbRow): string {
  return name.replaceAll(" ", "-");
}

function section(row: VerbRow): string {
  const words = row.arguments.map(({ name, required }) => (required ? `<${name}>` : `[${name}]`));
  const call = ["azimuth", row.name, ...words].join(" ");
  const negative = row.negative === null ? "" : ` Exit code 1: ${row.negative}.`;
  const trouble = row.trouble === undefined ? "" : ` Exit code 2: ${row.trouble}.`;
  const depth = row.name.includes(" ") ? "###" : "##";
  const examples = row.examples.map(({ line, doc }) => `${line}   # ${doc}\n`).join("");
  const parameters = [...row.arguments.map(argumentLine), ...row.options.map(optionLine)].join("");
  return `\n${depth} ${row.name}\n\n\`${call}\`: ${row.summary}.\n\n${row.doc}${negative}${trouble}\n
| parameter | meaning | default |\n|---|---|---|\n${parameters}\n\`\`\`\n${examples}\`\`\`\n`;
}

function argumentLine({ name, required, doc }: ArgumentRow): string {
  return `| \`${required ? `<${name}>` : `[${name}]`}\` | ${cell(doc)} | |\n`;
}

function optionLine(row: OptionRow): string {
  const choices = row.choices === undefined ? "" : ` One of ${row.choices.join(", ")}.`;
  const value = row.required === true ? "must be given" : (row.default ?? "");
  return `| \`${row.flags}\` | ${cell(row.doc + choices)} | ${value} |\n`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
