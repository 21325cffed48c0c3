// SPDX-License-Identifier: Apache-2.0
/**
 * The verbs of `azimuth zone` that are more than one question: check a master file, compare it with
 * what is served; and those that tell the server to do something with a zone.
 *
 * Each resolves with the exit code. `diff` ends as diff(1) does: 0 for no difference, 1 for some,
 * 2 for trouble; that nobody answers is 3, as at all verbs.
 */
import { hasError } from "../base/faults.ts";
import type { ZoneAction, ZoneStatus } from "../control/documents.ts";
import type { ZoneDiffReport } from "./actions.ts";
import { faultsDocument, reportFaults } from "./report.ts";
import { jsonText, tellFaults, type VerbContext } from "./run-config.ts";
import { ask, fetchDocument, type ServerContext, tellForeign, zonePath } from "./run-server.ts";
import { paint, printable } from "./table.ts";
import { isColoured } from "./terminal.ts";
import { exitCodes } from "./verbs.ts";
import { steeredText } from "./zone-text.ts";

/** A zone, and a file that may be its text; the path is absolute. */
export interface MasterFile {
  readonly apex: string;
  readonly file: string;
}

export async function runZoneCheck(
  context: VerbContext,
  wish: MasterFile & { readonly config: string | null; readonly strict: boolean },
): Promise<number> {
  const { terminal } = context;
  const report = await context.actions.checkZone(wish);
  if ("error" in report) {
    tellFaults(context, report.faults ?? []);
    terminal.err(`azimuth: ${printable(report.error)}\n`);
    return exitCodes.NEGATIVE;
  }
  const { faults, zone } = report;
  const code = zone === null || hasError(faults) ? exitCodes.NEGATIVE : exitCodes.GOOD;
  if (context.json) {
    terminal.out(jsonText({ ...faultsDocument(faults), zone }));
    return code;
  }
  const colour = isColoured(terminal, "out", context.color);
  terminal.out(reportFaults(faults, { colour, folder: terminal.folder }));
  if (zone === null) terminal.out("A server would refuse it.\n");
  else {
    const { apex, serial, records, owners, signed } = zone;
    const counts = `serial ${serial}, records ${records}, owners ${owners}`;
    terminal.out(`${printable(apex)} ${counts}, ${signed ? "signed" : "not signed"}.\n`);
    if (faults.length === 0) terminal.out("No findings.\n");
  }
  return code;
}

/** `azimuth zone diff`: what the file would remove from what is served, and add to it. */
export async function runZoneDiff(context: ServerContext, wish: MasterFile): Promise<number> {
  const { terminal, actions } = context;
  const said = await fetchDocument(context, zonePath(wish.apex));
  if ("code" in said) return troubleOf(said.code);
  const status = actions.readers.zones([said.document])?.[0];
  const got = await fetchDocument(context, `${zonePath(wish.apex)}/file`);
  if ("code" in got) return troubleOf(got.code);
  const served = got.document;
  if (status === undefined || typeof served !== "string") return troubleOf(tellForeign(context));
  const { steered } = status;
  const { faults, lines } = await actions.diffZone({ ...wish, served, steered });
  if (lines === null) {
    tellFaults(context, faults);
    return troubleOf(exitCodes.NEGATIVE);
  }
  if (context.json) terminal.out(jsonText(diffDocument(status, lines)));
  else {
    const colour = isColoured(terminal, "out", context.color);
    // In one piece: a file of another zone differs in every line, and each write is a call.
    terminal.out(lines.map((line) => `${diffLine(line, colour)}\n`).join(""));
    if (steered.length > 0) {
      terminal.err(`azimuth: not compared, since policies answer: ${steeredText(steered)}\n`);
    }
  }
  return lines.length === 0 ? exitCodes.GOOD : exitCodes.NEGATIVE;
}

type Lines = NonNullable<ZoneDiffReport["lines"]>;

function diffLine({ sign, text }: Lines[number], colour: boolean): string {
  return paint(`${sign} ${text}`, sign === "-" ? "bad" : "good", colour);
}

function diffDocument({ zone, steered }: ZoneStatus, lines: Lines): object {
  const those = (sign: string) => lines.filter((one) => one.sign === sign).map(({ text }) => text);
  return { zone, differences: lines.length, removed: those("-"), added: those("+"), steered };
}

/** Exit code 1 of `diff` says that there are differences, so nothing else may end with it. */
function troubleOf(code: number): number {
  return code === exitCodes.NEGATIVE ? exitCodes.USAGE : code;
}

/** `azimuth zone dump`. */
export function runZoneDump(context: ServerContext, zone: string): Promise<number> {
  const read = (value: unknown): string | null => (typeof value === "string" ? value : null);
  return ask(context, { path: `${zonePath(zone)}/file`, read, print: (text) => text });
}

const SAID: Readonly<Record<ZoneAction, string>> = {
  reload: "It is in force.",
  refresh: "Its primaries are asked.",
  retransfer: "It is fetched anew.",
  notify: "Its secondaries are told.",
  flush: "Its file has all updates.",
};

export function runZoneAction(
  context: ServerContext,
  action: ZoneAction,
  zone: string,
): Promise<number> {
  return ask(context, {
    method: "POST",
    path: `${zonePath(zone)}/${action}`,
    read: context.actions.readers.condition,
    print: () => `${SAID[action]}\n`,
    code: ({ ok }) => (ok ? exitCodes.GOOD : exitCodes.NEGATIVE),
  });
}
