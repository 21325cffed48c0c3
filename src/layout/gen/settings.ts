// SPDX-License-Identifier: Apache-2.0
// Generated from src/layout by scripts/gen.ts. Not edited.

/** All sizes are octets; 0 turns off what they belong to. */
export const SETTINGS_SIZE = 708;
/** u32. Odd while the writer is at work; another even number after each change. */
export const SETTINGS_SEQUENCE = 0;
/** u32. settingsFlags. */
export const SETTINGS_FLAGS = 4;
/** u32. As in the control block: 0 while the table is live. */
export const SETTINGS_STALE_SINCE_SECS = 8;
/** u16. Idle timeout of streams in 100 ms (RFC 7828); 0 says nothing of it. */
export const SETTINGS_KEEPALIVE_UNITS = 12;
/** u8. Secrets in use. The first makes cookies, all are accepted. */
export const SETTINGS_COOKIE_SECRET_COUNT = 14;
/** u8. Of nsid (RFC 5001). */
export const SETTINGS_NSID_SIZE = 15;
/** u8. Of serverId: id.server and hostname.bind (RFC 4892). */
export const SETTINGS_SERVER_ID_SIZE = 16;
/** u8. Of version: version.server and version.bind. */
export const SETTINGS_VERSION_SIZE = 17;
/** u8. Of agent, root label included (RFC 9567). */
export const SETTINGS_AGENT_SIZE = 18;
/** bytes. Fills the word. */
export const SETTINGS_SPARE = 19;
/** bytes[48]. SipHash keys, one after the other (RFC 9018 §4.4). */
export const SETTINGS_COOKIE_SECRETS = 20;
/** bytes[128]. As it goes on the wire. */
export const SETTINGS_NSID = 68;
/** bytes[128]. Text. */
export const SETTINGS_SERVER_ID = 196;
/** bytes[128]. Text. */
export const SETTINGS_VERSION = 324;
/** bytes[256]. Agent domain, uncompressed, lower case. */
export const SETTINGS_AGENT = 452;
