// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/table/open-map.ts: both address spaces are covered without gap or overlap, the buckets
// lead to the networks, and every leaf names a region.
#include "src/image_part.hh"

namespace azimuth {

namespace {

constexpr Opened nothing = {};
constexpr uint32_t map_buckets = 0x10000;
constexpr uint32_t degrees_unknown = 0x7fffffff;
constexpr uint64_t whole_space = uint64_t{1} << 32;

// Buckets begin at 0, do not fall, and end at `count` (M1).
bool check_buckets(const Part& part, uint32_t at, uint32_t count) noexcept {
  if (!holds(part, at, map_buckets + 1, 4) || word(part, at) != 0) return false;
  uint32_t before = 0;
  for (uint32_t b = 1; b <= map_buckets; b += 1) {
    const uint32_t here = word(part, at + b * 4);
    if (here < before) return false;
    before = here;
  }
  return before == count;
}

uint32_t length_of(uint32_t leaf) noexcept { return leaf >> 16 & 0xff; }

bool is_leaf(uint32_t leaf, uint32_t region_count, uint32_t length_max) noexcept {
  return (leaf & 0xffff) < region_count && length_of(leaf) <= length_max &&
         leaf >> 24 <= static_cast<uint32_t>(LeafLayer::Private);
}

Opened check_v4(const Part& part, uint32_t region_count) noexcept {
  const Opened bad = found(TableFault::map, part, 0);
  const uint32_t count = field(part, offsetof(Map, v4_count));
  const uint32_t buckets = field(part, offsetof(Map, v4_buckets));
  const uint32_t keys = field(part, offsetof(Map, v4_keys));
  const uint32_t leaves = field(part, offsetof(Map, v4_leaves));
  if (!holds(part, keys, count, 2) || !holds(part, leaves, count, 4)) return bad;
  if (!check_buckets(part, buckets, count)) return bad;
  uint64_t end = 0;
  for (uint32_t bucket = 0; bucket < map_buckets; bucket += 1) {
    const uint32_t to = word(part, buckets + bucket * 4 + 4);
    for (uint32_t i = word(part, buckets + bucket * 4); i < to; i += 1) {
      const uint32_t leaf = word(part, leaves + size_t{i} * 4);
      const uint64_t start = uint64_t{bucket} << 16 | half(part, keys + size_t{i} * 2);
      if (!is_leaf(leaf, region_count, 32)) return bad;
      const uint64_t size = whole_space >> length_of(leaf);
      if (start != end || start % size != 0) return bad;
      end = start + size;
    }
  }
  return end == whole_space ? nothing : bad;
}

// Where a network of the upper 64 bits ends, in two words: 2^64 is beyond a number.
struct End {
  uint64_t high = 0;
  uint64_t low = 0;
};

// Moves `end` behind the network of this length that begins there; false if it is not aligned.
bool advance(End& end, uint32_t length) noexcept {
  if (length <= 32) {
    const uint64_t size = whole_space >> length;
    if (end.low != 0 || end.high % size != 0) return false;
    end.high += size;
    return true;
  }
  const uint64_t size = uint64_t{1} << (64 - length);
  if (end.low % size != 0) return false;
  end.low += size;
  if (end.low == whole_space) end = {end.high + 1, 0};
  return true;
}

Opened check_v6(const Part& part, uint32_t region_count) noexcept {
  const Opened bad = found(TableFault::map, part, 0);
  const uint32_t count = field(part, offsetof(Map, v6_count));
  const uint32_t buckets = field(part, offsetof(Map, v6_buckets));
  const uint32_t highs = field(part, offsetof(Map, v6_high));
  const uint32_t lows = field(part, offsetof(Map, v6_low));
  const uint32_t leaves = field(part, offsetof(Map, v6_leaves));
  for (const uint32_t list : {highs, lows, leaves}) {
    if (!holds(part, list, count, 4)) return bad;
  }
  if (!check_buckets(part, buckets, count)) return bad;
  End end;
  for (uint32_t i = 0; i < count; i += 1) {
    const uint32_t leaf = word(part, leaves + size_t{i} * 4);
    const uint32_t high = word(part, highs + size_t{i} * 4);
    const uint32_t low = word(part, lows + size_t{i} * 4);
    const size_t bucket = buckets + size_t{high >> 16} * 4;
    if (i < word(part, bucket) || i >= word(part, bucket + 4)) return bad;
    if (!is_leaf(leaf, region_count, 64)) return bad;
    if (high != end.high || low != end.low) return bad;
    if (!advance(end, length_of(leaf))) return bad;
  }
  return end.high == whole_space ? nothing : bad;
}

}  // namespace

// True if a word is at most `most` degrees off zero, or unknown.
bool is_degrees(uint32_t value, int64_t most) noexcept {
  if (value == degrees_unknown) return true;
  const int64_t degrees = static_cast<int32_t>(value);
  return degrees <= most * 1'000'000 && degrees >= -most * 1'000'000;
}

Opened check_map(const Part& part) noexcept {
  const Opened bad = found(TableFault::map, part, 0);
  const uint32_t region_count = field(part, offsetof(Map, region_count));
  const uint32_t regions = field(part, offsetof(Map, regions));
  if (region_count == 0 || region_count > regions_max) return bad;
  if (!holds(part, regions, region_count, sizeof(RegionRow))) return bad;
  for (uint32_t i = 0; i < region_count; i += 1) {
    const size_t row = regions + i * sizeof(RegionRow);
    if (!holds_text(part, word(part, row + offsetof(RegionRow, name)))) return bad;
    if (!is_degrees(word(part, row + offsetof(RegionRow, latitude)), 90)) return bad;
    if (!is_degrees(word(part, row + offsetof(RegionRow, longitude)), 180)) return bad;
  }
  if (!holds_text(part, field(part, offsetof(Map, name)))) return bad;
  if (const Opened o = check_v4(part, region_count); !sound(o)) return o;
  return check_v6(part, region_count);
}

}  // namespace azimuth
