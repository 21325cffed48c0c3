// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/table/open-steering.ts and open-plans.ts: every row whole, every number inside its
// list, every name a name.
#include <algorithm>

#include "src/image_part.hh"

namespace azimuth {

namespace {

constexpr Opened nothing = {};
constexpr uint32_t endpoint_flags_all = 7;
static_assert(endpoint_flags_all == (static_cast<uint32_t>(EndpointFlag::V4) |
                                     static_cast<uint32_t>(EndpointFlag::V6) |
                                     static_cast<uint32_t>(EndpointFlag::Cname)));

// Regions of map `index` of a directory whose maps were found sound; false if there is none.
bool regions_of(std::span<const uint8_t> table, const Part& directory, uint32_t index,
                uint32_t& regions) noexcept {
  if (index >= field(directory, offsetof(Directory, map_count))) return false;
  const uint32_t maps = field(directory, offsetof(Directory, maps));
  const Part map = trusted_part(table, word(directory, maps + size_t{index} * 4));
  regions = field(map, offsetof(Map, region_count));
  return true;
}

bool is_policy(std::span<const uint8_t> table, const Part& directory, const Part& part,
               size_t at) noexcept {
  if (!holds_text(part, word(part, at + offsetof(Policy, name)))) return false;
  constexpr auto ignore_ecs = static_cast<uint32_t>(PolicyFlag::IgnoreEcs);
  if ((half(part, at + offsetof(Policy, flags)) & ~ignore_ecs) != 0) return false;
  if (octet(part, at + offsetof(Policy, sticky_v4_bits)) > ecs_v4_bits_max) return false;
  if (octet(part, at + offsetof(Policy, sticky_v6_bits)) > ecs_v6_bits_max) return false;
  uint32_t regions = 0;
  return regions_of(table, directory, half(part, at + offsetof(Policy, map)), regions) &&
         regions == word(part, at + offsetof(Policy, region_count));
}

bool is_endpoint(const Part& part, size_t at, uint32_t pop_count) noexcept {
  const uint32_t flags = half(part, at + offsetof(Endpoint, flags));
  if (flags == 0 || (flags & ~endpoint_flags_all) != 0) return false;
  if (!holds_text(part, word(part, at + offsetof(Endpoint, name)))) return false;
  if (half(part, at + offsetof(Endpoint, pop)) >= pop_count) return false;
  const uint32_t target = word(part, at + offsetof(Endpoint, target));
  const uint32_t size = half(part, at + offsetof(Endpoint, target_size));
  if (!has(flags, EndpointFlag::Cname)) return target == 0 && size == 0;
#ifdef AZIMUTH_PLANTED_FAULT
  // For test/fuzz alone: a name that nobody looks at, which only the kernel falls over.
  return target != 0 || size != 0;
#else
  return holds_name(part, target, size);
#endif
}

bool is_pop(const Part& part, size_t at) noexcept {
  return is_degrees(word(part, at + offsetof(Pop, latitude)), 90) &&
         is_degrees(word(part, at + offsetof(Pop, longitude)), 180) &&
         holds_text(part, word(part, at + offsetof(Pop, name)));
}

// One row of plan memory, `base` words from its start.
bool is_row(std::span<const int32_t> words, uint64_t base, uint32_t endpoint_count) noexcept {
  if (base + Plans::row_words > words.size()) return false;
  const auto row = words.subspan(base, Plans::row_words);
  const auto settings = static_cast<uint32_t>(row[offsetof(Plan, settings) / 4]);
  const uint32_t count = settings >> 24;
  if ((settings & 0xff) > static_cast<uint32_t>(Picker::All)) return false;
  if ((settings >> 16 & 0xff) > static_cast<uint32_t>(AllDown::Servfail)) return false;
  if (count > plan_candidates_max) return false;
  const auto state = static_cast<uint32_t>(row[offsetof(Plan, state) / 4]);
  if (state > static_cast<uint32_t>(PlanState::Recovering)) return false;
  for (uint32_t i = 0; i < count; i += 1) {
    const size_t at = sizeof(Plan) + i * sizeof(PlanEntry) + offsetof(PlanEntry, endpoint);
    if (static_cast<uint32_t>(row[at / 4]) >= endpoint_count) return false;
  }
  return true;
}

}  // namespace

bool text_before(const Part& a, uint32_t at_a, const Part& b, uint32_t at_b) noexcept {
  const auto one = a.octets.subspan(at_a + sizeof(Text), word(a, at_a));
  const auto other = b.octets.subspan(at_b + sizeof(Text), word(b, at_b));
  return std::ranges::lexicographical_compare(one, other);
}

Opened check_steering(std::span<const uint8_t> table, const Part& directory,
                      const Part& part) noexcept {
  const Opened bad = found(TableFault::steering, part, 0);
  const uint32_t policy_count = field(part, offsetof(Steering, policy_count));
  const uint32_t endpoint_count = field(part, offsetof(Steering, endpoint_count));
  const uint32_t pop_count = field(part, offsetof(Steering, pop_count));
  const uint32_t policies = field(part, offsetof(Steering, policies));
  const uint32_t endpoints = field(part, offsetof(Steering, endpoints));
  const uint32_t pops = field(part, offsetof(Steering, pops));
  if (endpoint_count > endpoints_max) return bad;
  if (!holds(part, policies, policy_count, sizeof(Policy)) ||
      !holds(part, endpoints, endpoint_count, sizeof(Endpoint)) ||
      !holds(part, pops, pop_count, sizeof(Pop))) {
    return bad;
  }
  uint32_t before = 0;
  for (uint32_t i = 0; i < policy_count; i += 1) {
    const size_t policy = policies + i * sizeof(Policy);
    if (!is_policy(table, directory, part, policy)) return bad;
    const uint32_t name = word(part, policy + offsetof(Policy, name));
    if (before != 0 && !text_before(part, before, part, name)) return bad;
    before = name;
  }
  for (uint32_t i = 0; i < endpoint_count; i += 1) {
    if (!is_endpoint(part, endpoints + i * sizeof(Endpoint), pop_count)) return bad;
  }
  for (uint32_t i = 0; i < pop_count; i += 1) {
    if (!is_pop(part, pops + i * sizeof(Pop))) return bad;
  }
  return nothing;
}

Opened open_plans(const ImageMemory& memory, Ref root) noexcept {
  const Part directory = trusted_part(memory.table, root);
  const Ref ref = field(directory, offsetof(Directory, steering));
  if (ref == 0) return nothing;
  const Part steering = trusted_part(memory.table, ref);
  const uint32_t policy_count = field(directory, offsetof(Directory, policy_count));
  const uint32_t policies = field(steering, offsetof(Steering, policies));
  const uint32_t endpoints = field(steering, offsetof(Steering, endpoint_count));
  const uint32_t plan_rows = field(directory, offsetof(Directory, plan_rows));
  for (uint32_t policy = 0; policy < policy_count; policy += 1) {
    const uint64_t first = word(directory, plan_rows + size_t{policy} * 4);
    const size_t its = policies + policy * sizeof(Policy);
    const uint64_t count = word(steering, its + offsetof(Policy, region_count));
    for (uint64_t row = first; row < first + count; row += 1) {
      if (is_row(memory.plans, row * Plans::row_words, endpoints)) continue;
      return {TableFault::steering, 0, static_cast<uint32_t>(row)};
    }
  }
  return nothing;
}

}  // namespace azimuth
