// SPDX-License-Identifier: Apache-2.0
/**
 * Every bound that both kernels share, with its reason. Relations among them are held by
 * test/unit/layout/limits.test.ts.
 * Generated copies: native/gen/limits.hh and docs/reference/gen/limits.md.
 */

export interface LimitRow {
  readonly value: number;
  readonly doc: string;
}

export const limits = {
  LABEL_SIZE_MAX: { value: 63, doc: "Octets of a label (RFC 1035 §2.3.4)." },
  NAME_SIZE_MAX: {
    value: 255,
    doc: "Octets of a name on the wire, root label included (RFC 1035 §2.3.4).",
  },
  LABELS_MAX: { value: 127, doc: "Labels of a name without the root: 255 octets hold no more." },
  HEADER_SIZE: { value: 12, doc: "Octets of a message header (RFC 1035 §4.1.1)." },
  UDP_PLAIN_SIZE_MAX: { value: 512, doc: "Largest UDP answer without EDNS (RFC 1035 §2.3.4)." },
  UDP_SIZE_MAX: {
    value: 4096,
    doc: "Room of a UDP slot: the largest value that node.udpPayloadSizeMax may take.",
  },
  TCP_SIZE_MAX: {
    value: 65535,
    doc: "Largest message on a stream: the length prefix has two octets (RFC 1035 §4.2.2).",
  },
  RRSET_SIZE_MAX: {
    value: 65535 - 12 - (1 + 4) - 237,
    doc: "Largest RRset in wire form, that of the root name: what a TCP message holds beside header, question and OPT_SIZE_MAX. See rrsetSizeMax.",
  },
  OPT_SIZE_MAX: {
    value: 11 + 24 + 28 + 132 + 6 + 10 + 14 + 8 + 4,
    doc: "Octets of OPT with all that is kept room for: client subnet, cookie, NSID, keepalive, both zone versions, expire, head of the padding.",
  },
  COOKIE_AGE_MAX_SECS: { value: 3600, doc: "Oldest server cookie that is taken (RFC 9018 §4.3)." },
  COOKIE_AHEAD_MAX_SECS: {
    value: 300,
    doc: "How far a server cookie may come from the future, since clocks differ (RFC 9018 §4.3).",
  },
  COOKIE_RENEW_SECS: {
    value: 1800,
    doc: "Age from which a taken server cookie is given anew (RFC 9018 §4.3).",
  },
  PADDING_BLOCK_SIZE: {
    value: 468,
    doc: "Padded answers are a multiple of that many octets (RFC 8467 §4.1).",
  },
  ALIAS_DEPTH_MAX: {
    value: 16,
    doc: "CNAMEs and DNAMEs followed inside our zones for one answer.",
  },
  ADDITIONAL_NAMES_MAX: {
    value: 32,
    doc: "Targets whose addresses are looked up for the additional section of one answer.",
  },
  HINTS_MAX: {
    value: 32,
    doc: "Hints of one answer that are filled in: each costs a lookup and a pick. The check of zones refuses more in one RRset.",
  },
  PROBE_MAX: {
    value: 24,
    doc: "Longest probe sequence in a hash of the table. The builder doubles the slots until it holds.",
  },
  SHARD_OWNERS_MAX: {
    value: 256,
    doc: "Mean owners per shard at most: an edit copies about 20 KiB.",
  },
  DENIAL_ENTRIES_MEAN: {
    value: 256,
    doc: "Mean entries of a denial segment, a power of two: which keys begin one follows from their hash.",
  },
  DENIAL_KEY_SIZE_MAX: {
    value: 508,
    doc: "Octets of a key in a denial segment: those of the longest owner, each escaped.",
  },
  DENIAL_GUESSES_MAX: {
    value: 6,
    doc: "Steps of a search among hashes that guess before the others halve: two or three find one.",
  },
  DENIAL_SEARCH_STEPS_MAX: {
    value: 38,
    doc: "Steps of a search among denial segments or their entries: all guesses, and halvings enough for 2^32.",
  },
  DENIAL_PROOFS_MAX: {
    value: 64,
    doc: "NSEC and NSEC3 RRsets of one answer: three for each of ALIAS_DEPTH_MAX names, and some.",
  },
  NSEC3_ITERATIONS_MAX: {
    value: 50,
    doc: "Additional iterations of NSEC3 that a zone may ask for: validators give up beyond (RFC 9276 §3.2).",
  },
  NSEC3_SALT_SIZE_MAX: { value: 255, doc: "Octets of an NSEC3 salt (RFC 5155 §3.2)." },
  NSEC3_HASH_SIZE: { value: 20, doc: "Octets of the hash in the owner of an NSEC3: SHA-1." },
  INDEX_ZONES_MAX: { value: 256, doc: "Mean zones per index shard at most." },
  PLAN_CANDIDATES_MAX: {
    value: 8,
    doc: "Entries of a plan: more would only make answers that no client uses.",
  },
  RANK_MAX: { value: 65535, doc: "Worst rank of a candidate." },
  WEIGHT_MAX: { value: 65535, doc: "Weight of a candidate that takes its full share." },
  PLAN_ROWS_MAX: { value: 1048576, doc: "Rows of plan memory: policies times regions." },
  REGIONS_MAX: { value: 65535, doc: "Regions of one map: a leaf names its region with 16 bits." },
  ENDPOINTS_MAX: { value: 65535, doc: "Endpoints of one configuration." },
  MAP_SEARCH_STEPS_MAX: {
    value: 28,
    doc: "Steps of the binary search in one bucket of a map: enough for 2^28 networks.",
  },
  WORKERS_MAX: { value: 64, doc: "Readers of the table in one process." },
  EPOCH_MAX: {
    value: 0x7fffffff,
    doc: "Also the mark of a reader that is asleep: it holds nothing back.",
  },
  TABLE_SIZE_MAX: {
    value: 0x7fffff00,
    doc: "Octets of table memory: every Ref stays a small integer in both kernels.",
  },
  CACHE_LINE_SIZE: {
    value: 64,
    doc: "Octets. Words with different writers stand at least this far apart.",
  },
  SEGMENT_ALIGN: { value: 16, doc: "Octets. Segments start at multiples of this." },
  BATCH_MAX: { value: 64, doc: "Datagrams answered between two observations of the root." },
  COOKIE_SECRETS_MAX: {
    value: 3,
    doc: "Cookie secrets in use: that of today, the next and the one before (RFC 9018 §5).",
  },
  COOKIE_SECRET_SIZE: { value: 16, doc: "Octets of a cookie secret: a SipHash key." },
  IDENTITY_SIZE_MAX: {
    value: 128,
    doc: "Octets of NSID, server identity and version: any of them fits beside the longest question.",
  },
  ECS_V4_BITS_MAX: {
    value: 32,
    doc: "Longest source prefix of an IPv4 client subnet (RFC 7871 §6).",
  },
  ECS_V6_BITS_MAX: {
    value: 128,
    doc: "Longest source prefix of an IPv6 client subnet (RFC 7871 §6).",
  },
  LIMIT_SETS: { value: 32768, doc: "Sets of buckets of the rate limiter: 2 MiB for all readers." },
  LIMIT_WAYS: {
    value: 8,
    doc: "Buckets of a set. Tags and times of a set fill one cache line.",
  },
  LIMIT_LEVELS_MAX: { value: 5, doc: "Networks that one answer is accounted to." },
  LIMIT_WINDOW_MICROS_MAX: {
    value: 60000000,
    doc: "Longest time that a bucket may be ahead: a minute of the rate at once.",
  },
  LIMIT_ALLOW_MAX: { value: 32, doc: "Networks that the rate limiter lets alone." },
} as const satisfies Record<string, LimitRow>;

