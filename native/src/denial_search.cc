// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/answer/denial-search.ts: the search of what covers a name. Its invariants DS1 and DS2
// hold here too.
#include <algorithm>
#include <cstring>

#include "src/denial_key.hh"
#include "src/kernel.hh"

namespace azimuth {

namespace {

// What is searched.
struct Key {
  std::span<const uint8_t> octets;
  uint32_t prefix;
};

// Compares the key of entry `i` of the segment with `sought`: as a rule by their prefixes, which
// spares the way to the key.
int compare_entry(const Kernel& k, uint32_t i, const Key& sought) noexcept {
  const DenialEntry& entry = denial_entry(k, k.proof.segment, i);
  if (entry.prefix != sought.prefix) return entry.prefix < sought.prefix ? -1 : 1;
  const auto key = sought.octets;
  const uint8_t* octets = k.table.octets + k.proof.segment + entry.key;
  const int order = std::memcmp(octets, key.data(), std::min<size_t>(entry.key_size, key.size()));
  if (order != 0) return order;
  return static_cast<int>(entry.key_size) - static_cast<int>(key.size());
}

// How many segments begin with a key that is not behind the sought one. Hashes are spread evenly, so
// where one lies is guessed from its value; what the guesses leave over is halved.
uint32_t search_segments(Kernel& k, const Key& sought) noexcept {
  Proof& p = k.proof;
  const auto& zone = k.table.segment<Zone>(p.found.zone);
  const Ref list = p.found.zone + zone.denials;
  uint32_t low = 0;
  uint32_t high = zone.denial_count;
  // No prefix before `low` is greater than `from`, none from `high` on is less than `to`.
  uint64_t from = 0;
  uint64_t to = uint64_t{1} << 32;
  for (uint32_t step = 0; step < denial_search_steps_max && low < high; step += 1) {
    uint32_t middle = (low + high) >> 1;
    if (p.hashed && step < denial_guesses_max && to > from) {
      const uint64_t guess = low + (sought.prefix - from) * (high - low) / (to - from);
      middle = static_cast<uint32_t>(std::min<uint64_t>(guess, high - 1));
    }
    p.segment = k.table.word(list, middle);
    const uint32_t prefix = denial_entry(k, p.segment, 0).prefix;
    if (compare_entry(k, 0, sought) <= 0) {
      low = middle + 1;
      from = prefix;
    } else {
      high = middle;
      to = prefix;
    }
  }
  return low;
}

}  // namespace

// Finds the last entry whose key is not behind `key`; before the first it is the very last.
void search_denial(Kernel& k, std::span<const uint8_t> key) noexcept {
  Proof& p = k.proof;
  const Key sought = {key, key_prefix(key)};
  uint32_t low = search_segments(k, sought);
  const auto& zone = k.table.segment<Zone>(p.found.zone);
  const Ref list = p.found.zone + zone.denials;
  const bool before = low == 0;
  p.segment = k.table.word(list, (before ? zone.denial_count : low) - 1);
  const uint32_t entries = k.table.segment<Denial>(p.segment).entry_count;
  low = before ? entries : 1;
  uint32_t high = entries;
  for (uint32_t step = 0; step < denial_search_steps_max && low < high; step += 1) {
    const uint32_t middle = (low + high) >> 1;
    if (compare_entry(k, middle, sought) <= 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  p.entry = low - 1;
  p.exact = compare_entry(k, p.entry, sought) == 0;
}

}  // namespace azimuth
