// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/answer/limit.ts: its invariants L1 to L4 hold here too. The buckets are shared by all
// readers, so each word is loaded and stored whole.
#include <algorithm>

#include "src/kernel.hh"

namespace azimuth {

namespace {

constexpr uint32_t class_address = 6;
constexpr uint32_t class_network = 7;
constexpr auto mode_off = static_cast<uint8_t>(LimitMode::Off);
constexpr auto mode_dry = static_cast<uint8_t>(LimitMode::Dry);
constexpr uint32_t set_words = 2 * limit_ways;
constexpr uint32_t set_mask = limit_sets - 1;
static_assert((limit_sets & set_mask) == 0, "sets are found by a mask");
// How far the clocks of two readers' batches may lie apart when they look at one bucket.
constexpr uint32_t skew_micros = 1'000'000;
// 2^32 over the golden ratio: tells prefix lengths apart in bits where prefixes themselves differ.
constexpr uint32_t level_spread = 0x9e3779b9;
constexpr uint32_t idle = 0x80000000u;
constexpr int32_t stale = 2 * static_cast<int32_t>(limit_window_micros_max);

struct Level {
  uint32_t bits;
  uint32_t times;
};
constexpr std::array<Level, 4> v4_levels = {{{32, 1}, {24, 32}, {20, 256}, {18, 768}}};
constexpr std::array<Level, 5> v6_levels = {{{128, 1}, {64, 2}, {56, 3}, {48, 4}, {32, 64}}};
static_assert(v6_levels.size() == limit_levels_max);

constexpr std::array<size_t, 8> class_counters = {
    0,
    offsetof(Counters, limited_positive),
    offsetof(Counters, limited_wildcard),
    offsetof(Counters, limited_denial),
    offsetof(Counters, limited_referral),
    offsetof(Counters, limited_error),
    offsetof(Counters, limited_address),
    offsetof(Counters, limited_network),
};

// A step of a hash of 32 bits.
uint32_t mix(uint32_t h, uint32_t word) noexcept {
  uint32_t x = h ^ word;
  x = (x ^ x >> 16) * 0x7feb352du;
  x = (x ^ x >> 15) * 0x846ca68bu;
  return x ^ x >> 16;
}

// The first `bits` bits of a word, the rest zero. `bits` is 1 to 31 or more.
uint32_t head_of(uint32_t word, uint32_t bits) noexcept {
  return bits >= 32 ? word : word & ~(0xffffffffu >> bits);
}

uint32_t load(std::span<int32_t> words, uint32_t at) noexcept {
  return static_cast<uint32_t>(std::atomic_ref(words[at]).load(std::memory_order_relaxed));
}

void store(std::span<int32_t> words, uint32_t at, uint32_t value) noexcept {
  std::atomic_ref(words[at]).store(static_cast<int32_t>(value), std::memory_order_relaxed);
}

int32_t ahead_of(uint32_t time, uint32_t now) noexcept { return static_cast<int32_t>(time - now); }

// The word of the tag of the bucket that can best be spared: never used, slept, else the idlest.
uint32_t idlest_of(std::span<int32_t> words, uint32_t base, uint32_t now) noexcept {
  uint32_t idlest = base;
  int32_t least = 0x7fffffff;
  for (uint32_t i = 0; i < limit_ways; i += 1) {
    int32_t ahead = ahead_of(load(words, base + limit_ways + i), now);
    if (load(words, base + i) == 0 || ahead > stale) ahead = static_cast<int32_t>(idle);
    idlest = ahead < least ? base + i : idlest;
    least = std::min(least, ahead);
  }
  return idlest;
}

// The word of the time of the bucket with that tag in the set at `base`; taken over if need be.
uint32_t bucket_of(std::span<int32_t> words, uint32_t base, uint32_t tag, uint32_t now) noexcept {
  for (uint32_t i = 0; i < limit_ways; i += 1) {
    if (load(words, base + i) == tag) return base + limit_ways + i;
  }
  const uint32_t idlest = idlest_of(words, base, now);
  store(words, idlest, tag);
  store(words, idlest + limit_ways, now);
  return idlest + limit_ways;
}

void load_address(Kernel& k) noexcept {
  const uint32_t words = k.slot->family == 4 ? 1 : 4;
  for (uint32_t i = 0; i < words; i += 1) {
    k.limit_address[i] = read_u32(k.slot->client + i * 4);
  }
}

// Where a bucket is looked for. Places of all levels are made before the first is looked at, so that
// the sets, which lie far apart, come from memory side by side.
struct Place {
  uint32_t base;
  uint32_t tag;
};

// What the places of all levels have in common.
uint32_t seed_of(const Kernel& k, uint32_t kind, uint32_t what) noexcept {
  return mix(mix(k.settings.limit_key0, kind << 8 | k.slot->family), what);
}

Place place_of(const Kernel& k, uint32_t seed, uint32_t bits) noexcept {
  uint32_t h = seed ^ bits * level_spread;
  for (uint32_t i = 0; i * 32 < bits; i += 1) {
    h = mix(h, head_of(k.limit_address[i], bits - i * 32));
  }
  const uint32_t base = (h & set_mask) * set_words;
  __builtin_prefetch(&k.limits[base]);
  return {base, mix(h, k.settings.limit_key1) | 1};
}

// Finds the bucket of one level and what it will hold; false if it does not conform.
bool look(Kernel& k, uint32_t level, const Place& at, uint32_t now, uint32_t interval,
          uint32_t window) noexcept {
  const uint32_t place = bucket_of(k.limits, at.base, at.tag, now);
  int32_t ahead = ahead_of(load(k.limits, place), now);
  // Further ahead than it can have been filled, it slept for most of the circle.
  if (ahead < 0 || ahead > static_cast<int32_t>(window + interval + skew_micros)) ahead = 0;
  k.limit_places[level] = place;
  k.limit_times[level] = now + static_cast<uint32_t>(ahead) + interval;
  return ahead <= static_cast<int32_t>(window);
}

void fill(Kernel& k, uint32_t levels) noexcept {
  for (uint32_t i = 0; i < levels; i += 1) store(k.limits, k.limit_places[i], k.limit_times[i]);
}

// Asked only of what is over its limit, so a list is quick enough.
bool is_allowed(const Kernel& k) noexcept {
  const uint32_t count = std::min<uint32_t>(k.settings.allow_count, limit_allow_max);
  for (uint32_t i = 0; i < count; i += 1) {
    const uint8_t* row = k.settings.allow + i * sizeof(AllowRow);
    if (row[offsetof(AllowRow, family)] != k.slot->family) continue;
    const uint32_t bits = row[offsetof(AllowRow, bits)];
    bool same = true;
    for (uint32_t w = 0; w * 32 < bits && w < 4; w += 1) {
      const uint32_t word = read_u32(row + offsetof(AllowRow, address) + w * 4);
      if (head_of(word ^ k.limit_address[w], bits - w * 32) != 0) same = false;
    }
    if (same) return true;
  }
  return false;
}

Limit over(Kernel& k, uint32_t kind, uint8_t mode) noexcept {
  k.count(class_counters[kind]);
  if (mode != mode_dry) return Limit::over;
  k.count(offsetof(Counters, limited_dry));
  return Limit::pass;
}

template <size_t Count>
Limit limit_levels(Kernel& k, const std::array<Level, Count>& levels, uint32_t kind,
                   uint32_t what) noexcept {
  const uint32_t now = k.slot->now_ms * 1000;
  std::array<Place, Count> places;
  const uint32_t seed = seed_of(k, kind, what);
  for (uint32_t i = 0; i < Count; i += 1) places[i] = place_of(k, seed, levels[i].bits);
  bool conforms = true;
  for (uint32_t i = 0; i < Count; i += 1) {
    const uint32_t share = std::max(1u, k.settings.answer_interval_micros / levels[i].times);
    if (!look(k, i, places[i], now, share, k.settings.answer_window_micros)) conforms = false;
  }
  if (conforms) {
    fill(k, Count);
    return Limit::pass;
  }
  if (is_allowed(k)) return Limit::pass;
  return over(k, kind, k.settings.answer_mode);
}

}  // namespace

Limit limit_request(Kernel& k) noexcept {
  const Settings& s = k.settings;
  if (s.request_mode == mode_off) return Limit::pass;
  load_address(k);
  const bool v4 = k.slot->family == 4;
  const uint32_t now = k.slot->now_ms * 1000;
  const uint32_t window = s.request_window_micros;
  const Place address = place_of(k, seed_of(k, class_address, 0), v4 ? 32 : 64);
  const Place network = place_of(k, seed_of(k, class_network, 0), v4 ? 24 : 48);
  const bool first = look(k, 0, address, now, s.address_interval_micros, window);
  const bool second = look(k, 1, network, now, s.network_interval_micros, window);
  if (first && second) {
    fill(k, 2);
    return Limit::pass;
  }
  if (is_allowed(k)) return Limit::pass;
  return over(k, first ? class_network : class_address, s.request_mode);
}

Limit limit_answer(Kernel& k, uint32_t kind, uint32_t what) noexcept {
  if (k.settings.answer_mode == mode_off) return Limit::pass;
  load_address(k);
  return k.slot->family == 4 ? limit_levels(k, v4_levels, kind, what)
                             : limit_levels(k, v6_levels, kind, what);
}

}  // namespace azimuth
