// SPDX-License-Identifier: Apache-2.0
/**
 * What lies in table memory: segments, each written once, verified once, then trusted.
 *
 *   root ─► Directory ─► IndexShard ─► Zone ─► ZoneShard: slots ─► Node ─► RRset
 *               │                        └─► Denial: owners or hashes in order (signed zones)
 *               ├─► Map       client prefix → region, ECS scope
 *               └─► Steering  policies, endpoints, POPs and their names
 *
 * Why shards: one changed name replaces one shard, its zone header, one index shard and the
 * directory, some tens of kilobytes, however large the zone is. Path copying, never patching.
 *
 * Invariants
 *   T1  A ref is relative to its segment, so that the digest does not depend on the place. The
 *       fields called *absolute* are the only exceptions; they stand in Directory, IndexShard and
 *       Zone, and a digest covers the children's digests in their stead.
 *   T2  Slots are a power of two, robin-hood ordered, no probe longer than `probeMax` ≤ PROBE_MAX.
 *   T3  Empty non-terminals are nodes, so existence is monotone along a name (RFC 8020).
 *   T4  An RRset's template is wire form ready to copy: whole RRs, owner 0xC00C, every name that
 *       ends in the zone's apex cut there and closed by a pointer listed in the fix-ups. Only the
 *       pointers (and the owner, if it is not the question's name) are patched in the answer.
 *   T5  Signatures are no RRset of their node: those of an RRset are a second RRset right behind it,
 *       so that a query without DO meets nothing of them (docs/decisions/0010-signed-zones.md).
 *   T6  An RRset with hints (RRSET_FLAG_HINTS) has, in some RDATA, the parameter ipv4hint or ipv6hint
 *       with a value of no octets: whoever answers puts the target's addresses there, or leaves the
 *       parameter out (docs/decisions/0012-steered-hints.md). Such an RRset is not signed.
 *   T7  Denial segments hold keys that ascend by octets, from one segment to the next; none is empty.
 */
import { bytes, ref, struct, u8, u16, u32 } from "./schema.ts";

/** First field of a segment: what it is. Values are arbitrary but distinct, so that zeros are refused. */
export const segmentKinds = {
  DIRECTORY: 0x415a0001,
  INDEX_SHARD: 0x415a0002,
  ZONE: 0x415a0003,
  ZONE_SHARD: 0x415a0004,
  MAP: 0x415a0005,
  STEERING: 0x415a0006,
  DENIAL: 0x415a0007,
} as const;

export const segment = struct({
  name: "Segment",
  doc: "Begins every segment.",
  fields: [
    u32("kind", "One of segmentKinds."),
    u32("length", "Octets of the whole segment, a multiple of 4."),
    bytes(
      "digest",
      16,
      "First 16 octets of SHA-256 over the canonical content, see src/table/digest.ts.",
    ),
  ],
});

export const directory = struct({
  name: "Directory",
  doc: "The root: everything compiled, at one revision. Follows a Segment.",
  fields: [
    u32("fingerprint", "Hash of this schema: a reader of another layout refuses the table."),
    u32("revisionLow", "Revision, low 32 bits."),
    u32("revisionHigh", "Revision, high 32 bits."),
    u32("zoneCount", "Zones served."),
    u32("apexDepths0", "Bit n: some apex has n labels; labels 0..31."),
    u32("apexDepths1", "The same for 32..63."),
    u32("apexDepths2", "The same for 64..95."),
    u32("apexDepths3", "The same for 96..127."),
    u32("indexBits", "log2 of the number of index shards."),
    ref("indexShards", "List of 2^indexBits absolute refs of IndexShards."),
    u32("mapCount", "Maps."),
    ref("maps", "List of mapCount absolute refs of Maps, sorted by id."),
    ref("steering", "Absolute ref of Steering; null without policies."),
    u32("policyCount", "Policies."),
    ref(
      "planRows",
      "List of policyCount first rows in plan memory; process-local, outside the digest.",
    ),
  ],
});

export const indexShard = struct({
  name: "IndexShard",
  doc: "Some of the zones, by the hash of their apex. Follows a Segment; slots follow.",
  fields: [
    u32("slotCount", "Power of two."),
    u32(
      "probeMax",
      "Slots that the longest search looks at: greatest distance + 1; 0 if there are none.",
    ),
  ],
});

export const slot = struct({
  name: "Slot",
  doc: "One place of a hash. Empty if `target` is null.",
  fields: [
    u32("hash", "Name hash of the apex or owner (src/base/hash.ts), unmixed."),
    ref("target", "Zone (absolute) in an IndexShard; Node in a ZoneShard."),
  ],
});

