// SPDX-License-Identifier: Apache-2.0
// Generated from src/layout by scripts/gen.ts. Not edited.

/** Begins every segment. */
export const SEGMENT_SIZE = 24;
/** u32. One of segmentKinds. */
export const SEGMENT_KIND = 0;
/** u32. Octets of the whole segment, a multiple of 4. */
export const SEGMENT_LENGTH = 4;
/** bytes[16]. First 16 octets of SHA-256 over the canonical content, see src/table/digest.ts. */
export const SEGMENT_DIGEST = 8;

/** The root: everything compiled, at one revision. Follows a Segment. */
export const DIRECTORY_SIZE = 60;
/** u32. Hash of this schema: a reader of another layout refuses the table. */
export const DIRECTORY_FINGERPRINT = 0;
/** u32. Revision, low 32 bits. */
export const DIRECTORY_REVISION_LOW = 4;
/** u32. Revision, high 32 bits. */
export const DIRECTORY_REVISION_HIGH = 8;
/** u32. Zones served. */
export const DIRECTORY_ZONE_COUNT = 12;
/** u32. Bit n: some apex has n labels; labels 0..31. */
export const DIRECTORY_APEX_DEPTHS0 = 16;
/** u32. The same for 32..63. */
export const DIRECTORY_APEX_DEPTHS1 = 20;
/** u32. The same for 64..95. */
export const DIRECTORY_APEX_DEPTHS2 = 24;
/** u32. The same for 96..127. */
export const DIRECTORY_APEX_DEPTHS3 = 28;
/** u32. log2 of the number of index shards. */
export const DIRECTORY_INDEX_BITS = 32;
/** ref. List of 2^indexBits absolute refs of IndexShards. */
export const DIRECTORY_INDEX_SHARDS = 36;
/** u32. Maps. */
export const DIRECTORY_MAP_COUNT = 40;
/** ref. List of mapCount absolute refs of Maps, sorted by id. */
export const DIRECTORY_MAPS = 44;
/** ref. Absolute ref of Steering; null without policies. */
export const DIRECTORY_STEERING = 48;
/** u32. Policies. */
export const DIRECTORY_POLICY_COUNT = 52;
/** ref. List of policyCount first rows in plan memory; process-local, outside the digest. */
export const DIRECTORY_PLAN_ROWS = 56;

/** Some of the zones, by the hash of their apex. Follows a Segment; slots follow. */
export const INDEX_SHARD_SIZE = 8;
/** u32. Power of two. */
export const INDEX_SHARD_SLOT_COUNT = 0;
/** u32. Slots that the longest search looks at: greatest distance + 1; 0 if there are none. */
export const INDEX_SHARD_PROBE_MAX = 4;

/** One place of a hash. Empty if `target` is null. */
export const SLOT_SIZE = 8;
/** u32. Name hash of the apex or owner (src/base/hash.ts), unmixed. */
export const SLOT_HASH = 0;
/** ref. Zone (absolute) in an IndexShard; Node in a ZoneShard. */
export const SLOT_TARGET = 4;

/** Header of one zone. Follows a Segment. */
export const ZONE_SIZE = 52;
/** u32. SOA serial. */
export const ZONE_SERIAL = 0;
/** u32. Nodes, empty non-terminals included. */
export const ZONE_OWNER_COUNT = 4;
/** u32. log2 of the number of shards, a function of ownerCount alone. */
export const ZONE_SHARD_BITS = 8;
/** ref. List of 2^shardBits absolute refs of ZoneShards. */
export const ZONE_SHARDS = 12;
/** ref. RRset of the SOA with TTL min(TTL, MINIMUM) (RFC 2308 §3); null if EXPIRED. */
export const ZONE_NEGATIVE_SOA = 16;
/** u32. Steering policies that this zone uses. */
export const ZONE_POLICY_COUNT = 20;
/** ref. List of policyCount indices into Steering.policies, u32 each. */
export const ZONE_POLICIES = 24;
/** u8. Octets of the apex on the wire, root label included. */
export const ZONE_APEX_SIZE = 28;
/** u8. Labels of the apex. */
export const ZONE_APEX_LABELS = 29;
/** u16. zoneFlags. */
export const ZONE_FLAGS = 30;
/** ref. Apex, uncompressed, lower case. */
export const ZONE_APEX = 32;
/** u32. Denial segments; 0 without NSEC and NSEC3. */
export const ZONE_DENIAL_COUNT = 36;
/** ref. List of denialCount absolute refs of Denials, by their keys. */
export const ZONE_DENIALS = 40;
/** u16. Additional iterations of the hash (RFC 5155 §3.1.3). */
export const ZONE_NSEC3_ITERATIONS = 44;
/** u16. Octets of the salt. */
export const ZONE_NSEC3_SALT_SIZE = 46;
/** ref. Salt; null without. */
export const ZONE_NSEC3_SALT = 48;

