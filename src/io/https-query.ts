// SPDX-License-Identifier: Apache-2.0
/**
 * An HTTP request to a DNS message, or to the status that refuses it (RFC 8484 §4.1, RFC 9110 §15.5).
 *
 * Whether HTTP/1.1 or HTTP/2 carried it makes no difference here.
 */
import { HEADER_SIZE, TCP_SIZE_MAX } from "../layout/limits.ts";

export const DNS_MESSAGE_TYPE = "application/dns-message";

export interface HttpQuery {
  readonly method: string;
  /** Path and query of the URI. */
  readonly target: string;
  readonly contentType: string;
}

/** What a request's head says: the message, that it comes as the body, or why it cannot be one. */
export type HttpHead =
  | { readonly kind: "message"; readonly octets: Uint8Array }
  | { readonly kind: "body" }
  | { readonly kind: "refused"; readonly status: number };

const refused = (status: number): HttpHead => ({ kind: "refused", status });

/** Looks at the head of a request to a server whose messages are at `path`. */
export function readHead({ method, target, contentType }: HttpQuery, path: string): HttpHead {
  const mark = target.indexOf("?");
  if ((mark < 0 ? target : target.slice(0, mark)) !== path) return refused(404);
  if (method === "POST") {
    const type = contentType.split(";")[0]!.trim().toLowerCase();
    return type === DNS_MESSAGE_TYPE ? { kind: "body" } : refused(415);
  }
  if (method !== "GET") return refused(405);
  const text = mark < 0 ? null : new URLSearchParams(target.slice(mark + 1)).get("dns");
  // base64url without padding (RFC 8484 §6); 4 characters are 3 octets, and 1 left over is none.
  if (text === null || !/^[\w-]+$/.test(text) || text.length % 4 === 1) return refused(400);
  return readBody(Buffer.from(text, "base64url"));
}

/** A whole body, or what stood in the URI. */
export function readBody(octets: Uint8Array): HttpHead {
  if (octets.length > TCP_SIZE_MAX) return refused(413);
  return octets.length < HEADER_SIZE ? refused(400) : { kind: "message", octets };
}
