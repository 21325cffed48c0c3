// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/answer/pick.ts: client → region → plan → candidates → pick. Its invariants D1 to D3
// hold here too.
//
// Two bounds are checked here that need none there, where a read beside an array is no crash: the
// row must lie in plan memory, and a candidate must be one of the endpoints. No sound table and no
// plan that was shaped by src/table/plans.ts comes near them.
#include <algorithm>

#include "src/kernel.hh"

namespace azimuth {

namespace {


// Region and scope of the client; true if its subnet decided. RFC 7871 §7.2.1 and D3.
bool find_region(Kernel& k, const Policy& policy) noexcept {
  const Table& table = k.table;
  const Question& q = *k.question;
  const auto& directory = table.segment<Directory>(k.root);
  const Ref map = table.word(k.root + directory.maps, policy.map);
  const std::span<const uint8_t, 16> address(k.slot->client);
  const uint32_t family = k.slot->family;
  const uint32_t bits = family == 4 ? 32 : 128;
  Picked& picked = k.picked;
  picked.scope = 0;
  if (q.ecs_family != 0 && q.ecs_source != 0 && !has(policy.flags, PolicyFlag::IgnoreEcs)) {
    set_client(k.client, q.ecs_address, q.ecs_family == 1 ? 4 : 6, q.ecs_source);
    picked.leaf = locate(table, map, k.client);
    picked.scope = (picked.leaf >> 16 & 0xff) + k.client.scope_base;
    picked.region = picked.leaf & 0xffff;
    if (picked.leaf >> 24 != static_cast<uint32_t>(LeafLayer::Private)) return true;
    set_client(k.client, address, family, bits);
    picked.region = locate(table, map, k.client) & 0xffff;
    return false;
  }
  set_client(k.client, address, family, bits);
  picked.leaf = locate(table, map, k.client);
  picked.region = picked.leaf & 0xffff;
  return false;
}

// Bits of the plan's entries that may answer: weight above 0, the family asked for, best rank. If
// none has weight, all of the best rank with weight 1, and `picked.all_down` says so.
uint32_t find_eligible(Kernel& k, Ref endpoints, uint32_t endpoint_count, EndpointFlag flag,
                       uint32_t count) noexcept {
  const uint32_t entries = std::min(count, plan_candidates_max);
  for (uint32_t ignore_weight = 0; ignore_weight < 2; ignore_weight += 1) {
    uint32_t best = 0x10000;
    uint32_t bits = 0;
    for (uint32_t i = 0; i < entries; i += 1) {
      const size_t at = k.picked.plan_at + (sizeof(Plan) + i * sizeof(PlanEntry)) / 4;
      const uint32_t share = k.plans.word(at + offsetof(PlanEntry, share) / 4);
      const uint32_t weight = share & 0xffff;
      if (weight == 0 && ignore_weight == 0) continue;
      const uint32_t index = k.plans.word(at + offsetof(PlanEntry, endpoint) / 4);
      if (index >= endpoint_count) continue;
      const Ref endpoint = endpoints + index * static_cast<uint32_t>(sizeof(Endpoint));
      if (!has(k.table.at<Endpoint>(endpoint).flags, flag)) continue;
      const uint32_t rank = share >> 16;
      if (rank > best) continue;
      if (rank < best) bits = 0;
      best = rank;
      bits |= 1u << i;
      k.weight[i] = ignore_weight == 0 ? weight : 1;
    }
    k.picked.all_down = ignore_weight;
    if (bits != 0) return bits;
  }
  k.picked.all_down = 0;
  return 0;
}

}  // namespace

// Fills `k.picked` for the steered RRset with zone-local policy number `local`.
Pick pick(Kernel& k, uint32_t local, uint32_t type) noexcept {
  const Table& table = k.table;
  Picked& picked = k.picked;
  const auto& directory = table.segment<Directory>(k.root);
  const Ref steering = directory.steering;
  const auto& head = table.segment<Steering>(steering);
  picked.policy = table.word(k.found.zone + table.segment<Zone>(k.found.zone).policies, local);
  const auto& policy = table.at<Policy>(
      steering + head.policies + picked.policy * static_cast<uint32_t>(sizeof(Policy)));
  const bool tailored = find_region(k, policy);

  picked.row = table.word(k.root + directory.plan_rows, picked.policy) + picked.region;
  if (picked.row >= k.plans.rows() || picked.row >= k.cursors.size()) {
    picked.all_down = 0;
    return Pick::servfail;
  }
  picked.plan_at = size_t{picked.row} * Plans::row_words;
  picked.ttl = k.plans.word(picked.plan_at + offsetof(Plan, ttl) / 4);
  const uint32_t settings = k.plans.word(picked.plan_at + offsetof(Plan, settings) / 4);
  const Ref endpoints = steering + head.endpoints;
  const EndpointFlag flag = type == type_a      ? EndpointFlag::V4
                            : type == type_aaaa ? EndpointFlag::V6
                                                : EndpointFlag::Cname;

  const uint32_t eligible =
      find_eligible(k, endpoints, head.endpoint_count, flag, settings >> 24);
  if (eligible == 0) return Pick::none;
  const auto all_down = static_cast<AllDown>(settings >> 16 & 0xff);
  if (picked.all_down != 0 && all_down != AllDown::All) {
    return all_down == AllDown::Servfail ? Pick::servfail : Pick::none;
  }
  const uint32_t picker = settings & 0xff;
  const bool sticks = picker == static_cast<uint32_t>(Picker::Rendezvous);
  const uint32_t sticky = k.client.family == 4 ? policy.sticky_v4_bits : policy.sticky_v6_bits;
  if (tailored && sticks && (eligible & (eligible - 1)) != 0) {
    // Never wider than the key that decided, nor than the leaf (D2).
    picked.scope = std::max(picked.scope, sticky + k.client.scope_base);
  }
  const uint32_t key = sticks ? client_key(k.client, sticky, policy.hash_seed) : k.slot->random;
  choose(k, picker, settings >> 8 & 0xff, eligible, endpoints, key);
  return Pick::ok;
}

}  // namespace azimuth
