// SPDX-License-Identifier: Apache-2.0
// Generated from src/layout by scripts/gen.ts. Not edited.
#pragma once
#include <cstdint>

namespace azimuth {

// Octets of a label (RFC 1035 §2.3.4).
constexpr uint32_t label_size_max = 63u;
// Octets of a name on the wire, root label included (RFC 1035 §2.3.4).
constexpr uint32_t name_size_max = 255u;
// Labels of a name without the root: 255 octets hold no more.
constexpr uint32_t labels_max = 127u;
// Octets of a message header (RFC 1035 §4.1.1).
constexpr uint32_t header_size = 12u;
// Largest UDP answer without EDNS (RFC 1035 §2.3.4).
constexpr uint32_t udp_plain_size_max = 512u;
// Room of a UDP slot: the largest value that node.udpPayloadSizeMax may take.
constexpr uint32_t udp_size_max = 4096u;
// Largest message on a stream: the length prefix has two octets (RFC 1035 §4.2.2).
constexpr uint32_t tcp_size_max = 65535u;
// Largest RRset in wire form, that of the root name: what a TCP message holds beside header, question and OPT_SIZE_MAX. See rrsetSizeMax.
constexpr uint32_t rrset_size_max = 65281u;
// Octets of OPT with all that is kept room for: client subnet, cookie, NSID, keepalive, both zone versions, expire, head of the padding.
constexpr uint32_t opt_size_max = 237u;
// Oldest server cookie that is taken (RFC 9018 §4.3).
constexpr uint32_t cookie_age_max_secs = 3600u;
// How far a server cookie may come from the future, since clocks differ (RFC 9018 §4.3).
constexpr uint32_t cookie_ahead_max_secs = 300u;
// Age from which a taken server cookie is given anew (RFC 9018 §4.3).
constexpr uint32_t cookie_renew_secs = 1800u;
// Padded answers are a multiple of that many octets (RFC 8467 §4.1).
constexpr uint32_t padding_block_size = 468u;
// CNAMEs and DNAMEs followed inside our zones for one answer.
constexpr uint32_t alias_depth_max = 16u;
// Targets whose addresses are looked up for the additional section of one answer.
constexpr uint32_t additional_names_max = 32u;
// Hints of one answer that are filled in: each costs a lookup and a pick. The check of zones refuses more in one RRset.
constexpr uint32_t hints_max = 32u;
// Longest probe sequence in a hash of the table. The builder doubles the slots until it holds.
constexpr uint32_t probe_max = 24u;
// Mean owners per shard at most: an edit copies about 20 KiB.
constexpr uint32_t shard_owners_max = 256u;
// Mean entries of a denial segment, a power of two: which keys begin one follows from their hash.
constexpr uint32_t denial_entries_mean = 256u;
// Octets of a key in a denial segment: those of the longest owner, each escaped.
constexpr uint32_t denial_key_size_max = 508u;
// Steps of a search among hashes that guess before the others halve: two or three find one.
constexpr uint32_t denial_guesses_max = 6u;
// Steps of a search among denial segments or their entries: all guesses, and halvings enough for 2^32.
constexpr uint32_t denial_search_steps_max = 38u;
// NSEC and NSEC3 RRsets of one answer: three for each of ALIAS_DEPTH_MAX names, and some.
constexpr uint32_t denial_proofs_max = 64u;
// Additional iterations of NSEC3 that a zone may ask for: validators give up beyond (RFC 9276 §3.2).
constexpr uint32_t nsec3_iterations_max = 50u;
// Octets of an NSEC3 salt (RFC 5155 §3.2).
constexpr uint32_t nsec3_salt_size_max = 255u;
// Octets of the hash in the owner of an NSEC3: SHA-1.
constexpr uint32_t nsec3_hash_size = 20u;
// Mean zones per index shard at most.
constexpr uint32_t index_zones_max = 256u;
// Entries of a plan: more would only make answers that no client uses.
constexpr uint32_t plan_candidates_max = 8u;
// Worst rank of a candidate.
constexpr uint32_t rank_max = 65535u;
// Weight of a candidate that takes its full share.
constexpr uint32_t weight_max = 65535u;
// Rows of plan memory: policies times regions.
constexpr uint32_t plan_rows_max = 1048576u;
// Regions of one map: a leaf names its region with 16 bits.
constexpr uint32_t regions_max = 65535u;
// Endpoints of one configuration.
constexpr uint32_t endpoints_max = 65535u;
// Steps of the binary search in one bucket of a map: enough for 2^28 networks.
constexpr uint32_t map_search_steps_max = 28u;
// Readers of the table in one process.
constexpr uint32_t workers_max = 64u;
// Also the mark of a reader that is asleep: it holds nothing back.
constexpr uint32_t epoch_max = 2147483647u;
// Octets of table memory: every Ref stays a small integer in both kernels.
constexpr uint32_t table_size_max = 2147483392u;
// Octets. Words with different writers stand at least this far apart.
constexpr uint32_t cache_line_size = 64u;
// Octets. Segments start at multiples of this.
constexpr uint32_t segment_align = 16u;
// Datagrams answered between two observations of the root.
constexpr uint32_t batch_max = 64u;
// Cookie secrets in use: that of today, the next and the one before (RFC 9018 §5).
constexpr uint32_t cookie_secrets_max = 3u;
// Octets of a cookie secret: a SipHash key.
constexpr uint32_t cookie_secret_size = 16u;
// Octets of NSID, server identity and version: any of them fits beside the longest question.
constexpr uint32_t identity_size_max = 128u;
// Longest source prefix of an IPv4 client subnet (RFC 7871 §6).
constexpr uint32_t ecs_v4_bits_max = 32u;
// Longest source prefix of an IPv6 client subnet (RFC 7871 §6).
constexpr uint32_t ecs_v6_bits_max = 128u;
// Sets of buckets of the rate limiter: 2 MiB for all readers.
constexpr uint32_t limit_sets = 32768u;
// Buckets of a set. Tags and times of a set fill one cache line.
constexpr uint32_t limit_ways = 8u;
// Networks that one answer is accounted to.
constexpr uint32_t limit_levels_max = 5u;
// Longest time that a bucket may be ahead: a minute of the rate at once.
constexpr uint32_t limit_window_micros_max = 60000000u;
// Networks that the rate limiter lets alone.
constexpr uint32_t limit_allow_max = 32u;

}  // namespace azimuth