export const zoneFlags = {
  /** Configured, but without data: SERVFAIL. It has one empty shard and no SOA. */
  EXPIRED: 1,
  /** The SOA is signed: its signatures follow `negativeSoa` (T5). */
  SIGNED: 2,
  /** Absence is proved by NSEC: `denials` has the owners. */
  NSEC: 4,
  /** Absence is proved by NSEC3: `denials` has the hashes and the records. */
  NSEC3: 8,
  /** Some RRset has hints (T6): what an answer says of it may change with no change of its shard. */
  HINTS: 16,
} as const;

export const zone = struct({
  name: "Zone",
  doc: "Header of one zone. Follows a Segment.",
  fields: [
    u32("serial", "SOA serial."),
    u32("ownerCount", "Nodes, empty non-terminals included."),
    u32("shardBits", "log2 of the number of shards, a function of ownerCount alone."),
    ref("shards", "List of 2^shardBits absolute refs of ZoneShards."),
    ref(
      "negativeSoa",
      "RRset of the SOA with TTL min(TTL, MINIMUM) (RFC 2308 §3); null if EXPIRED.",
    ),
    u32("policyCount", "Steering policies that this zone uses."),
    ref("policies", "List of policyCount indices into Steering.policies, u32 each."),
    u8("apexSize", "Octets of the apex on the wire, root label included."),
    u8("apexLabels", "Labels of the apex."),
    u16("flags", "zoneFlags."),
    ref("apex", "Apex, uncompressed, lower case."),
    u32("denialCount", "Denial segments; 0 without NSEC and NSEC3."),
    ref("denials", "List of denialCount absolute refs of Denials, by their keys."),
    u16("nsec3Iterations", "Additional iterations of the hash (RFC 5155 §3.1.3)."),
    u16("nsec3SaltSize", "Octets of the salt."),
    ref("nsec3Salt", "Salt; null without."),
  ],
});

export const zoneShard = struct({
  name: "ZoneShard",
  doc: "Some of a zone's owners, by the top bits of their mixed name hash. Follows a Segment; slots follow.",
  fields: [
    u32("slotCount", "Power of two."),
    u32(
      "probeMax",
      "Slots that the longest search looks at: greatest distance + 1; 0 if there are none.",
    ),
    u32("nodeCount", "Nodes in this shard."),
  ],
});

export const nodeFlags = {
  /** The zone's apex. */
  APEX: 1,
  /** NS below the apex: a delegation. */
  CUT: 2,
  /** Has a child `*`: a source of synthesis for what does not exist below it. */
  WILDCARD_CHILD: 4,
  /** Lies below a cut or a DNAME: never an answer, at most glue. */
  OCCLUDED: 8,
  /** Owns a CNAME (static or steered). */
  ALIAS: 16,
  /** Owns a DNAME. */
  DNAME: 32,
} as const;

export const node = struct({
  name: "Node",
  doc: "One owner. rrsetCount RRsetRefs follow, then the owner's octets relative to the apex (labels only).",
  fields: [
    u16("flags", "nodeFlags."),
    u8("rrsetCount", "RRsets; zero makes an empty non-terminal."),
    u8("ownerSize", "Octets of the labels in front of the apex."),
  ],
});

export const rrsetFlags = {
  /** `data` is an index into Zone.policies and not a ref. */
  STEERED: 1,
  /** RDATA holds names whose addresses belong into the additional section. */
  ADDITIONAL: 2,
  /** An RRset of the RRSIGs that cover this one follows it (T5). */
  SIGNED: 4,
  /** SVCB or HTTPS with hints that are filled in for each answer (T6). */
  HINTS: 8,
} as const;

export const rrsetRef = struct({
  name: "RRsetRef",
  doc: "One RRset of a node; sorted by type.",
  fields: [
    u16("type", "RR type."),
    u16("flags", "rrsetFlags."),
    u32("data", "Ref of an RRset; or, if STEERED, an index into Zone.policies."),
  ],
});

export const rrset = struct({
  name: "RRset",
  doc: "Ready to copy. `length` octets of RRs follow, padded to 2; then fixupCount u16 offsets of pointers in them, counted from the first RR; padded to 4.",
  fields: [
    u16("count", "RRs, sorted by canonical RDATA."),
    u16("length", "Octets of all RRs."),
    u16("fixupCount", "Pointers to the apex inside RDATA."),
    u16(
      "targetAt",
      "Offset of the (first) name in an RDATA that is followed: CNAME, NS, MX, SRV, SVCB.",
    ),
  ],
});

export const denial = struct({
  name: "Denial",
  doc: "Some of what proves absence in a zone, in order. Follows a Segment; entryCount DenialEntries follow, then keys and RRsets.",
  fields: [u32("entryCount", "Entries, at least one.")],
});

