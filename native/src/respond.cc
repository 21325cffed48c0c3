// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/answer/respond.ts: what lookup and pick found, written into the sections. Its
// invariants A1 and A2 hold here too.
#include <cstring>

#include "src/kernel.hh"

namespace azimuth {

namespace {

// RFC 8482 §4.2: CPU "RFC8482", OS empty.
constexpr uint8_t hinfo_rfc8482[] = {7, 0x52, 0x46, 0x43, 0x38, 0x34, 0x38, 0x32, 0};
// 3600 seconds in wire order, read as a little-endian word.
constexpr uint32_t hinfo_ttl = 0x100e0000;

// Which targets add_addresses cares for: all; those at or below the cut; those that are not.
enum class Targets : uint32_t { everybody, glue, siblings };

// `data` of the RRsetRef at `ref`: an RRset's ref in its shard, or a policy number.
uint32_t data_of(const Kernel& k, Ref ref) noexcept { return k.table.at<RRsetRef>(ref).data; }

const Steering& steering_of(const Kernel& k) noexcept {
  return k.table.segment<Steering>(k.table.segment<Directory>(k.root).steering);
}

void cap_ttl(Kernel& k, uint8_t* rr) noexcept {
  const Ref policies = k.table.segment<Directory>(k.root).steering + steering_of(k).policies;
  const uint32_t cap =
      k.table.at<Policy>(policies + k.picked.policy * static_cast<uint32_t>(sizeof(Policy)))
          .negative_ttl_secs;
  if (read_u32(rr + 6) <= cap) return;
  write_u16(rr + 6, 0);
  write_u16(rr + 8, cap);
}

// SVCB or HTTPS in ServiceMode, whose target `.` is the owner (RFC 9460 §2.5.2).
bool names_owner(const uint8_t* rr) noexcept {
  return (read_u16(rr + 2) & ~1u) == type_svcb && read_u16(rr + rr_head_size) != 0;
}

bool seen_before(const Kernel& k, Ref node, uint32_t seen) noexcept {
  for (uint32_t i = 0; i < seen; i += 1) {
    if (k.additional[i] == node) return true;
  }
  return false;
}

// Copies the static RRset of an RRsetRef and, if the asker wants them, its signatures. Gives the
// number of RRs; 0 if they do not all fit, and then nothing is written (RFC 4035 §3.1.1).
uint32_t copy_signed(Kernel& k, Ref ref, Ref shard, uint32_t owner_pos,
                     uint32_t apex_pos) noexcept {
  const Ref rrset = shard + data_of(k, ref);
  const uint32_t before = k.out.at;
  const uint32_t count = copy_rrset(k.out, k.table, rrset, owner_pos, apex_pos);
  if (k.question->dnssec_ok == 0 || count == 0) return count;
  if (!has(k.table.at<RRsetRef>(ref).flags, RRsetFlag::Signed)) return count;
  const uint32_t signatures =
      copy_rrset(k.out, k.table, signatures_at(k.table, rrset), owner_pos, apex_pos);
  if (signatures != 0) return count + signatures;
  k.out.at = before;
  return 0;
}

// The signed DS of a cut, or the proof that it has none (RFC 4035 §3.1.4); false if it is lost.
bool authority_security(Kernel& k, uint32_t owner) noexcept {
  const Ref ds = find_rrset(k.table, k.found.node, type_ds);
  if (ds == 0) return prove_insecure(k);
  if (!has(k.table.at<RRsetRef>(ds).flags, RRsetFlag::Signed)) return true;
  const uint32_t count = copy_signed(k, ds, k.found.shard, owner, apex_pos_of(*k.name, k.found));
  k.out.authorities += count;
  return count != 0;
}

// Static addresses only: what a policy would choose has no place beside another answer.
bool add_family(Kernel& k, Ref node, uint32_t type, uint32_t pos) noexcept {
  const Ref ref = find_rrset(k.table, node, type);
  if (ref == 0 || is_steered(k, ref)) return true;
  const uint32_t count = copy_signed(k, ref, k.found.shard, pos, 0);
  k.out.additionals += count;
  return count != 0;
}

// Does `k.target` end in the suffix of the name that begins with label `cut`?
bool below_cut(const Kernel& k, uint32_t cut) noexcept {
  const NameScratch& name = *k.name;
  const uint32_t from = name.label_at[cut];
  const uint32_t size = name.size - from;
  if (k.target.size < size) return false;
  const uint8_t* end = k.target.octets.data() + k.target.size;
  return std::memcmp(end - size, name.octets.data() + from, size) == 0;
}

// Looks up the targets of the RRs in message [from, to) inside the zone and adds A and AAAA. `cut`
// is the label where a cut's owner begins: targets at or below it are glue that must not be lost
// (RFC 9471 §3.1), so false is given if some glue does not fit.
bool add_addresses(Kernel& k, uint32_t from, uint32_t to, uint32_t target_at, uint32_t cut,
                   Targets which) noexcept {
  const Ref home = k.found.shard;
  uint32_t seen = 0;
  uint32_t at = from;
  while (at < to && seen < additional_names_max) {
    const uint8_t* rr = k.out.message + at;
    const uint32_t pos = at + rr_head_size + target_at;
    at += rr_head_size + read_u16(rr + 10);
    if (!pointable(pos)) break;
    load_name(k.out, pos, k.target);
    const bool own = k.target.label_count == 0 && names_owner(rr);
    if (!own && !ends_in_apex(k)) continue;
    if (which != Targets::everybody && below_cut(k, cut) != (which == Targets::glue)) continue;
    const Ref node = own ? k.found.node : find_node(k.table, k.found, k.target, 0);
    if (node == 0 || seen_before(k, node, seen)) continue;
    if (own) k.found.shard = home;
    const uint32_t owner = own ? k.name->label_pos[0] : pos;
    // The targets of an NS RRset all differ, so glue need not be counted and none is left out.
    if (which != Targets::glue) {
      k.additional[seen] = node;
      seen += 1;
    }
    const bool fitted = add_family(k, node, type_a, owner) && add_family(k, node, type_aaaa, owner);
    if (!fitted && which == Targets::glue) return false;
  }
  return true;
}

// SOA of a negative answer: where it was written, or null if it does not fit.
uint8_t* write_soa(Kernel& k) noexcept {
  const Ref zone = k.found.zone;
  const Ref soa = zone + k.table.segment<Zone>(zone).negative_soa;
  const uint32_t apex = apex_pos_of(*k.name, k.found);
  uint8_t* rr = k.out.message + k.out.at;
  const uint32_t count = copy_rrset(k.out, k.table, soa, apex, apex);
  k.out.authorities += count;
  return count == 0 ? nullptr : rr;
}

// The signatures of the SOA that was just written; false if they do not fit.
bool sign_soa(Kernel& k) noexcept {
  if (k.question->dnssec_ok == 0) return true;
  const auto& zone = k.table.segment<Zone>(k.found.zone);
  if (!has(zone.flags, ZoneFlag::Signed)) return true;
  const uint32_t apex = apex_pos_of(*k.name, k.found);
  const Ref soa = k.found.zone + zone.negative_soa;
  const uint32_t count = copy_rrset(k.out, k.table, signatures_at(k.table, soa), apex, apex);
  k.out.authorities += count;
  return count != 0;
}

}  // namespace

// True if the RRsetRef at `ref` stands for a policy.
bool is_steered(const Kernel& k, Ref ref) noexcept {
  return has(k.table.at<RRsetRef>(ref).flags, RRsetFlag::Steered);
}

// Does `k.target` lie in the zone that was found?
bool ends_in_apex(const Kernel& k) noexcept {
  const NameScratch& target = k.target;
  if (target.label_count < k.found.apex_labels) return false;
  const uint32_t at = target.label_at[target.label_count - k.found.apex_labels];
  if (target.size - at != k.found.apex_size) return false;
  const Ref apex = k.found.zone + k.table.segment<Zone>(k.found.zone).apex;
  return std::memcmp(k.table.octets + apex, target.octets.data() + at, k.found.apex_size) == 0;
}

// True if what an RRsetRef gives to an answer may depend on the client: steered, or with hints.
bool is_tailored(const Kernel& k, Ref ref) noexcept {
  constexpr uint32_t either =
      static_cast<uint32_t>(RRsetFlag::Steered) | static_cast<uint32_t>(RRsetFlag::Hints);
  return (k.table.at<RRsetRef>(ref).flags & either) != 0;
}

// Copies the static RRset found into the answer section; false if it does not fit.
bool answer_static(Kernel& k) noexcept {
  const uint32_t owner = k.name->label_pos[0];
  const uint32_t apex = apex_pos_of(*k.name, k.found);
  uint32_t count = 0;
  if (k.question->type != type_rrsig) {
    count = copy_signed(k, k.found.rrset, k.found.shard, owner, apex);
  } else {
    const Ref rrset = signatures_at(k.table, k.found.shard + data_of(k, k.found.rrset));
    count = copy_rrset(k.out, k.table, rrset, owner, apex);
  }
  k.out.answers += count;
  return count != 0;
}

// Writes the picked endpoints into the answer section; false if they do not fit.
bool answer_steered(Kernel& k, uint32_t type) noexcept {
  const uint32_t owner = k.name->label_pos[0];
  const uint32_t before = k.out.at;
  for (uint32_t i = 0; i < k.picked.count; i += 1) {
    const auto& endpoint = k.table.at<Endpoint>(k.picked.endpoints[i]);
    const uint8_t* from = type == type_a ? endpoint.v4 : endpoint.v6;
    uint32_t size = type == type_a ? sizeof endpoint.v4 : sizeof endpoint.v6;
    if (type == type_cname) {
      from = k.table.octets + k.table.segment<Directory>(k.root).steering + endpoint.target;
      size = endpoint.target_size;
    }
    uint8_t* data = begin_rr(k.out, owner, type, k.picked.ttl, size);
    if (data == nullptr) {
      k.out.at = before;
      return false;
    }
    std::memcpy(data, from, size);
    // A name has one CNAME (RFC 2181 §10.1), however many a policy would pick.
    if (type == type_cname) {
      k.out.answers += 1;
      return true;
    }
  }
  k.out.answers += k.picked.count;
  return true;
}

// HINFO in place of ANY (RFC 8482 §4.2).
bool answer_any(Kernel& k) noexcept {
  constexpr uint32_t size = sizeof hinfo_rfc8482;
  uint8_t* data = begin_rr(k.out, k.name->label_pos[0], type_hinfo, hinfo_ttl, size);
  if (data == nullptr) return false;
  std::memcpy(data, hinfo_rfc8482, size);
  k.out.answers += 1;
  return true;
}

bool authority_soa(Kernel& k) noexcept { return write_soa(k) != nullptr && sign_soa(k); }

bool authority_soa_capped(Kernel& k) noexcept {
  uint8_t* rr = write_soa(k);
  if (rr == nullptr) return false;
  cap_ttl(k, rr);
  return sign_soa(k);
}

// NS of a cut with its glue; false if the NS or glue that the asker cannot do without is lost.
bool authority_referral(Kernel& k) noexcept {
  const Ref ns = find_rrset(k.table, k.found.node, type_ns);
  if (ns == 0) return true;
  const uint32_t owner = k.name->label_pos[k.found.label];
  const Ref rrset = k.found.shard + data_of(k, ns);
  const uint32_t from = k.out.at;
  const uint32_t count = copy_rrset(k.out, k.table, rrset, owner, apex_pos_of(*k.name, k.found));
  if (count == 0) return false;
  k.out.authorities += count;
  const uint32_t to = k.out.at;
  if (k.question->dnssec_ok != 0 && !authority_security(k, owner)) return false;
  // What the asker cannot do without goes first, so that no sibling takes its room.
  if (!add_addresses(k, from, to, 0, k.found.label, Targets::glue)) return false;
  add_addresses(k, from, to, 0, k.found.label, Targets::siblings);
  return true;
}

// Addresses of the names in the RRset copied to `from`, if it is of a type that has some.
void additional_of(Kernel& k, uint32_t from) noexcept {
  if (!has(k.table.at<RRsetRef>(k.found.rrset).flags, RRsetFlag::Additional)) return;
  if (k.question->type == type_rrsig) return;
  const auto& rrset = k.table.at<RRset>(k.found.shard + data_of(k, k.found.rrset));
  // Signatures stand behind it.
  add_addresses(k, from, from + rrset.length, rrset.target_at, 0, Targets::everybody);
}

void additional_in(Kernel& k, uint32_t from, uint32_t to, uint32_t target_at) noexcept {
  add_addresses(k, from, to, target_at, 0, Targets::everybody);
}

// DNAME and the CNAME that follows from it (RFC 6672 §3.1). The CNAME's target is the labels in
// front of the DNAME's owner, then a pointer to the DNAME's own target, which the message has.
Synthesis answer_subtree(Kernel& k) noexcept {
  Writer& out = k.out;
  const NameScratch& name = *k.name;
  const uint32_t dname_pos = out.at;
  const uint32_t owner = name.label_pos[k.found.label];
  const uint32_t count =
      copy_signed(k, k.found.rrset, k.found.shard, owner, apex_pos_of(name, k.found));
  if (count == 0) return Synthesis::full;
  out.answers += count;
  const uint32_t target_pos = dname_pos + rr_head_size;
  load_name(out, target_pos, k.target);
  const uint32_t prefix = name.label_at[k.found.label];
  // RFC 6672 §2.2: YXDOMAIN.
  if (prefix + k.target.size > name_size_max) return Synthesis::too_long;
  const uint32_t ttl = ttl_at(out, dname_pos);
  uint8_t* data = begin_rr(out, name.label_pos[0], type_cname, ttl, prefix + 2);
  if (data == nullptr) return Synthesis::full;
  // Label by label from the message, so that the asker's own case is kept.
  for (uint32_t label = 0; label < k.found.label; label += 1) {
    const uint32_t to = name.label_at[label];
    std::memcpy(data + to, out.message + name.label_pos[label], name.octets[to] + 1u);
  }
  write_pointer(data + prefix, target_pos);
  out.answers += 1;
  return Synthesis::ok;
}

}  // namespace azimuth
