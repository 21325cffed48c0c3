// SPDX-License-Identifier: Apache-2.0
/**
 * What zod finds, as faults with places and in words of our own.
 *
 * zod says which path is wrong and in which way. It says nothing of lines, its words are those of a
 * library ("Invalid input"), and of a union it reports every branch. Here a finding becomes a row of
 * the catalogue, a sentence that names the operator's value, and the place of the value; for an
 * unknown key the place of the key, and the known key that was probably meant.
 */
import type { z } from "zod";
import { type Fault, type FaultKey, fault, faults } from "../base/faults.ts";
import { type Path, type PlaceOf, pathText, valueAt } from "./place.ts";
import { suggestionText } from "./suggest.ts";

type Issue = z.core.$ZodIssue;

/** What the faults of one value are made of. */
export interface IssueContext {
  /** The value that was checked. */
  readonly raw: unknown;
  readonly schema: z.ZodType;
  /** Where `raw` hangs in the document. */
  readonly base: Path;
  readonly placeOf: PlaceOf;
}

/** Checks `raw`; the value with defaults filled in, or null and at least one fault. */
export function check<S extends z.ZodType>(
  schema: S,
  raw: unknown,
  base: Path,
  placeOf: PlaceOf,
): { value: z.output<S> | null; faults: Fault[]; issues: readonly Issue[] } {
  const result = schema.safeParse(raw);
  if (result.success) return { value: result.data, faults: [], issues: [] };
  const context = { raw, schema, base, placeOf };
  const { issues } = result.error;
  return { value: null, faults: issues.flatMap((i) => faultsOfIssue(i, context)), issues };
}

/**
 * What is sound of a value with findings: unknown keys dropped, and of a mapping of rows (endpoints,
 * steered names) the rows with findings. Null if something else is wrong. The rest is good enough to
 * look for further faults in it, and for nothing else.
 */
export function salvage<S extends z.ZodType>(
  schema: S,
  raw: unknown,
  issues: readonly Issue[],
): z.output<S> | null {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return null;
  const rest: Record<string, unknown> = { ...raw };
  for (const issue of issues) {
    const [key, row] = issue.path;
    if (key === undefined && issue.code === "unrecognized_keys") {
      for (const unknown of issue.keys) delete rest[unknown];
      continue;
    }
    if (typeof key !== "string" || typeof row !== "string") return null;
    const rows = rest[key];
    // The row `default` of a policy is not one among many.
    if (typeof rows !== "object" || rows === null || row === "default") return null;
    const copy: Record<string, unknown> = { ...rows };
    delete copy[row];
    rest[key] = copy;
  }
  const result = schema.safeParse(rest);
  return result.success ? result.data : null;
}

/** The faults of one finding: more than one for several unknown keys of a mapping. */
export function faultsOfIssue(issue: Issue, context: IssueContext): Fault[] {
  const path = issue.path.map((step) => (typeof step === "symbol" ? String(step) : step));
  const full = [...context.base, ...path];
  // A secret in the wrong form is one all the same.
  const isSecret = path.at(-1) === "secret" || path.at(-2) === "secrets";
  const value = isSecret ? "(not shown)" : valueAt(context.raw, path);
  const at = (key: FaultKey, detail: string) => [fault(key, context.placeOf(full), detail)];
  const name = pathText(full);
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = keysAt(context.schema, path);
      return issue.keys.map((key) => {
        const place = context.placeOf([...full, key], "key");
        const detail = `${pathText([...full, key])} is unknown${suggestionText(key, known)}`;
        return fault("CONFIG_KEY_UNKNOWN", place, detail);
      });
    }
    case "invalid_type":
      if (value === undefined) return at("CONFIG_KEY_MISSING", `${name} is missing`);
      return at("CONFIG_TYPE", `${name} is ${describe(value)}, but must be ${a(issue.expected)}`);
    case "too_small":
    case "too_big":
      return at("CONFIG_RANGE", `${name} is ${sizeOf(value)}, but ${boundOf(issue)}`);
    case "invalid_value": {
      const words = issue.values.map(String);
      const meant = typeof value === "string" ? suggestionText(value, words) : "";
      if (value === undefined) return at("CONFIG_KEY_MISSING", `${name} is missing`);
      const detail = `${name} is ${describe(value)}, but must be ${oneOf(words)}${meant}`;
      return at(typeof value === "string" ? "CONFIG_VALUE" : "CONFIG_TYPE", detail);
    }
    case "invalid_key": {
      const place = context.placeOf(full, "key");
      const key = String(path.at(-1));
      const detail = `${JSON.stringify(key)} is no id: letters, digits, dot, hyphen, underscore`;
      return [fault("CONFIG_VALUE", place, detail)];
    }
    case "invalid_union":
      return unionFaults(issue, value, full, context);
    case "custom":
      return at(keyOf(issue.params), `${name} is ${describe(value)}: ${issue.message}`);
    case "invalid_format":
      return at("CONFIG_VALUE", `${name} is ${describe(value)}, which has not the right form`);
    default:
      return at("CONFIG_VALUE", `${name} is ${describe(value)}`);
  }
}

