// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/table/open-zone.ts and part.ts: shards, nodes, RRset templates, the header of a zone.
#include <algorithm>
#include <array>

#include "src/hash.hh"
#include "src/image_part.hh"

namespace azimuth {

namespace {

constexpr Opened nothing = {};
constexpr uint32_t slots_of_zone = segment_size + sizeof(ZoneShard);
constexpr uint32_t zone_flags_all = 0x1f;
static_assert(zone_flags_all ==
              (static_cast<uint32_t>(ZoneFlag::Expired) | static_cast<uint32_t>(ZoneFlag::Signed) |
               static_cast<uint32_t>(ZoneFlag::Nsec) | static_cast<uint32_t>(ZoneFlag::Nsec3) |
               static_cast<uint32_t>(ZoneFlag::Hints)));
constexpr uint32_t node_flags_all = 0x3f;
static_assert(node_flags_all ==
              (static_cast<uint32_t>(NodeFlag::Apex) | static_cast<uint32_t>(NodeFlag::Cut) |
               static_cast<uint32_t>(NodeFlag::WildcardChild) |
               static_cast<uint32_t>(NodeFlag::Occluded) | static_cast<uint32_t>(NodeFlag::Alias) |
               static_cast<uint32_t>(NodeFlag::Dname)));

constexpr uint32_t flag(NodeFlag one) noexcept { return static_cast<uint32_t>(one); }

// How far the entry of a slot is from home; −1 for an empty slot.
int64_t distance_at(const Part& part, size_t slots, uint32_t mask, uint32_t slot) noexcept {
  const size_t at = slots + size_t{slot} * sizeof(Slot);
  if (word(part, at + offsetof(Slot, target)) == 0) return -1;
  return (slot - mix_hash(word(part, at + offsetof(Slot, hash)))) & mask;
}

bool has_upper_case(const Part& part, size_t at, size_t size) noexcept {
  return std::ranges::any_of(part.octets.subspan(at, size),
                             [](uint8_t one) noexcept { return one >= 'A' && one <= 'Z'; });
}

// An RRset whose head was found to lie in its part.
struct Template {
  size_t first = 0;  // Of its RRs.
  size_t end = 0;
  size_t list = 0;  // Of its fix-ups.
  uint32_t count = 0;
  uint32_t fixup_count = 0;
  uint32_t target_at = 0;
  uint32_t type = 0;
  uint32_t apex_size = 0;
  bool followed = false;
};

// True if the pointer at `stop` is listed, so that an answer holds a true one there.
bool is_fixup(const Part& part, const Template& its, size_t stop) noexcept {
  uint32_t low = 0;
  uint32_t high = its.fixup_count;
  while (low < high) {
    const uint32_t middle = (low + high) >> 1;
    if (half(part, its.list + middle * 2) < stop - its.first) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < its.fixup_count && half(part, its.list + low * 2) == stop - its.first;
}

// A name that ends with the root or with a pointer that will be patched.
bool names_target(const Part& part, const Template& its, size_t at, size_t end) noexcept {
  if (at >= end) return false;
  const size_t stop = walk_labels(part, at, end, true);
  if (stop >= end) return false;
  if (octet(part, stop) == 0) return true;
  return stop > its.first && stop + 2 <= end && network(part, stop) == 0xc000 &&
         stop - at + its.apex_size <= name_size_max && is_fixup(part, its, stop);
}

// The fix-ups inside of one RR, of which `fixup` is the first that was not looked at.
bool check_fixups(const Part& part, const Template& its, size_t rdata, size_t rr,
                  uint32_t& fixup) noexcept {
  for (; fixup < its.fixup_count; fixup += 1) {
    const uint32_t offset = half(part, its.list + fixup * 2);
    const size_t pointer = its.first + offset;
    if (pointer + 2 > rr) break;
    if (pointer < rdata || network(part, pointer) != 0xc000) return false;
    if (fixup > 0 && offset < half(part, its.list + (fixup - 1) * 2) + 2) return false;
  }
  return true;
}

// The RRs of an RRset, one behind the other, and what is behind the last.
Opened check_records(const Part& part, size_t at, const Template& its) noexcept {
  const Opened bad = found(TableFault::rrset, part, at);
  size_t rr = its.first;
  uint32_t ttl = 0;
  uint32_t fixup = 0;
  for (uint32_t i = 0; i < its.count; i += 1) {
    const size_t rdata = rr + rr_head_size;
    if (rdata > its.end) return bad;
    if (network(part, rr) != 0xc00c || network(part, rr + 2) != its.type) return bad;
    const uint32_t here = network(part, rr + 6) << 16 | network(part, rr + 8);
    if (i == 0) ttl = here;
    if (network(part, rr + 4) != 1 || here != ttl) return bad;
    rr = rdata + network(part, rr + 10);
    if (rr > its.end) return bad;
    if (its.type == type_a && rr - rdata != 4) return bad;
    if (its.type == type_aaaa && rr - rdata != 16) return bad;
    if (!check_fixups(part, its, rdata, rr, fixup)) return bad;
    if (its.followed && !names_target(part, its, rdata + its.target_at, rr)) {
      return found(TableFault::name, part, rdata);
    }
  }
  return rr != its.end || fixup != its.fixup_count || ttl > 0x7fffffff ? bad : nothing;
}

// Twin of src/table/open-hints.ts: the kernels walk the parameters of a sound RRset with hints
// without looking where they end.
Opened check_hints(const Part& part, uint32_t at, uint32_t type) noexcept {
  constexpr uint32_t priority_size = 2;
  constexpr uint32_t param_head_size = 4;
  const Opened bad = found(TableFault::rrset, part, at);
  if ((type & ~1u) != type_svcb) return bad;
  if (half(part, at + offsetof(RRset, fixup_count)) != 0) return bad;
  if (half(part, at + offsetof(RRset, target_at)) != priority_size) return bad;
  const uint32_t count = half(part, at + offsetof(RRset, count));
  size_t rr = at + sizeof(RRset);
  for (uint32_t i = 0; i < count; i += 1) {
    const size_t rdata = rr + rr_head_size;
    const size_t end = rdata + network(part, rr + 10);
    size_t param = walk_labels(part, rdata + priority_size, end, true) + 1;
    while (param < end) {
      if (param + param_head_size > end) return bad;
      param += param_head_size + network(part, param + 2);
    }
    if (param != end) return bad;
    rr = end;
  }
  return nothing;
}

Opened check_ref(const Part& part, size_t ref, uint32_t type, const ZoneContext& zone) noexcept {
  const uint32_t flags = half(part, ref + offsetof(RRsetRef, flags));
  const uint32_t data = word(part, ref + offsetof(RRsetRef, data));
  constexpr auto steered = static_cast<uint32_t>(RRsetFlag::Steered);
  constexpr auto additional = static_cast<uint32_t>(RRsetFlag::Additional);
  constexpr auto with_signatures = static_cast<uint32_t>(RRsetFlag::Signed);
  constexpr auto hints = static_cast<uint32_t>(RRsetFlag::Hints);
  if ((flags & ~(steered | additional | with_signatures | hints)) != 0) {
    return found(TableFault::node, part, ref);
  }
  if ((flags & steered) == 0) {
    const Opened o = check_rrset(part, data, type, (flags & additional) != 0, zone.apex_size);
    if (!sound(o)) return o;
    if ((flags & hints) != 0) {
      if (flags != (hints | additional)) return found(TableFault::node, part, ref);
      return check_hints(part, data, type);
    }
    return (flags & with_signatures) == 0 ? o : check_signatures(part, data, zone.apex_size);
  }
  if (flags != steered || data >= zone.policy_count) return found(TableFault::ref, part, ref);
  return nothing;
}

// The RRsetRefs of a node; `told` are the flags that must follow from their types.
Opened check_types(const Part& part, uint32_t at, uint32_t told, const ZoneContext& zone) noexcept {
  const Opened bad = found(TableFault::node, part, at);
  const uint32_t count = octet(part, at + offsetof(Node, rrset_count));
  const uint32_t owner_size = octet(part, at + offsetof(Node, owner_size));
  uint32_t type_flags = 0;
  uint32_t last = 0;
  for (uint32_t i = 0; i < count; i += 1) {
    const size_t ref = at + sizeof(Node) + i * sizeof(RRsetRef);
    const uint32_t type = half(part, ref + offsetof(RRsetRef, type));
    if (type <= last || type == type_rrsig) return bad;
    last = type;
    if (type == type_cname) type_flags |= flag(NodeFlag::Alias);
    if (type == type_dname) type_flags |= flag(NodeFlag::Dname);
    if (type == type_ns && owner_size > 0) type_flags |= flag(NodeFlag::Cut);
    if (const Opened o = check_ref(part, ref, type, zone); !sound(o)) return o;
  }
  return told == type_flags ? nothing : bad;
}

Opened check_node(const Part& part, uint32_t at, uint32_t hash, const ZoneContext& zone) noexcept {
  const Opened bad = found(TableFault::node, part, at);
  if (!holds(part, at, 1, sizeof(Node))) return bad;
  const uint32_t flags = half(part, at + offsetof(Node, flags));
  const uint32_t count = octet(part, at + offsetof(Node, rrset_count));
  const uint32_t owner_size = octet(part, at + offsetof(Node, owner_size));
  const size_t refs = at + sizeof(Node);
  const size_t owner = refs + count * sizeof(RRsetRef);
  if (!holds(part, refs, owner + owner_size - refs, 1)) return bad;
  if ((flags & ~node_flags_all) != 0) return bad;
  if (has(flags, NodeFlag::Apex) != (owner_size == 0)) return bad;
  // A run of whole labels.
  if (owner_size != 0 && walk_labels(part, owner, owner + owner_size, false) != owner + owner_size) {
    return found(TableFault::name, part, owner);
  }
  if (hash_owner(part, owner, owner_size, zone.apex_hash) != hash) return bad;
  if (shard_of(mix_hash(hash), zone.shard_bits) != zone.shard) return bad;
  if (owner_size + zone.apex_size > name_size_max) return bad;
  constexpr uint32_t by_type = flag(NodeFlag::Alias) | flag(NodeFlag::Dname) | flag(NodeFlag::Cut);
  return check_types(part, at, flags & by_type, zone);
}

// A form of denial has segments; NSEC3 has parameters within their bounds, others have none.
bool denial_is_whole(const Part& part, uint32_t flags) noexcept {
  const uint32_t count = field(part, offsetof(Zone, denial_count));
  const uint32_t list = field(part, offsetof(Zone, denials));
  const uint32_t iterations = half(part, segment_size + offsetof(Zone, nsec3_iterations));
  const uint32_t salt_size = half(part, segment_size + offsetof(Zone, nsec3_salt_size));
  const uint32_t salt = field(part, offsetof(Zone, nsec3_salt));
  const bool plain = iterations == 0 && salt_size == 0 && salt == 0;
  const bool names = has(flags, ZoneFlag::Nsec);
  const bool hashes = has(flags, ZoneFlag::Nsec3);
  if (!names && !hashes) return count == 0 && list == 0 && plain;
  if (count == 0 || !holds(part, list, count, 4)) return false;
  if (!hashes) return plain;
  if (names || iterations > nsec3_iterations_max || salt_size > nsec3_salt_size_max) return false;
  return salt_size == 0 ? salt == 0 : holds(part, salt, salt_size, 1);
}

}  // namespace

// Verifies an RRset of `type`; `followed` if a kernel reads the names in it.
Opened check_rrset(const Part& part, uint32_t at, uint32_t type, bool followed,
                   uint32_t apex_size) noexcept {
  const Opened bad = found(TableFault::rrset, part, at);
  if (!holds(part, at, 1, sizeof(RRset))) return bad;
  const uint32_t length = half(part, at + offsetof(RRset, length));
  Template its;
  its.count = half(part, at + offsetof(RRset, count));
  its.fixup_count = half(part, at + offsetof(RRset, fixup_count));
  its.first = at + sizeof(RRset);
  its.end = its.first + length;
  its.list = its.end + (length & 1);
  if (length > rrset_size_max || its.count == 0) return bad;
#ifdef AZIMUTH_PLANTED_FAULT
  // For test/fuzz alone: one bound is not looked at, and the fuzzer must tell.
  if (!holds(part, its.first, its.list - its.first, 1)) return bad;
#else
  if (!holds(part, its.first, its.list - its.first + its.fixup_count * 2, 1)) return bad;
#endif
  const bool alias = type == type_cname || type == type_dname;
  if (alias && its.count != 1) return bad;
  its.target_at = half(part, at + offsetof(RRset, target_at));
  // Kernels read the names of these at the start of the RDATA, whatever the flags say.
  const bool named = alias || type == type_ns;
  if (named && its.target_at != 0) return bad;
  its.type = type;
  its.apex_size = apex_size;
  its.followed = followed || named;
  return check_records(part, at, its);
}

Opened check_signatures(const Part& part, uint32_t at, uint32_t apex_size) noexcept {
  const uint32_t length = half(part, at + offsetof(RRset, length));
  const uint32_t fixups = half(part, at + offsetof(RRset, fixup_count));
  const uint32_t size = length + (length & 1) + fixups * 2;
  const uint32_t signatures = (at + static_cast<uint32_t>(sizeof(RRset)) + size + 3) & ~uint32_t{3};
  return check_rrset(part, signatures, type_rrsig, false, apex_size);
}

size_t walk_labels(const Part& part, size_t at, size_t end, bool any_case) noexcept {
  size_t here = at;
  while (here < end) {
    const uint32_t size = octet(part, here);
    if (size == 0 || size >= 0xc0) return here;
    if (size > label_size_max || here + 1 + size > end) return nowhere;
    if (here + 1 + size - at >= name_size_max) return nowhere;
    if (!any_case && has_upper_case(part, here + 1, size)) return nowhere;
    here += 1 + size;
  }
  return here;
}

bool holds_name(const Part& part, uint32_t at, uint32_t size) noexcept {
  if (size < 1 || size > name_size_max || !holds(part, at, size, 1)) return false;
  const size_t last = size_t{at} + size - 1;
  return walk_labels(part, at, last + 1, false) == last && octet(part, last) == 0;
}

// Slots of a ZoneShard or IndexShard: each entry is found within probe_max, and a search for what
// is absent may end at the first empty slot (robin-hood order).
Opened check_slots(const Part& part, size_t slots, uint32_t slot_count, uint32_t probe) noexcept {
  const Opened bad = found(TableFault::slots, part, slots);
  if (slot_count == 0 || (slot_count & (slot_count - 1)) != 0) return bad;
  if (!holds(part, slots, slot_count, sizeof(Slot))) return bad;
  if (probe > probe_max) return bad;
  const uint32_t mask = slot_count - 1;
  int64_t longest = 0;
  int64_t before = distance_at(part, slots, mask, mask);
  for (uint32_t slot = 0; slot < slot_count; slot += 1) {
    const int64_t distance = distance_at(part, slots, mask, slot);
    if (distance < 0 && word(part, slots + size_t{slot} * sizeof(Slot)) != 0) return bad;
    if (distance > before + 1) return bad;
    longest = std::max(longest, distance + 1);
    before = distance;
  }
  return longest == probe ? nothing : bad;
}
static_assert(offsetof(Slot, hash) == 0);

Opened check_shard(const Part& part, const ZoneContext& zone) noexcept {
  const uint32_t slot_count = field(part, offsetof(ZoneShard, slot_count));
  const uint32_t probe = field(part, offsetof(ZoneShard, probe_max));
  if (const Opened o = check_slots(part, slots_of_zone, slot_count, probe); !sound(o)) return o;
  uint32_t nodes = 0;
  for (uint32_t slot = 0; slot < slot_count; slot += 1) {
    const size_t at = slots_of_zone + size_t{slot} * sizeof(Slot);
    const uint32_t node = word(part, at + offsetof(Slot, target));
    if (node == 0) continue;
    nodes += 1;
    const Opened o = check_node(part, node, word(part, at + offsetof(Slot, hash)), zone);
    if (!sound(o)) return o;
  }
  if (nodes == field(part, offsetof(ZoneShard, node_count))) return nothing;
  return found(TableFault::slots, part, slots_of_zone);
}

uint32_t hash_owner(const Part& part, size_t at, size_t size, uint32_t parent) noexcept {
  // Two octets a label at least, and a name that walk_labels has passed.
  std::array<size_t, labels_max + 1> labels;
  uint32_t count = 0;
  for (size_t label = at; label < at + size; label += 1 + octet(part, label)) {
    labels[count] = label;
    count += 1;
  }
  uint32_t hash = parent;
  for (; count > 0; count -= 1) {
    const size_t label = labels[count - 1];
    hash = hash_label(hash, part.octets.subspan(label + 1, octet(part, label)));
  }
  return hash;
}

// Verifies a Zone but not its shards.
Opened check_zone(const Part& part) noexcept {
  const Opened bad = found(TableFault::zone, part, segment_size);
  const uint32_t bits = field(part, offsetof(Zone, shard_bits));
  const uint32_t owner_count = field(part, offsetof(Zone, owner_count));
  if (bits != bits_for(owner_count, shard_owners_max)) return bad;
  if (!holds(part, field(part, offsetof(Zone, shards)), uint64_t{1} << bits, 4)) return bad;
  const uint32_t policy_count = field(part, offsetof(Zone, policy_count));
  const uint32_t policies = field(part, offsetof(Zone, policies));
  if (policy_count == 0 ? policies != 0 : !holds(part, policies, policy_count, 4)) return bad;
  const uint32_t apex = field(part, offsetof(Zone, apex));
  const uint32_t apex_size = octet(part, segment_size + offsetof(Zone, apex_size));
  if (!holds_name(part, apex, apex_size)) return found(TableFault::name, part, apex);
  uint32_t labels = 0;
  for (size_t at = apex; octet(part, at) > 0; at += 1 + octet(part, at)) labels += 1;
  if (labels != octet(part, segment_size + offsetof(Zone, apex_labels))) return bad;
  const uint32_t soa = field(part, offsetof(Zone, negative_soa));
  const uint32_t flags = half(part, segment_size + offsetof(Zone, flags));
  if ((flags & ~zone_flags_all) != 0 || !denial_is_whole(part, flags)) return bad;
  if (is_expired(part)) {
    const bool plain = flags == static_cast<uint32_t>(ZoneFlag::Expired);
    return soa == 0 && owner_count == 0 && policy_count == 0 && plain ? nothing : bad;
  }
  if (const Opened o = check_rrset(part, soa, type_soa, false, apex_size); !sound(o)) return o;
  if (half(part, soa + offsetof(RRset, count)) != 1) return bad;
  return has(flags, ZoneFlag::Signed) ? check_signatures(part, soa, apex_size) : nothing;
}

bool is_expired(const Part& part) noexcept {
  return has(half(part, segment_size + offsetof(Zone, flags)), ZoneFlag::Expired);
}

uint32_t apex_hash_of(const Part& part) noexcept {
  const uint32_t size = octet(part, segment_size + offsetof(Zone, apex_size));
  return hash_owner(part, field(part, offsetof(Zone, apex)), size - 1, name_hash_root);
}

}  // namespace azimuth
