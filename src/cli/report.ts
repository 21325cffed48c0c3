// SPDX-License-Identifier: Apache-2.0
/**
 * Prints faults: for people, for editors, for programs.
 *
 *   zones/example.org:41:1 error ZONE_CNAME_NOT_ALONE www.example.org. has a CNAME and an A
 *     a CNAME may not stand beside other data at one name (RFC 2181 §10.1)
 *   1 finding, 1 error.
 *
 * The first line is that of compilers, whole by itself and in one column of spaces, so that editors
 * jump to the place and `grep` finds it. The rule is on a line of its own, because it is the same
 * for every fault of the kind and would push the finding out of sight.
 */
import { relative } from "node:path";
import { type Fault, type FaultRow, faults, type Severity, severityOf } from "../base/faults.ts";

export interface ReportOptions {
  /** Escape sequences for a terminal. */
  readonly colour: boolean;
  /** Absolute places below this folder are printed relative to it. */
  readonly folder?: string;
  /** Ends the closing line: what goes on being served. */
  readonly closing?: string;
}

/** All faults in their order, and the closing line. Ends with a line end; "" if there are none. */
export function reportFaults(list: readonly Fault[], options: ReportOptions): string {
  if (list.length === 0) return "";
  const closing = options.closing === undefined ? "" : ` ${options.closing}`;
  const lines = list.flatMap((f) => linesOf(f, options));
  return [...lines, `${summary(list)}${closing}`, ""].join("\n");
}

/** `3 findings, 1 error.` */
export function summary(list: readonly Fault[]): string {
  const errorCount = list.filter((f) => severityOf(f) === "error").length;
  const errors = errorCount === 0 ? "no error" : count(errorCount, "error");
  return `${count(list.length, "finding")}, ${errors}.`;
}

function count(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? "" : "s"}`;
}

function linesOf(f: Fault, options: ReportOptions): string[] {
  const row: FaultRow = faults[f.key];
  const severity = paint(row.severity, row.severity, options);
  const where = paint(placeText(f, options.folder), "place", options);
  const see = row.see === undefined ? "" : ` (${row.see})`;
  const rule = paint(`  ${row.text}${see}`, "rule", options);
  return [`${where} ${severity} ${row.code} ${oneLine(f.detail)}`, rule];
}

/** `file:line:column`; the file alone where a fault concerns it as a whole. */
export function placeText(f: Fault, folder?: string): string {
  const { file, line, column } = f.place;
  const inside = folder !== undefined && file.startsWith(`${folder}/`);
  const name = oneLine(inside ? relative(folder, file) : file);
  return line === 0 ? name : `${name}:${line}:${column}`;
}

/** Input may hold line ends and escape sequences, which a terminal must not be told to obey. */
function oneLine(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f]/g,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

const SEQUENCES: Readonly<Record<Severity | "place" | "rule", string>> = {
  error: "\u001b[31m",
  warning: "\u001b[33m",
  place: "\u001b[1m",
  rule: "\u001b[2m",
};

function paint(text: string, kind: keyof typeof SEQUENCES, options: ReportOptions): string {
  return options.colour ? `${SEQUENCES[kind]}${text}\u001b[0m` : text;
}

/**
 * Whether to print in colour: on a terminal, unless NO_COLOR is set to anything but nothing
 * (no-color.org) or the terminal is dumb.
 */
export function wantsColour(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  if ((environment["NO_COLOR"] ?? "") !== "") return false;
  return stream.isTTY === true && environment["TERM"] !== "dumb";
}

/** One finding for programs. */
export interface FaultReport {
  readonly file: string;
  /** From 1; 0 for the file as a whole. */
  readonly line: number;
  readonly column: number;
  readonly severity: Severity;
  readonly code: string;
  readonly detail: string;
  readonly text: string;
  readonly see?: string;
}

/** One finding as plain data. */
export function faultReport(f: Fault): FaultReport {
  const row: FaultRow = faults[f.key];
  const { code, severity, text, see } = row;
  return {
    ...f.place,
    severity,
    code,
    detail: f.detail,
    text,
    ...(see === undefined ? {} : { see }),
  };
}

/** All findings as plain data: what every `--json` form holds. */
export interface FaultsDocument {
  readonly findings: number;
  readonly errors: number;
  readonly faults: readonly FaultReport[];
}

export function faultsDocument(list: readonly Fault[]): FaultsDocument {
  const errors = list.filter((f) => severityOf(f) === "error").length;
  return { findings: list.length, errors, faults: list.map(faultReport) };
}

/** The same as JSON with a line end. */
export function reportFaultsJson(list: readonly Fault[]): string {
  return `${JSON.stringify(faultsDocument(list), null, 2)}\n`;
}
