// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/table/open-chain.ts: every node's parent is there, up to the apex, and the flags that
// speak of others are true.
#include <algorithm>

#include "src/hash.hh"
#include "src/image_part.hh"

namespace azimuth {

namespace {

constexpr Opened nothing = {};
constexpr uint32_t slots_of_zone = segment_size + sizeof(ZoneShard);
constexpr uint32_t closed = static_cast<uint32_t>(NodeFlag::Cut) |
                            static_cast<uint32_t>(NodeFlag::Dname) |
                            static_cast<uint32_t>(NodeFlag::Occluded);
// More than flags can be.
constexpr uint32_t absent = ~0u;

// A zone whose shards check_shard has passed.
struct Chains {
  std::span<const uint8_t> table;
  const Part& zone;
  uint32_t bits;
  uint32_t apex_hash;

  Part shard(uint32_t number) const noexcept {
    const uint32_t shards = field(zone, offsetof(Zone, shards));
    return trusted_part(table, word(zone, shards + size_t{number} * 4));
  }
};

// A run of labels inside a part.
struct Labels {
  const Part& part;
  size_t at;
  size_t size;
  std::span<const uint8_t> octets() const noexcept { return part.octets.subspan(at, size); }
};

Labels labels_of(const Part& part, uint32_t node) noexcept {
  const uint32_t count = octet(part, node + offsetof(Node, rrset_count));
  const size_t at = node + sizeof(Node) + count * sizeof(RRsetRef);
  return {part, at, octet(part, node + offsetof(Node, owner_size))};
}

// Flags of the node with these labels in front of the apex.
uint32_t find_flags(const Chains& chains, const Labels& name) noexcept {
  const uint32_t hash = hash_owner(name.part, name.at, name.size, chains.apex_hash);
  const uint32_t mixed = mix_hash(hash);
  const Part part = chains.shard(shard_of(mixed, chains.bits));
  const uint32_t mask = field(part, offsetof(ZoneShard, slot_count)) - 1;
  const uint32_t probes = field(part, offsetof(ZoneShard, probe_max));
  for (uint32_t i = 0; i < probes; i += 1) {
    const size_t slot = slots_of_zone + size_t{(mixed + i) & mask} * sizeof(Slot);
    const uint32_t node = word(part, slot + offsetof(Slot, target));
    if (node == 0) return absent;
    if (word(part, slot + offsetof(Slot, hash)) != hash) continue;
    if (std::ranges::equal(labels_of(part, node).octets(), name.octets())) {
      return half(part, node + offsetof(Node, flags));
    }
  }
  return absent;
}

struct Wildcards {
  uint32_t owners = 0;
  uint32_t sources = 0;  // Nodes that say that they have one.
};

Opened check_node_chain(const Chains& chains, const Part& part, uint32_t node,
                        Wildcards& wildcards) noexcept {
  const Opened bad = found(TableFault::node, part, node);
  const uint32_t flags = half(part, node + offsetof(Node, flags));
  if (has(flags, NodeFlag::WildcardChild)) wildcards.sources += 1;
  const Labels labels = labels_of(part, node);
  if (labels.size == 0) return nothing;
  const uint32_t first = octet(part, labels.at);
  const uint32_t parent =
      find_flags(chains, {part, labels.at + 1 + first, labels.size - 1 - first});
  if (parent == absent) return bad;
  if (((parent & closed) != 0) != has(flags, NodeFlag::Occluded)) return bad;
  if (first != 1 || octet(part, labels.at + 1) != '*') return nothing;
  wildcards.owners += 1;
  return has(parent, NodeFlag::WildcardChild) ? nothing : bad;
}

}  // namespace

Opened check_chains(std::span<const uint8_t> table, const Part& zone, uint32_t apex_hash) noexcept {
  const Chains chains = {table, zone, field(zone, offsetof(Zone, shard_bits)), apex_hash};
  const Opened bad = found(TableFault::zone, zone, 0);
  if (find_flags(chains, {zone, 0, 0}) == absent) return bad;
  Wildcards wildcards;
  for (uint32_t shard = 0; shard < uint32_t{1} << chains.bits; shard += 1) {
    const Part part = chains.shard(shard);
    const uint32_t slot_count = field(part, offsetof(ZoneShard, slot_count));
    for (uint32_t i = 0; i < slot_count; i += 1) {
      const size_t slot = slots_of_zone + size_t{i} * sizeof(Slot);
      const uint32_t node = word(part, slot + offsetof(Slot, target));
      if (node == 0) continue;
      const Opened o = check_node_chain(chains, part, node, wildcards);
      if (!sound(o)) return o;
    }
  }
  // Each wildcard has its own parent, so equal counts leave no parent without one.
  return wildcards.owners == wildcards.sources ? nothing : bad;
}

}  // namespace azimuth
