// SPDX-License-Identifier: Apache-2.0
/**
 * DNS over HTTPS (RFC 8484): HTTP/2, and HTTP/1.1 for those that have nothing newer, by what ALPN
 * agreed on. A request is a message to the kernel, its body the answer; refusals have no body.
 *
 * What is slow is refused: a transfer is no single message (RFC 8484 §1), and NOTIFY and UPDATE come
 * from servers, which do not speak HTTP.
 */
import { createServer, type IncomingMessage } from "node:http";
import {
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Readable } from "node:stream";
import type { TLSSocket } from "node:tls";
import { freshness } from "../src/answer/freshness.ts";
import { DNS_MESSAGE_TYPE, type HttpHead, readBody, readHead } from "../src/io/https-query.ts";
import { COUNTER_HTTPS_ACCEPTED, COUNTER_HTTPS_REFUSED } from "../src/layout/gen/counters.ts";
import { TCP_SIZE_MAX } from "../src/layout/limits.ts";
import type { Connection } from "./stream-connections.ts";
import type { DnsContext } from "./stream-dns.ts";

/** In the order of preference. */
export const HTTPS_PROTOCOLS = ["h2", "http/1.1"];

/** Requests of one connection at a time (RFC 9113 §5.1.2). */
const STREAMS_MAX = 100;
/** Memory of one session, MiB: beyond it the client is told to calm down. */
const SESSION_MIB_MAX = 2;

interface Reply {
  readonly status: number;
  readonly headers: Record<string, string | number>;
  readonly body: Uint8Array;
}

export interface HttpsServer {
  /** Serves a connection whose handshake is done. */
  serve(connection: Connection, stream: TLSSocket): void;
}

export function createHttps(context: DnsContext, path: string): HttpsServer {
  const { connections, time, count } = context;
  const byStream = new WeakMap<object, Connection>();
  const old = createServer({ maxHeaderSize: 128 * 1024 }, (request, response) => {
    const connection = byStream.get(request.socket);
    if (connection === undefined) return void request.socket.destroy();
    const { method = "", url = "", headers } = request;
    const head = readHead(
      { method, target: url, contentType: headers["content-type"] ?? "" },
      path,
    );
    whole(request, head, (found) => {
      if (!time.may(connection)) return connections.dismiss(connection);
      const since = time.begin();
      const { status, headers: fields, body } = replyTo(context, connection, found);
      response.writeHead(status, { ...fields, "content-length": body.length });
      response.end(body);
      if (found.kind === "refused" && !request.complete) closeAfter(request);
      time.end(connection, since);
    });
  });
  old.on("clientError", (_error, socket) => socket.destroy());

  const onStream = (
    connection: Connection,
    stream: ServerHttp2Stream,
    headers: Record<string, string | string[] | undefined>,
  ): void => {
    stream.on("error", () => {});
    const text = (name: string): string => String(headers[name] ?? "");
    const asked = { method: text(":method"), target: text(":path") };
    const head = readHead({ ...asked, contentType: text("content-type") }, path);
    whole(stream, head, (found) => {
      if (stream.destroyed || stream.headersSent) return;
      if (!time.may(connection)) return connections.dismiss(connection);
      const since = time.begin();
      const { status, headers: fields, body } = replyTo(context, connection, found);
      stream.respond({ ":status": status, ...fields, "content-length": body.length });
      stream.end(body);
      // What is left of a body that nobody wants is read and forgotten.
      stream.resume();
      time.end(connection, since);
    });
  };

  return {
    serve(connection, stream) {
      count(COUNTER_HTTPS_ACCEPTED);
      connection.stream = stream;
      byStream.set(stream, connection);
      if (stream.alpnProtocol !== "h2") return void old.emit("connection", stream);
      const session: ServerHttp2Session = performServerHandshake(stream, {
        maxSessionMemory: SESSION_MIB_MAX,
        settings: {
          maxConcurrentStreams: STREAMS_MAX,
          enablePush: false,
          maxHeaderListSize: 131_072,
        },
      });
      session.on("error", () => session.destroy());
      session.on("stream", (one, headers) => onStream(connection, one, headers));
    },
  };
}

/** Waits for the body, if there is one to wait for; calls `then` once. */
function whole(request: Readable, head: HttpHead, then: (head: HttpHead) => void): void {
  if (head.kind !== "body") {
    then(head);
    return;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= TCP_SIZE_MAX) chunks.push(chunk);
    else if (size - chunk.length <= TCP_SIZE_MAX) then({ kind: "refused", status: 413 });
  });
  request.on("end", () => {
    if (size <= TCP_SIZE_MAX) then(readBody(Buffer.concat(chunks)));
  });
}

/** HTTP/1.1 cannot skip a body but by reading it, and a refused one may be endless. */
function closeAfter(request: IncomingMessage): void {
  request.socket.end();
}

function replyTo(
  { answerer, connections, count }: DnsContext,
  connection: Connection,
  head: HttpHead,
): Reply {
  const none = new Uint8Array(0);
  if (head.kind !== "message") {
    count(COUNTER_HTTPS_REFUSED);
    const status = head.kind === "refused" ? head.status : 400;
    return { status, headers: status === 405 ? { allow: "GET, POST" } : {}, body: none };
  }
  connections.touch(connection);
  answerer.begin();
  const answer = answerer.answer(connection, head.octets, 0, head.octets.length);
  const lent = answerer.isSlow() ? answerer.refuse() : answer;
  const body = lent === null ? null : Buffer.from(lent);
  answerer.end();
  if (body === null) {
    count(COUNTER_HTTPS_REFUSED);
    return { status: 400, headers: {}, body: none };
  }
  const headers = {
    "content-type": DNS_MESSAGE_TYPE,
    "cache-control": `max-age=${freshness(body)}`,
  };
  return { status: 200, headers, body };
}
