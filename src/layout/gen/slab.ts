// SPDX-License-Identifier: Apache-2.0
// Generated from src/layout by scripts/gen.ts. Not edited.

/** The message's octets follow, `room` at most. */
export const PACKET_SLOT_SIZE = 48;
/** bytes[16]. Source address as on the wire; the first 4 octets if IPv4. */
export const PACKET_SLOT_CLIENT = 0;
/** u16. Source port, for the pump. */
export const PACKET_SLOT_PORT = 16;
/** u8. 4 or 6. */
export const PACKET_SLOT_FAMILY = 18;
/** u8. transports. */
export const PACKET_SLOT_TRANSPORT = 19;
/** u32. Chance for this packet, drawn by the pump: the kernels hold none. */
export const PACKET_SLOT_RANDOM = 20;
/** u32. Octets of the request. */
export const PACKET_SLOT_SIZE_IN = 24;
/** u32. Octets of the answer; 0 sends none. */
export const PACKET_SLOT_SIZE_OUT = 28;
/** u32. Octets that the slot can hold. */
export const PACKET_SLOT_ROOM = 32;
/** u32. UNIX time, from the pump: the kernels have no clock. */
export const PACKET_SLOT_UNIX_SECS = 36;
/** u32. Milliseconds of a clock that never goes back; wraps. */
export const PACKET_SLOT_NOW_MS = 40;
/** u8. Out: what the kernel made of the request, one of verdicts. */
export const PACKET_SLOT_VERDICT = 44;
/** u8. Out: slotFlags. */
export const PACKET_SLOT_FLAGS = 45;
/** bytes[2]. Fills the word. */
export const PACKET_SLOT_SPARE = 46;
