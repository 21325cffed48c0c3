// SPDX-License-Identifier: Apache-2.0
/** Generated layout: TypeScript offsets, C++ structs, the memory and limits pages, the metrics page. */
import { controlStructs, readerStates } from "../../src/layout/control.ts";
import { counters } from "../../src/layout/counters.ts";
import { limits } from "../../src/layout/limits.ts";
import { allDownRules, pickers, planStates, planStructs } from "../../src/layout/plan.ts";
import { constantCase, offsets, sizeOf, snakeCase, type Struct } from "../../src/layout/schema.ts";
import {
  identityMarks,
  limitModes,
  requestActions,
  settingsFlags,
  settingsStructs,
} from "../../src/layout/settings.ts";
import {
  packetSlot,
  slabStructs,
  slotFlags,
  transports,
  verdicts,
} from "../../src/layout/slab.ts";
import {
  endpointFlags,
  leafLayers,
  nodeFlags,
  policyFlags,
  rrsetFlags,
  segmentKinds,
  tableStructs,
  zoneFlags,
} from "../../src/layout/table.ts";

const HEAD = "// SPDX-License-Identifier: Apache-2.0\n// Generated from src/layout by scripts/gen.ts. Not edited.\n";

/** Constant sets that both languages name. */
const enums: Record<string, Record<string, number>> = {
  SegmentKind: segmentKinds,
  ZoneFlag: zoneFlags,
  NodeFlag: nodeFlags,
  RRsetFlag: rrsetFlags,
  LeafLayer: leafLayers,
  PolicyFlag: policyFlags,
  EndpointFlag: endpointFlags,
  Picker: pickers,
  AllDown: allDownRules,
  PlanState: planStates,
  ReaderState: readerStates,
  Transport: transports,
  SlotFlag: slotFlags,
  SettingsFlag: settingsFlags,
  IdentityMark: identityMarks,
  LimitMode: limitModes,
  RequestAction: requestActions,
  Verdict: verdicts,
};

const groups: Record<string, readonly Struct[]> = {
  table: tableStructs,
  plan: planStructs,
  control: controlStructs,
  slab: slabStructs,
  settings: settingsStructs,
};

/** `RRsetRef` → `RRSET_REF`. */
function constantOf(name: string): string {
  return constantCase(name.replace("RRset", "Rrset"));
}

/** A hash of everything that makes the layout what it is: FNV-1a over its canonical text. */
function fingerprint(): number {
  const all = [...Object.values(groups).flat(), packetSlot];
  const text = JSON.stringify([
    all.map((s) => [s.name, s.fields.map((f) => [f.kind, f.name, f.count]), sizeOf(s)]),
    enums,
    Object.keys(counters),
    Object.entries(limits).map(([name, row]) => [name, row.value]),
  ]);
  let hash = 0x811c9dc5;
  for (const octet of new TextEncoder().encode(text)) hash = Math.imul(hash ^ octet, 0x01000193);
  return hash >>> 0;
}

function typescriptOf(structs: readonly Struct[]): string {
  let out = HEAD;
  for (const s of structs) {
    const name = constantOf(s.name);
    out += `\n/** ${s.doc} */\nexport const ${name}_SIZE = ${sizeOf(s)};\n`;
    const at = offsets(s);
    s.fields.forEach((field, i) => {
      const kind = field.count > 1 ? `${field.kind}[${field.count}]` : field.kind;
      out += `/** ${kind}. ${field.doc} */\nexport const ${name}_${constantCase(field.name)} = ${at[i]};\n`;
    });
  }
  return out;
}

function typescriptEnums(): string {
  let out = HEAD;
  for (const [name, values] of Object.entries(enums)) {
    out += "\n";
    for (const [key, value] of Object.entries(values)) {
      out += `export const ${constantOf(name)}_${key} = ${value > 0xffff ? `0x${value.toString(16)}` : value};\n`;
    }
  }
  out += `\n/** Hash of the whole layout. Equal on both sides, or they do not share memory. */\n`;
  out += `export const FINGERPRINT = 0x${fingerprint().toString(16)};\n`;
  return out;
}

function typescriptCounters(): string {
  let out = HEAD;
  Object.entries(counters).forEach(([name, row], i) => {
    out += `/** ${row.metric}${row.labels === "" ? "" : `{${row.labels}}`}: ${row.help} */\n`;
    out += `export const COUNTER_${constantCase(name)} = ${i};\n`;
  });
  const count = Object.keys(counters).length;
  out += `\n/** f64 words of one worker's block, whole cache lines. */\n`;
  out += `export const COUNTER_BLOCK_WORDS = ${Math.ceil(count / 8) * 8};\nexport const COUNTER_COUNT = ${count};\n`;
  return out;
}