/** Some of a zone's owners, by the top bits of their mixed name hash. Follows a Segment; slots follow. */
export const ZONE_SHARD_SIZE = 12;
/** u32. Power of two. */
export const ZONE_SHARD_SLOT_COUNT = 0;
/** u32. Slots that the longest search looks at: greatest distance + 1; 0 if there are none. */
export const ZONE_SHARD_PROBE_MAX = 4;
/** u32. Nodes in this shard. */
export const ZONE_SHARD_NODE_COUNT = 8;

/** One owner. rrsetCount RRsetRefs follow, then the owner's octets relative to the apex (labels only). */
export const NODE_SIZE = 4;
/** u16. nodeFlags. */
export const NODE_FLAGS = 0;
/** u8. RRsets; zero makes an empty non-terminal. */
export const NODE_RRSET_COUNT = 2;
/** u8. Octets of the labels in front of the apex. */
export const NODE_OWNER_SIZE = 3;

/** One RRset of a node; sorted by type. */
export const RRSET_REF_SIZE = 8;
/** u16. RR type. */
export const RRSET_REF_TYPE = 0;
/** u16. rrsetFlags. */
export const RRSET_REF_FLAGS = 2;
/** u32. Ref of an RRset; or, if STEERED, an index into Zone.policies. */
export const RRSET_REF_DATA = 4;

/** Ready to copy. `length` octets of RRs follow, padded to 2; then fixupCount u16 offsets of pointers in them, counted from the first RR; padded to 4. */
export const RRSET_SIZE = 8;
/** u16. RRs, sorted by canonical RDATA. */
export const RRSET_COUNT = 0;
/** u16. Octets of all RRs. */
export const RRSET_LENGTH = 2;
/** u16. Pointers to the apex inside RDATA. */
export const RRSET_FIXUP_COUNT = 4;
/** u16. Offset of the (first) name in an RDATA that is followed: CNAME, NS, MX, SRV, SVCB. */
export const RRSET_TARGET_AT = 6;

/** Some of what proves absence in a zone, in order. Follows a Segment; entryCount DenialEntries follow, then keys and RRsets. */
export const DENIAL_SIZE = 4;
/** u32. Entries, at least one. */
export const DENIAL_ENTRY_COUNT = 0;

/** One NSEC or NSEC3. The key of an NSEC is its owner, made so that octets compare in canonical order (src/table/denial-key.ts); that of an NSEC3 is the hash in its owner. */
export const DENIAL_ENTRY_SIZE = 16;
/** u16. Octets of the key. */
export const DENIAL_ENTRY_KEY_SIZE = 0;
/** u16. rrsetFlags of `data`: SIGNED or nothing. */
export const DENIAL_ENTRY_FLAGS = 2;
/** u32. First 4 octets of the key as a big-endian number, zeros behind a shorter key. */
export const DENIAL_ENTRY_PREFIX = 4;
/** ref. Octets of the key. */
export const DENIAL_ENTRY_KEY = 8;
/** ref. RRset of the NSEC3; null for an NSEC, which stands at the owner's node. */
export const DENIAL_ENTRY_DATA = 12;

