// SPDX-License-Identifier: Apache-2.0
/**
 * Kinds of fields: how a row of a schema says its type, bounds, unit and meaning in one line.
 *
 * A field is a zod schema whose metadata hold the rest, so that the check, the JSON schema of
 * editors, the reference page and the sample file come from one row. The default belongs to the row
 * too (`.default()`), never to the code that reads the value.
 *
 * A check of form (address, prefix, name) names the fault that it stands for in `params.fault`;
 * `issues.ts` reads it from there.
 */
import { z } from "zod";
import type { FaultKey } from "../base/faults.ts";
import { nameFromText } from "../dns/names.ts";
import { parseAddress, parsePrefix } from "../geo/prefix.ts";

/** Ids are the keys of the configuration; they stand in logs, metrics and paths of the API. */
const ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** An integer within bounds, both inclusive. `unit` is "" for a mere count. */
export function integer(row: { min: number; max: number; unit?: string; doc: string }) {
  const unit = row.unit ?? "";
  return z
    .number()
    .int()
    .min(row.min)
    .max(row.max)
    .meta({ description: row.doc, ...(unit === "" ? {} : { "x-unit": unit }) });
}

/** A number within bounds, both inclusive. */
export function decimal(row: { min: number; max: number; unit?: string; doc: string }) {
  const unit = row.unit ?? "";
  return z
    .number()
    .min(row.min)
    .max(row.max)
    .meta({ description: row.doc, ...(unit === "" ? {} : { "x-unit": unit }) });
}

/** Free text without line ends. */
export function text(row: { max: number; doc: string }) {
  return z
    .string()
    .min(1)
    .max(row.max)
    .check(form("CONFIG_VALUE", (value) => !/[\u0000-\u001f\u007f]/.test(value), "control octets"))
    .meta({ description: row.doc, "x-type": "text" });
}

/** Text that may be empty: empty stands for "not said". */
export function optionalText(row: { max: number; doc: string }) {
  return z
    .string()
    .max(row.max)
    .check(form("CONFIG_VALUE", (value) => !/[\u0000-\u001f\u007f]/.test(value), "control octets"))
    .meta({ description: row.doc, "x-type": "text" });
}

export function oneOf<const T extends readonly [string, ...string[]]>(values: T, doc: string) {
  return z.enum(values).meta({ description: doc });
}

export function flag(doc: string) {
  return z.boolean().meta({ description: doc });
}

/** The id that a resource is created under. */
export const idField = z.string().regex(ID_PATTERN).meta({
  description: "Letters, digits, dot, hyphen and underscore; at most 63.",
  "x-type": "id",
});

/** The id of something else. */
export function reference(doc: string) {
  return z.string().min(1).max(255).meta({ description: doc, "x-type": "id" });
}

/** One id or a list of ids in order. */
export function referenceList(doc: string) {
  const id = reference("Id.");
  return z
    .union([id, z.array(id).min(1)])
    .meta({ description: doc, "x-type": "id or list of ids" });
}

export function addressField(family: 4 | 6 | 0, doc: string) {
  const kind = family === 0 ? "IP address" : `IPv${family} address`;
  const right = (value: string) => {
    const address = parseAddress(value);
    return address !== null && (family === 0 || address.family === family);
  };
  return z
    .string()
    .check(form("CONFIG_ADDRESS", right, `no ${kind}`))
    .meta({ description: doc, "x-type": kind });
}

export const prefixField = z
  .string()
  .check((context) => {
    const prefix = parsePrefix(context.value);
    if (typeof prefix === "string") push(context, "CONFIG_PREFIX", prefix);
  })
  .meta({ description: "Network such as 192.0.2.0/24.", "x-type": "prefix" });

/** A domain name in text form; absolute unless `origin` says otherwise. */
export function nameField(doc: string) {
  return z
    .string()
    .check(form("CONFIG_NAME", (value) => nameFromText(value) !== null, "no domain name"))
    .meta({ description: doc, "x-type": "domain name" });
}

/** A path of a file or folder; relative ones count from the folder of the configuration. */
export function pathField(doc: string) {
  return z
    .string()
    .min(1)
    .max(4096)
    .check(form("CONFIG_VALUE", (value) => !value.includes("\u0000"), "a zero octet"))
    .meta({ description: doc, "x-type": "path" });
}

/** The part of zod's check context that is used here. */
export interface CheckContext {
  readonly value: string;
  // zod gathers its findings in this list; the type of its rows is not exported in a usable form.
  readonly issues: { push(issue: never): unknown };
}

/** Adds a finding that stands for the fault `key`. */
export function push(context: CheckContext, key: FaultKey, message: string): void {
  context.issues.push({
    code: "custom",
    input: context.value,
    message,
    params: { fault: key },
  } as never);
}

function form(key: FaultKey, right: (value: string) => boolean, message: string) {
  return (context: CheckContext): void => {
    if (!right(context.value)) push(context, key, message);
  };
}
