// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/answer/hints.ts: SVCB and HTTPS whose hints are filled in. Its invariants H1 to H3 hold
// here too.
#include <algorithm>
#include <cstring>

#include "src/kernel.hh"

namespace azimuth {

namespace {

// Octets of a parameter in front of its value.
constexpr uint32_t param_head_size = 4;

constexpr uint32_t width_of(uint32_t key) noexcept { return key == key_ipv4hint ? 4 : 16; }

// Key and size of a parameter; false if it does not fit with `size` octets of value.
bool put_head(Kernel& k, uint32_t key, uint32_t size) noexcept {
  if (!fits(k.out, param_head_size + size)) return false;
  write_u16(k.out.message + k.out.at, key);
  write_u16(k.out.message + k.out.at + 2, size);
  k.out.at += param_head_size;
  return true;
}

// Octets of the table; there is room.
void put_octets(Kernel& k, const uint8_t* from, uint32_t size) noexcept {
  std::memcpy(k.out.message + k.out.at, from, size);
  k.out.at += size;
}

// The same; false if they do not fit.
bool copy(Kernel& k, const uint8_t* from, uint32_t size) noexcept {
  if (!fits(k.out, size)) return false;
  put_octets(k, from, size);
  return true;
}

// The node of the target whose name stands at message offset `pos`; `.` is the owner (§2.5.2).
void find_target(Kernel& k, uint32_t pos) noexcept {
  Hints& hints = k.hints;
  hints.known = true;
  hints.node = k.found.node;
  hints.shard = hints.home;
  if (k.out.message[pos] == 0) return;
  load_name(k.out, pos, k.target);
  hints.node = ends_in_apex(k) ? find_node(k.table, k.found, k.target, 0) : 0;
  hints.shard = k.found.shard;
  k.found.shard = hints.home;
  if (hints.node == 0) return;
  // What is there is glue, or nothing that anybody could ask for.
  const uint32_t flags = k.table.at<Node>(hints.node).flags;
  if (has(flags, NodeFlag::Cut) || has(flags, NodeFlag::Occluded)) hints.node = 0;
}

bool put_static(Kernel& k, Ref ref, uint32_t key) noexcept {
  const Ref rrset = k.hints.shard + k.table.at<RRsetRef>(ref).data;
  const uint32_t count = k.table.at<RRset>(rrset).count;
  const uint8_t* rr = k.table.octets + rrset + sizeof(RRset);
  k.hints.ttl = std::min(k.hints.ttl, read_u32(rr + 6));
  if (!put_head(k, key, count * width_of(key))) return false;
  for (uint32_t i = 0; i < count; i += 1) {
    put_octets(k, rr + rr_head_size, width_of(key));
    rr += rr_head_size + width_of(key);
  }
  return true;
}

bool put_picked(Kernel& k, Ref ref, uint32_t key) noexcept {
  Hints& hints = k.hints;
  const Picked& picked = k.picked;
  const uint32_t type = key == key_ipv4hint ? type_a : type_aaaa;
  const Pick outcome = pick(k, k.table.at<RRsetRef>(ref).data, type);
  hints.picks += 1;
  hints.scope = std::max(hints.scope, picked.scope);
  if (picked.all_down != 0) hints.all_down = true;
  uint8_t ttl[4];
  std::memcpy(ttl, &picked.ttl, sizeof ttl);
  hints.ttl = std::min(hints.ttl, read_u32(ttl));
  if (outcome != Pick::ok) return true;
  if (!put_head(k, key, picked.count * width_of(key))) return false;
  for (uint32_t i = 0; i < picked.count; i += 1) {
    const auto& endpoint = k.table.at<Endpoint>(picked.endpoints[i]);
    put_octets(k, key == key_ipv4hint ? endpoint.v4 : endpoint.v6, width_of(key));
  }
  return true;
}

// The hint `key` of the record that was begun at message offset `at`, if there is one to give.
bool put_hint(Kernel& k, uint32_t at, uint32_t key) noexcept {
  Hints& hints = k.hints;
  if (hints.looked == hints_max) return true;
  hints.looked += 1;
  if (!hints.known) find_target(k, at + rr_head_size + service_target_at);
  // AliasMode has no parameters (RFC 9460 §2.4.2).
  if (hints.node == 0 || read_u16(k.out.message + at + rr_head_size) == 0) return true;
  const Ref ref = find_rrset(k.table, hints.node, key == key_ipv4hint ? type_a : type_aaaa);
  if (ref == 0) return true;
  return is_steered(k, ref) ? put_picked(k, ref, key) : put_static(k, ref, key);
}

// One RR of the template [rr, end), with its hints.
bool put_record(Kernel& k, const uint8_t* rr, const uint8_t* end) noexcept {
  const uint32_t at = k.out.at;
  const uint8_t* from = rr + rr_head_size + service_target_at;
  while (*from != 0) from += 1 + *from;
  from += 1;
  if (!copy(k, rr, static_cast<uint32_t>(from - rr))) return false;
  k.hints.known = false;
  while (from < end) {
    const uint32_t key = read_u16(from);
    const uint32_t size = read_u16(from + 2);
    if (size == 0 && (key == key_ipv4hint || key == key_ipv6hint)) {
      if (!put_hint(k, at, key)) return false;
    } else if (!copy(k, from, param_head_size + size)) {
      return false;
    }
    from += param_head_size + size;
  }
  uint8_t* written = k.out.message + at;
  write_pointer(written, k.name->label_pos[0]);
  write_u16(written + 10, k.out.at - at - rr_head_size);
  return true;
}

// Gives all RRs from message offset `from` on the TTL that was found: those of an RRset are one.
void put_ttls(Kernel& k, uint32_t from) noexcept {
  for (uint32_t at = from; at < k.out.at;) {
    uint8_t* rr = k.out.message + at;
    write_u16(rr + 6, k.hints.ttl >> 16);
    write_u16(rr + 8, k.hints.ttl & 0xffff);
    at += rr_head_size + read_u16(rr + 10);
  }
}

}  // namespace

// Writes the RRset found with its hints into the answer section; false if it does not fit.
bool answer_hinted(Kernel& k) noexcept {
  Hints& hints = k.hints;
  const Ref rrset = k.found.shard + k.table.at<RRsetRef>(k.found.rrset).data;
  const uint32_t count = k.table.at<RRset>(rrset).count;
  const uint32_t before = k.out.at;
  const uint8_t* rr = k.table.octets + rrset + sizeof(RRset);
  hints.active = true;
  hints.home = k.found.shard;
  hints.looked = 0;
  hints.picks = 0;
  hints.row_count = 0;
  hints.all_down = false;
  hints.scope = 0;
  hints.ttl = read_u32(rr + 6);
  bool whole = true;
  for (uint32_t i = 0; i < count && whole; i += 1) {
    const uint8_t* end = rr + rr_head_size + read_u16(rr + 10);
    whole = put_record(k, rr, end);
    rr = end;
  }
  hints.active = false;
  k.picked.scope = hints.scope;
  if (hints.picks != 0) k.count(offsetof(Counters, steered));
  if (hints.all_down) k.count(offsetof(Counters, steered_all_down));
  if (!whole) {
    k.out.at = before;
    return false;
  }
  put_ttls(k, before);
  k.out.answers += count;
  return true;
}

}  // namespace azimuth
