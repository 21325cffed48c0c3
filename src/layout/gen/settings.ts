// SPDX-License-Identifier: Apache-2.0
// Generated from src/layout by scripts/gen.ts. Not edited.

/** A network that the rate limiter lets alone. */
export const ALLOW_ROW_SIZE = 20;
/** bytes[16]. Its first octets; the first 4 if IPv4. */
export const ALLOW_ROW_ADDRESS = 0;
/** u8. 4 or 6. */
export const ALLOW_ROW_FAMILY = 16;
/** u8. Length of the prefix. */
export const ALLOW_ROW_BITS = 17;
/** bytes[2]. Fills the word. */
export const ALLOW_ROW_SPARE = 18;

/** All sizes are octets; 0 turns off what they belong to. */
export const SETTINGS_SIZE = 1392;
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
/** bytes[128]. As it goes on the wire, identityMarks aside. */
export const SETTINGS_NSID = 68;
/** bytes[128]. Text and identityMarks. */
export const SETTINGS_SERVER_ID = 196;
/** bytes[128]. Text. */
export const SETTINGS_VERSION = 324;
/** bytes[256]. Agent domain, uncompressed, lower case. */
export const SETTINGS_AGENT = 452;
/** u32. Key of the hash of the rate limiter; chance of this process. */
export const SETTINGS_LIMIT_KEY0 = 708;
/** u32. The same for the tags. */
export const SETTINGS_LIMIT_KEY1 = 712;
/** u32. Between two like answers to one address: 10^6 / rate. */
export const SETTINGS_ANSWER_INTERVAL_MICROS = 716;
/** u32. How far ahead that may be: what is allowed at once. */
export const SETTINGS_ANSWER_WINDOW_MICROS = 720;
/** u32. Between two requests of an address: 10^6 / rate. */
export const SETTINGS_ADDRESS_INTERVAL_MICROS = 724;
/** u32. Between two requests of a /24 or /48. */
export const SETTINGS_NETWORK_INTERVAL_MICROS = 728;
/** u32. How far ahead those may be. */
export const SETTINGS_REQUEST_WINDOW_MICROS = 732;
/** u32. Time of a stream thread that an address may take. */
export const SETTINGS_STREAM_MICROS_PER_SECOND = 736;
/** u32. How far ahead it may be: what is allowed at once, at that rate. */
export const SETTINGS_STREAM_WINDOW_MICROS = 740;
/** u8. limitModes, of answers. */
export const SETTINGS_ANSWER_MODE = 744;
/** u8. Each nth answer over the limit is truncated, the others are dropped; 0 drops all. */
export const SETTINGS_SLIP = 745;
/** u8. limitModes, of requests. */
export const SETTINGS_REQUEST_MODE = 746;
/** u8. requestActions. */
export const SETTINGS_REQUEST_ACTION = 747;
/** u8. Rows of `allow` in use. */
export const SETTINGS_ALLOW_COUNT = 748;
/** u8. limitModes, of the time that streams take. */
export const SETTINGS_STREAM_MODE = 749;
/** bytes[2]. Fills the word. */
export const SETTINGS_SPARE2 = 750;
/** bytes[640]. AllowRows. */
export const SETTINGS_ALLOW = 752;
