// SPDX-License-Identifier: Apache-2.0
// Generated from src/layout by scripts/gen.ts. Not edited.

/** The message's octets follow, `room` at most. */
export const PACKET_SLOT_SIZE = 36;
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
