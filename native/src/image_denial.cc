// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/table/open-denial.ts: keys that ascend, within their bounds, and the records of NSEC3.
#include <algorithm>
#include <cstring>

#include "src/denial_key.hh"
#include "src/image_part.hh"

namespace azimuth {

namespace {

constexpr Opened nothing = {};
constexpr uint32_t type_nsec3 = 50;
constexpr size_t entries_at = segment_size + sizeof(Denial);

size_t entry_at(uint32_t i) noexcept { return entries_at + size_t{i} * sizeof(DenialEntry); }

std::span<const uint8_t> key_of(const Part& part, uint32_t i) noexcept {
  const size_t at = entry_at(i);
  return part.octets.subspan(word(part, at + offsetof(DenialEntry, key)),
                             half(part, at + offsetof(DenialEntry, key_size)));
}

bool before(std::span<const uint8_t> a, std::span<const uint8_t> b) noexcept {
  return std::ranges::lexicographical_compare(a, b);
}

Opened check_entry(const Part& part, uint32_t i, bool hashed, uint32_t apex_size) noexcept {
  const size_t at = entry_at(i);
  const Opened bad = found(TableFault::denial, part, at);
  const uint32_t size = half(part, at + offsetof(DenialEntry, key_size));
  const uint32_t flags = half(part, at + offsetof(DenialEntry, flags));
  const uint32_t data = word(part, at + offsetof(DenialEntry, data));
  if (size > denial_key_size_max) return bad;
  if (!holds(part, word(part, at + offsetof(DenialEntry, key)), size, 1)) return bad;
  if (key_prefix(key_of(part, i)) != word(part, at + offsetof(DenialEntry, prefix))) return bad;
  if (i > 0 && !before(key_of(part, i - 1), key_of(part, i))) return bad;
  if (!hashed) return flags == 0 && data == 0 ? nothing : bad;
  constexpr auto with_signatures = static_cast<uint32_t>(RRsetFlag::Signed);
  if (size != nsec3_hash_size || (flags & ~with_signatures) != 0) return bad;
  const Opened o = check_rrset(part, data, type_nsec3, false, apex_size);
  if (!sound(o) || flags == 0) return o;
  return check_signatures(part, data, apex_size);
}

}  // namespace

Opened check_denial(const Part& part, bool hashed, uint32_t apex_size) noexcept {
  const Opened bad = found(TableFault::denial, part, segment_size);
  const uint32_t count = field(part, offsetof(Denial, entry_count));
  if (count == 0 || !holds(part, entries_at, count, sizeof(DenialEntry))) return bad;
  for (uint32_t i = 0; i < count; i += 1) {
    if (const Opened o = check_entry(part, i, hashed, apex_size); !sound(o)) return o;
  }
  return nothing;
}

bool denial_before(const Part& previous, const Part& part) noexcept {
  const uint32_t last = field(previous, offsetof(Denial, entry_count)) - 1;
  return before(key_of(previous, last), key_of(part, 0));
}

}  // namespace azimuth
