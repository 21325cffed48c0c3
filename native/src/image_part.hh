// SPDX-License-Identifier: Apache-2.0
//
// A segment under examination: reads that first ask whether what they read is there. Twin of
// src/table/part.ts: its invariants E1 and E2 hold here too.
//
// A Part holds a span of its own octets and no more, so that a build whose spans look at their
// indices (_GLIBCXX_ASSERTIONS) ends at the first read that no check has allowed.
#pragma once
#include <cstring>

#include "src/image.hh"

namespace azimuth {

struct Part {
  std::span<const uint8_t> octets;
  Ref ref = 0;
};

// True if `count` things of `width` octets lie inside the part at `at`, aligned to 4, behind its
// head.
inline bool holds(const Part& part, uint64_t at, uint64_t count, uint64_t width) noexcept {
  return at >= segment_size && at % 4 == 0 && at + count * width <= part.octets.size();
}

inline uint8_t octet(const Part& part, size_t at) noexcept { return part.octets[at]; }

inline uint32_t half(const Part& part, size_t at) noexcept {
  uint16_t value = 0;
  std::memcpy(&value, part.octets.subspan(at, sizeof value).data(), sizeof value);
  return value;
}

inline uint32_t word(const Part& part, size_t at) noexcept {
  uint32_t value = 0;
  std::memcpy(&value, part.octets.subspan(at, sizeof value).data(), sizeof value);
  return value;
}

// A 16-bit number in wire order.
inline uint32_t network(const Part& part, size_t at) noexcept {
  return read_u16(part.octets.subspan(at, 2).data());
}

// A field of the struct that follows the segment's head.
inline uint32_t field(const Part& part, size_t offset) noexcept {
  return word(part, segment_size + offset);
}

inline bool holds_text(const Part& part, uint32_t at) noexcept {
  return holds(part, at, 1, sizeof(Text)) &&
         holds(part, at, 1, sizeof(Text) + uint64_t{word(part, at)});
}

inline Opened found(TableFault fault, const Part& part, size_t at) noexcept {
  return {fault, part.ref, static_cast<uint32_t>(at)};
}

// The smallest b with count / 2^b <= mean_max.
inline uint32_t bits_for(uint32_t count, uint32_t mean_max) noexcept {
  uint32_t bits = 0;
  while (count > uint64_t{mean_max} << bits) bits += 1;
  return bits;
}

inline uint32_t shard_of(uint32_t mixed, uint32_t bits) noexcept {
  return bits == 0 ? 0 : mixed >> (32 - bits);
}

// What ends the labels at `at`: the root's zero octet, a pointer, or `end`. Not a place if they are
// malformed.
constexpr size_t nowhere = ~size_t{0};
size_t walk_labels(const Part& part, size_t at, size_t end, bool any_case) noexcept;
// True if a whole uncompressed name of `size` octets stands at `at`.
bool holds_name(const Part& part, uint32_t at, uint32_t size) noexcept;

// What the zone around a shard knows.
struct ZoneContext {
  uint32_t apex_hash = 0;
  uint32_t apex_size = 0;
  uint32_t policy_count = 0;
  uint32_t shard = 0;
  uint32_t shard_bits = 0;
};

// Parts of the table by their refs, once they were found sound.
Part trusted_part(std::span<const uint8_t> table, Ref ref) noexcept;

// image_zone.cc
Opened check_slots(const Part& part, size_t slots, uint32_t slot_count, uint32_t probe) noexcept;
Opened check_shard(const Part& part, const ZoneContext& zone) noexcept;
Opened check_zone(const Part& part) noexcept;
bool is_expired(const Part& part) noexcept;
uint32_t apex_hash_of(const Part& part) noexcept;
// The hash of the labels [at, at + size) in front of a name of hash `parent`.
uint32_t hash_owner(const Part& part, size_t at, size_t size, uint32_t parent) noexcept;

// image_chain.cc: the nodes of a zone whose shards check_shard has passed.
Opened check_chains(std::span<const uint8_t> table, const Part& zone, uint32_t apex_hash) noexcept;

Opened check_rrset(const Part& part, uint32_t at, uint32_t type, bool followed,
                   uint32_t apex_size) noexcept;
// The RRset of signatures behind the sound RRset at `at` (T5).
Opened check_signatures(const Part& part, uint32_t at, uint32_t apex_size) noexcept;

// image_denial.cc: `hashed` for NSEC3.
Opened check_denial(const Part& part, bool hashed, uint32_t apex_size) noexcept;
// Does the last key of one sound segment stand before the first of the next?
bool denial_before(const Part& before, const Part& part) noexcept;

// image_map.cc
Opened check_map(const Part& part) noexcept;
bool is_degrees(uint32_t value, int64_t most) noexcept;

// image_steering.cc: `directory` is one whose maps were found sound.
Opened check_steering(std::span<const uint8_t> table, const Part& directory,
                      const Part& part) noexcept;
// True if the Text at `a` of one part stands before the one at `b` of another, by their octets.
bool text_before(const Part& a, uint32_t at_a, const Part& b, uint32_t at_b) noexcept;

}  // namespace azimuth
