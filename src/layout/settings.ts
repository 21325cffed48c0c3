// SPDX-License-Identifier: Apache-2.0
/**
 * What both kernels must know of this node, and what may change while they run.
 *
 * One writer (src/io/settings.ts) and a sequence word around the rest: each kernel looks at the
 * word when a batch begins and copies the whole into scratch of its own if it changed. So no query
 * sees half of a change, and none waits for one.
 *
 * T1  Memory of zeros is sound: every option is off.
 */
import {
  COOKIE_SECRET_SIZE,
  COOKIE_SECRETS_MAX,
  IDENTITY_SIZE_MAX,
  LIMIT_ALLOW_MAX,
  NAME_SIZE_MAX,
} from "./limits.ts";
import { bytes, struct, u8, u16, u32 } from "./schema.ts";

export const settingsFlags = {
  /** A request without a valid server cookie is told so: BADCOOKIE (RFC 7873 §5.2.3). UDP only. */
  DEMAND_COOKIE: 1,
  /** Say why in the answer (RFC 8914). */
  EXTENDED_ERRORS: 2,
  /**
   * Some zones are secondaries: how long they are good for is not in the table, and SOA queries with
   * EXPIRE are answered where it is known (RFC 7314 §3.2).
   */
  SLOW_EXPIRE: 4,
} as const;

/** Octets of an identity that stand for a number, in decimal digits (src/answer/identity.ts). */
export const identityMarks = { WORKER: 1, REVISION: 2 } as const;

/** What the limiter does with what is over its limit. */
export const limitModes = { OFF: 0, DRY: 1, ON: 2 } as const;

/** What is said to a request that is over the limit of its address or network. */
export const requestActions = { TRUNCATE: 0, REFUSE: 1, SERVFAIL: 2 } as const;

export const allowRow = struct({
  name: "AllowRow",
  doc: "A network that the rate limiter lets alone.",
  fields: [
    bytes("address", 16, "Its first octets; the first 4 if IPv4."),
    u8("family", "4 or 6."),
    u8("bits", "Length of the prefix."),
    bytes("spare", 2, "Fills the word."),
  ],
});

export const settings = struct({
  name: "Settings",
  doc: "All sizes are octets; 0 turns off what they belong to.",
  fields: [
    u32("sequence", "Odd while the writer is at work; another even number after each change."),
    u32("flags", "settingsFlags."),
    u32("staleSinceSecs", "As in the control block: 0 while the table is live."),
    u16("keepaliveUnits", "Idle timeout of streams in 100 ms (RFC 7828); 0 says nothing of it."),
    u8("cookieSecretCount", "Secrets in use. The first makes cookies, all are accepted."),
    u8("nsidSize", "Of nsid (RFC 5001)."),
    u8("serverIdSize", "Of serverId: id.server and hostname.bind (RFC 4892)."),
    u8("versionSize", "Of version: version.server and version.bind."),
    u8("agentSize", "Of agent, root label included (RFC 9567)."),
    bytes("spare", 1, "Fills the word."),
    bytes(
      "cookieSecrets",
      COOKIE_SECRETS_MAX * COOKIE_SECRET_SIZE,
      "SipHash keys, one after the other (RFC 9018 §4.4).",
    ),
    bytes("nsid", IDENTITY_SIZE_MAX, "As it goes on the wire, identityMarks aside."),
    bytes("serverId", IDENTITY_SIZE_MAX, "Text and identityMarks."),
    bytes("version", IDENTITY_SIZE_MAX, "Text."),
    bytes("agent", NAME_SIZE_MAX + 1, "Agent domain, uncompressed, lower case."),
    u32("limitKey0", "Key of the hash of the rate limiter; chance of this process."),
    u32("limitKey1", "The same for the tags."),
    u32("answerIntervalMicros", "Between two like answers to one address: 10^6 / rate."),
    u32("answerWindowMicros", "How far ahead that may be: what is allowed at once."),
    u32("addressIntervalMicros", "Between two requests of an address: 10^6 / rate."),
    u32("networkIntervalMicros", "Between two requests of a /24 or /48."),
    u32("requestWindowMicros", "How far ahead those may be."),
    u32("streamMicrosPerSecond", "Time of a stream thread that an address may take."),
    u32("streamWindowMicros", "How far ahead it may be: what is allowed at once, at that rate."),
    u8("answerMode", "limitModes, of answers."),
    u8("slip", "Each nth answer over the limit is truncated, the others are dropped; 0 drops all."),
    u8("requestMode", "limitModes, of requests."),
    u8("requestAction", "requestActions."),
    u8("allowCount", "Rows of `allow` in use."),
    u8("streamMode", "limitModes, of the time that streams take."),
    bytes("spare2", 2, "Fills the word."),
    bytes("allow", LIMIT_ALLOW_MAX * 20, "AllowRows."),
  ],
});

export const settingsStructs = [allowRow, settings] as const;
