// SPDX-License-Identifier: Apache-2.0
/**
 * The verbs that ask a running server: one request each, and its document printed.
 *
 * Each resolves with the exit code. A server of another version may send a document that this
 * program cannot print; with `--json` it is passed on as it came, since that needs no understanding.
 */
import type { ExplainQuery } from "../control/documents.ts";
import type { Reader } from "./actions.ts";
import { askServer, type Method } from "./client.ts";
import { explainText } from "./explain-text.ts";
import { jsonText, type VerbContext } from "./run-config.ts";
import { endpointsText, statusText, transitionsText, zonesText } from "./status-text.ts";
import { printable } from "./table.ts";
import { isColoured } from "./terminal.ts";
import { exitCodes } from "./verbs.ts";
import { zoneText } from "./zone-text.ts";

/** A verb's context, and the control socket of the server it asks. */
export interface ServerContext extends VerbContext {
  readonly socketPath: string;
}

export interface Question<T> {
  readonly method?: Method;
  readonly path: string;
  readonly read: Reader<T>;
  readonly print: (document: T, colour: boolean) => string;
  /** Exit code of a document; good unless given. */
  readonly code?: (document: T) => number;
}

export function runStatus(context: ServerContext): Promise<number> {
  return ask(context, {
    path: "/api/v1/status",
    read: context.actions.readers.status,
    print: statusText,
    code: ({ ready }) => (ready.ok ? exitCodes.GOOD : exitCodes.NEGATIVE),
  });
}

/** All zones, or all about the one that is named. */
export function runZones(context: ServerContext, zone: string | undefined): Promise<number> {
  const { zones } = context.actions.readers;
  if (zone === undefined) {
    return ask(context, { path: "/api/v1/zones", read: zones, print: zonesText });
  }
  return ask(context, {
    path: zonePath(zone),
    read: (value) => zones([value])?.[0] ?? null,
    print: (document, colour) => zoneText(document, Date.now(), colour),
  });
}

export function zonePath(zone: string): string {
  return `/api/v1/zones/${encodeURIComponent(zone)}`;
}

export function runEndpoints(context: ServerContext): Promise<number> {
  const read = context.actions.readers.endpoints;
  return ask(context, { path: "/api/v1/endpoints", read, print: endpointsText });
}

export function runTransitions(context: ServerContext, limit: number): Promise<number> {
  return ask(context, {
    path: `/api/v1/transitions?limit=${limit}`,
    read: context.actions.readers.transitions,
    print: transitionsText,
  });
}

export function runExplain(context: ServerContext, query: ExplainQuery): Promise<number> {
  return ask(context, {
    path: `/api/v1/explain?${new URLSearchParams({ ...query })}`,
    read: context.actions.readers.explain,
    print: explainText,
  });
}

export function runReload(context: ServerContext): Promise<number> {
  return ask(context, {
    method: "POST",
    path: "/api/v1/reload",
    read: context.actions.readers.condition,
    print: () => "The configuration is in force.\n",
    code: ({ ok }) => (ok ? exitCodes.GOOD : exitCodes.NEGATIVE),
  });
}

export async function ask<T>(context: ServerContext, question: Question<T>): Promise<number> {
  const { terminal } = context;
  const said = await fetchDocument(context, question.path, question.method);
  if ("code" in said) return said.code;
  const document = question.read(said.document);
  if (context.json) {
    terminal.out(jsonText(said.document));
    if (document !== null) return question.code?.(document) ?? exitCodes.GOOD;
  }
  if (document === null) return tellForeign(context);
  terminal.out(question.print(document, isColoured(terminal, "out", context.color)));
  return question.code?.(document) ?? exitCodes.GOOD;
}

/** What the server sends; or, when people have been told why it sends nothing, the exit code. */
export async function fetchDocument(
  { terminal, socketPath }: ServerContext,
  path: string,
  method: Method = "GET",
): Promise<{ readonly document: unknown } | { readonly code: number }> {
  const said = await askServer(socketPath, method, path);
  if (said.kind === "document") return said;
  if (said.kind === "unreachable") {
    terminal.err(`azimuth: no server at ${printable(socketPath)}: ${printable(said.reason)}\n`);
    return { code: exitCodes.UNREACHABLE };
  }
  const lines = [said.detail, ...said.reasons.map((reason) => `  ${reason}`)];
  terminal.err(`azimuth: ${lines.map(printable).join("\n")}\n`);
  return { code: exitCodes.NEGATIVE };
}

/** For a document that this program cannot read. */
export function tellForeign({ terminal }: ServerContext): number {
  terminal.err("azimuth: the server is of another version; --json shows what it says\n");
  return exitCodes.NEGATIVE;
}
