// SPDX-License-Identifier: Apache-2.0
/**
 * A packet slot: the request arrives in it and the answer leaves from it.
 *
 * The question keeps its place and its case (RFC 4343); the answer is written behind it.
 */
import { bytes, struct, u8, u16, u32 } from "./schema.ts";

export const transports = { UDP: 0, TCP: 1, TLS: 2, HTTPS: 3 } as const;

/** What the kernel found out about a request, for those behind it. */
export const slotFlags = {
  /** It carried a server cookie of ours: its source address is no lie (RFC 7873 §5.2.5). */
  VALID_COOKIE: 1,
} as const;

export const packetSlot = struct({
  name: "PacketSlot",
  doc: "The message's octets follow, `room` at most.",
  fields: [
    bytes("client", 16, "Source address as on the wire; the first 4 octets if IPv4."),
    u16("port", "Source port, for the pump."),
    u8("family", "4 or 6."),
    u8("transport", "transports."),
    u32("random", "Chance for this packet, drawn by the pump: the kernels hold none."),
    u32("sizeIn", "Octets of the request."),
    u32("sizeOut", "Octets of the answer; 0 sends none."),
    u32("room", "Octets that the slot can hold."),
    u32("unixSecs", "UNIX time, from the pump: the kernels have no clock."),
    u32("nowMs", "Milliseconds of a clock that never goes back; wraps."),
    u8("verdict", "Out: what the kernel made of the request, one of verdicts."),
    u8("flags", "Out: slotFlags."),
    bytes("spare", 2, "Fills the word."),
  ],
});

/** What the kernel says of one request. */
export const verdicts = {
  OK: 0,
  /** No answer may be sent, not even an error. */
  DROP: 1,
  FORMERR: 2,
  NOTIMP: 3,
  REFUSED: 4,
  /** The table cannot say: the request lies in its slot as it came, for the slow path. */
  SLOW: 5,
  BADVERS: 6,
  SERVFAIL: 7,
  /** No question, but a cookie to be told (RFC 7873 §5.4). */
  PROBE: 8,
  BADCOOKIE: 9,
} as const;

export const slabStructs = [packetSlot] as const;
