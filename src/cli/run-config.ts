// SPDX-License-Identifier: Apache-2.0
/**
 * The verbs that read a configuration: serve, check, compile, and explain without a server.
 *
 * Each resolves with the exit code. What a verb is asked for goes to stdout, what it has to say
 * besides to stderr, so that its output can be piped whatever happens.
 */
import { type Fault, hasError } from "../base/faults.ts";
import type { ExplainQuery } from "../control/documents.ts";
import type { Actions, CheckReport } from "./actions.ts";
import { explainText } from "./explain-text.ts";
import { faultsDocument, reportFaults } from "./report.ts";
import { printable } from "./table.ts";
import { type ColourWish, isColoured, type Terminal } from "./terminal.ts";
import { exitCodes, type ImportSource } from "./verbs.ts";

/** What a verb gets from the command line. */
export interface VerbContext {
  readonly actions: Actions;
  readonly terminal: Terminal;
  readonly json: boolean;
  readonly color: ColourWish;
}

export async function runCheck(context: VerbContext, config: string): Promise<number> {
  const { terminal } = context;
  const report = await context.actions.check(config);
  if (context.json) {
    terminal.out(jsonText({ ...faultsDocument(report.faults), summary: report.summary }));
  } else {
    const colour = isColoured(terminal, "out", context.color);
    terminal.out(reportFaults(report.faults, { colour, folder: terminal.folder }));
    terminal.out(summaryText(report));
  }
  return codeOf(report.faults);
}

export async function runCompile(
  context: VerbContext,
  config: string,
  out: string,
): Promise<number> {
  const { terminal } = context;
  const { faults, written } = await context.actions.compile(config, out);
  if (context.json) {
    terminal.out(jsonText({ ...faultsDocument(faults), written }));
  } else {
    tellFaults(context, faults);
    if (written !== null) {
      const { file, octets, digest } = written;
      terminal.out(`${printable(file)}: ${octets} octets, digest ${digest}\n`);
    }
  }
  return written === null ? exitCodes.NEGATIVE : codeOf(faults);
}

export async function runExplainOffline(
  context: VerbContext,
  config: string,
  query: ExplainQuery,
): Promise<number> {
  const { terminal } = context;
  const told = await context.actions.explainOffline(config, query);
  if ("error" in told) {
    tellFaults(context, told.faults ?? []);
    terminal.err(`azimuth: ${printable(told.error)}\n`);
    return exitCodes.NEGATIVE;
  }
  const colour = isColoured(terminal, "out", context.color);
  terminal.out(context.json ? jsonText(told) : explainText(told, colour));
  return exitCodes.GOOD;
}

/** `azimuth import`: the new configuration to stdout, what it lacks to stderr. */
export async function runImport(
  { actions, terminal }: VerbContext,
  wish: { readonly from: ImportSource; readonly file: string; readonly strict: boolean },
): Promise<number> {
  const { yaml, notes } = await actions.importConfig(wish.from, wish.file);
  for (const { file, line, text } of notes) {
    const where = line === 0 ? file : `${file}:${line}`;
    terminal.err(`${printable(where)}: ${printable(text)}\n`);
  }
  if (yaml === null) return exitCodes.NEGATIVE;
  terminal.out(yaml);
  return wish.strict && notes.length > 0 ? exitCodes.NEGATIVE : exitCodes.GOOD;
}

/** JSON as all verbs print it. */
export function jsonText(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Faults that are not what the verb was asked for, on stderr. */
export function tellFaults({ terminal, color }: VerbContext, faults: readonly Fault[]): void {
  const colour = isColoured(terminal, "err", color);
  terminal.err(reportFaults(faults, { colour, folder: terminal.folder }));
}

/** `Read 3 zones, 2 policies.`, and what the absence of faults means. */
function summaryText({ faults, summary }: CheckReport): string {
  const counts = Object.entries(summary).map(([what, count]) => `${what} ${count}`);
  const read = counts.length === 0 ? "" : `Read: ${counts.join(", ")}.\n`;
  return faults.length === 0 ? `${read}No findings.\n` : read;
}

function codeOf(faults: readonly Fault[]): number {
  return hasError(faults) ? exitCodes.NEGATIVE : exitCodes.GOOD;
}
