// SPDX-License-Identifier: Apache-2.0
/** Generated configuration: the JSON schema of editors, the reference page, a sample file in it. */
import { z } from "zod";
import { type OptionRow, optionRows } from "../../src/config/rows.ts";
import { sample } from "../../src/config/sample.ts";
import { fileFields } from "../../src/config/schema.ts";

const PAGE =
  "<!-- Generated from src/config and src/resource by scripts/gen.ts. Not edited. -->\n\n";

const INTRODUCTION = `# Configuration

One YAML file, \`azimuth.yaml\`. Paths in it count from its own folder. Ids are keys: letters, digits,
dot, hyphen and underscore, at most 63. Unknown keys are faults. Editors complete and check the file
with \`azimuth.schema.json\`.

\`<id>\` stands for a key that the operator chooses, \`[]\` for each entry of a list. A key without
default has to be given, unless the default says "none".
`;

export function files(): Record<string, string> {
  return {
    "docs/reference/gen/config.md": page(),
    "docs/reference/gen/azimuth.schema.json": schema(),
  };
}

function schema(): string {
  const json = z.toJSONSchema(fileFields, { io: "input" });
  const named = { $id: "https://azimuth.invalid/azimuth.schema.json", ...json };
  return `${JSON.stringify(named, null, 2)}\n`;
}

function page(): string {
  let out = `${PAGE}${INTRODUCTION}`;
  for (const section of optionRows()) {
    out += `\n## ${section.key}\n\n${section.doc}\n\n`;
    out += "| key | type | default | bounds | unit | meaning |\n|---|---|---|---|---|---|\n";
    for (const row of section.rows) out += line(row);
  }
  return `${out}\n## Sample\n\nEvery option of the node, and one resource of each kind.\n\n\`\`\`yaml\n${sample()}\`\`\`\n`;
}

function line(row: OptionRow): string {
  const cells = [
    `\`${row.key}\``,
    row.type,
    row.default === "" ? "" : row.default === "none" ? "none" : `\`${row.default}\``,
    row.bounds,
    row.unit,
    row.doc,
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
}
