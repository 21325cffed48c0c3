// SPDX-License-Identifier: Apache-2.0
/**
 * Talks to a running server: HTTP over its control socket.
 *
 * `fetch` knows no Unix sockets, node:http does. A reply comes back as one of three values and not
 * as an exception, because each ends the command with another exit code.
 */
export type ServerReply =
  /** 2xx: the document. */
  | { readonly kind: "document"; readonly document: unknown }
  /** Any other status: what the problem document says (RFC 9457). */
  | { readonly kind: "problem"; readonly detail: string; readonly reasons: readonly string[] }
  /** Nobody answered; a phrase for people. */
  | { readonly kind: "unreachable"; readonly reason: string };

export type Method = "GET" | "POST";

/** A query is answered from memory; a server that needs longer than this is stuck. */
const READ_TIMEOUT_MS = 10_000;
/** A reload may compile millions of records before it answers. */
const CHANGE_TIMEOUT_MS = 600_000;
/** Octets; more than the endpoints of the largest table take. */
const REPLY_MAX = 256 * 1024 * 1024;

/** Sends one request. `path` begins with a slash and is already encoded. */
export async function askServer(
  socketPath: string,
  method: Method,
  path: string,
): Promise<ServerReply> {
  // Not at the top: a server that starts has no use for it, and its import takes 20 ms.
  const { request } = await import("node:http");
  return new Promise((resolve) => {
    const unreachable = (reason: string) => resolve({ kind: "unreachable", reason });
    const timeoutMs = method === "GET" ? READ_TIMEOUT_MS : CHANGE_TIMEOUT_MS;
    const options = {
      socketPath,
      method,
      path,
      agent: false,
      headers: { accept: "application/json" },
      timeout: timeoutMs,
    };
    const outgoing = request(options, (incoming) => {
      const parts: Uint8Array[] = [];
      let size = 0;
      incoming.on("data", (part: Uint8Array) => {
        size += part.length;
        if (size > REPLY_MAX) incoming.destroy(new Error("the reply is too large"));
        else parts.push(part);
      });
      incoming.on("error", (error: NodeJS.ErrnoException) => unreachable(reasonOf(error)));
      incoming.on("end", () => {
        const text = new TextDecoder().decode(Buffer.concat(parts));
        const isText = incoming.headers["content-type"]?.startsWith("text/plain") === true;
        resolve(readReply(incoming.statusCode ?? 0, text, isText));
      });
    });
    outgoing.on("timeout", () => {
      outgoing.destroy(new Error(`no answer within ${timeoutMs / 1000} s`));
    });
    outgoing.on("error", (error: NodeJS.ErrnoException) => unreachable(reasonOf(error)));
    outgoing.end();
  });
}

function readReply(status: number, text: string, isText: boolean): ServerReply {
  let document: unknown;
  // A master file is itself the document.
  if (isText && status === 200) return { kind: "document", document: text };
  try {
    document = JSON.parse(text);
  } catch {
    return { kind: "problem", detail: `status ${status} without JSON`, reasons: [] };
  }
  if (status >= 200 && status < 300) return { kind: "document", document };
  const { detail, reasons } = (document ?? {}) as { detail?: unknown; reasons?: unknown };
  return {
    kind: "problem",
    detail: typeof detail === "string" ? detail : `status ${status}`,
    reasons: Array.isArray(reasons) ? reasons.map(String) : [],
  };
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT") return "there is no such socket";
  if (error.code === "ECONNREFUSED") return "nobody listens there";
  if (error.code === "EACCES" || error.code === "EPERM") return "permission denied";
  return error.message;
}