export const LABEL_SIZE_MAX = limits.LABEL_SIZE_MAX.value;
export const NAME_SIZE_MAX = limits.NAME_SIZE_MAX.value;
export const LABELS_MAX = limits.LABELS_MAX.value;
export const HEADER_SIZE = limits.HEADER_SIZE.value;
export const UDP_PLAIN_SIZE_MAX = limits.UDP_PLAIN_SIZE_MAX.value;
export const UDP_SIZE_MAX = limits.UDP_SIZE_MAX.value;
export const TCP_SIZE_MAX = limits.TCP_SIZE_MAX.value;
export const RRSET_SIZE_MAX = limits.RRSET_SIZE_MAX.value;
export const OPT_SIZE_MAX = limits.OPT_SIZE_MAX.value;
export const COOKIE_AGE_MAX_SECS = limits.COOKIE_AGE_MAX_SECS.value;
export const COOKIE_AHEAD_MAX_SECS = limits.COOKIE_AHEAD_MAX_SECS.value;
export const COOKIE_RENEW_SECS = limits.COOKIE_RENEW_SECS.value;
export const PADDING_BLOCK_SIZE = limits.PADDING_BLOCK_SIZE.value;
export const ALIAS_DEPTH_MAX = limits.ALIAS_DEPTH_MAX.value;
export const ADDITIONAL_NAMES_MAX = limits.ADDITIONAL_NAMES_MAX.value;
export const HINTS_MAX = limits.HINTS_MAX.value;
export const PROBE_MAX = limits.PROBE_MAX.value;
export const SHARD_OWNERS_MAX = limits.SHARD_OWNERS_MAX.value;
export const DENIAL_ENTRIES_MEAN = limits.DENIAL_ENTRIES_MEAN.value;
export const DENIAL_KEY_SIZE_MAX = limits.DENIAL_KEY_SIZE_MAX.value;
export const DENIAL_GUESSES_MAX = limits.DENIAL_GUESSES_MAX.value;
export const DENIAL_SEARCH_STEPS_MAX = limits.DENIAL_SEARCH_STEPS_MAX.value;
export const DENIAL_PROOFS_MAX = limits.DENIAL_PROOFS_MAX.value;
export const NSEC3_ITERATIONS_MAX = limits.NSEC3_ITERATIONS_MAX.value;
export const NSEC3_SALT_SIZE_MAX = limits.NSEC3_SALT_SIZE_MAX.value;
export const NSEC3_HASH_SIZE = limits.NSEC3_HASH_SIZE.value;
export const INDEX_ZONES_MAX = limits.INDEX_ZONES_MAX.value;
export const PLAN_CANDIDATES_MAX = limits.PLAN_CANDIDATES_MAX.value;
export const RANK_MAX = limits.RANK_MAX.value;
export const WEIGHT_MAX = limits.WEIGHT_MAX.value;
export const PLAN_ROWS_MAX = limits.PLAN_ROWS_MAX.value;
export const REGIONS_MAX = limits.REGIONS_MAX.value;
export const ENDPOINTS_MAX = limits.ENDPOINTS_MAX.value;
export const MAP_SEARCH_STEPS_MAX = limits.MAP_SEARCH_STEPS_MAX.value;
export const WORKERS_MAX = limits.WORKERS_MAX.value;
export const EPOCH_MAX = limits.EPOCH_MAX.value;
export const TABLE_SIZE_MAX = limits.TABLE_SIZE_MAX.value;
export const CACHE_LINE_SIZE = limits.CACHE_LINE_SIZE.value;
export const SEGMENT_ALIGN = limits.SEGMENT_ALIGN.value;
export const BATCH_MAX = limits.BATCH_MAX.value;
export const COOKIE_SECRETS_MAX = limits.COOKIE_SECRETS_MAX.value;
export const COOKIE_SECRET_SIZE = limits.COOKIE_SECRET_SIZE.value;
export const IDENTITY_SIZE_MAX = limits.IDENTITY_SIZE_MAX.value;
export const ECS_V4_BITS_MAX = limits.ECS_V4_BITS_MAX.value;
export const ECS_V6_BITS_MAX = limits.ECS_V6_BITS_MAX.value;
export const LIMIT_SETS = limits.LIMIT_SETS.value;
export const LIMIT_WAYS = limits.LIMIT_WAYS.value;
export const LIMIT_LEVELS_MAX = limits.LIMIT_LEVELS_MAX.value;
export const LIMIT_WINDOW_MICROS_MAX = limits.LIMIT_WINDOW_MICROS_MAX.value;
export const LIMIT_ALLOW_MAX = limits.LIMIT_ALLOW_MAX.value;

/**
 * Largest RRset of an owner of `ownerSize` octets on the wire, such that it fits into one TCP message:
 *
 *   65,535 − 12 header − (owner + 4) question − OPT_SIZE_MAX
 *
 * Behind an alias, and from a wildcard, the question is another name and the set may not fit: that
 * answer is truncated, as with other servers, rather than that the zone is refused.
 */
export function rrsetSizeMax(ownerSize: number): number {
  return RRSET_SIZE_MAX + 1 - ownerSize;
}