/**
 * Of a union, the branch that was meant: the one whose findings lie deepest inside the value. If no
 * branch fits the type of the value, one fault names them all.
 */
function unionFaults(
  issue: Extract<Issue, { code: "invalid_union" }>,
  value: unknown,
  full: Path,
  context: IssueContext,
): Fault[] {
  const place = context.placeOf(full);
  if (value === undefined) {
    return [fault("CONFIG_KEY_MISSING", place, `${pathText(full)} is missing`)];
  }
  const wrongType = (branch: Issue[]) =>
    branch.some((i) => i.path.length === 0 && i.code === "invalid_type");
  const meant = issue.errors.find((branch) => !wrongType(branch));
  if (meant === undefined) {
    const expected = issue.errors.flatMap((branch) =>
      branch.flatMap((i) => (i.code === "invalid_type" ? [a(i.expected)] : [])),
    );
    const detail = `${pathText(full)} is ${describe(value)}, but must be ${oneOf(expected)}`;
    return [fault("CONFIG_TYPE", place, detail)];
  }
  const schema = schemaAt(context.schema, issue.path as Path) ?? context.schema;
  const inner = { ...context, raw: value, base: full, schema };
  return meant.flatMap((i) => faultsOfIssue(i, inner));
}

function keyOf(params: Record<string, unknown> | undefined): FaultKey {
  const key = params?.["fault"];
  return typeof key === "string" && Object.hasOwn(faults, key) ? (key as FaultKey) : "CONFIG_VALUE";
}

/** A value in an operator's words: texts in quotes, collections by their kind. */
export function describe(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function sizeOf(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "string" && value.length > 0) return `${value.length} characters`;
  return describe(value);
}

function boundOf(issue: Extract<Issue, { code: "too_small" | "too_big" }>): string {
  const bound = issue.code === "too_small" ? `${issue.minimum}` : `${issue.maximum}`;
  const word = issue.code === "too_small" ? "least" : "most";
  if (issue.origin === "string") return `must have at ${word} ${bound} characters`;
  if (issue.origin === "array") return `must have at ${word} ${bound} entries`;
  return `must be at ${word} ${bound}`;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "a text",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
};

function a(type: string): string {
  return TYPE_WORDS[type] ?? type;
}

function oneOf(words: readonly string[]): string {
  const unique = [...new Set(words)];
  const last = unique.pop() ?? "";
  return unique.length === 0 ? last : `${unique.join(", ")} or ${last}`;
}

/** The part of zod's definitions that is walked here. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly innerType?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly options?: readonly z.ZodType[];
}

function definitionOf(schema: z.ZodType): Definition {
  return schema.def as unknown as Definition;
}

/** Keys of a mapping. */
export function keysOf(schema: z.ZodType): string[] {
  return keysAt(schema, []);
}

/** Keys that the mapping at `path` may have. */
export function keysAt(schema: z.ZodType, path: Path): string[] {
  const found = schemaAt(schema, path);
  if (found === null) return [];
  const definition = definitionOf(found);
  if (definition.shape !== undefined) return Object.keys(definition.shape);
  return (definition.options ?? []).flatMap((option) => keysAt(option, []));
}

/** The schema of what stands at `path`, without defaults and options around it. */
function schemaAt(schema: z.ZodType, path: Path): z.ZodType | null {
  const definition = definitionOf(schema);
  if (definition.innerType !== undefined) return schemaAt(definition.innerType, path);
  const [step, ...rest] = path;
  if (step === undefined) return schema;
  const inner = definition.shape?.[String(step)] ?? definition.valueType ?? definition.element;
  if (inner !== undefined) return schemaAt(inner, rest);
  for (const option of definition.options ?? []) {
    const found = schemaAt(option, path);
    if (found !== null) return found;
  }
  return null;
}
