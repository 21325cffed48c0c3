// SPDX-License-Identifier: Apache-2.0
/**
 * The verbs that ask a running server: one request each, and its document printed.
 *
 * Each resolves with the exit code. A server of another version may send a document that this
 * program cannot print; with `--json` it is passed on as it came, since that needs no understanding.
 */
import type { ExplainQuery, ZoneAction } from "../control/documents.ts";
import type { Reader } from "./actions.ts";
import { askServer, type Method } from "./client.ts";
import { explainText } from "./explain-text.ts";
import { jsonText, type VerbContext } from "./run-config.ts";
import { endpointsText, statusText, transitionsText, zonesText } from "./status-text.ts";
import { printable } from "./table.ts";
import { isColoured } from "./terminal.ts";
import { exitCodes } from "./verbs.ts";

/** A verb's context, and the control socket of the server it asks. */
export interface ServerContext extends VerbContext {
  readonly socketPath: string;
}

interface Question<T> {
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

/** All zones, or the one that is named. */
export function runZones(context: ServerContext, zone: string | undefined): Promise<number> {
  const { zones } = context.actions.readers;
  if (zone === undefined) {
    return ask(context, { path: "/api/v1/zones", read: zones, print: zonesText });
  }
  const path = `/api/v1/zones/${encodeURIComponent(zone)}`;
  return ask(context, { path, read: (value) => zones([value]), print: zonesText });
}

/** What `azimuth zone` can do. */
export type ZoneVerb = ZoneAction | "dump";

export function runZone(context: ServerContext, verb: ZoneVerb, zone: string): Promise<number> {
  const path = `/api/v1/zones/${encodeURIComponent(zone)}`;
  if (verb === "dump") {
    const read = (value: unknown): string | null => (typeof value === "string" ? value : null);
    return ask(context, { path: `${path}/file`, read, print: (text) => text });
  }
  const said = {
    reload: "It is in force.",
    refresh: "Its primaries are asked.",
    retransfer: "It is fetched anew.",
    notify: "Its secondaries are told.",
  } as const;
  return ask(context, {
    method: "POST",
    path: `${path}/${verb}`,
    read: context.actions.readers.condition,
    print: () => `${said[verb]}\n`,
    code: ({ ok }) => (ok ? exitCodes.GOOD : exitCodes.NEGATIVE),
  });
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

async function ask<T>(context: ServerContext, question: Question<T>): Promise<number> {
  const { terminal, socketPath } = context;
  const said = await askServer(socketPath, question.method ?? "GET", question.path);
  if (said.kind === "unreachable") {
    terminal.err(`azimuth: no server at ${printable(socketPath)}: ${printable(said.reason)}\n`);
    return exitCodes.UNREACHABLE;
  }
  if (said.kind === "problem") {
    const lines = [said.detail, ...said.reasons.map((reason) => `  ${reason}`)];
    terminal.err(`azimuth: ${lines.map(printable).join("\n")}\n`);
    return exitCodes.NEGATIVE;
  }
  const document = question.read(said.document);
  if (context.json) {
    terminal.out(jsonText(said.document));
    if (document !== null) return question.code?.(document) ?? exitCodes.GOOD;
  }
  if (document === null) {
    terminal.err("azimuth: the server is of another version; --json shows what it says\n");
    return exitCodes.NEGATIVE;
  }
  terminal.out(question.print(document, isColoured(terminal, "out", context.color)));
  return question.code?.(document) ?? exitCodes.GOOD;
}
