// SPDX-License-Identifier: Apache-2.0
/**
 * The catalogue of faults: everything that can be wrong with an operator's input, one row each.
 *
 * A fault is data, not an exception: readers gather all of them with their places and go on, so
 * that one run of `azimuth check` shows everything. What served before goes on serving.
 * The page docs/reference/gen/faults.md is generated from these rows.
 */

export type Severity = "error" | "warning";

/** One kind of fault. `see` names the RFC section or the page that gives the rule. */
export interface FaultRow {
  readonly code: string;
  readonly severity: Severity;
  /** The rule that was broken, as one sentence without a full stop. */
  readonly text: string;
  readonly see?: string;
}

export const faults = {
  // files and text
  FILE_UNREADABLE: { code: "FILE_UNREADABLE", severity: "error", text: "the file cannot be read" },
  // configuration
  // zones
  // maps
  // tables
} as const satisfies Record<string, FaultRow>;

export type FaultKey = keyof typeof faults;

/** Where in the operator's input: line and column count from 1; 0 means "the file as a whole". */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One finding. `detail` says what was found, in words that name the operator's own things. */
export interface Fault {
  readonly key: FaultKey;
  readonly place: Place;
  readonly detail: string;
}

export function fault(key: FaultKey, place: Place, detail: string): Fault {
  return { key, place, detail };
}

export function severityOf(f: Fault): Severity {
  return faults[f.key].severity;
}

export function hasError(list: readonly Fault[]): boolean {
  return list.some((f) => severityOf(f) === "error");
}