export const denialEntry = struct({
  name: "DenialEntry",
  doc: "One NSEC or NSEC3. The key of an NSEC is its owner, made so that octets compare in canonical order (src/table/denial-key.ts); that of an NSEC3 is the hash in its owner.",
  fields: [
    u16("keySize", "Octets of the key."),
    u16("flags", "rrsetFlags of `data`: SIGNED or nothing."),
    u32("prefix", "First 4 octets of the key as a big-endian number, zeros behind a shorter key."),
    ref("key", "Octets of the key."),
    ref("data", "RRset of the NSEC3; null for an NSEC, which stands at the owner's node."),
  ],
});

export const map = struct({
  name: "Map",
  doc: "Client address to region: a partition of both address spaces into aligned networks. Follows a Segment.",
  fields: [
    u32("v4Count", "Networks of the IPv4 space."),
    ref("v4Buckets", "65,537 u32: how many networks start below address b << 16."),
    ref("v4Keys", "v4Count u16: low half of each network's first address. Padded to 4."),
    ref("v4Leaves", "v4Count u32 leaves."),
    u32("v6Count", "Networks of the IPv6 space; none is longer than /64."),
    ref("v6Buckets", "65,537 u32: how many networks start below bucket b of the top 16 bits."),
    ref("v6High", "v6Count u32: bits 0..31 of each network's first address."),
    ref("v6Low", "v6Count u32: bits 32..63."),
    ref("v6Leaves", "v6Count u32 leaves."),
    u32("regionCount", "Regions."),
    ref("regions", "regionCount RegionRows."),
    ref("name", "Id of the map, a Text."),
  ],
});

/** A leaf word: region | prefix length << 16 | layer << 24. */
export const leafLayers = {
  DEFAULT: 0,
  CONTINENT: 1,
  COUNTRY: 2,
  SUBDIVISION: 3,
  CITY: 4,
  ASN: 5,
  NETWORK: 6,
  PRIVATE: 7,
} as const;

export const regionRow = struct({
  name: "RegionRow",
  doc: "Clients that one map does not tell apart.",
  fields: [
    ref("name", "Text, such as EU/DE/BE."),
    u32("latitude", "Degrees × 10^6, signed; 0x7fffffff if unknown."),
    u32("longitude", "Degrees × 10^6, signed; 0x7fffffff if unknown."),
  ],
});

export const steering = struct({
  name: "Steering",
  doc: "Policies and what their plans point at. Follows a Segment.",
  fields: [
    u32("policyCount", "Policies, sorted by id."),
    ref("policies", "policyCount Policies."),
    u32("endpointCount", "Endpoints, sorted by id."),
    ref("endpoints", "endpointCount Endpoints."),
    u32("popCount", "POPs, sorted by id."),
    ref("pops", "popCount Pops."),
  ],
});

export const policyFlags = {
  /** Location comes from the resolver's address even if the query carries a client subnet. */
  IGNORE_ECS: 1,
} as const;

export const policy = struct({
  name: "Policy",
  doc: "A steering policy as the kernel needs it; all thought is in its plans.",
  fields: [
    ref("name", "Text."),
    u16("map", "Index into Directory.maps."),
    u16("flags", "policyFlags."),
    u32("hashSeed", "Digest of the policy's id: clients spread differently for each policy."),
    u32("regionCount", "Rows of its plans: the regions of its map."),
    u8("stickyV4Bits", "Rendezvous key of an IPv4 client is cut to this length."),
    u8("stickyV6Bits", "The same for IPv6."),
    u16("negativeTtlSecs", "Largest TTL of the SOA in a negative answer for a steered name."),
  ],
});

export const endpointFlags = { V4: 1, V6: 2, CNAME: 4 } as const;

export const endpoint = struct({
  name: "Endpoint",
  doc: "What an answer may carry: an address of each family, or a CNAME target.",
  fields: [
    ref("name", "Text: pool/endpoint."),
    u16("pop", "Index into Steering.pops."),
    u16("flags", "endpointFlags."),
    bytes("v4", 4, "IPv4 address as on the wire."),
    bytes("v6", 16, "IPv6 address as on the wire."),
    ref("target", "CNAME target, uncompressed wire form; null without."),
    u16("targetSize", "Octets of the target."),
    u16("weight", "Configured weight, for explanations."),
    u32(
      "hashSeed",
      "Digest of the endpoint's id: its voice in rendezvous picking, equal on every server.",
    ),
  ],
});

export const pop = struct({
  name: "Pop",
  doc: "A place that serves.",
  fields: [
    ref("name", "Text."),
    u32("latitude", "Degrees × 10^6, signed."),
    u32("longitude", "Degrees × 10^6, signed."),
  ],
});

export const text = struct({
  name: "Text",
  doc: "UTF-8 for people. `length` octets follow, padded to 4.",
  fields: [u32("length", "Octets.")],
});

export const tableStructs = [
  segment,
  directory,
  indexShard,
  slot,
  zone,
  zoneShard,
  node,
  rrsetRef,
  rrset,
  denial,
  denialEntry,
  map,
  regionRow,
  steering,
  policy,
  endpoint,
  pop,
  text,
] as const;
