// SPDX-License-Identifier: Apache-2.0
/**
 * The routes, one row each: the server, the OpenAPI document and its tests are made from them.
 *
 * A row is a function from a view and a checked query to a reply, and knows nothing of the server
 * under it. So everything about a route stands in one place, and can be called without a socket.
 */
import { z } from "zod";
import { type Condition, type ZoneAction, zoneActions } from "../control/documents.ts";
import { typeNumber } from "../dns/iana.ts";
import { equalName, lowerName, nameFromText, nameToText } from "../dns/names.ts";
import { parseAddress, parsePrefix } from "../geo/prefix.ts";
import { jsonReply, problemReply, type Reply, textReply } from "./problem.ts";
import type { ShapeName } from "./schemas.ts";
import type { ControlView } from "./view.ts";

/** What a route gets of a request. */
export interface RouteRequest {
  readonly query: unknown;
  readonly params: Readonly<Record<string, string>>;
  /** The header Accept; "" if there is none. */
  readonly accept: string;
}

export interface ReplyRow {
  readonly status: number;
  readonly doc: string;
  /** A document of `shapes`, a list of them, any JSON, or the media type of a text. */
  readonly body: { readonly one: ShapeName } | { readonly list: ShapeName } | string;
}

export interface RouteRow {
  /** Name of the operation in OpenAPI. */
  readonly id: string;
  readonly method: "GET" | "POST";
  /** As fastify writes it: a parameter is `:zone`. */
  readonly path: string;
  readonly doc: string;
  /** Meaning of each parameter of the path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: z.ZodObject;
  /** Replies of its own; 400 and 500 come with every route. */
  readonly replies: readonly ReplyRow[];
  readonly handle: (view: ControlView, request: RouteRequest) => Reply | Promise<Reply>;
}

/** The newest this many, unless the query says otherwise: two screens. */
const TRANSITIONS_DEFAULT = 100;
/** As many as the ring of transitions keeps. */
const TRANSITIONS_MAX = 4096;
/** An escape of a master file writes each of 255 octets with four characters. */
const NAME_TEXT_MAX = 1020;

export const METRICS_MEDIA = "text/plain; version=0.0.4; charset=utf-8";
export const PLAIN_MEDIA = "text/plain";

const noQuery = z.strictObject({});

const limitQuery = z.strictObject({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(TRANSITIONS_MAX)
    .default(TRANSITIONS_DEFAULT)
    .describe("The newest this many."),
});

const explainQuery = z.strictObject({
  name: z
    .string()
    .max(NAME_TEXT_MAX)
    .refine((text) => nameFromText(text) !== null, "is no domain name")
    .describe("Domain name; the final dot may be left out."),
  type: z
    .string()
    .refine((text) => typeNumber(text) >= 0, "is no RR type")
    .default("A")
    .describe("Mnemonic of an RR type, or TYPEnnn."),
  client: z
    .string()
    .refine((text) => parseAddress(text) !== null, "is no IP address")
    .default("127.0.0.1")
    .describe("Address of the resolver that asks, or of the client itself."),
  subnet: z
    .string()
    .refine((text) => text === "" || typeof parsePrefix(text) !== "string", "is no network")
    .default("")
    .describe("Client subnet to send along (RFC 7871), such as 192.0.2.0/24."),
  transport: z.enum(["udp", "tcp"]).default("udp").describe("How the query comes."),
});

/** A route whose query is checked by `query` before `handle` sees it. */
function route<Q extends z.ZodObject>(
  row: Omit<RouteRow, "query" | "handle" | "params"> & {
    readonly query: Q;
    readonly params?: Readonly<Record<string, string>>;
    readonly handle: (
      view: ControlView,
      query: z.infer<Q>,
      request: RouteRequest,
    ) => Reply | Promise<Reply>;
  },
): RouteRow {
  return {
    ...row,
    params: row.params ?? {},
    handle: (view, request) => {
      const read = row.query.safeParse(request.query);
      if (read.success) return row.handle(view, read.data as z.infer<Q>, request);
      const reasons = read.error.issues.map((issue) =>
        issue.path.length === 0 ? issue.message : `${issue.path.join(".")}: ${issue.message}`,
      );
      return problemReply(400, "The query of the request is not understood.", reasons);
    },
  };
}

const one = (name: ShapeName, doc: string, status = 200): ReplyRow => ({
  status,
  doc,
  body: { one: name },
});
const list = (name: ShapeName, doc: string): ReplyRow => ({
  status: 200,
  doc,
  body: { list: name },
});

