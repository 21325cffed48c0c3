// SPDX-License-Identifier: Apache-2.0
// Generated from src/layout by scripts/gen.ts. Not edited.
#pragma once
#include <cstddef>
#include <cstdint>

namespace azimuth {

// Begins every segment.
struct Segment {
  uint32_t kind;  // One of segmentKinds.
  uint32_t length;  // Octets of the whole segment, a multiple of 4.
  uint8_t digest[16];  // First 16 octets of SHA-256 over the canonical content, see src/table/digest.ts.
};
static_assert(sizeof(Segment) == 24);
static_assert(offsetof(Segment, kind) == 0);
static_assert(offsetof(Segment, length) == 4);
static_assert(offsetof(Segment, digest) == 8);

// The root: everything compiled, at one revision. Follows a Segment.
struct Directory {
  uint32_t fingerprint;  // Hash of this schema: a reader of another layout refuses the table.
  uint32_t revision_low;  // Revision, low 32 bits.
  uint32_t revision_high;  // Revision, high 32 bits.
  uint32_t zone_count;  // Zones served.
  uint32_t apex_depths0;  // Bit n: some apex has n labels; labels 0..31.
  uint32_t apex_depths1;  // The same for 32..63.
  uint32_t apex_depths2;  // The same for 64..95.
  uint32_t apex_depths3;  // The same for 96..127.
  uint32_t index_bits;  // log2 of the number of index shards.
  uint32_t index_shards;  // List of 2^indexBits absolute refs of IndexShards.
  uint32_t map_count;  // Maps.
  uint32_t maps;  // List of mapCount absolute refs of Maps, sorted by id.
  uint32_t steering;  // Absolute ref of Steering; null without policies.
  uint32_t policy_count;  // Policies.
  uint32_t plan_rows;  // List of policyCount first rows in plan memory; process-local, outside the digest.
};
static_assert(sizeof(Directory) == 60);
static_assert(offsetof(Directory, fingerprint) == 0);
static_assert(offsetof(Directory, revision_low) == 4);
static_assert(offsetof(Directory, revision_high) == 8);
static_assert(offsetof(Directory, zone_count) == 12);
static_assert(offsetof(Directory, apex_depths0) == 16);
static_assert(offsetof(Directory, apex_depths1) == 20);
static_assert(offsetof(Directory, apex_depths2) == 24);
static_assert(offsetof(Directory, apex_depths3) == 28);
static_assert(offsetof(Directory, index_bits) == 32);
static_assert(offsetof(Directory, index_shards) == 36);
static_assert(offsetof(Directory, map_count) == 40);
static_assert(offsetof(Directory, maps) == 44);
static_assert(offsetof(Directory, steering) == 48);
static_assert(offsetof(Directory, policy_count) == 52);
static_assert(offsetof(Directory, plan_rows) == 56);

// Some of the zones, by the hash of their apex. Follows a Segment; slots follow.
struct IndexShard {
  uint32_t slot_count;  // Power of two.
  uint32_t probe_max;  // Slots that the longest search looks at: greatest distance + 1; 0 if there are none.
};
static_assert(sizeof(IndexShard) == 8);
static_assert(offsetof(IndexShard, slot_count) == 0);
static_assert(offsetof(IndexShard, probe_max) == 4);

// One place of a hash. Empty if `target` is null.
struct Slot {
  uint32_t hash;  // Name hash of the apex or owner (src/base/hash.ts), unmixed.
  uint32_t target;  // Zone (absolute) in an IndexShard; Node in a ZoneShard.
};
static_assert(sizeof(Slot) == 8);
static_assert(offsetof(Slot, hash) == 0);
static_assert(offsetof(Slot, target) == 4);

// Header of one zone. Follows a Segment.
struct Zone {
  uint32_t serial;  // SOA serial.
  uint32_t owner_count;  // Nodes, empty non-terminals included.
  uint32_t shard_bits;  // log2 of the number of shards, a function of ownerCount alone.
  uint32_t shards;  // List of 2^shardBits absolute refs of ZoneShards.
  uint32_t negative_soa;  // RRset of the SOA with TTL min(TTL, MINIMUM) (RFC 2308 §3); null if EXPIRED.
  uint32_t policy_count;  // Steering policies that this zone uses.
  uint32_t policies;  // List of policyCount indices into Steering.policies, u32 each.
  uint8_t apex_size;  // Octets of the apex on the wire, root label included.
  uint8_t apex_labels;  // Labels of the apex.
  uint16_t flags;  // zoneFlags.
  uint32_t apex;  // Apex, uncompressed, lower case.
  uint32_t denial_count;  // Denial segments; 0 without NSEC and NSEC3.
  uint32_t denials;  // List of denialCount absolute refs of Denials, by their keys.
  uint16_t nsec3_iterations;  // Additional iterations of the hash (RFC 5155 §3.1.3).
  uint16_t nsec3_salt_size;  // Octets of the salt.
  uint32_t nsec3_salt;  // Salt; null without.
};
static_assert(sizeof(Zone) == 52);
static_assert(offsetof(Zone, serial) == 0);
static_assert(offsetof(Zone, owner_count) == 4);
static_assert(offsetof(Zone, shard_bits) == 8);
static_assert(offsetof(Zone, shards) == 12);
static_assert(offsetof(Zone, negative_soa) == 16);
static_assert(offsetof(Zone, policy_count) == 20);
static_assert(offsetof(Zone, policies) == 24);
static_assert(offsetof(Zone, apex_size) == 28);
static_assert(offsetof(Zone, apex_labels) == 29);
static_assert(offsetof(Zone, flags) == 30);
static_assert(offsetof(Zone, apex) == 32);
static_assert(offsetof(Zone, denial_count) == 36);
static_assert(offsetof(Zone, denials) == 40);
static_assert(offsetof(Zone, nsec3_iterations) == 44);
static_assert(offsetof(Zone, nsec3_salt_size) == 46);
static_assert(offsetof(Zone, nsec3_salt) == 48);

// Some of a zone's owners, by the top bits of their mixed name hash. Follows a Segment; slots follow.
struct ZoneShard {
  uint32_t slot_count;  // Power of two.
  uint32_t probe_max;  // Slots that the longest search looks at: greatest distance + 1; 0 if there are none.
  uint32_t node_count;  // Nodes in this shard.
};
static_assert(sizeof(ZoneShard) == 12);
static_assert(offsetof(ZoneShard, slot_count) == 0);
static_assert(offsetof(ZoneShard, probe_max) == 4);
static_assert(offsetof(ZoneShard, node_count) == 8);

// One owner. rrsetCount RRsetRefs follow, then the owner's octets relative to the apex (labels only).
struct Node {
  uint16_t flags;  // nodeFlags.
  uint8_t rrset_count;  // RRsets; zero makes an empty non-terminal.
  uint8_t owner_size;  // Octets of the labels in front of the apex.
};
static_assert(sizeof(Node) == 4);
static_assert(offsetof(Node, flags) == 0);
static_assert(offsetof(Node, rrset_count) == 2);
static_assert(offsetof(Node, owner_size) == 3);

// One RRset of a node; sorted by type.
struct RRsetRef {
  uint16_t type;  // RR type.
  uint16_t flags;  // rrsetFlags.
  uint32_t data;  // Ref of an RRset; or, if STEERED, an index into Zone.policies.
};
static_assert(sizeof(RRsetRef) == 8);
static_assert(offsetof(RRsetRef, type) == 0);
static_assert(offsetof(RRsetRef, flags) == 2);
static_assert(offsetof(RRsetRef, data) == 4);

// Ready to copy. `length` octets of RRs follow, padded to 2; then fixupCount u16 offsets of pointers in them, counted from the first RR; padded to 4.
struct RRset {
  uint16_t count;  // RRs, sorted by canonical RDATA.
  uint16_t length;  // Octets of all RRs.
  uint16_t fixup_count;  // Pointers to the apex inside RDATA.
  uint16_t target_at;  // Offset of the (first) name in an RDATA that is followed: CNAME, NS, MX, SRV, SVCB.
};
static_assert(sizeof(RRset) == 8);
static_assert(offsetof(RRset, count) == 0);
static_assert(offsetof(RRset, length) == 2);
static_assert(offsetof(RRset, fixup_count) == 4);
static_assert(offsetof(RRset, target_at) == 6);

// Some of what proves absence in a zone, in order. Follows a Segment; entryCount DenialEntries follow, then keys and RRsets.
struct Denial {
  uint32_t entry_count;  // Entries, at least one.
};
static_assert(sizeof(Denial) == 4);
static_assert(offsetof(Denial, entry_count) == 0);

// One NSEC or NSEC3. The key of an NSEC is its owner, made so that octets compare in canonical order (src/table/denial-key.ts); that of an NSEC3 is the hash in its owner.
struct DenialEntry {
  uint16_t key_size;  // Octets of the key.
  uint16_t flags;  // rrsetFlags of `data`: SIGNED or nothing.
  uint32_t prefix;  // First 4 octets of the key as a big-endian number, zeros behind a shorter key.
  uint32_t key;  // Octets of the key.
  uint32_t data;  // RRset of the NSEC3; null for an NSEC, which stands at the owner's node.
};
static_assert(sizeof(DenialEntry) == 16);
static_assert(offsetof(DenialEntry, key_size) == 0);
static_assert(offsetof(DenialEntry, flags) == 2);
static_assert(offsetof(DenialEntry, prefix) == 4);
static_assert(offsetof(DenialEntry, key) == 8);
static_assert(offsetof(DenialEntry, data) == 12);

// Client address to region: a partition of both address spaces into aligned networks. Follows a Segment.
struct Map {
  uint32_t v4_count;  // Networks of the IPv4 space.
  uint32_t v4_buckets;  // 65,537 u32: how many networks start below address b << 16.
  uint32_t v4_keys;  // v4Count u16: low half of each network's first address. Padded to 4.
  uint32_t v4_leaves;  // v4Count u32 leaves.
  uint32_t v6_count;  // Networks of the IPv6 space; none is longer than /64.
  uint32_t v6_buckets;  // 65,537 u32: how many networks start below bucket b of the top 16 bits.
  uint32_t v6_high;  // v6Count u32: bits 0..31 of each network's first address.
  uint32_t v6_low;  // v6Count u32: bits 32..63.
  uint32_t v6_leaves;  // v6Count u32 leaves.
  uint32_t region_count;  // Regions.
  uint32_t regions;  // regionCount RegionRows.
  uint32_t name;  // Id of the map, a Text.
};
static_assert(sizeof(Map) == 48);
static_assert(offsetof(Map, v4_count) == 0);
static_assert(offsetof(Map, v4_buckets) == 4);
static_assert(offsetof(Map, v4_keys) == 8);
static_assert(offsetof(Map, v4_leaves) == 12);
static_assert(offsetof(Map, v6_count) == 16);
static_assert(offsetof(Map, v6_buckets) == 20);
static_assert(offsetof(Map, v6_high) == 24);
static_assert(offsetof(Map, v6_low) == 28);
static_assert(offsetof(Map, v6_leaves) == 32);
static_assert(offsetof(Map, region_count) == 36);
static_assert(offsetof(Map, regions) == 40);
static_assert(offsetof(Map, name) == 44);

// Clients that one map does not tell apart.
struct RegionRow {
  uint32_t name;  // Text, such as EU/DE/BE.
  uint32_t latitude;  // Degrees × 10^6, signed; 0x7fffffff if unknown.
  uint32_t longitude;  // Degrees × 10^6, signed; 0x7fffffff if unknown.
};
static_assert(sizeof(RegionRow) == 12);
static_assert(offsetof(RegionRow, name) == 0);
static_assert(offsetof(RegionRow, latitude) == 4);
static_assert(offsetof(RegionRow, longitude) == 8);

// Policies and what their plans point at. Follows a Segment.
struct Steering {
  uint32_t policy_count;  // Policies, sorted by id.
  uint32_t policies;  // policyCount Policies.
  uint32_t endpoint_count;  // Endpoints, sorted by id.
  uint32_t endpoints;  // endpointCount Endpoints.
  uint32_t pop_count;  // POPs, sorted by id.
  uint32_t pops;  // popCount Pops.
};
static_assert(sizeof(Steering) == 24);
static_assert(offsetof(Steering, policy_count) == 0);
static_assert(offsetof(Steering, policies) == 4);
static_assert(offsetof(Steering, endpoint_count) == 8);
static_assert(offsetof(Steering, endpoints) == 12);
static_assert(offsetof(Steering, pop_count) == 16);
static_assert(offsetof(Steering, pops) == 20);

// A steering policy as the kernel needs it; all thought is in its plans.
struct Policy {
  uint32_t name;  // Text.
  uint16_t map;  // Index into Directory.maps.
  uint16_t flags;  // policyFlags.
  uint32_t hash_seed;  // Digest of the policy's id: clients spread differently for each policy.
  uint32_t region_count;  // Rows of its plans: the regions of its map.
  uint8_t sticky_v4_bits;  // Rendezvous key of an IPv4 client is cut to this length.
  uint8_t sticky_v6_bits;  // The same for IPv6.
  uint16_t negative_ttl_secs;  // Largest TTL of the SOA in a negative answer for a steered name.
};
static_assert(sizeof(Policy) == 20);
static_assert(offsetof(Policy, name) == 0);
static_assert(offsetof(Policy, map) == 4);
static_assert(offsetof(Policy, flags) == 6);
static_assert(offsetof(Policy, hash_seed) == 8);
static_assert(offsetof(Policy, region_count) == 12);
static_assert(offsetof(Policy, sticky_v4_bits) == 16);
static_assert(offsetof(Policy, sticky_v6_bits) == 17);
static_assert(offsetof(Policy, negative_ttl_secs) == 18);

// What an answer may carry: an address of each family, or a CNAME target.
struct Endpoint {
  uint32_t name;  // Text: pool/endpoint.
  uint16_t pop;  // Index into Steering.pops.
  uint16_t flags;  // endpointFlags.
  uint8_t v4[4];  // IPv4 address as on the wire.
  uint8_t v6[16];  // IPv6 address as on the wire.
  uint32_t target;  // CNAME target, uncompressed wire form; null without.
  uint16_t target_size;  // Octets of the target.
  uint16_t weight;  // Configured weight, for explanations.
  uint32_t hash_seed;  // Digest of the endpoint's id: its voice in rendezvous picking, equal on every server.
};
static_assert(sizeof(Endpoint) == 40);
static_assert(offsetof(Endpoint, name) == 0);
static_assert(offsetof(Endpoint, pop) == 4);
static_assert(offsetof(Endpoint, flags) == 6);
static_assert(offsetof(Endpoint, v4) == 8);
static_assert(offsetof(Endpoint, v6) == 12);
static_assert(offsetof(Endpoint, target) == 28);
static_assert(offsetof(Endpoint, target_size) == 32);
static_assert(offsetof(Endpoint, weight) == 34);
static_assert(offsetof(Endpoint, hash_seed) == 36);

// A place that serves.
struct Pop {
  uint32_t name;  // Text.
  uint32_t latitude;  // Degrees × 10^6, signed.
  uint32_t longitude;  // Degrees × 10^6, signed.
};
static_assert(sizeof(Pop) == 12);
static_assert(offsetof(Pop, name) == 0);
static_assert(offsetof(Pop, latitude) == 4);
static_assert(offsetof(Pop, longitude) == 8);

// UTF-8 for people. `length` octets follow, padded to 4.
struct Text {
  uint32_t length;  // Octets.
};
static_assert(sizeof(Text) == 4);
static_assert(offsetof(Text, length) == 0);

// PLAN_CANDIDATES_MAX PlanEntries follow.
struct Plan {
  uint32_t ttl;  // TTL in wire order: stored so that its octets in memory are those on the wire.
  uint32_t settings;  // picker | answers << 8 | allDown << 16 | entry count << 24.
  uint32_t state;  // Why it is as it is, for explanations: planStates.
  uint32_t stamp;  // Low 32 bits of the publication that wrote it last.
};
static_assert(sizeof(Plan) == 16);
static_assert(offsetof(Plan, ttl) == 0);
static_assert(offsetof(Plan, settings) == 4);
static_assert(offsetof(Plan, state) == 8);
static_assert(offsetof(Plan, stamp) == 12);

// One candidate.
struct PlanEntry {
  uint32_t endpoint;  // Index into Steering.endpoints; never changes while the row lives.
  uint32_t share;  // weight | rank << 16. Weight 0 takes no traffic; lower ranks go first.
};
static_assert(sizeof(PlanEntry) == 8);
static_assert(offsetof(PlanEntry, endpoint) == 0);
static_assert(offsetof(PlanEntry, share) == 4);

// WORKERS_MAX Readers follow.
struct ControlBlock {
  uint32_t epoch;  // Count of publications. Stored after `root` (P1).
  uint32_t root;  // Absolute ref of the Directory in force; null before the first publication.
  uint32_t stop;  // Not zero: readers finish and leave.
  uint32_t stale_since_secs;  // UNIX time of the data when it comes from the saved table; 0 when it is live.
  uint8_t spare[48];  // Fills the cache line: the readers' words begin on the next.
};
static_assert(sizeof(ControlBlock) == 64);
static_assert(offsetof(ControlBlock, epoch) == 0);
static_assert(offsetof(ControlBlock, root) == 4);
static_assert(offsetof(ControlBlock, stop) == 8);
static_assert(offsetof(ControlBlock, stale_since_secs) == 12);
static_assert(offsetof(ControlBlock, spare) == 16);

// One reader's words, on a cache line of its own.
struct Reader {
  uint32_t observed;  // Epoch that the reader is in; EPOCH_MAX while it sleeps or is absent (P2).
  uint32_t state;  // readerStates.
  uint32_t turns;  // Turns of its loop, for the supervisor.
  uint8_t spare[52];  // Fills the cache line.
};
static_assert(sizeof(Reader) == 64);
static_assert(offsetof(Reader, observed) == 0);
static_assert(offsetof(Reader, state) == 4);
static_assert(offsetof(Reader, turns) == 8);
static_assert(offsetof(Reader, spare) == 12);

// The message's octets follow, `room` at most.
struct PacketSlot {
  uint8_t client[16];  // Source address as on the wire; the first 4 octets if IPv4.
  uint16_t port;  // Source port, for the pump.
  uint8_t family;  // 4 or 6.
  uint8_t transport;  // transports.
  uint32_t random;  // Chance for this packet, drawn by the pump: the kernels hold none.
  uint32_t size_in;  // Octets of the request.
  uint32_t size_out;  // Octets of the answer; 0 sends none.
  uint32_t room;  // Octets that the slot can hold.
  uint32_t unix_secs;  // UNIX time, from the pump: the kernels have no clock.
  uint32_t now_ms;  // Milliseconds of a clock that never goes back; wraps.
  uint8_t verdict;  // Out: what the kernel made of the request, one of verdicts.
  uint8_t flags;  // Out: slotFlags.
  uint8_t spare[2];  // Fills the word.
};
static_assert(sizeof(PacketSlot) == 48);
static_assert(offsetof(PacketSlot, client) == 0);
static_assert(offsetof(PacketSlot, port) == 16);
static_assert(offsetof(PacketSlot, family) == 18);
static_assert(offsetof(PacketSlot, transport) == 19);
static_assert(offsetof(PacketSlot, random) == 20);
static_assert(offsetof(PacketSlot, size_in) == 24);
static_assert(offsetof(PacketSlot, size_out) == 28);
static_assert(offsetof(PacketSlot, room) == 32);
static_assert(offsetof(PacketSlot, unix_secs) == 36);
static_assert(offsetof(PacketSlot, now_ms) == 40);
static_assert(offsetof(PacketSlot, verdict) == 44);
static_assert(offsetof(PacketSlot, flags) == 45);
static_assert(offsetof(PacketSlot, spare) == 46);

// A network that the rate limiter lets alone.
struct AllowRow {
  uint8_t address[16];  // Its first octets; the first 4 if IPv4.
  uint8_t family;  // 4 or 6.
  uint8_t bits;  // Length of the prefix.
  uint8_t spare[2];  // Fills the word.
};
static_assert(sizeof(AllowRow) == 20);
static_assert(offsetof(AllowRow, address) == 0);
static_assert(offsetof(AllowRow, family) == 16);
static_assert(offsetof(AllowRow, bits) == 17);
static_assert(offsetof(AllowRow, spare) == 18);

// All sizes are octets; 0 turns off what they belong to.
struct Settings {
  uint32_t sequence;  // Odd while the writer is at work; another even number after each change.
  uint32_t flags;  // settingsFlags.
  uint32_t stale_since_secs;  // As in the control block: 0 while the table is live.
  uint16_t keepalive_units;  // Idle timeout of streams in 100 ms (RFC 7828); 0 says nothing of it.
  uint8_t cookie_secret_count;  // Secrets in use. The first makes cookies, all are accepted.
  uint8_t nsid_size;  // Of nsid (RFC 5001).
  uint8_t server_id_size;  // Of serverId: id.server and hostname.bind (RFC 4892).
  uint8_t version_size;  // Of version: version.server and version.bind.
  uint8_t agent_size;  // Of agent, root label included (RFC 9567).
  uint8_t spare;  // Fills the word.
  uint8_t cookie_secrets[48];  // SipHash keys, one after the other (RFC 9018 §4.4).
  uint8_t nsid[128];  // As it goes on the wire, identityMarks aside.
  uint8_t server_id[128];  // Text and identityMarks.
  uint8_t version[128];  // Text.
  uint8_t agent[256];  // Agent domain, uncompressed, lower case.
  uint32_t limit_key0;  // Key of the hash of the rate limiter; chance of this process.
  uint32_t limit_key1;  // The same for the tags.
  uint32_t answer_interval_micros;  // Between two like answers to one address: 10^6 / rate.
  uint32_t answer_window_micros;  // How far ahead that may be: what is allowed at once.
  uint32_t address_interval_micros;  // Between two requests of an address: 10^6 / rate.
  uint32_t network_interval_micros;  // Between two requests of a /24 or /48.
  uint32_t request_window_micros;  // How far ahead those may be.
  uint32_t stream_micros_per_second;  // Time of a stream thread that an address may take.
  uint32_t stream_window_micros;  // How far ahead it may be: what is allowed at once, at that rate.
  uint8_t answer_mode;  // limitModes, of answers.
  uint8_t slip;  // Each nth answer over the limit is truncated, the others are dropped; 0 drops all.
  uint8_t request_mode;  // limitModes, of requests.
  uint8_t request_action;  // requestActions.
  uint8_t allow_count;  // Rows of `allow` in use.
  uint8_t stream_mode;  // limitModes, of the time that streams take.
  uint8_t spare2[2];  // Fills the word.
  uint8_t allow[640];  // AllowRows.
};
static_assert(sizeof(Settings) == 1392);
static_assert(offsetof(Settings, sequence) == 0);
static_assert(offsetof(Settings, flags) == 4);
static_assert(offsetof(Settings, stale_since_secs) == 8);
static_assert(offsetof(Settings, keepalive_units) == 12);
static_assert(offsetof(Settings, cookie_secret_count) == 14);
static_assert(offsetof(Settings, nsid_size) == 15);
static_assert(offsetof(Settings, server_id_size) == 16);
static_assert(offsetof(Settings, version_size) == 17);
static_assert(offsetof(Settings, agent_size) == 18);
static_assert(offsetof(Settings, spare) == 19);
static_assert(offsetof(Settings, cookie_secrets) == 20);
static_assert(offsetof(Settings, nsid) == 68);
static_assert(offsetof(Settings, server_id) == 196);
static_assert(offsetof(Settings, version) == 324);
static_assert(offsetof(Settings, agent) == 452);
static_assert(offsetof(Settings, limit_key0) == 708);
static_assert(offsetof(Settings, limit_key1) == 712);
static_assert(offsetof(Settings, answer_interval_micros) == 716);
static_assert(offsetof(Settings, answer_window_micros) == 720);
static_assert(offsetof(Settings, address_interval_micros) == 724);
static_assert(offsetof(Settings, network_interval_micros) == 728);
static_assert(offsetof(Settings, request_window_micros) == 732);
static_assert(offsetof(Settings, stream_micros_per_second) == 736);
static_assert(offsetof(Settings, stream_window_micros) == 740);
static_assert(offsetof(Settings, answer_mode) == 744);
static_assert(offsetof(Settings, slip) == 745);
static_assert(offsetof(Settings, request_mode) == 746);
static_assert(offsetof(Settings, request_action) == 747);
static_assert(offsetof(Settings, allow_count) == 748);
static_assert(offsetof(Settings, stream_mode) == 749);
static_assert(offsetof(Settings, spare2) == 750);
static_assert(offsetof(Settings, allow) == 752);

enum class SegmentKind : uint32_t {
  Directory = 1096417281u,
  IndexShard = 1096417282u,
  Zone = 1096417283u,
  ZoneShard = 1096417284u,
  Map = 1096417285u,
  Steering = 1096417286u,
  Denial = 1096417287u,
};

enum class ZoneFlag : uint32_t {
  Expired = 1u,
  Signed = 2u,
  Nsec = 4u,
  Nsec3 = 8u,
  Hints = 16u,
};

enum class NodeFlag : uint32_t {
  Apex = 1u,
  Cut = 2u,
  WildcardChild = 4u,
  Occluded = 8u,
  Alias = 16u,
  Dname = 32u,
};

enum class RRsetFlag : uint32_t {
  Steered = 1u,
  Additional = 2u,
  Signed = 4u,
  Hints = 8u,
};

enum class LeafLayer : uint32_t {
  Default = 0u,
  Continent = 1u,
  Country = 2u,
  Subdivision = 3u,
  City = 4u,
  Asn = 5u,
  Network = 6u,
  Private = 7u,
};

enum class PolicyFlag : uint32_t {
  IgnoreEcs = 1u,
};

enum class EndpointFlag : uint32_t {
  V4 = 1u,
  V6 = 2u,
  Cname = 4u,
};

enum class Picker : uint32_t {
  Rendezvous = 0u,
  Wrr = 1u,
  Random = 2u,
  Independent = 3u,
  All = 4u,
};

enum class AllDown : uint32_t {
  All = 0u,
  None = 1u,
  Servfail = 2u,
};

enum class PlanState : uint32_t {
  Normal = 0u,
  Degraded = 1u,
  AllDown = 2u,
  Recovering = 3u,
};

enum class ReaderState : uint32_t {
  Absent = 0u,
  Starting = 1u,
  Serving = 2u,
  Stopped = 3u,
};

enum class Transport : uint32_t {
  Udp = 0u,
  Tcp = 1u,
  Tls = 2u,
  Https = 3u,
};

enum class SlotFlag : uint32_t {
  ValidCookie = 1u,
};

enum class SettingsFlag : uint32_t {
  DemandCookie = 1u,
  ExtendedErrors = 2u,
  SlowExpire = 4u,
};

enum class IdentityMark : uint32_t {
  Worker = 1u,
  Revision = 2u,
};

enum class LimitMode : uint32_t {
  Off = 0u,
  Dry = 1u,
  On = 2u,
};

enum class RequestAction : uint32_t {
  Truncate = 0u,
  Refuse = 1u,
  Servfail = 2u,
};

enum class Verdict : uint32_t {
  Ok = 0u,
  Drop = 1u,
  Formerr = 2u,
  Notimp = 3u,
  Refused = 4u,
  Slow = 5u,
  Badvers = 6u,
  Servfail = 7u,
  Probe = 8u,
  Badcookie = 9u,
};

constexpr uint32_t layout_fingerprint = 0xf6072020u;

}  // namespace azimuth