function cppOf(): string {
  const types: Record<string, string> = {
    u8: "uint8_t",
    u16: "uint16_t",
    u32: "uint32_t",
    f64: "double",
    ref: "uint32_t",
    bytes: "uint8_t",
  };
  let out = `${HEAD}#pragma once\n#include <cstddef>\n#include <cstdint>\n\nnamespace azimuth {\n`;
  for (const s of Object.values(groups).flat()) {
    out += `\n// ${s.doc}\nstruct ${s.name} {\n`;
    for (const field of s.fields) {
      const suffix = field.count > 1 ? `[${field.count}]` : "";
      out += `  ${types[field.kind]} ${snakeCase(field.name)}${suffix};  // ${field.doc}\n`;
    }
    out += `};\nstatic_assert(sizeof(${s.name}) == ${sizeOf(s)});\n`;
    const at = offsets(s);
    s.fields.forEach((field, i) => {
      out += `static_assert(offsetof(${s.name}, ${snakeCase(field.name)}) == ${at[i]});\n`;
    });
  }
  for (const [name, values] of Object.entries(enums)) {
    out += `\nenum class ${name} : uint32_t {\n`;
    for (const [key, value] of Object.entries(values)) {
      const pascal = key.toLowerCase().replace(/(^|_)([a-z0-9])/g, (_, __, c: string) => c.toUpperCase());
      out += `  ${pascal} = ${value}u,\n`;
    }
    out += "};\n";
  }
  out += `\nconstexpr uint32_t layout_fingerprint = 0x${fingerprint().toString(16)}u;\n\n}  // namespace azimuth\n`;
  return out;
}

function cppLimits(): string {
  let out = `${HEAD}#pragma once\n#include <cstdint>\n\nnamespace azimuth {\n\n`;
  for (const [name, row] of Object.entries(limits)) {
    out += `// ${row.doc}\nconstexpr uint32_t ${name.toLowerCase()} = ${row.value}u;\n`;
  }
  return `${out}\n}  // namespace azimuth\n`;
}

function cppCounters(): string {
  let out = `${HEAD}#pragma once\n#include <cstddef>\n\nnamespace azimuth {\n\n// One worker's counters.\nstruct alignas(64) Counters {\n`;
  for (const [name, row] of Object.entries(counters)) {
    out += `  double ${snakeCase(name)};  // ${row.metric}${row.labels === "" ? "" : `{${row.labels}}`}\n`;
  }
  const count = Object.keys(counters).length;
  out += `};\nstatic_assert(sizeof(Counters) == ${Math.ceil(count / 8) * 64});\n\n}  // namespace azimuth\n`;
  return out;
}

const PAGE = "<!-- Generated from src/layout by scripts/gen.ts. Not edited. -->\n\n";

function memoryPage(): string {
  let out = `${PAGE}# Memory layout\n\nFingerprint \`0x${fingerprint().toString(16)}\`. Integers are little-endian.\n`;
  for (const [group, structs] of Object.entries(groups)) {
    out += `\n## ${group}\n`;
    for (const s of structs) {
      out += `\n### ${s.name}, ${sizeOf(s)} octets\n\n${s.doc}\n\n| offset | kind | field | meaning |\n|---|---|---|---|\n`;
      const at = offsets(s);
      s.fields.forEach((f, i) => {
        out += `| ${at[i]} | ${f.kind}${f.count > 1 ? `[${f.count}]` : ""} | ${f.name} | ${f.doc.replaceAll("|", "\\|")} |\n`;
      });
    }
  }
  return out;
}

function limitsPage(): string {
  let out = `${PAGE}# Limits\n\n| name | value | why |\n|---|---|---|\n`;
  for (const [name, row] of Object.entries(limits)) out += `| ${name} | ${row.value} | ${row.doc} |\n`;
  return out;
}

/** One line per metric of the data plane, with the labels that its samples carry. */
function metricsPage(): string {
  let out = `${PAGE}# Metrics of the data plane\n\nEach is a counter, summed over the workers.\n\n`;
  out += "| metric | labels | meaning |\n|---|---|---|\n";
  const byMetric = Map.groupBy(Object.values(counters), (row) => row.metric);
  for (const [metric, rows] of byMetric) {
    const labels = rows.map((row) => (row.labels === "" ? "" : `\`${row.labels}\``)).join(" ");
    out += `| \`${metric}\` | ${labels} | ${rows[0]!.help} |\n`;
  }
  return out;
}

export function layoutFiles(): Record<string, string> {
  const files: Record<string, string> = {
    "src/layout/gen/enums.ts": typescriptEnums(),
    "src/layout/gen/counters.ts": typescriptCounters(),
    "native/gen/layout.hh": cppOf(),
    "native/gen/limits.hh": cppLimits(),
    "native/gen/counters.hh": cppCounters(),
    "docs/reference/gen/memory.md": memoryPage(),
    "docs/reference/gen/limits.md": limitsPage(),
    "docs/reference/gen/metrics.md": metricsPage(),
  };
  for (const [group, structs] of Object.entries(groups)) {
    files[`src/layout/gen/${group}.ts`] = typescriptOf(structs);
  }
  return files;
}