export const routes: readonly RouteRow[] = [
  route({
    id: "getMetrics",
    method: "GET",
    path: "/metrics",
    doc: "Metrics in the text format of Prometheus, version 0.0.4.",
    query: noQuery,
    replies: [{ status: 200, doc: "The page of metrics.", body: METRICS_MEDIA }],
    handle: (view) => textReply(view.metrics(), 200, METRICS_MEDIA),
  }),
  route({
    id: "getHealth",
    method: "GET",
    path: "/healthz",
    doc: "Whether the process does its work. If not, it should be restarted.",
    query: noQuery,
    replies: [one("Condition", "It does."), one("Condition", "It does not.", 503)],
    handle: (view, _, request) => conditionReply(view.live(), request.accept),
  }),
  route({
    id: "getReadiness",
    method: "GET",
    path: "/readyz",
    doc: "Whether the server may take traffic. If not, its address should not be announced.",
    query: noQuery,
    replies: [one("Condition", "It may."), one("Condition", "It may not.", 503)],
    handle: (view, _, request) => conditionReply(view.ready(), request.accept),
  }),
  route({
    id: "getStatus",
    method: "GET",
    path: "/api/v1/status",
    doc: "The server as a whole: version, table in force, threads, faults of the last reload.",
    query: noQuery,
    replies: [one("Status", "The state.")],
    handle: (view) => jsonReply({ ...view.status(), live: view.live(), ready: view.ready() }),
  }),
  route({
    id: "listZones",
    method: "GET",
    path: "/api/v1/zones",
    doc: "All zones, with serial and state.",
    query: noQuery,
    replies: [list("Zone", "The zones.")],
    handle: (view) => jsonReply(view.zones()),
  }),
  route({
    id: "getZone",
    method: "GET",
    path: "/api/v1/zones/:zone",
    doc: "One zone.",
    params: { zone: "Name of the zone; the final dot may be left out." },
    query: noQuery,
    replies: [one("Zone", "The zone."), one("Problem", "There is no such zone.", 404)],
    handle: (view, _, request) => zoneReply(view, request.params["zone"] ?? ""),
  }),
  route({
    id: "getZoneFile",
    method: "GET",
    path: "/api/v1/zones/:zone/file",
    doc: "The zone in force as a master file. Steered names are comments in it.",
    params: { zone: "Name of the zone; the final dot may be left out." },
    query: noQuery,
    replies: [
      { status: 200, doc: "The master file.", body: PLAIN_MEDIA },
      one("Problem", "There is no such zone, or it has no data.", 404),
    ],
    handle: (view, _, request) => {
      const text = request.params["zone"] ?? "";
      const name = nameFromText(text);
      const file = name === null ? null : view.zoneFile(nameToText(lowerName(name)));
      return file === null
        ? problemReply(404, `There is no zone ${text}.`)
        : textReply(file, 200, PLAIN_MEDIA);
    },
  }),
  ...zoneActions.map(zoneActionRoute),
  route({
    id: "listEndpoints",
    method: "GET",
    path: "/api/v1/endpoints",
    doc: "All endpoints, with what the probes say of each of their addresses.",
    query: noQuery,
    replies: [list("Endpoint", "The endpoints.")],
    handle: (view) => jsonReply(view.endpoints()),
  }),
  route({
    id: "listTransitions",
    method: "GET",
    path: "/api/v1/transitions",
    doc: "The last changes of state, oldest first: what turned, when and why.",
    query: limitQuery,
    replies: [list("Transition", "The transitions.")],
    handle: (view, { limit }) => jsonReply(view.transitions(limit)),
  }),
  route({
    id: "explain",
    method: "GET",
    path: "/api/v1/explain",
    doc: "The answer that a client would get now, and why it is that one.",
    query: explainQuery,
    replies: [one("Explanation", "The story of the answer.")],
    handle: (view, query) => {
      const told = view.explain(query);
      return "error" in told ? problemReply(400, told.error) : jsonReply(told);
    },
  }),
  route({
    id: "reload",
    method: "POST",
    path: "/api/v1/reload",
    doc: "Reads the configuration and the zone files again; answers when they are in force or refused.",
    query: noQuery,
    replies: [
      one("Condition", "They are in force."),
      one("Problem", "They are refused, for `reasons`; what served goes on serving.", 422),
    ],
    handle: async (view) => {
      const done = await view.reload();
      if (done.ok) return jsonReply(done);
      const detail = "The configuration is refused; what served goes on serving.";
      return problemReply(422, detail, done.reasons);
    },
  }),
];

/** One route for each thing that can be asked of a zone. */
function zoneActionRoute(action: ZoneAction): RouteRow {
  const docs = {
    reload: "Reads the zone's file again; answers when it is in force or refused.",
    refresh: "Makes a secondary ask its primaries now.",
    retransfer: "Makes a secondary fetch the whole zone now.",
    notify: "Tells the zone's secondaries of its serial now.",
    flush:
      "Writes the accepted updates of the zone to its file; answers when it is done or refused.",
  } as const;
  return route({
    id: `${action}Zone`,
    method: "POST",
    path: `/api/v1/zones/:zone/${action}`,
    doc: docs[action],
    params: { zone: "Name of the zone; the final dot may be left out." },
    query: noQuery,
    replies: [
      one("Condition", "It is done, or begun."),
      one("Problem", "There is no such zone.", 404),
      one("Problem", "It cannot be done, for `reasons`; what served goes on serving.", 422),
    ],
    handle: async (view, _, request) => {
      const text = request.params["zone"] ?? "";
      const name = nameFromText(text);
      if (name === null) return problemReply(400, `${JSON.stringify(text)} is no domain name.`);
      const done = await view.zoneAction(nameToText(lowerName(name)), action);
      if (done === null) return problemReply(404, `There is no zone ${text}.`);
      if (done.ok) return jsonReply(done);
      return problemReply(422, `The ${action} of ${text} was not carried out.`, done.reasons);
    },
  });
}

/** JSON unless the client asks for plain text and not for JSON: a load balancer shows it in its log. */
function conditionReply(condition: Condition, accept: string): Reply {
  const status = condition.ok ? 200 : 503;
  if (!/\btext\/plain\b/.test(accept) || /\bapplication\/json\b/.test(accept)) {
    return jsonReply(condition, status);
  }
  const lines = condition.ok ? ["ok"] : condition.reasons;
  return textReply(lines.map((line) => `${line}\n`).join(""), status);
}

function zoneReply(view: ControlView, text: string): Reply {
  const name = nameFromText(text);
  if (name === null) return problemReply(400, `${JSON.stringify(text)} is no domain name.`);
  const asked = lowerName(name);
  const found = view.zones().find((row) => {
    const apex = nameFromText(row.zone);
    return apex !== null && equalName(lowerName(apex), asked);
  });
  return found === undefined ? problemReply(404, `There is no zone ${text}.`) : jsonReply(found);
}