/** Client address to region: a partition of both address spaces into aligned networks. Follows a Segment. */
export const MAP_SIZE = 48;
/** u32. Networks of the IPv4 space. */
export const MAP_V4_COUNT = 0;
/** ref. 65,537 u32: how many networks start below address b << 16. */
export const MAP_V4_BUCKETS = 4;
/** ref. v4Count u16: low half of each network's first address. Padded to 4. */
export const MAP_V4_KEYS = 8;
/** ref. v4Count u32 leaves. */
export const MAP_V4_LEAVES = 12;
/** u32. Networks of the IPv6 space; none is longer than /64. */
export const MAP_V6_COUNT = 16;
/** ref. 65,537 u32: how many networks start below bucket b of the top 16 bits. */
export const MAP_V6_BUCKETS = 20;
/** ref. v6Count u32: bits 0..31 of each network's first address. */
export const MAP_V6_HIGH = 24;
/** ref. v6Count u32: bits 32..63. */
export const MAP_V6_LOW = 28;
/** ref. v6Count u32 leaves. */
export const MAP_V6_LEAVES = 32;
/** u32. Regions. */
export const MAP_REGION_COUNT = 36;
/** ref. regionCount RegionRows. */
export const MAP_REGIONS = 40;
/** ref. Id of the map, a Text. */
export const MAP_NAME = 44;

/** Clients that one map does not tell apart. */
export const REGION_ROW_SIZE = 12;
/** ref. Text, such as EU/DE/BE. */
export const REGION_ROW_NAME = 0;
/** u32. Degrees × 10^6, signed; 0x7fffffff if unknown. */
export const REGION_ROW_LATITUDE = 4;
/** u32. Degrees × 10^6, signed; 0x7fffffff if unknown. */
export const REGION_ROW_LONGITUDE = 8;

/** Policies and what their plans point at. Follows a Segment. */
export const STEERING_SIZE = 24;
/** u32. Policies, sorted by id. */
export const STEERING_POLICY_COUNT = 0;
/** ref. policyCount Policies. */
export const STEERING_POLICIES = 4;
/** u32. Endpoints, sorted by id. */
export const STEERING_ENDPOINT_COUNT = 8;
/** ref. endpointCount Endpoints. */
export const STEERING_ENDPOINTS = 12;
/** u32. POPs, sorted by id. */
export const STEERING_POP_COUNT = 16;
/** ref. popCount Pops. */
export const STEERING_POPS = 20;

/** A steering policy as the kernel needs it; all thought is in its plans. */
export const POLICY_SIZE = 20;
/** ref. Text. */
export const POLICY_NAME = 0;
/** u16. Index into Directory.maps. */
export const POLICY_MAP = 4;
/** u16. policyFlags. */
export const POLICY_FLAGS = 6;
/** u32. Digest of the policy's id: clients spread differently for each policy. */
export const POLICY_HASH_SEED = 8;
/** u32. Rows of its plans: the regions of its map. */
export const POLICY_REGION_COUNT = 12;
/** u8. Rendezvous key of an IPv4 client is cut to this length. */
export const POLICY_STICKY_V4_BITS = 16;
/** u8. The same for IPv6. */
export const POLICY_STICKY_V6_BITS = 17;
/** u16. Largest TTL of the SOA in a negative answer for a steered name. */
export const POLICY_NEGATIVE_TTL_SECS = 18;

/** What an answer may carry: an address of each family, or a CNAME target. */
export const ENDPOINT_SIZE = 40;
/** ref. Text: pool/endpoint. */
export const ENDPOINT_NAME = 0;
/** u16. Index into Steering.pops. */
export const ENDPOINT_POP = 4;
/** u16. endpointFlags. */
export const ENDPOINT_FLAGS = 6;
/** bytes[4]. IPv4 address as on the wire. */
export const ENDPOINT_V4 = 8;
/** bytes[16]. IPv6 address as on the wire. */
export const ENDPOINT_V6 = 12;
/** ref. CNAME target, uncompressed wire form; null without. */
export const ENDPOINT_TARGET = 28;
/** u16. Octets of the target. */
export const ENDPOINT_TARGET_SIZE = 32;
/** u16. Configured weight, for explanations. */
export const ENDPOINT_WEIGHT = 34;
/** u32. Digest of the endpoint's id: its voice in rendezvous picking, equal on every server. */
export const ENDPOINT_HASH_SEED = 36;

/** A place that serves. */
export const POP_SIZE = 12;
/** ref. Text. */
export const POP_NAME = 0;
/** u32. Degrees × 10^6, signed. */
export const POP_LATITUDE = 4;
/** u32. Degrees × 10^6, signed. */
export const POP_LONGITUDE = 8;

/** UTF-8 for people. `length` octets follow, padded to 4. */
export const TEXT_SIZE = 4;
/** u32. Octets. */
export const TEXT_LENGTH = 0;
