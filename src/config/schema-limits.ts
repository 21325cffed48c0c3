// SPDX-License-Identifier: Apache-2.0
/**
 * Rows of the rate limits: how much goes to one network. All of it comes into force with a reload.
 *
 * Off unless asked for: a limit that nobody has tried on the own traffic hits large resolvers first.
 * `dry-run` counts and lets everything through.
 */
import { z } from "zod";
import { LIMIT_ALLOW_MAX } from "../layout/limits.ts";
import { integer, oneOf, prefixField } from "../resource/fields.ts";

const mode = (doc: string) => oneOf(["off", "dry-run", "on"], doc).default("off");
const rate = (doc: string) => integer({ min: 1, max: 1_000_000, unit: "per second", doc });

export const rateLimitFields = z
  .strictObject({
    mode: mode("Whether like answers to one network are limited; `dry-run` only counts."),
    answersPerSecond: rate(
      "Like answers to one IPv4 address; larger networks have multiples.",
    ).default(50),
    answersAtOnce: integer({
      min: 1,
      max: 1_000_000,
      doc: "Like answers that may go to one address at once, after a pause; never more than the rate makes in 60 seconds.",
    }).default(125),
    slip: integer({
      min: 0,
      max: 255,
      doc: "Each nth answer over the limit is truncated, the others are dropped: 1 truncates all, 0 drops all.",
    }).default(1),
    streamMode: mode(
      "Whether the time that one network takes of the stream threads is limited; `dry-run` only counts.",
    ),
    streamMicrosPerSecond: integer({
      min: 1,
      max: 1_000_000,
      unit: "µs per second",
      doc: "Time of the stream threads that an IPv4 address may take, TLS handshakes included; larger networks have multiples.",
    }).default(5000),
    streamMicrosAtOnce: integer({
      min: 1,
      max: 60_000_000,
      unit: "µs",
      doc: "What an address may take at once, after a pause; never more than the rate makes in 60 seconds.",
    }).default(50_000),
    allow: z.array(prefixField).max(LIMIT_ALLOW_MAX).default([]).meta({
      description: "Networks that are never limited.",
      "x-type": "list of prefixes",
    }),
    requestMode: mode(
      "Whether requests are limited before they are answered; `dry-run` only counts.",
    ),
    requestsPerAddress: rate("Requests of one IPv4 address, or IPv6 /64.").default(5),
    requestsPerNetwork: rate("Requests of one IPv4 /24, or IPv6 /48.").default(50),
    requestAction: oneOf(
      ["truncate", "refuse", "servfail"],
      "What is said to a request over its limit. Resolvers remember REFUSED and SERVFAIL for minutes (RFC 9520).",
    ).default("truncate"),
  })
  .meta({
    description:
      "Rate limits of datagrams without a valid cookie, and of the time that streams take.",
  });
