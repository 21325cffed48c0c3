// SPDX-License-Identifier: Apache-2.0
/**
 * The rows of the schema as a flat list: what the reference page and the sample are made of.
 *
 * The walk goes over the JSON schema and not over zod's own definitions, because that is a standard
 * and those are a library's inside.
 */
import { z } from "zod";
import { fileFields } from "./schema.ts";

export interface OptionRow {
  /** Below the section: `limits.tcpIdleSecs`, `<id>.endpoints.<id>.v4`, `[].folder`. */
  readonly key: string;
  readonly type: string;
  /** As YAML; "" if the key must be given, "none" if it may be left out. */
  readonly default: string;
  /** `512..4096`, a list of words, or "". */
  readonly bounds: string;
  readonly unit: string;
  readonly doc: string;
}

export interface OptionSection {
  /** Key at the top of the file. */
  readonly key: string;
  readonly doc: string;
  readonly rows: readonly OptionRow[];
}

/** The part of JSON Schema that is met here. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly "x-unit"?: string;
  readonly "x-type"?: string;
}

/** Sections in the order of the file. */
export function optionRows(): readonly OptionSection[] {
  const file = z.toJSONSchema(fileFields, { io: "input" }) as Schema;
  return Object.entries(file.properties ?? {}).map(([key, schema]) => {
    const rows: OptionRow[] = [];
    walk("", schema, rows);
    return { key, doc: schema.description ?? "", rows };
  });
}

function walk(prefix: string, schema: Schema, rows: OptionRow[]): void {
  const inner = schema.additionalProperties;
  if (typeof inner === "object" && isDeep(objectOf(inner))) {
    walk(`${prefix}<id>.`, objectOf(inner), rows);
  } else if (schema.items !== undefined && isDeep(schema.items)) {
    walk(`${prefix}[].`, schema.items, rows);
  }
  for (const [key, row] of Object.entries(schema.properties ?? {})) {
    const isRequired = schema.required?.includes(key) ?? false;
    if (row.properties === undefined) rows.push(rowOf(`${prefix}${key}`, row, isRequired));
    const long = objectOf(row);
    if (isDeep(long)) walk(`${prefix}${key}.`, long, rows);
  }
}

/** Whether rows of its own stand below a schema. */
function isDeep(schema: Schema): boolean {
  if (schema.properties !== undefined) return true;
  const { items, additionalProperties: inner } = schema;
  if (items !== undefined) return isDeep(items);
  return typeof inner === "object" && isDeep(objectOf(inner));
}

/** Of a short and a long form the long one. */
function objectOf(schema: Schema): Schema {
  return schema.anyOf?.find((branch) => branch.properties !== undefined) ?? schema;
}

function rowOf(key: string, schema: Schema, isRequired: boolean): OptionRow {
  return {
    key,
    type: typeOf(schema),
    default: isRequired ? "" : schema.default === undefined ? "none" : yamlOf(schema.default),
    bounds: boundsOf(schema),
    unit: schema["x-unit"] ?? "",
    doc: schema.description ?? "",
  };
}

function typeOf(schema: Schema): string {
  if (schema["x-type"] !== undefined) return schema["x-type"];
  if (schema.enum !== undefined) return "word";
  const words: Readonly<Record<string, string>> = {
    integer: "integer",
    number: "number",
    boolean: "true or false",
    object: "mapping",
    array: "list",
    string: "text",
  };
  return words[schema.type ?? ""] ?? "";
}

function boundsOf(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.join(", ");
  if (schema.minimum === undefined || schema.maximum === undefined) return "";
  return `${schema.minimum}..${schema.maximum}`;
}

/** Flow form, which is the same in JSON but for the quotes that words do not need. */
export function yamlOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(yamlOf).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const pairs = Object.entries(value).map(([key, v]) => `${key}: ${yamlOf(v)}`);
    return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
  }
  if (typeof value === "string" && !/^[A-Za-z./][\w./-]*$/.test(value))
    return JSON.stringify(value);
  return String(value);
}
