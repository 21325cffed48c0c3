// SPDX-License-Identifier: Apache-2.0
/** The page of the command line from its verbs, and the description of the API from its routes. */
import { openApiDocument } from "../../src/api/openapi.ts";
import { type ArgumentRow, exitRows, type OptionRow, type VerbRow, verbs } from "../../src/cli/verbs.ts";

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
  const sections = verbs.map(section).join("");
  return `${PAGE}${INTRODUCTION}\n## Exit codes\n\n| code | meaning |\n|---|---|\n${exits}${sections}`;
}

function section(row: VerbRow): string {
  const words = row.arguments.map(({ name, required }) => (required ? `<${name}>` : `[${name}]`));
  const call = ["azimuth", row.name, ...words].join(" ");
  const negative = row.negative === null ? "" : ` Exit code 1: ${row.negative}.`;
  const examples = row.examples.map(({ line, doc }) => `${line}   # ${doc}\n`).join("");
  const parameters = [...row.arguments.map(argumentLine), ...row.options.map(optionLine)].join("");
  return `\n## ${row.name}\n\n\`${call}\`: ${row.summary}.\n\n${row.doc}${negative}\n
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
