// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/answer/lookup.ts: zone, cut, node, closest encloser, wildcard. Its invariants L1 to
// L4 hold here too. What the reference does not have is at the end: prefetching, which decides
// nothing. The zone that it needs is kept, so that the lookup need not search for it again.
#include <cstring>

#include "src/hash.hh"
#include "src/kernel.hh"

namespace azimuth {

namespace {

constexpr uint8_t star[] = {0x2a};

// Where the slots of a shard begin.
constexpr uint32_t slots_of_index = segment_size + sizeof(IndexShard);
constexpr uint32_t slots_of_zone = segment_size + sizeof(ZoneShard);
constexpr uint32_t slot_size = sizeof(Slot);

// The top `bits` of a mixed hash.
uint32_t shard_number(uint32_t mixed, uint32_t bits) noexcept {
  return bits == 0 ? 0 : mixed >> (32 - bits);
}

bool equal(const Table& table, Ref ref, const NameScratch& name, uint32_t name_at,
           uint32_t size) noexcept {
  return std::memcmp(table.octets + ref, name.octets.data() + name_at, size) == 0;
}

// Octets of a node's owner: behind the node and its RRsetRefs.
Ref owner_of(Ref at, const Node& node) noexcept {
  return at + static_cast<uint32_t>(sizeof(Node)) +
         node.rrset_count * static_cast<uint32_t>(sizeof(RRsetRef));
}

Ref probe_zone(const Table& table, Ref shard, uint32_t hash, uint32_t mixed,
               const NameScratch& name, uint32_t name_at) noexcept {
  const auto& index = table.segment<IndexShard>(shard);
  const uint32_t mask = index.slot_count - 1;
  const uint32_t size = name.size - name_at;
  for (uint32_t i = 0; i < index.probe_max; i += 1) {
    const auto& slot = table.at<Slot>(shard + slots_of_index + ((mixed + i) & mask) * slot_size);
    if (slot.target == 0) return 0;
    if (slot.hash != hash) continue;
    const auto& zone = table.segment<Zone>(slot.target);
    if (zone.apex_size != size) continue;
    if (equal(table, slot.target + zone.apex, name, name_at, size)) return slot.target;
  }
  return 0;
}

void enter_zone(const Table& table, Ref ref, Found& found) noexcept {
  const auto& zone = table.segment<Zone>(ref);
  found.zone = ref;
  found.apex_size = zone.apex_size;
  found.apex_labels = zone.apex_labels;
}

Ref shard_of(const Table& table, Ref zone, uint32_t mixed) noexcept {
  const auto& header = table.segment<Zone>(zone);
  return table.word(zone + header.shards, shard_number(mixed, header.shard_bits));
}

// As find_node; with `stars` 1 the owner is one label `*` in front of the suffix.
Ref probe_node(const Table& table, Found& found, uint32_t hash, const NameScratch& name,
               uint32_t name_at, uint32_t stars) noexcept {
  const uint32_t mixed = mix_hash(hash);
  const Ref shard = shard_of(table, found.zone, mixed);
  const auto& header = table.segment<ZoneShard>(shard);
  const uint32_t mask = header.slot_count - 1;
  const uint32_t size = name.size - found.apex_size - name_at;
  for (uint32_t i = 0; i < header.probe_max; i += 1) {
    const auto& slot = table.at<Slot>(shard + slots_of_zone + ((mixed + i) & mask) * slot_size);
    if (slot.target == 0) return 0;
    if (slot.hash != hash) continue;
    const Ref at = shard + slot.target;
    const auto& node = table.at<Node>(at);
    if (node.owner_size != size + stars * 2) continue;
    Ref owner = owner_of(at, node);
    if (stars != 0) {
      if (table.octets[owner] != 1 || table.octets[owner + 1] != star[0]) continue;
      owner += 2;
    }
    if (equal(table, owner, name, name_at, size)) {
      found.shard = shard;
      return at;
    }
  }
  return 0;
}

// The node is settled: is there an RRset of the type, or an alias in its stead?
Lookup answer_from(const Table& table, Ref node, uint32_t flags, uint32_t type,
                   Found& found) noexcept {
  if (type == type_any) {
    // RFC 8482 §4: one RRset is enough; a CNAME speaks for all types, else `respond` makes HINFO.
    found.rrset = has(flags, NodeFlag::Alias) ? find_rrset(table, node, type_cname) : 0;
    return table.at<Node>(node).rrset_count == 0 ? Lookup::nodata : Lookup::hit;
  }
  found.rrset = find_rrset(table, node, type);
  if (found.rrset != 0) return Lookup::hit;
  if (type == type_rrsig) {
    // As ANY (RFC 8482 §4): the signatures of one RRset are enough.
    found.rrset = find_signed(table, node);
    return found.rrset == 0 ? Lookup::nodata : Lookup::hit;
  }
  // What may stand beside a CNAME is asked of the alias itself (RFC 2181 §10.1, RFC 4035 §2.5).
  if (!has(flags, NodeFlag::Alias) || type == type_nsec) return Lookup::nodata;
  found.rrset = find_rrset(table, node, type_cname);
  return found.rrset == 0 ? Lookup::nodata : Lookup::alias;
}

// The name does not exist: the wildcard below its closest encloser, if there is one, answers.
Lookup from_wildcard(const Table& table, const NameScratch& name, uint32_t type, uint32_t flags,
                     Found& found) noexcept {
  if (!has(flags, NodeFlag::WildcardChild)) return Lookup::nxdomain;
  const uint32_t hash = hash_label(name.hash[found.label], star);
  const Ref source = probe_node(table, found, hash, name, name.label_at[found.label], 1);
  if (source == 0) return Lookup::nxdomain;
  found.node = source;
  found.synthesized = 1;
  return answer_from(table, source, table.at<Node>(source).flags, type, found);
}

// From the apex towards the name: the first cut, DNAME or gap decides.
Lookup walk(const Table& table, const NameScratch& name, uint32_t type, Found& found) noexcept {
  uint32_t label = name.label_count - found.apex_labels;
  Ref node = find_node(table, found, name, label);
  for (;;) {
    found.node = node;
    found.label = label;
    const uint32_t flags = table.at<Node>(node).flags;
    if (has(flags, NodeFlag::Cut)) return Lookup::referral;
    if (has(flags, NodeFlag::Dname) && label > 0) {
      found.rrset = find_rrset(table, node, type_dname);
      return Lookup::subtree_alias;
    }
    if (label == 0) return answer_from(table, node, flags, type, found);
    const Ref next = find_node(table, found, name, label - 1);
    if (next == 0) return from_wildcard(table, name, type, flags, found);
    node = next;
    label -= 1;
  }
}

Lookup lookup_in_zone(const Table& table, const NameScratch& name, uint32_t type,
                      Found& found) noexcept {
  found.rrset = 0;
  found.synthesized = 0;
  if (has(table.segment<Zone>(found.zone).flags, ZoneFlag::Expired)) return Lookup::expired;
  const Ref node = find_node(table, found, name, 0);
  if (node != 0) {
    found.node = node;
    found.label = 0;
    const uint32_t flags = table.at<Node>(node).flags;
    if (!has(flags, NodeFlag::Occluded)) {
      if (!has(flags, NodeFlag::Cut)) return answer_from(table, node, flags, type, found);
      // The cut itself: its parent knows only where to go, and DS (RFC 4035 §3.1.4.1).
      return type == type_ds ? answer_from(table, node, 0, type, found) : Lookup::referral;
    }
  }
  return walk(table, name, type, found);
}

}  // namespace

// The zone with the longest apex that `name` ends in. DS is data of the parent's side, so a zone
// whose apex is the name itself is passed over if we also serve an enclosing one. 0 for none.
Ref find_zone(const Table& table, Ref root, const NameScratch& name, uint32_t type) noexcept {
  if (root == 0) return 0;
  const auto& directory = table.segment<Directory>(root);
  const Ref depths = root + segment_size + static_cast<uint32_t>(offsetof(Directory, apex_depths0));
  Ref child = 0;
  for (uint32_t label = 0; label <= name.label_count; label += 1) {
    const uint32_t depth = name.label_count - label;
    if ((table.word(depths, depth >> 5) >> (depth & 31) & 1) == 0) continue;
    const uint32_t hash = name.hash[label];
    const uint32_t mixed = mix_hash(hash);
    const Ref shard = table.word(root + directory.index_shards,
                                 shard_number(mixed, directory.index_bits));
    const Ref zone = probe_zone(table, shard, hash, mixed, name, name.label_at[label]);
    if (zone == 0) continue;
    child = zone;
    if (type != type_ds || label != 0) break;
  }
  return child;
}

Lookup lookup(const Table& table, Ref root, Ref zone, const NameScratch& name, uint32_t type,
              Found& found) noexcept {
  if (zone == 0) return Lookup::refused;
  enter_zone(table, zone, found);
  const Lookup result = lookup_in_zone(table, name, type, found);
  if (type != type_ds || result != Lookup::referral) return result;
  // We serve an ancestor and the zone itself but not its parent: then the zone itself says that it
  // holds no DS, which is better than a referral to where we are (RFC 4035 §3.1.4.1).
  enter_zone(table, find_zone(table, root, name, 0), found);
  return found.apex_labels == name.label_count ? lookup_in_zone(table, name, type, found) : result;
}

// RRsetRef of `type` at a node, or 0. A node has few, so a linear scan beats anything clever.
Ref find_rrset(const Table& table, Ref node, uint32_t type) noexcept {
  const Ref end = owner_of(node, table.at<Node>(node));
  for (Ref at = node + static_cast<uint32_t>(sizeof(Node)); at < end;
       at += static_cast<uint32_t>(sizeof(RRsetRef))) {
    if (table.at<RRsetRef>(at).type == type) return at;
  }
  return 0;
}

// The first RRsetRef of a node whose RRset is signed, or 0.
Ref find_signed(const Table& table, Ref node) noexcept {
  const Ref end = owner_of(node, table.at<Node>(node));
  for (Ref at = node + static_cast<uint32_t>(sizeof(Node)); at < end;
       at += static_cast<uint32_t>(sizeof(RRsetRef))) {
    if (has(table.at<RRsetRef>(at).flags, RRsetFlag::Signed)) return at;
  }
  return 0;
}

// Node of the suffix that begins with label `label` of `name`, or 0.
Ref find_node(const Table& table, Found& found, const NameScratch& name, uint32_t label) noexcept {
  return probe_node(table, found, name.hash[label], name, name.label_at[label], 0);
}

// The zone of the question, and the shard where the whole name would be, whose header is on its way;
// 0 if there is nothing to wait for.
void fetch_shard(const Table& table, Ref root, Lane& lane) noexcept {
  lane.shard = 0;
  if (lane.verdict != Verdict::Ok) return;
  lane.zone = find_zone(table, root, lane.name, lane.question.type);
  if (lane.zone == 0) return;
  lane.mixed = mix_hash(lane.name.hash[0]);
  lane.shard = shard_of(table, lane.zone, lane.mixed);
  __builtin_prefetch(table.octets + lane.shard + segment_size);
}

void fetch_slot(const Table& table, const Lane& lane) noexcept {
  if (lane.shard == 0) return;
  const uint32_t mask = table.segment<ZoneShard>(lane.shard).slot_count - 1;
  __builtin_prefetch(table.octets + lane.shard + slots_of_zone + (lane.mixed & mask) * slot_size);
}

void fetch_node(const Table& table, Lane& lane) noexcept {
  if (lane.shard == 0) return;
  const uint32_t mask = table.segment<ZoneShard>(lane.shard).slot_count - 1;
  const auto& slot =
      table.at<Slot>(lane.shard + slots_of_zone + (lane.mixed & mask) * slot_size);
  lane.target = slot.target == 0 || slot.hash != lane.name.hash[0] ? 0 : lane.shard + slot.target;
  if (lane.target != 0) __builtin_prefetch(table.octets + lane.target);
}

// The first RRset of the node, which is the only one as a rule.
void fetch_rrset(const Table& table, const Lane& lane) noexcept {
  if (lane.shard == 0 || lane.target == 0) return;
  if (table.at<Node>(lane.target).rrset_count == 0) return;
  const auto& ref = table.at<RRsetRef>(lane.target + static_cast<uint32_t>(sizeof(Node)));
  if (!has(ref.flags, RRsetFlag::Steered)) __builtin_prefetch(table.octets + lane.shard + ref.data);
}

}  // namespace azimuth
