// SPDX-License-Identifier: Apache-2.0
/**
 * Replies of the API, and problem documents for those that are refusals.
 *
 * Every error has one shape, whichever layer noticed it: the router, the parser of HTTP or a route.
 * `type` is about:blank, because the status says what kind of problem it is and `detail` says what
 * to do; a catalogue of problem URIs would repeat the statuses.
 *
 * RFC 9457 §3, §4.2.1.
 */
import { STATUS_CODES } from "node:http";

export const JSON_MEDIA = "application/json; charset=utf-8";
export const PROBLEM_MEDIA = "application/problem+json; charset=utf-8";
export const TEXT_MEDIA = "text/plain; charset=utf-8";

/** One reply, whole: nothing of it is streamed. */
export interface Reply {
  readonly status: number;
  readonly media: string;
  readonly body: string;
}

export interface Problem {
  readonly type: "about:blank";
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** One sentence per thing that is wrong, where there may be several. */
  readonly reasons?: readonly string[];
}

/** A document as JSON, on lines of its own and ended by a line end: people read it with curl. */
export function jsonReply(document: unknown, status = 200): Reply {
  return { status, media: JSON_MEDIA, body: `${JSON.stringify(document, null, 2)}\n` };
}

export function textReply(body: string, status = 200, media = TEXT_MEDIA): Reply {
  return { status, media, body };
}

/** A refusal. `detail` is a sentence for people that names what they sent. */
export function problemReply(status: number, detail: string, reasons?: readonly string[]): Reply {
  const title = STATUS_CODES[status] ?? "Error";
  const problem: Problem = {
    type: "about:blank",
    title,
    status,
    detail,
    ...(reasons === undefined ? {} : { reasons }),
  };
  return { ...jsonReply(problem, status), media: PROBLEM_MEDIA };
}
