// SPDX-License-Identifier: Apache-2.0
//
// Twin of src/answer/denial.ts and src/table/denial-key.ts: which NSEC or NSEC3 records prove an
// absence, and how they are found. The invariants DE1 to DE3 hold here too.
#include <algorithm>
#include <cstring>

#include "src/hash.hh"
#include "src/kernel.hh"
#include "src/sha1.hh"

namespace azimuth {

namespace {

constexpr uint8_t star = 0x2a;
constexpr uint8_t digits[] = "0123456789abcdefghijklmnopqrstuv";
static_assert(sha1_size == nsec3_hash_size);

// A step of a proof: the record stands in the answer, is not in the zone, does not fit.
enum class Step : uint32_t { written, missing, full };

// How a record's owner is written: labels in front of the apex, or where it stands already.
struct Owner {
  const uint8_t* labels;
  uint32_t size;
  uint32_t pos;
};
constexpr uint32_t no_pos = ~uint32_t{0};

// Begins a proof in `zone`; false if the zone proves nothing.
bool enter(Kernel& k, Ref zone) noexcept {
  const auto& header = k.table.segment<Zone>(zone);
  Proof& p = k.proof;
  p.hashed = has(header.flags, ZoneFlag::Nsec3);
  if (!p.hashed && !has(header.flags, ZoneFlag::Nsec)) return false;
  p.found.zone = zone;
  p.found.apex_size = header.apex_size;
  p.found.apex_labels = header.apex_labels;
  return true;
}

uint32_t put_name_key(uint8_t* out, const NameScratch& name, uint32_t from, uint32_t to) noexcept {
  uint32_t size = 0;
  for (uint32_t label = to; label > from; label -= 1) {
    const uint32_t at = name.label_at[label - 1];
    const uint32_t end = at + 1 + name.octets[at];
    for (uint32_t i = at + 1; i < end; i += 1) {
      const uint8_t octet = name.octets[i];
      if (octet <= 1) out[size++] = 1;
      out[size++] = octet <= 1 ? static_cast<uint8_t>(octet + 1) : octet;
    }
    out[size++] = 0;
  }
  return size;
}

const DenialEntry& entry_of(const Kernel& k) noexcept {
  return denial_entry(k, k.proof.segment, k.proof.entry);
}

// RFC 5155 §5: H(H(… H(name || salt) … || salt) || salt).
void hash_suffix(Kernel& k, const NameScratch& name, uint32_t label, uint32_t stars) noexcept {
  Proof& p = k.proof;
  const auto& zone = k.table.segment<Zone>(p.found.zone);
  const uint8_t* salt = k.table.octets + p.found.zone + zone.nsec3_salt;
  const uint32_t salt_size = zone.nsec3_salt_size;
  uint8_t* input = p.input.data();
  uint32_t size = 0;
  if (stars != 0) {
    input[0] = 1;
    input[1] = star;
    size = 2;
  }
  const uint32_t from = name.label_at[label];
  std::memcpy(input + size, name.octets.data() + from, name.size - from);
  size += name.size - from;
  std::memcpy(input + size, salt, salt_size);
  sha1({input, size + salt_size}, p.hash);
  for (uint32_t round = 0; round < zone.nsec3_iterations; round += 1) {
    std::memcpy(input, p.hash.data(), nsec3_hash_size);
    std::memcpy(input + nsec3_hash_size, salt, salt_size);
    sha1({input, nsec3_hash_size + salt_size}, p.hash);
  }
}

// The node of the owner whose key the entry has, or 0; its shard in `proof.found`.
Ref owner_node(Kernel& k, const NameScratch& name) noexcept {
  Proof& p = k.proof;
  const DenialEntry& entry = entry_of(k);
  const uint8_t* at = k.table.octets + p.segment + entry.key;
  const uint8_t* end = at + entry.key_size;
  // From the apex outwards, so the name grows to the front of the memory.
  uint32_t start = name_size_max - p.found.apex_size;
  uint32_t hash = name.hash[name.label_count - p.found.apex_labels];
  while (at < end) {
    uint32_t size = 0;
    for (; at < end && *at != 0; at += 1) {
      uint8_t octet = *at;
      if (octet == 1 && at + 1 < end) {
        at += 1;
        octet = static_cast<uint8_t>(*at - 1);
      }
      if (size == label_size_max) return 0;
      p.label[size++] = octet;
    }
    at += 1;
    if (size == 0 || size + 1 > start) return 0;
    start -= size + 1;
    p.owner.octets[start] = static_cast<uint8_t>(size);
    std::memcpy(&p.owner.octets[start + 1], p.label.data(), size);
    hash = hash_label(hash, {p.label.data(), size});
  }
  // As find_node takes it: only the octets in front of the apex are compared.
  p.owner.size = name_size_max;
  p.owner.label_at[0] = static_cast<uint8_t>(start);
  p.owner.hash[0] = hash;
  return find_node(k.table, p.found, p.owner, 0);
}

// The owner label of a hash: 32 digits of Base32hex (RFC 5155 §1.3).
void put_base32(Proof& p, const uint8_t* octets) noexcept {
  p.label[0] = 32;
  uint32_t bits = 0;
  uint32_t held = 0;
  uint32_t to = 1;
  for (uint32_t i = 0; i < nsec3_hash_size; i += 1) {
    bits = (bits << 8 | octets[i]) & 0xfff;
    for (held += 8; held >= 5; held -= 5) p.label[to++] = digits[bits >> (held - 5) & 31];
  }
}

// Copies an RRset whose owner is written out in its first RR; the others point there.
uint32_t copy_owned(Kernel& k, Ref rrset, const Owner& owner, uint32_t apex) noexcept {
  Writer& out = k.out;
  const uint32_t owner_pos = out.at;
  // Beyond 2^14 nothing can point at it (W3).
  if (!pointable(owner_pos)) return 0;
  if (!fits(out, owner.size + k.table.at<RRset>(rrset).length)) return 0;
  std::memcpy(out.message + owner_pos, owner.labels, owner.size);
  out.at += owner.size;
  uint8_t* first = out.message + out.at;
  const uint32_t count = copy_rrset(out, k.table, rrset, owner_pos, apex);
  // The first RR goes on where the labels end: its pointer closes them.
  if (count != 0) write_pointer(first, apex);
  return count;
}

// DE3. `from`: message offset of the first RR, behind the labels of its owner.
void cap_ttls(Kernel& k, uint32_t from) noexcept {
  const Ref zone = k.proof.found.zone;
  const Ref soa = zone + k.table.segment<Zone>(zone).negative_soa;
  const uint8_t* cap = k.table.octets + soa + sizeof(RRset) + 6;
  for (uint32_t at = from; at < k.out.at;) {
    uint8_t* rr = k.out.message + at;
    if (read_u32(rr + 6) > read_u32(cap)) std::memcpy(rr + 6, cap, 4);
    at += rr_head_size + read_u16(rr + 10);
  }
}

// Writes a record with its signatures into the authority section, if it is not there yet.
Step write(Kernel& k, const NameScratch& name, Ref rrset, uint32_t flags,
           const Owner& owner) noexcept {
  Proof& p = k.proof;
  const auto written = std::span(p.written).first(p.count);
  if (std::ranges::find(written, rrset) != written.end()) return Step::written;
  const uint32_t apex = apex_pos_of(name, p.found);
  const uint32_t from = k.out.at;
  uint32_t owner_pos = owner.pos == no_pos ? apex : owner.pos;
  uint32_t count = 0;
  if (owner.size == 0) {
    count = copy_rrset(k.out, k.table, rrset, owner_pos, apex);
  } else {
    owner_pos = from;
    count = copy_owned(k, rrset, owner, apex);
  }
  if (count == 0) return Step::full;
  if (has(flags, RRsetFlag::Signed)) {
    const uint32_t signatures =
        copy_rrset(k.out, k.table, signatures_at(k.table, rrset), owner_pos, apex);
    if (signatures == 0) return Step::full;
    count += signatures;
  }
  cap_ttls(k, from + owner.size);
  k.out.authorities += count;
  if (p.count < denial_proofs_max) p.written[p.count++] = rrset;
  return Step::written;
}

// Writes the NSEC at a node. `pos`: where its owner stands in the message, or no_pos.
Step write_nsec(Kernel& k, const NameScratch& name, Ref at, Ref shard, uint32_t pos) noexcept {
  const Ref ref = find_rrset(k.table, at, type_nsec);
  if (ref == 0) return Step::missing;
  const auto& nsec = k.table.at<RRsetRef>(ref);
  const auto& node = k.table.at<Node>(at);
  const Ref labels = at + static_cast<uint32_t>(sizeof(Node)) +
                     node.rrset_count * static_cast<uint32_t>(sizeof(RRsetRef));
  const uint32_t size = pos == no_pos ? node.owner_size : 0;
  return write(k, name, shard + nsec.data, nsec.flags, {k.table.octets + labels, size, pos});
}

// Writes the NSEC3 of the entry.
Step write_nsec3(Kernel& k, const NameScratch& name) noexcept {
  Proof& p = k.proof;
  const DenialEntry& entry = entry_of(k);
  put_base32(p, k.table.octets + p.segment + entry.key);
  return write(k, name, p.segment + entry.data, entry.flags, {p.label.data(), 33, no_pos});
}

// The record that matches or covers the suffix at `label` of `name`, with `stars` 1 the `*` below.
Step cover(Kernel& k, const NameScratch& name, uint32_t label, uint32_t stars) noexcept {
  Proof& p = k.proof;
  if (p.hashed) {
    hash_suffix(k, name, label, stars);
    search_denial(k, p.hash);
    return write_nsec3(k, name);
  }
  const uint32_t apex = name.label_count - p.found.apex_labels;
  uint32_t size = put_name_key(p.key.data(), name, label, apex);
  if (stars != 0) {
    // The name that was asked for is not shorter than this, so there is room.
    p.key[size] = star;
    p.key[size + 1] = 0;
    size += 2;
  }
  search_denial(k, {p.key.data(), size});
  const Ref node = owner_node(k, name);
  return node == 0 ? Step::missing : write_nsec(k, name, node, p.found.shard, no_pos);
}

// The NSEC3 of the suffix at `label` of `name`.
Step match(Kernel& k, const NameScratch& name, uint32_t label) noexcept {
  hash_suffix(k, name, label, 0);
  search_denial(k, k.proof.hash);
  return k.proof.exact ? write_nsec3(k, name) : Step::missing;
}

// The closest encloser proof (RFC 5155 §7.2.1): the first name from label `from` upwards that has
// an NSEC3, and what covers the next closer name.
Step prove_closest(Kernel& k, uint32_t from) noexcept {
  const NameScratch& name = *k.name;
  const uint32_t apex = name.label_count - k.proof.found.apex_labels;
  for (uint32_t label = from; label <= apex; label += 1) {
    const Step at = match(k, name, label);
    if (at == Step::missing) continue;
    if (at == Step::full) return at;
    k.proof.closest = label;
    return cover(k, name, label - 1, 0) == Step::full ? Step::full : Step::written;
  }
  return Step::missing;
}

// RFC 5155 §7.2.3, §7.2.4: the record of the name at `label`, or that it lies in an opt-out span.
bool prove_hashed(Kernel& k, uint32_t label) noexcept {
  const Step at = match(k, *k.name, label);
  return at == Step::missing ? prove_closest(k, label + 1) != Step::full : at != Step::full;
}

bool prove_negative_hashed(Kernel& k, Lookup result) noexcept {
  const Found& found = k.found;
  if (result != Lookup::nxdomain && found.synthesized == 0) return prove_hashed(k, 0);
  const Step closest = prove_closest(k, found.label);
  if (closest != Step::written) return closest != Step::full;
  // Of a wildcard without data its own NSEC3, if opt-out has not left it out.
  return cover(k, *k.name, k.proof.closest, 1) != Step::full;
}

}  // namespace

// Keeps in mind that an expansion of a wildcard was answered, which wants a proof of its own.
void note_wildcard(Kernel& k) noexcept {
  Proof& p = k.proof;
  if (p.wildcards == p.wildcard.size()) return;
  p.wildcard[p.wildcards++] = {k.name->label_pos[0], k.found.label, k.found.zone};
}

// That nothing closer than the wildcard exists, for each expansion (RFC 4035 §3.1.3.3).
bool prove_wildcards(Kernel& k) noexcept {
  Proof& p = k.proof;
  const uint32_t count = p.wildcards;
  p.wildcards = 0;
  for (uint32_t i = 0; i < count; i += 1) {
    const Proof::Wildcard& one = p.wildcard[i];
    if (!enter(k, one.zone)) continue;
    load_name(k.out, one.pos, k.target);
    if (one.label == 0) continue;
    if (cover(k, k.target, one.label - 1, 0) == Step::full) return false;
  }
  return true;
}

// What proves the NODATA or NXDOMAIN that was found; false if it does not fit.
bool prove_negative(Kernel& k, Lookup result) noexcept {
  const Found& found = k.found;
  const NameScratch& name = *k.name;
  if (!enter(k, found.zone)) return true;
  if (k.proof.hashed) return prove_negative_hashed(k, result);
  if (result == Lookup::nxdomain) {
    return cover(k, name, 0, 0) != Step::full && cover(k, name, found.label, 1) != Step::full;
  }
  const uint32_t pos = found.synthesized == 0 ? name.label_pos[0] : no_pos;
  const Step at = write_nsec(k, name, found.node, found.shard, pos);
  if (at == Step::full) return false;
  // An empty non-terminal has none: what covers it does (RFC 4035 §3.1.3.1).
  if (found.synthesized == 0) return at == Step::written || cover(k, name, 0, 0) != Step::full;
  if (at == Step::missing && cover(k, name, found.label, 1) == Step::full) return false;
  return cover(k, name, 0, 0) != Step::full;
}

// That a delegation has no DS (RFC 4035 §3.1.4, RFC 5155 §7.2.7).
bool prove_insecure(Kernel& k) noexcept {
  const Found& found = k.found;
  if (!enter(k, found.zone)) return true;
  if (k.proof.hashed) return prove_hashed(k, found.label);
  const uint32_t pos = k.name->label_pos[found.label];
  return write_nsec(k, *k.name, found.node, found.shard, pos) != Step::full;
}

}  // namespace azimuth
