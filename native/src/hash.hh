// SPDX-License-Identifier: Apache-2.0
//
// The hash of names, as the table's builder took it: label by label from the root inwards.
//
// Why it is so, and what it promises, stands in src/base/hash.ts, the twin of this file. The
// results are part of the table format: a difference of one bit finds nothing.
#pragma once
#include <cstdint>
#include <span>

namespace azimuth {

// The hash of the root name: FNV-1a's offset basis.
constexpr uint32_t name_hash_root = 0x811c9dc5;
constexpr uint32_t fnv_prime = 0x01000193;

// Extends the hash of a parent by one lower-case label in front of it, its length octet first.
constexpr uint32_t hash_label(uint32_t parent, std::span<const uint8_t> label) noexcept {
  uint32_t hash = (parent ^ static_cast<uint32_t>(label.size())) * fnv_prime;
  for (const uint8_t octet : label) hash = (hash ^ octet) * fnv_prime;
  return hash;
}

// Spreads a hash for use as slot or shard number: murmur3's fmix32.
constexpr uint32_t mix_hash(uint32_t hash) noexcept {
  uint32_t h = hash;
  h = (h ^ (h >> 16)) * 0x85ebca6b;
  h = (h ^ (h >> 13)) * 0xc2b2ae35;
  return h ^ (h >> 16);
}

}  // namespace azimuth
