// SPDX-License-Identifier: Apache-2.0
/**
 * One fastify application: the rows of the routes behind limits, guard and one form of errors.
 *
 * What fastify is used for: the parser of paths, timeouts, limits, and an orderly end. Its schemas
 * and its logger are not used: queries are checked by the rows themselves, and nothing is logged
 * per request but what was refused or failed.
 *
 * Invariants
 *   H1  Every reply that is not 2xx or a condition is a problem document (RFC 9457).
 *   H2  A request has no body: none of the routes reads one, so none is taken.
 *   H3  A breach is answered with 500 and then thrown where nobody catches it, so that the
 *       supervisor restarts the thread; any other failure of a route is logged and answered.
 */
import type { Socket } from "node:net";
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import { Breach } from "../base/assert.ts";
import { refuseStranger } from "./guard.ts";
import { openApiDocument } from "./openapi.ts";
import { jsonReply, problemReply, type Reply } from "./problem.ts";
import { type RouteRow, routes } from "./routes.ts";
import type { ControlView } from "./view.ts";

/** What the API logs; a pino logger is one. */
export interface ApiLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface AppOptions {
  readonly view: ControlView;
  readonly log: ApiLog;
  /** The address listened on, for the check of hosts; null on a Unix socket, which has none. */
  readonly address: string | null;
  /** Gets a breach after its request was answered; throws it to the thread unless given. */
  readonly onBreach?: (error: Breach) => void;
}

/** Octets of a body that are read before it is refused; no route wants any. */
const BODY_MAX = 1024;
/** Octets of all headers of a request. */
const HEADERS_MAX = 8192;
/** A whole request comes within this time, or its connection is closed. */
const REQUEST_TIMEOUT_MS = 10_000;
/** An idle connection is kept this long: longer than the pause of a scraper's retry, no more. */
const IDLE_TIMEOUT_MS = 5_000;
/** Connections at a time; more than that on one machine is a client gone wild. */
const CONNECTIONS_MAX = 256;
/** Characters of one parameter of a path: the longest name in text with every octet escaped twice. */
const PARAM_MAX = 4096;

export const OPENAPI_PATH = "/api/v1/openapi.json";

/** Makes the application; it listens nowhere yet. */
export function createApp(options: AppOptions): FastifyInstance {
  const { view, log, address } = options;
  const app = fastify({
    logger: false,
    bodyLimit: BODY_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: IDLE_TIMEOUT_MS,
    forceCloseConnections: true,
    http: { maxHeaderSize: HEADERS_MAX, headersTimeout: REQUEST_TIMEOUT_MS },
    routerOptions: { maxParamLength: PARAM_MAX },
    clientErrorHandler: answerGarbage,
    frameworkErrors: (error, _request, reply) => {
      send(reply, problemReply(error.statusCode ?? 400, error.message));
    },
  });
  app.server.maxConnections = CONNECTIONS_MAX;
  app.removeAllContentTypeParsers();

  if (address !== null) {
    app.addHook("onRequest", async (request, reply) => {
      const refusal = refuseStranger(request, address);
      if (refusal === null) return;
      log.warn({ host: request.headers.host, origin: request.headers.origin }, "request refused");
      return send(reply, refusal);
    });
  }
  for (const row of routes) addRoute(app, row, view, log);
  const description = jsonReply(openApiDocument());
  app.get(OPENAPI_PATH, (_, reply) => send(reply, description));
  app.setNotFoundHandler((request, reply) => answerUnknown(request, reply));
  app.setErrorHandler((error, request, reply) => {
    const refusal = refusalOf(error);
    if (refusal !== null) return send(reply, refusal);
    log.error({ err: error, path: request.url }, "a route failed");
    send(reply, problemReply(500, "The server failed; its log says why."));
    if (error instanceof Breach) (options.onBreach ?? throwLater)(error);
  });
  return app;
}

function addRoute(app: FastifyInstance, row: RouteRow, view: ControlView, log: ApiLog): void {
  app.route({
    method: row.method,
    url: row.path,
    handler: async (request, reply) => {
      const said = await row.handle(view, {
        query: request.query,
        params: request.params as Readonly<Record<string, string>>,
        accept: request.headers.accept ?? "",
      });
      if (row.method !== "GET") log.info({ operation: row.id, status: said.status }, "API request");
      return send(reply, said);
    },
  });
}

function send(reply: FastifyReply, said: Reply): FastifyReply {
  return reply
    .code(said.status)
    .header("content-type", said.media)
    .header("cache-control", "no-store")
    .header("x-content-type-options", "nosniff")
    .send(said.body);
}

/** The path is not ours, or it is and the method is not. */
function answerUnknown(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = request.url.split("?", 1)[0]!;
  const methods = [...routes, { path: OPENAPI_PATH, method: "GET" as const }]
    .filter((row) => patternOf(row.path).test(path))
    .flatMap((row) => (row.method === "GET" ? ["GET", "HEAD"] : [row.method]));
  if (methods.length === 0) {
    return send(reply, problemReply(404, `There is nothing at ${path}: see ${OPENAPI_PATH}.`));
  }
  const allow = methods.join(", ");
  reply.header("allow", allow);
  return send(reply, problemReply(405, `${path} allows ${allow}, not ${request.method}.`));
}

function patternOf(path: string): RegExp {
  const escaped = path.replaceAll(/[.]/g, "\\$&").replaceAll(/:\w+/g, "[^/]+");
  return new RegExp(`^${escaped}$`);
}

/** What fastify refused itself, such as a body; null if the failure is ours. */
function refusalOf(error: unknown): Reply | null {
  const { statusCode, message } = error as { statusCode?: number; message?: string };
  if (statusCode === undefined || statusCode < 400 || statusCode >= 500) return null;
  if (statusCode === 415 || statusCode === 413) {
    return problemReply(statusCode, "No request to this server has a body.");
  }
  return problemReply(statusCode, message ?? "The request is not understood.");
}

/** Octets that are no HTTP: the parser has no request, so the reply is written by hand. */
function answerGarbage(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = CLIENT_ERRORS[error.code ?? ""] ?? 400;
  const { media, body } = problemReply(status, "The request is not understood as HTTP.");
  const { title } = JSON.parse(body) as { title: string };
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    `Content-Type: ${media}`,
    `Content-Length: ${new TextEncoder().encode(body).length}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

const CLIENT_ERRORS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

function throwLater(error: Breach): void {
  setImmediate(() => {
    throw error;
  });
}
